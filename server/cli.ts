#!/usr/bin/env node
/**
 * The command `postern`. A command works on the store of `DATABASE_URL`, also while servers run on it. Exit 0: done;
 * 1: refused, the reason on stderr; 2: wrong usage. `--json` prints one JSON object on stdout.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { commandLine } from './audit/audit.ts';
import { agentCommands } from './commands/agents.ts';
import { backupCommands } from './commands/backup.ts';
import {
  flag,
  RefusedError,
  UsageError,
  type Command,
  type Options,
  type Outcome,
  type StoreCommand,
  type StoreTools,
  type Values,
} from './commands/command.ts';
import { keyCommands } from './commands/keys.ts';
import { migrateCommands } from './commands/migrate-store.ts';
import { organizationCommands } from './commands/organizations.ts';
import { userCommands } from './commands/users.ts';
import { readConfig, type Config } from './config.ts';
import { systemClock } from './core/clock.ts';
import { createKeyManager } from './keys/manage.ts';
import { copyEmbedded, isThere, openStore, parseDatabaseUrl } from './store/open.ts';
import { StoreUnavailableError, type CopyableStore } from './store/port.ts';

const commands: Readonly<Record<string, Command>> = {
  ...organizationCommands,
  ...userCommands,
  ...keyCommands,
  ...agentCommands,
};
const storeCommands: Readonly<Record<string, StoreCommand>> = { ...backupCommands, ...migrateCommands };

const usage = `Usage: postern <command> [--json]

  start
  org create --name NAME [--credits N]
  user invite --org ID --email E [--role owner|member|viewer]
  user reset --email E
  keys create --org ID --name N [--domain D]… [--scope S]… [--expires T]
  keys list --org ID
  keys enable|disable|delete --org ID KEYID
  keys rotate --org ID KEYID [--grace SECONDS]
  keys domains --org ID KEYID [--set D]…
  keys explain --org ID PK ORIGIN
  agents create --org ID --name N --faq FILE.json|FILE.md [--public] [--price N]
  backup PATH
  migrate-store --from lmdb:PATH|mongodb://… --to mongodb://…|lmdb:PATH

DATABASE_URL says which store (default lmdb:.data/postern); PUBLIC_URL (or PORT) where links lead.
`;

interface Given {
  readonly config: Config;
  readonly values: Values;
  readonly positionals: readonly string[];
}

function readGiven(name: string, command: Command | StoreCommand, args: readonly string[]): Given {
  const { values, positionals } = readArguments(command, args);
  if (positionals.length !== command.positionals.length) {
    throw new UsageError(`${name} needs ${command.positionals.join(' ') || 'no further words'}.`);
  }
  const { DATABASE_URL, PUBLIC_URL, PORT } = process.env;
  const read = readConfig({ DATABASE_URL, PUBLIC_URL, PORT });
  if ('problems' in read) throw new UsageError(read.problems.join('\n'));
  return { config: read.config, values, positionals };
}

const warn = (line: string): void => void process.stderr.write(`${line}\n`);

async function runCommand(command: Command, { config, values, positionals }: Given): Promise<Outcome> {
  const { database } = config;
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
    const { publicOrigin = `http://localhost:${config.port}` } = config;
    return await command.run({ store, keys, publicOrigin, values, positionals, warn });
  } finally {
    await store.close();
  }
}

function createStoreTools({ config: { database }, values, positionals }: Given): StoreTools {
  const embedded = database.kind === 'lmdb' && {
    path: database.path,
    isThere: isThere(database),
    copyInto: (folder: string) => copyEmbedded(database.path, folder),
  };
  return { embedded: embedded || undefined, openStore: openGiven, values, positionals, warn };
}

async function openGiven(
  option: string,
  text: string,
  { mustBeThere }: { readonly mustBeThere: boolean },
): Promise<CopyableStore> {
  const url = parseDatabaseUrl(text);
  if (typeof url === 'string') throw new UsageError(`${option} must be ${url}.`);
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

function readArguments(
  command: Command | StoreCommand,
  args: readonly string[],
): { values: Values; positionals: readonly string[] } {
  try {
    const options = { ...command.options, json: flag };
    return parseArgs<{ args: string[]; options: Options; strict: true; allowPositionals: true }>({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** Runs the command that the first words name; resolves to what it prints. */
async function runNamed(args: readonly string[]): Promise<string> {
  const [first = '', second = ''] = args;
  const storeCommand = Object.hasOwn(storeCommands, first) ? storeCommands[first] : undefined;
  if (storeCommand !== undefined) {
    const given = readGiven(first, storeCommand, args.slice(1));
    return present(given, await storeCommand.run(createStoreTools(given)));
  }
  const name = `${first} ${second}`.trim();
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) {
    const given = readGiven(name, command, args.slice(2));
    return present(given, await runCommand(command, given));
  }
  // Not as it was typed: it may be a URL with a password in it.
  throw new UsageError(/^[a-z -]+$/.test(name) ? `There is no command "${name}".` : 'There is no such command.');
}

function present({ values }: Given, outcome: Outcome): string {
  return values.json === true ? JSON.stringify(outcome.json) : outcome.text;
}

async function main(args: readonly string[]): Promise<number> {
  const [first = ''] = args;
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
  try {
    process.stdout.write(`${await runNamed(args)}\n`);
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

// What it writes is for its owner alone: the store, backups, the session secret.
process.umask(0o077);
if (existsSync('.env')) process.loadEnvFile('.env');
process.exitCode = await main(process.argv.slice(2));
