/** A store in a process of its own, called over its standard input: two writers that share nothing but the database. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Store } from '../../server/store/port.ts';

/** What a function that is asked for gives stands for it. */
type Given<Arg> = Arg extends () => Promise<infer Result> ? Result : Arg;
type GivenAll<Args extends unknown[]> = { [Index in keyof Args]: Given<Args[Index]> };
export type StoreCall = {
  [Name in keyof Store]: [name: Name, ...args: GivenAll<Parameters<Store[Name]>>];
}[keyof Store];

export interface StoreProcess {
  /** Makes the calls, all at once; resolves to their results in order. */
  call(calls: readonly StoreCall[]): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** Bundles a script once, so that starting it costs no compiler; resolves to the path to run. */
export async function bundleScript(name: string): Promise<string> {
  // Below node_modules, so that its packages are found from there and nobody commits it.
  const folder = new URL(`../../node_modules/.cache/postern-test/${crypto.randomUUID()}/`, import.meta.url);
  const outfile = fileURLToPath(new URL(`${name}.mjs`, folder));
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

export async function startStoreProcess(script: string, databaseUrl: string): Promise<StoreProcess> {
  const child: ChildProcess = spawn(process.execPath, [script, databaseUrl], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done) throw new Error('The process ended.');
    return JSON.parse(line.value) as unknown;
  };
  await nextLine();
  return {
    async call(calls) {
      child.stdin?.write(`${JSON.stringify(calls)}\n`);
      return (await nextLine()) as unknown[];
    },
    async stop() {
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    },
  };
}
