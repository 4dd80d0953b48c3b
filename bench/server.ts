/** The real server as a process of its own. Tells its parent where it serves, and what it cost when it is asked. */
import { isRefusal } from '../server/gate/problem.ts';
import { agentInput, makeAgent } from '../server/agents/agent-input.ts';
import { commandLine } from '../server/audit/audit.ts';
import { readConfig } from '../server/config.ts';
import { systemClock } from '../server/gate/clock.ts';
import { createKeyManager } from '../server/keys/manage.ts';
import { scrypt } from '../server/gate/scrypt.ts';
import { createLogger } from '../server/logger.ts';
import { startServer } from '../server/start.ts';
import { benchOrganizationId } from './fixture.ts';

const organizationId = benchOrganizationId;
let scryptRuns = 0;

const read = readConfig(process.env);
if (isRefusal(read)) throw new Error(read.problems.join(' '));
const server = await startServer({
  config: read.config,
  logger: createLogger(read.config.logLevel),
  scryptVerify: (hash, secretKey) => {
    scryptRuns += 1;
    return scrypt.verify(hash, secretKey);
  },
});
await server.ready;

const { store } = server;
await store.createOrganization(
  { id: organizationId, name: 'Bench', createdAt: systemClock(), reservedCredits: null },
  1_000_000_000,
);
const keys = createKeyManager({ store, clock: systemClock, actor: commandLine });
const made = await keys.create(organizationId, {
  name: 'Bench',
  allowedDomains: ['example.com', '*.example.com'],
  scopes: ['agents:read', 'messages:write', 'keys:verify', 'keys:manage'],
  budget: { credits: 1_000_000_000, per: 'day' },
  visitorBudget: { credits: 1_000_000_000, per: 'day' },
});
if (isRefusal(made)) throw new Error(made.detail);
let agentId = '';
for (const name of ['Sales', 'Support']) {
  const faq = [{ question: 'What is it?', answer: 'A benchmark.' }];
  const input = agentInput.parse({ name, description: 'Answers questions.', greeting: 'Hello!', public: true, faq });
  const { agent, knowledge } = makeAgent(organizationId, input, systemClock());
  await store.createAgent(agent, knowledge);
  agentId = agent.id;
}

process.send?.({ url: server.url, publicKey: made.key.publicKey, secretKey: made.secretKey, agentId });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ scryptRuns, cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() });
});
process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
