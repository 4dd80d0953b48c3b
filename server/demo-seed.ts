/**
 * What a start with the demo on needs to be tried at once: an organization, a key for this machine's pages, and an agent
 * that answers about Postern from `demo/faq.md`. Safe to run at every start and in several processes.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createOrganization } from './accounts/organizations.ts';
import { agentInput, makeAgent, type AgentInput } from './agents/agent-input.ts';
import { parseFaqMarkdown } from './agents/faq-markdown.ts';
import { createAgentManager } from './agents/manage.ts';
import type { Upstream } from './agents/upstream.ts';
import { serverItself } from './audit/audit.ts';
import type { DemoModel } from './demo-upstream.ts';
import type { Clock } from './gate/clock.ts';
import { createPublicKey, secretKeyFrom, type PublicKey, type SecretKey } from './gate/key-format.ts';
import { isRefusal } from './gate/problem.ts';
import type { FaqEntry } from './records/agent.ts';
import type { KeyRecord } from './records/key.ts';
import type { Scope } from './gate/scope.ts';
import { createKeyManager, type KeyManager } from './keys/manage.ts';
import { isFingerprintEqual } from './gate/secret.ts';
import type { Store } from './store/port.ts';

export const demoOrganizationId = 'org_demo';
const demoKeyId = 'key_demo';
const demoAgentId = 'agt_demo';
const demoModelAgentId = 'agt_demomodel';
const demoCredits = 100_000;
/** What the chat needs: whoever reaches the demo page is shown the pair. */
const demoScopes: readonly Scope[] = ['agents:read', 'messages:write'];
/** The example company and its sites, and what a developer runs on this machine; not what pretends to be them. */
const demoDomains = ['localhost', 'example.localhost', '*.example.localhost'];

export interface Demo {
  readonly key: KeyRecord;
  /** The secret that the key was made with. */
  readonly secretKey: SecretKey;
  /** False once somebody rotated the key: then nobody but them knows its secret. */
  readonly isSecretCurrent: boolean;
  readonly agentId: string;
  /** The agent that a model answers for; null: there is no model. */
  readonly modelAgentId: string | null;
  readonly defaultDomains: readonly string[];
}

/** What the operator lets agents answer with, and which of it the demo's does. */
interface DemoModels {
  readonly agentUpstreams: readonly Upstream[];
  readonly demoModel: DemoModel | undefined;
}

const noModels: DemoModels = { agentUpstreams: [], demoModel: undefined };

export async function seedDemo(
  store: Store,
  clock: Clock,
  sessionSecret: string,
  models: DemoModels = noModels,
): Promise<Demo> {
  const made = { id: demoOrganizationId, name: 'Demo', credits: demoCredits };
  await createOrganization({ store, clock, actor: serverItself }, made);
  if ((await store.findAgent(demoOrganizationId, demoAgentId)) === undefined) await seedAgent(store, clock);
  const modelAgentId = await seedModelAgent(store, clock, models);
  const keys = createKeyManager({ store, clock, actor: serverItself });
  let key = await seedKey(store, keys, sessionSecret);
  const secretKey = demoSecret(sessionSecret, key.publicKey);
  const isSecretCurrent = isFingerprintEqual(secretKey, key.secret);
  const isTooMuch = key.scopes.some((scope) => !demoScopes.includes(scope));
  if (isSecretCurrent && isTooMuch) {
    const narrowed = await keys.edit(demoOrganizationId, demoKeyId, {
      scopes: demoScopes.filter((scope) => key.scopes.includes(scope)),
    });
    if (!isRefusal(narrowed)) key = narrowed;
  }
  return { key, secretKey, isSecretCurrent, agentId: demoAgentId, modelAgentId, defaultDomains: demoDomains };
}

async function seedAgent(store: Store, clock: Clock): Promise<void> {
  const input = agentInput.parse({ ...guide, name: 'Postern guide', faq: readFaq() });
  await createAgent(store, clock, demoAgentId, input);
}

/**
 * Its model is the one of `DEMO_UPSTREAM` at every start; what else somebody changed stays. Without the variable the agent is kept from
 * pages, and shown again with it only if nobody but the server hid it. One that somebody gave no model any more is theirs.
 */
async function seedModelAgent(store: Store, clock: Clock, models: DemoModels): Promise<string | null> {
  const { agentUpstreams: upstreams, demoModel } = models;
  const found = await store.findAgent(demoOrganizationId, demoModelAgentId);
  if (found === undefined) {
    if (demoModel === undefined) return null;
    const model = { ...demoModel, ...modelManner };
    const input = agentInput.parse({
      ...guide,
      ...modelPrice,
      name: 'Postern guide with a model',
      faq: readFaq(),
      model,
    });
    await createAgent(store, clock, demoModelAgentId, input);
    return demoModelAgentId;
  }
  const { revision, model } = found;
  if (model === null) return null;
  const patch =
    demoModel === undefined
      ? { public: false }
      : { public: found.public || (await isHiddenByServer(store)), model: demoModel };
  const agents = createAgentManager({ store, clock, actor: serverItself, upstreams });
  const changed = await agents.edit(demoOrganizationId, demoModelAgentId, { ...patch, revision });
  if (isRefusal(changed)) return changed.code === 'conflict' ? seedModelAgent(store, clock, models) : null;
  return demoModel === undefined ? null : demoModelAgentId;
}

/** Whether the newest change of who may see the agent is the server's. What the audit log forgot was somebody's. */
async function isHiddenByServer(store: Store): Promise<boolean> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.listAudit(demoOrganizationId, { limit: 100, cursor });
    const found = page.items.find(({ target, after }) => target.id === demoModelAgentId && after?.public !== undefined);
    if (found !== undefined) return found.actor.kind === serverItself.kind;
    cursor = page.nextCursor;
  }
  return false;
}

const guide = {
  description: 'Answers questions about Postern itself.',
  greeting: 'Hello! Ask me anything about Postern.',
  suggestions: ['What is Postern?', 'How do I allow my domain?', 'Is the publishable key a secret?'],
  public: true,
};

/** The most that a message costs; its tokens usually cost less. */
const modelPrice = { creditsPerMessage: 5 };
const modelManner = {
  instructions:
    'You answer visitors of a demo page about Postern, a self-hosted gate for API keys that pages may carry. Answer in at most five short sentences, in the language of the question. Say so when you do not know, and name the documentation at /api/docs.',
  outputTokensMax: 400,
  creditsPer1000Tokens: 1,
};

function readFaq(): readonly FaqEntry[] {
  return parseFaqMarkdown(readFileSync(createRequire(import.meta.url).resolve('#demo/faq.md'), 'utf8'));
}

/** A conflict is another process that made it first. */
async function createAgent(store: Store, clock: Clock, id: string, input: AgentInput): Promise<void> {
  const { agent, knowledge } = makeAgent(demoOrganizationId, input, clock());
  await store.createAgent({ ...agent, id }, knowledge);
}

async function seedKey(store: Store, keys: KeyManager, sessionSecret: string): Promise<KeyRecord> {
  const known = await store.findKey(demoOrganizationId, demoKeyId);
  if (known !== undefined) return known;
  const publicKey = createPublicKey();
  const given = { id: demoKeyId, publicKey, secretKey: demoSecret(sessionSecret, publicKey) };
  // A conflict is another process that made it first.
  await keys.create(demoOrganizationId, { name: 'Demo', allowedDomains: demoDomains, scopes: [...demoScopes] }, given);
  const key = await keys.find(demoOrganizationId, demoKeyId);
  if (isRefusal(key)) throw new Error('The demo key could not be made.');
  return key;
}

/**
 * The demo key's secret is printed at every start, and no secret is ever stored, so it is derived: the same at every start,
 * as unguessable as the session secret, and another one for another key. It is never set again: a secret that somebody
 * rotated away, or a key that they deleted, stays gone.
 */
function demoSecret(sessionSecret: string, publicKey: PublicKey): SecretKey {
  const digest = createHmac('sha512', sessionSecret).update(`postern demo key ${publicKey}`).digest('hex');
  return secretKeyFrom(BigInt(`0x${digest}`).toString(36).padStart(99, '0').slice(-57));
}
