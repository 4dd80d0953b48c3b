/** The processes of the benchmarks: compiled, because a loader that compiles on the fly would be measured too. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** What a server of `server.ts` says when it serves. */
export interface Started {
  readonly url: string;
  readonly publicKey: string;
  readonly secretKey: string;
  readonly agentId: string;
}

/** What it says when it is asked. */
export interface Cost {
  readonly scryptRuns: number;
  /** Of the process, in user and system mode. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Inside the package, so that its files and its packages are found. */
const cache = fileURLToPath(new URL('../dist/bench', import.meta.url));
const children: ChildProcess[] = [];

function compile(file: string): string {
  const outfile = join(cache, `${file}.mjs`);
  const entry = fileURLToPath(new URL(`${file}.ts`, import.meta.url));
  buildSync({ entryPoints: [entry], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm' });
  return outfile;
}

/** `nodeOptions`: of the process, such as `--cpu-prof`. */
export function start(
  file: string,
  environment: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const child = fork(compile(file), {
    execArgv: [...nodeOptions],
    env: { ...process.env, ...environment },
    // The log is written, to nowhere: a disk would be measured too.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}

export async function ask<Answer>(child: ChildProcess, message?: object): Promise<Answer> {
  const done = new AbortController();
  const { signal } = done;
  const answered = once(child, 'message', { signal }) as Promise<[Answer]>;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('A server of the benchmark ended; its reason stands above.');
  });
  if (message !== undefined) child.send(message);
  try {
    return (await Promise.race([answered, ended]))[0];
  } finally {
    ended.catch(() => undefined);
    done.abort();
  }
}

export async function startPostern(
  databaseUrl: string,
  nodeOptions: readonly string[] = [],
): Promise<{ child: ChildProcess; started: Started }> {
  const environment = {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    DEMO: 'off',
    TRUST_PROXY: '1',
    RATE_LIMIT_PER_KEY_IP: '999999999/60',
    RATE_LIMIT_REFUSED_PER_IP: '999999999/60',
    SESSION_SECRET: 'a benchmark needs no secret session secret',
  };
  const child = start('server', environment, nodeOptions);
  return { child, started: await ask<Started>(child) };
}

export function stopAll(): void {
  for (const child of children) child.kill('SIGTERM');
}
