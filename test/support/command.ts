/** The command `postern` as a process: bundled once, in parts that are loaded when they are asked for, so that it starts fast. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

export interface Ran {
  /** Null: it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Told each line of the standard error, as it comes. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
  /** What a shell does before, `ulimit -f 8` for example. */
  readonly before?: string;
}

export interface BundledCommand {
  /** The file that Node runs. */
  readonly path: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  remove(): void;
}

/** Runs in `folder`, so that no `.env` of the checkout is read. */
export async function bundleCommand(name: string, folder: string): Promise<BundledCommand> {
  const root = join(import.meta.dirname, '../..');
  // Inside the checkout, so that it finds the packages.
  const outdir = join(root, '.data', `${name}-test-${process.pid}`);
  const path = join(outdir, 'cli.mjs');
  await build({
    entryPoints: [join(root, 'server/cli.ts')],
    outdir,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  // A thread's file is a file of its own.
  copyFileSync(join(root, 'server/scrypt-worker.js'), join(outdir, 'scrypt-worker.js'));
  return {
    path,
    async run(args, { environment = {}, onLine, before } = {}) {
      const command = [process.execPath, path, ...args];
      const [file = '', ...words] =
        before === undefined ? command : ['bash', '-c', `${before}; exec "$0" "$@"`, ...command];
      const child = spawn(file, words, {
        env: { PATH: process.env.PATH, ...environment },
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const closed = once(child, 'close') as Promise<[number | null]>;
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      let stderr = '';
      for await (const line of createInterface({ input: child.stderr })) {
        stderr += `${line}\n`;
        onLine?.(line, child);
      }
      const [code] = await closed;
      return { code, stdout, stderr };
    },
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
