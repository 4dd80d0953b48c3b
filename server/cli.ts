#!/usr/bin/env node
/**
 * The command `postern`. Every command works on the store of `DATABASE_URL`, also while servers run on it. Exit 0: done;
 * 1: refused, the reason on stderr; 2: wrong usage. `--json` prints one JSON object on stdout.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { commandLine } from './audit/audit.ts';
import { agentCommands } from './commands/agents.ts';
import {
  flag,
  RefusedError,
  UsageError,
  type Command,
  type Options,
  type Outcome,
  type Values,
} from './commands/command.ts';
import { keyCommands } from './commands/keys.ts';
import { organizationCommands } from './commands/organizations.ts';
import { userCommands } from './commands/users.ts';
import { readConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { createKeyManager } from './keys/manage.ts';
import { openStore } from './store/open.ts';
import { StoreUnavailableError } from './store/port.ts';

const commands: Readonly<Record<string, Command>> = {
  ...organizationCommands,
  ...userCommands,
  ...keyCommands,
  ...agentCommands,
};

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

DATABASE_URL says which store (default lmdb:.data/postern); PUBLIC_URL (or PORT) where links lead.
`;

async function runCommand(
  name: string,
  command: Command,
  args: readonly string[],
): Promise<Outcome & { isJson: boolean }> {
  const { values, positionals } = readArguments(command, args);
  if (positionals.length !== command.positionals.length) {
    throw new UsageError(`${name} needs ${command.positionals.join(' ') || 'no further words'}.`);
  }
  const { DATABASE_URL, PUBLIC_URL, PORT } = process.env;
  const config = readConfig({ DATABASE_URL, PUBLIC_URL, PORT });
  if ('problems' in config) throw new UsageError(config.problems.join('\n'));
  const store = await openStore(config.config.database).catch((error: unknown) => {
    throw new RefusedError(`The store can not be opened: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const keys = createKeyManager({ store, clock: systemClock, actor: commandLine });
    const { publicOrigin = `http://localhost:${config.config.port}` } = config.config;
    const warn = (line: string): void => void process.stderr.write(`${line}\n`);
    return {
      ...(await command.run({ store, keys, publicOrigin, values, positionals, warn })),
      isJson: values.json === true,
    };
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
