/**
 * Reads a command line, runs it on the store that the environment names, and says what came of it. Exit 0: done; 1: refused,
 * the reason on stderr; 2: wrong usage. `--json` prints one JSON object on stdout, or a refusal on stderr.
 */
import { isRefusal } from './gate/problem.ts';
import { commandLine } from './audit/audit.ts';
import { allCommands, commandGroups } from './commands/all.ts';
import {
  flagOf,
  RefusedError,
  UsageError,
  type AnyCommand,
  type Command,
  type Outcome,
  type Shape,
  type StoreTools,
  type Tools,
} from './commands/command.ts';
import { readCommandLine, usageOf, type Chosen } from './commands/read-command-line.ts';
import { keepSessionSecret, readConfig, type Config } from './config.ts';
import { findBrowser } from './doctor/find-browser.ts';
import { systemClock } from './gate/clock.ts';
import { createKeyManager } from './keys/manage.ts';
import type { MailPost } from './network/mail.ts';
import { createMailer } from './network/mailer.ts';
import type { Upstream } from './agents/upstream.ts';
import { readUpstreamsFile } from './upstreams-file.ts';
import { usePlainWords } from './plain-words.ts';
import { copyEmbedded, isThere, openStore, parseDatabaseUrl } from './store/open.ts';
import { StoreUnavailableError, type CopyableStore } from './store/port.ts';
import { version } from './version.ts';
import { createWebhookSecrets } from './webhooks/secrets.ts';

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** To the standard output, and to the standard error. */
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly startServer: () => Promise<void>;
}

function readStoreConfig({ environment }: Surroundings): Config {
  const { DATABASE_URL, PUBLIC_URL, PORT } = environment;
  const read = readConfig({ DATABASE_URL, PUBLIC_URL, PORT });
  if (isRefusal(read)) throw new UsageError(read.problems.join('\n'));
  return read.config;
}

async function runCommand(command: Command, { values, words }: Chosen, around: Surroundings): Promise<Outcome> {
  const { database, port, publicOrigin = `http://localhost:${port}` } = readStoreConfig(around);
  if (database.kind === 'lmdb' && command.isFirst !== true && !isThere(database)) {
    throw new RefusedError(
      `There is no database in ${database.path}. Run this where the server runs, or set DATABASE_URL.`,
    );
  }
  const store = await openStore(database).catch((error: unknown) => {
    throw new RefusedError(`The store can not be opened: ${messageOf(error)}`);
  });
  try {
    const keys = createKeyManager({ store, clock: systemClock, actor: commandLine });
    const readUpstreams = () => readListedUpstreams(around);
    const readRules = () => readWebhookRules(around);
    const readMail = () => readMailer(around);
    const tools = {
      store,
      keys,
      publicOrigin,
      readUpstreams,
      readWebhookRules: readRules,
      readMail,
      warn: warnTo(around),
    };
    return await command.run({ ...tools, values, words });
  } finally {
    await store.close();
  }
}

/** Keys are the server's: where a command runs their variables may not be set. */
function readListedUpstreams({ environment }: Surroundings): readonly Upstream[] {
  const path = environment.AGENT_UPSTREAMS?.trim();
  if (path === undefined || path === '') return [];
  const read = readUpstreamsFile(path);
  if (isRefusal(read)) throw new UsageError(read.problems.join('\n'));
  return read.upstreams;
}

function readWebhookRules({ environment }: Surroundings): ReturnType<Tools['readWebhookRules']> {
  const {
    DATABASE_URL,
    PUBLIC_URL,
    PORT,
    NODE_ENV,
    SESSION_SECRET,
    WEBHOOKS_TO_PRIVATE_ADDRESSES,
    SMTP_URL,
    MAIL_FROM,
  } = environment;
  const given = {
    ...{ DATABASE_URL, PUBLIC_URL, PORT, NODE_ENV, SESSION_SECRET },
    ...{ WEBHOOKS_TO_PRIVATE_ADDRESSES, SMTP_URL, MAIL_FROM },
  };
  const read = readConfig(given);
  if (isRefusal(read)) throw new UsageError(read.problems.join('\n'));
  const { config } = read;
  if (config.sessionSecret === undefined && config.database.kind !== 'lmdb') {
    throw new UsageError('Set SESSION_SECRET to the server’s: the secrets of webhooks are made from it.');
  }
  return {
    secrets: createWebhookSecrets(keepSessionSecret(config)),
    isHttpsOnly: config.isProduction,
    isPrivateAllowed: config.isPrivateWebhookAllowed,
    isMailOn: config.mail !== undefined,
  };
}

function readMailer({ environment }: Surroundings): MailPost | undefined {
  const { SMTP_URL, MAIL_FROM } = environment;
  const read = readConfig({ SMTP_URL, MAIL_FROM });
  if (isRefusal(read)) throw new UsageError(read.problems.join('\n'));
  return read.config.mail && createMailer(read.config.mail);
}

function createStoreTools({ values, words }: Chosen, around: Surroundings): StoreTools {
  const { database } = readStoreConfig(around);
  const embedded = database.kind === 'lmdb' && {
    path: database.path,
    isThere: isThere(database),
    copyInto: (folder: string) => copyEmbedded(database.path, folder),
  };
  return { embedded: embedded || undefined, openStore: openGiven, values, words, warn: warnTo(around) };
}

const warnTo =
  ({ complain }: Surroundings) =>
  (line: string): void =>
    complain(`${line}\n`);

async function openGiven(
  option: string,
  text: string,
  { mustBeThere }: { readonly mustBeThere: boolean },
): Promise<CopyableStore> {
  const url = parseDatabaseUrl(text);
  if (isRefusal(url)) throw new UsageError(`${option} must be ${url.expected}.`);
  if (mustBeThere && !isThere(url)) throw new RefusedError(`There is no database at the path of ${option}.`);
  const refuse = (error: unknown): never => {
    throw new RefusedError(`The store of ${option} can not be opened: ${messageOf(error)}`);
  };
  const store = await openStore(url).catch(refuse);
  try {
    await store.ping();
    return store;
  } catch (error) {
    await store.close();
    return refuse(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** On what its kind of command works on: the records of the store, whole stores, or a page. */
function runOn(
  command: Exclude<AnyCommand, { readonly kind: 'server' }>,
  chosen: Chosen,
  around: Surroundings,
): Promise<Outcome> {
  if (command.kind === 'records') return runCommand(command, chosen, around);
  if (command.kind === 'stores') return command.run(createStoreTools(chosen, around));
  return command.run({ ...chosen, browserPath: findBrowser(around.environment) });
}

/** Runs what was chosen; resolves to its exit code. */
async function runChosen(chosen: Chosen, around: Surroundings): Promise<number> {
  const { command } = chosen;
  if (command.kind === 'server') {
    await around.startServer();
    return 0;
  }
  const outcome = await runOn(command, chosen, around);
  around.print(`${chosen.values.json === true ? JSON.stringify(outcome.json) : outcome.text}\n`);
  return outcome.isNo === true ? 1 : 0;
}

/** The problem's fields by the options that give them. */
function optionsFor({ problems }: RefusedError, { options = {} }: Shape) {
  return problems.map(({ path, message }) => {
    const [field = '', , ...inside] = path.split('.');
    const named = (wanted: string) => Object.keys(options).find((name) => (options[name]?.field ?? name) === wanted);
    const exact = named(path);
    if (exact !== undefined) return { path: flagOf(exact), message };
    const option = named(field);
    if (option === undefined) return { path, message };
    // A file has many entries: which one, and what in it.
    return { path: inside.length === 0 ? flagOf(option) : `${flagOf(option)} (${path})`, message };
  });
}

function describeRefusal(error: RefusedError, { command, values }: Chosen): string {
  const problems = optionsFor(error, command);
  if (values.json === true) {
    const { code, message, fix } = error;
    const given = problems.length > 0 ? problems : undefined;
    return JSON.stringify({ code, detail: message || undefined, problems: given, fix });
  }
  const lines = problems.map(({ path, message }) => `${path}: ${message}`);
  return [error.message, ...lines, error.fix].filter(Boolean).join('\n');
}

/** Resolves to the exit code. */
export async function runCommandLine(args: readonly string[], around: Surroundings): Promise<number> {
  usePlainWords();
  const warn = warnTo(around);
  const isJson = args.includes('--json');
  let chosen: Chosen | undefined;
  try {
    const read = readCommandLine(args, { version, commands: allCommands, groups: commandGroups });
    if ('text' in read) {
      (read.wasAskedFor ? around.print : around.complain)(read.text);
      return read.wasAskedFor ? 0 : 2;
    }
    chosen = read;
    return await runChosen(chosen, around);
  } catch (error) {
    if (error instanceof UsageError) {
      const usage = chosen === undefined ? '' : `\n\n${usageOf(chosen.command)}`;
      warn(isJson ? JSON.stringify({ code: 'wrong_usage', detail: error.message }) : `${error.message}${usage}`);
      return 2;
    }
    const unavailable = error instanceof StoreUnavailableError && { code: 'store_unavailable' as const };
    const refused = unavailable ? new RefusedError(messageOf(error), unavailable) : error;
    if (!(refused instanceof RefusedError) || chosen === undefined) throw error;
    warn(describeRefusal(refused, chosen));
    return 1;
  }
}
