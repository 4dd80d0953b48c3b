/** A copy of this checkout's files in a folder of its own, and npm in it as somebody at a terminal runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathInRepository, repositoryFiles } from '../support/repository.ts';

export function copyCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-checkout-'));
  for (const file of repositoryFiles) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(pathInRepository(file), join(folder, file));
  }
  return folder;
}

export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves to the exit code. */
  readonly exited: Promise<number | null>;
}

export interface RunAsOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Without what the npm that runs these tests has set. */
export function runIn({ cwd, environment = {} }: RunAsOptions, program: string, ...args: readonly string[]): Running {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|NODE_ENV$|VITEST|INIT_CWD$)/i.test(name),
  );
  const child = spawn(program, args, {
    cwd,
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, exited };
}

export interface Served extends Running {
  readonly port: number;
}

/** Waits until it listens; throws what it printed when it ends before. */
export async function untilListening(running: Running): Promise<Served> {
  for (;;) {
    const [, port] = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(running.output()) ?? [];
    if (port !== undefined) return { ...running, port: Number(port) };
    const isOver = await Promise.race([running.exited.then(() => true), once(running.child.stdout!, 'data')]);
    if (isOver === true) throw new Error(`It ended before it listened:\n${running.output()}`);
  }
}
