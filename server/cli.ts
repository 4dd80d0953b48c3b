#!/usr/bin/env node
/** The command `postern` as a process. */
import { existsSync } from 'node:fs';
import { runCommandLine } from './command-line.ts';

const { ppid: starterPid } = process;
// What it writes is for its owner alone: the store, backups, the session secret.
process.umask(0o077);
if (existsSync('.env')) process.loadEnvFile('.env');
process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  // Loaded only here: a command on keys needs no web server.
  startServer: async () => (await import('./main.ts')).runServer({ starterPid }),
});
