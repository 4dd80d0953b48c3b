/**
 * A whole server for one test file: the real one, on a free port of this machine, with a store of its own, a clock that the
 * test moves and the log kept line by line. For another store than the embedded one give its `DATABASE_URL` as `database`.
 */
import { isRefusal } from '../../server/gate/problem.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentInput, makeAgent } from '../../server/agents/agent-input.ts';
import { commandLine } from '../../server/audit/audit.ts';
import { readConfig } from '../../server/config.ts';
import type { Clock } from '../../server/gate/clock.ts';
import type { AgentRecord } from '../../server/records/agent.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import { createId } from '../../server/records/id.ts';
import { keyInput } from '../../server/keys/key-input.ts';
import { createKeyManager, type KeyManager } from '../../server/keys/manage.ts';
import { createLogger } from '../../server/logger.ts';
import { startServer, type RunningServer, type StartOptions } from '../../server/start.ts';

export interface MovableClock {
  (): number;
  advance(milliseconds: number): void;
}

/** Starts at a fixed time and stands still until it is moved. */
export function createMovableClock(nowMs = Date.UTC(2026, 10, 23, 12)): MovableClock {
  let current = nowMs;
  return Object.assign(() => current, {
    advance(milliseconds: number) {
      current += milliseconds;
    },
  });
}

export interface TestKey {
  readonly id: string;
  readonly organizationId: string;
  readonly publicKey: string;
  readonly secretKey: string;
  readonly record: KeyRecord;
  /** The headers of a secret call. */
  readonly asSecret: { readonly authorization: string };
  /** The headers of a publishable call from a page on that origin. */
  from(origin: string): { readonly authorization: string; readonly origin: string };
}

export interface TestServer extends RunningServer {
  readonly port: number;
  readonly clock: MovableClock;
  readonly keys: KeyManager;
  /** What was logged, one JSON text a line. */
  readonly logLines: readonly string[];
  createOrganization(credits?: number): Promise<string>;
  /** Fields as `POST …/api-keys` takes them; by default for `shop.example`. */
  createKey(organizationId: string, fields?: Readonly<Record<string, unknown>>): Promise<TestKey>;
  /** Fields as `POST …/agents` takes them; by default public, answering one question. */
  createAgent(organizationId: string, fields?: Readonly<Record<string, unknown>>): Promise<AgentRecord>;
}

/** What the cookies of a test server are sealed with. */
export const testSessionSecret = 'a session secret that is only for tests';

interface TestServerOptions extends Pick<
  StartOptions,
  'openAgent' | 'scryptVerify' | 'builtFolder' | 'connectionsMax' | 'connectionsPerAddressMax' | 'writeTimeoutMs'
> {
  readonly database?: string;
  /** Further settings, as the environment would give them. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock & MovableClock;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { database, environment, clock = createMovableClock(), ...parts } = options;
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const read = readConfig({
    PORT: '0',
    DEMO: 'off',
    DATABASE_URL: database ?? `lmdb:${join(folder, 'store')}`,
    SESSION_SECRET: testSessionSecret,
    RATE_LIMIT_PER_KEY_IP: 'off',
    RATE_LIMIT_REFUSED_PER_IP: 'off',
    RATE_LIMIT_REFUSED_ORIGIN_PER_IP: 'off',
    ...environment,
  });
  if (isRefusal(read)) throw new Error(read.problems.join('\n'));
  const logLines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void logLines.push(line) });
  const running = await startServer({ config: read.config, logger, clock, ...parts });
  await running.ready;
  const { store } = running;
  const keys = createKeyManager({ store, clock, actor: commandLine });

  return {
    ...running,
    port: Number(new URL(running.url).port),
    clock,
    keys,
    logLines,
    async createOrganization(credits = 1_000) {
      const organization = { id: createId('org', clock()), name: 'A test', createdAt: clock(), reservedCredits: null };
      await store.createOrganization(organization, credits);
      return organization.id;
    },
    async createKey(organizationId, fields = {}) {
      const input = keyInput.parse({ name: 'A key', allowedDomains: ['shop.example'], ...fields });
      const made = await keys.create(organizationId, input);
      if (isRefusal(made)) throw new Error(made.code);
      const { key: record, secretKey } = made;
      const { id, publicKey } = record;
      return {
        id,
        organizationId,
        publicKey,
        secretKey,
        record,
        asSecret: { authorization: `Bearer ${publicKey}:${secretKey}` },
        from: (origin) => ({ authorization: `Bearer ${publicKey}`, origin }),
      };
    },
    async createAgent(organizationId, fields = {}) {
      const faq = [{ question: 'When do you open?', answer: 'We open at nine. Every day.' }];
      const input = agentInput.parse({ name: 'Helper', public: true, faq, ...fields });
      const { agent, knowledge } = makeAgent(organizationId, input, clock());
      await store.createAgent(agent, knowledge);
      return agent;
    },
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
