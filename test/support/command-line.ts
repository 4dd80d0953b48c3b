/** A command line run in this process: what the command prints, and its exit code. */
import { runCommandLine } from '../../server/command-line.ts';
import type { Ran } from './command.ts';

export async function runHere(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine(args, {
    environment,
    print: (text) => void (stdout += text),
    complain: (text) => void (stderr += text),
    startServer: () => Promise.reject(new Error('Only the real command starts a server.')),
  });
  return { code, stdout, stderr };
}
