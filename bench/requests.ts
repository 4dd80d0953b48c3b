/** What the gate costs: requests a second beside bare Express, as ratios. `npm run bench`; BENCH_ROUNDS, BENCH_SECONDS. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { createPublicKey, createSecretKey } from '../server/core/key-format.ts';
import { findMongod, freshDatabase, startMongod } from '../test/support/mongod.ts';
import { median, print, runRounds, type Load, type Round, type Side } from './rounds.ts';

interface Started {
  readonly url: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
/** Inside the package, so that its files and its packages are found. */
const cache = fileURLToPath(new URL('../dist/bench', import.meta.url));
const children: ChildProcess[] = [];

/** As plain JavaScript, which is how it runs in production; a loader that compiles on the fly would be measured too. */
function compile(file: string): string {
  const outfile = join(cache, `${file}.mjs`);
  const entry = fileURLToPath(new URL(`${file}.ts`, import.meta.url));
  buildSync({ entryPoints: [entry], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm' });
  return outfile;
}

function start(file: string, environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = fork(compile(file), {
    env: { ...process.env, ...environment },
    // The log is written, to nowhere: a disk would be measured too.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}

async function ask<Answer>(child: ChildProcess, message?: object): Promise<Answer> {
  const answered = once(child, 'message') as Promise<[Answer]>;
  const ended = once(child, 'exit').then(() => {
    throw new Error('A server of the benchmark ended; its reason stands above.');
  });
  if (message !== undefined) child.send(message);
  return (await Promise.race([answered, ended]))[0];
}

async function startPostern(databaseUrl: string): Promise<{ child: ChildProcess; started: Started }> {
  const child = start('server', {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    DEMO: 'off',
    RATE_LIMIT_PER_KEY_IP: '999999999/60',
    RATE_LIMIT_REFUSED_PER_IP: '999999999/60',
    SESSION_SECRET: 'a benchmark needs no secret session secret',
  });
  return { child, started: await ask<Started>(child) };
}

function publishable({ url, publicKey }: Started): Load {
  const headers = { authorization: `Bearer ${publicKey}`, origin: 'https://shop.example.com' };
  return { url: `${url}/api/v1/agents`, headers, status: 200 };
}

function secret({ url, publicKey, secretKey }: Started): Load {
  return { url: `${url}/api/v1/agents`, headers: { authorization: `Bearer ${publicKey}:${secretKey}` }, status: 200 };
}

async function main(): Promise<void> {
  const mongod = await startMongod(await findMongod());
  const embedded = await startPostern(`lmdb:${join(folder, 'db')}`);
  const onMongo = await startPostern(freshDatabase(mongod.getUri()));
  const good = publishable(embedded.started);
  const bareChild = start('bare', { DATABASE_URL: `lmdb:${join(folder, 'db')}` });
  const { url: bareUrl } = await ask<{ url: string }>(bareChild);

  const { url, publicKey } = embedded.started;
  const madeUp: Load = {
    ...good,
    headers: { ...good.headers, authorization: `Bearer ${createPublicKey()}` },
    status: 401,
  };
  const flood: Load = {
    url: `${url}/api/v1/agents`,
    headers: { authorization: `Bearer ${publicKey}:${createSecretKey()}` },
    status: 401,
    connections: 4,
  };
  const bare = 'bare Express 5 with helmet';
  const flooded = 'secret call beside 4 with wrong secrets';
  const sides: Side[] = [
    { name: bare, load: { url: `${bareUrl}/api/v1/agents`, headers: {}, status: 200 } },
    { name: 'publishable call', load: good },
    { name: 'secret call, warm', load: secret(embedded.started) },
    { name: flooded, load: secret(embedded.started), beside: flood },
    { name: 'made-up key', load: madeUp },
    { name: 'publishable call on MongoDB', load: publishable(onMongo.started) },
    { name: 'secret call on MongoDB', load: secret(onMongo.started) },
  ];
  const results = await runRounds(sides);
  for (const { name } of sides) print(name, results.get(name) ?? []);

  const of = (name: string, figure: (round: Round) => number): number => median((results.get(name) ?? []).map(figure));
  const rate = (name: string): number => of(name, ({ requestsPerSecond }) => requestsPerSecond);
  const p99 = (name: string): number => of(name, ({ p99Ms }) => p99Ms);
  const { scryptRuns } = await ask<{ scryptRuns: number }>(embedded.child, {});
  const ratio = (name: string, other: string, goal: string): void =>
    console.log(`${(rate(name) / rate(other)).toFixed(2)}  ${name} / ${other} (goal ${goal})`);

  console.log();
  ratio('publishable call', bare, '0.90');
  ratio('secret call, warm', bare, '0.85');
  ratio(flooded, 'secret call, warm', '0.75');
  ratio('made-up key', bare, 'none');
  ratio('publishable call on MongoDB', bare, '0.60');
  ratio('secret call on MongoDB', bare, 'none');
  console.log(
    `p99 of good calls beside the flood: ${p99(flooded)} ms, without it ${p99('secret call, warm')} ms (goal at most twice)`,
  );
  console.log(`scrypt runs in all: ${scryptRuns} (goal 1: the first use of the good secret)`);
  await mongod.stop();
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
