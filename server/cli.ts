#!/usr/bin/env node
/**
 * The command `postern`. Every command works on the store of `DATABASE_URL`, also while servers run on it. Exit 0: done;
 * 1: refused, the reason on stderr; 2: wrong usage. `--json` prints one JSON object on stdout.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { z } from 'zod';
import { agentInput, makeAgent } from './agents/agent-input.ts';
import { parseFaqMarkdown } from './agents/faq-source.ts';
import { readConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { problems, type Refusal } from './core/problem.ts';
import { createId } from './core/records.ts';
import { presentAgent, presentKey } from './http/present.ts';
import { createAuthenticator } from './keys/authenticate.ts';
import { isRefusal } from './keys/checks.ts';
import { explainOrigin } from './keys/explain.ts';
import { keyInput, keyPatch, rotateInput } from './keys/key-input.ts';
import { createKeyManager, type KeyManager } from './keys/manage.ts';
import { createSecretVerifier } from './keys/secret.ts';
import { openStore } from './store/open.ts';
import { StoreUnavailableError, type Store } from './store/port.ts';
import { createLimiter } from './usage/limiter.ts';

const usage = `Usage: postern <command> [--json]

  start
  org create --name NAME [--credits N]
  keys create --org ID --name N [--domain D]… [--scope S]… [--expires T]
  keys list --org ID
  keys enable|disable|delete --org ID KEYID
  keys rotate --org ID KEYID [--grace SECONDS]
  keys domains --org ID KEYID [--set D]…
  keys explain --org ID PK ORIGIN
  agents create --org ID --name N --faq FILE.json|FILE.md [--public] [--price N]

DATABASE_URL says which store (default lmdb:.data/postern).
`;

/** Wrong usage: exit 2. */
class UsageError extends Error {}

/** A command that the server's rules refuse: exit 1. */
class RefusedError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

interface Tools {
  readonly store: Store;
  readonly keys: KeyManager;
  readonly values: Values;
  readonly positionals: readonly string[];
}

/** What a command did: for programs, and for people. */
interface Outcome {
  readonly json: object;
  readonly text: string;
}

interface Command {
  readonly options: Options;
  readonly positionals: readonly string[];
  run(tools: Tools): Promise<Outcome>;
}

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const commands: Readonly<Record<string, Command>> = {
  'org create': {
    options: { name: text, credits: text },
    positionals: [],
    async run({ store, values }) {
      const name = required(values, 'name').trim();
      if (name.length < 1 || name.length > 100) throw new UsageError('--name needs 1 to 100 characters.');
      const credits = wholeNumber(values, 'credits') ?? 0;
      const organization = { id: createId('org', systemClock()), name, createdAt: systemClock() };
      await store.createOrganization(organization, credits);
      const { id } = organization;
      return { json: { id, name }, text: `Organization ${id} (${name}) with ${credits} credits.` };
    },
  },

  'keys create': {
    options: { org: text, name: text, domain: list, scope: list, expires: text },
    positionals: [],
    async run({ keys, values }) {
      const input = check(keyInput, {
        name: required(values, 'name'),
        allowedDomains: values.domain,
        scopes: values.scope,
        expiresAt: values.expires,
      });
      const { key, secretKey } = allowed(await keys.create(required(values, 'org'), input));
      const pair = `${key.publicKey}:${secretKey}`;
      return {
        json: { key: presentKey(key, systemClock()), secretKey },
        text: `Key ${key.id} (${key.name})\n\n  ${pair}\n\nThe part after the colon is the secret. It is shown only now: store it.`,
      };
    },
  },

  'keys list': {
    options: { org: text },
    positionals: [],
    async run({ store, keys, values }) {
      const organizationId = required(values, 'org');
      if ((await store.findOrganization(organizationId)) === undefined) {
        throw new RefusedError('There is no such organization.');
      }
      const data = [];
      for (let cursor: string | undefined; ;) {
        const page = await keys.list(organizationId, { limit: 100, cursor });
        data.push(...page.items.map((key) => presentKey(key, systemClock())));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      const rows = data.map(
        (key) => `${key.id}  ${key.status.padEnd(8)}  ${key.publicKey}  ${key.lastUsedAt ?? 'never used'}  ${key.name}`,
      );
      return { json: { data }, text: rows.length === 0 ? 'No keys yet.' : rows.join('\n') };
    },
  },

  'keys enable': editCommand(true),
  'keys disable': editCommand(false),

  'keys delete': {
    options: { org: text },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const refusal = await keys.remove(required(values, 'org'), keyId);
      if (refusal !== undefined) throw refusedBy(refusal);
      return { json: { id: keyId, deleted: true }, text: `Key ${keyId} is deleted.` };
    },
  },

  'keys rotate': {
    options: { org: text, grace: text },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const { graceSeconds } = check(rotateInput, { graceSeconds: wholeNumber(values, 'grace') });
      const { key, secretKey } = allowed(await keys.rotate(required(values, 'org'), keyId, graceSeconds));
      return {
        json: { key: presentKey(key, systemClock()), secretKey },
        text: `New secret of ${key.id}, shown only now:\n\n  ${key.publicKey}:${secretKey}\n\nThe previous one works for ${graceSeconds} seconds more.`,
      };
    },
  },

  'keys domains': {
    options: { org: text, set: list },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const organizationId = required(values, 'org');
      if (values.set === undefined) return describeDomains(allowed(await keys.find(organizationId, keyId)));
      const domains = [values.set].flat().filter((domain) => domain !== '');
      const patch = check(keyPatch, { allowedDomains: domains, confirm: true });
      const blocked = (await keys.replay(keyId, patch.allowedDomains ?? [])).filter((seen) => seen.isBlockedAnew);
      const outcome = describeDomains(allowed(await keys.edit(organizationId, keyId, patch)));
      for (const { origin, requests } of blocked) {
        process.stderr.write(`Now blocked: ${origin} (${requests} requests in the last 30 days).\n`);
      }
      return outcome;
    },
  },

  'keys explain': {
    options: { org: text },
    positionals: ['PK', 'ORIGIN'],
    async run({ store, values, positionals: [publicKey = '', origin = ''] }) {
      const authenticator = createAuthenticator({
        store,
        secrets: createSecretVerifier(),
        limiter: createLimiter({ perKey: null, perKeyIp: null, refusedPerIp: null }),
        meter: { record: () => undefined },
        clock: systemClock,
        serverOrigin: 'http://localhost',
        onBadPattern: (_key, pattern) => process.stderr.write(`This stored pattern no longer parses: ${pattern}\n`),
      });
      const explanation = await explainOrigin(authenticator, required(values, 'org'), publicKey, origin);
      const marks = { passed: '✓', failed: '✗', 'not reached': '·' };
      const { code, pattern, detail, fix } = explanation;
      const lines = [
        ...explanation.checks.map(({ check: name, result }) => `${marks[result]} ${name}`),
        explanation.allowed ? `Allowed${pattern === null ? '' : ` by the pattern ${pattern}`}.` : `Refused: ${code}.`,
        ...[detail, fix].filter((line) => line !== null),
      ];
      return { json: explanation, text: lines.join('\n') };
    },
  },

  'agents create': {
    options: { org: text, name: text, faq: text, public: flag, price: text },
    positionals: [],
    async run({ store, values }) {
      const organizationId = required(values, 'org');
      const input = check(agentInput, {
        name: required(values, 'name'),
        public: values.public === true,
        creditsPerMessage: wholeNumber(values, 'price'),
        faq: readFaq(required(values, 'faq')),
      });
      if ((await store.findOrganization(organizationId)) === undefined) {
        throw new RefusedError('There is no such organization.');
      }
      const { agent, knowledge } = makeAgent(organizationId, input, systemClock());
      await store.createAgent(agent, knowledge);
      const answers = knowledge.entries.length;
      return { json: presentAgent(agent), text: `Agent ${agent.id} (${agent.name}) with ${answers} answers.` };
    },
  },
};

function editCommand(enabled: boolean): Command {
  return {
    options: { org: text },
    positionals: ['KEYID'],
    async run({ keys, values, positionals: [keyId = ''] }) {
      const key = allowed(await keys.edit(required(values, 'org'), keyId, { enabled }));
      return { json: presentKey(key, systemClock()), text: `Key ${keyId} is ${enabled ? 'enabled' : 'disabled'}.` };
    },
  };
}

function describeDomains(key: Parameters<typeof presentKey>[0]): Outcome {
  const domains =
    key.allowedDomains.length === 0 ? 'No domains: it works only with its secret.' : key.allowedDomains.join('\n');
  return { json: presentKey(key, systemClock()), text: domains };
}

function readFaq(path: string): unknown {
  if (!/\.(json|md|markdown)$/i.test(path)) throw new UsageError('--faq needs a file that ends in .json or .md.');
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    throw new RefusedError(`${path} can not be read.`);
  }
  if (!path.toLowerCase().endsWith('.json')) return parseFaqMarkdown(content);
  try {
    return JSON.parse(content);
  } catch {
    throw new RefusedError(`${path} is not valid JSON.`);
  }
}

function required(values: Values, name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${name} is missing.`);
  return value;
}

function wholeNumber(values: Values, name: string): number | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,12}$/.test(value)) throw new UsageError(`--${name} needs a whole number.`);
  return Number(value);
}

function allowed<Result extends object>(result: Result): Exclude<Result, Refusal> {
  if (isRefusal(result)) throw refusedBy(result);
  return result as Exclude<Result, Refusal>;
}

function refusedBy(refusal: Refusal): RefusedError {
  const details = refusal.problems?.map(({ path, message }) => `${path}: ${message}`) ?? [];
  return new RefusedError(
    [refusal.detail ?? problems[refusal.code].title, ...details, refusal.fix].filter(Boolean).join('\n'),
  );
}

function check<Output>(schema: z.ZodType<Output>, input: Readonly<Record<string, unknown>>): Output {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new RefusedError(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
}

async function runCommand(
  name: string,
  command: Command,
  args: readonly string[],
): Promise<Outcome & { isJson: boolean }> {
  const { values, positionals } = readArguments(command, args);
  if (positionals.length !== command.positionals.length) {
    throw new UsageError(`${name} needs ${command.positionals.join(' ') || 'no further words'}.`);
  }
  const config = readConfig({ DATABASE_URL: process.env.DATABASE_URL });
  if ('problems' in config) throw new UsageError(config.problems.join('\n'));
  const store = await openStore(config.config.database).catch((error: unknown) => {
    throw new RefusedError(`The store can not be opened: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const keys = createKeyManager({ store, clock: systemClock });
    return { ...(await command.run({ store, keys, values, positionals })), isJson: values.json === true };
  } finally {
    await store.close();
  }
}

function readArguments(command: Command, args: readonly string[]): { values: Values; positionals: readonly string[] } {
  try {
    const options = { ...command.options, json: flag };
    return parseArgs<{ args: string[]; options: Options; strict: true; allowPositionals: true }>({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main(args: readonly string[]): Promise<number> {
  const [first = '', second = ''] = args;
  if (first === 'start' && args.length === 1) {
    // Loaded only here: a command on keys needs no web server.
    const { runServer } = await import('./main.ts');
    await runServer();
    return 0;
  }
  if (['', 'help', '--help', '-h'].includes(first)) {
    process.stdout.write(usage);
    return first === '' ? 2 : 0;
  }
  const name = `${first} ${second}`;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (command === undefined) throw new UsageError(`There is no command "${name.trim()}".`);
    const outcome = await runCommand(name, command, args.slice(2));
    process.stdout.write(`${outcome.isJson ? JSON.stringify(outcome.json) : outcome.text}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}`);
      return 2;
    }
    if (error instanceof RefusedError || error instanceof StoreUnavailableError) {
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

if (existsSync('.env')) process.loadEnvFile('.env');
process.exitCode = await main(process.argv.slice(2));
