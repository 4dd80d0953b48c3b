/**
 * What the gate costs: requests a second beside bare Express, as ratios. `npm run bench`; BENCH_ROUNDS, BENCH_SECONDS,
 * BENCH_CONNECTIONS (the goals are for 32).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicKey, createSecretKey } from '../server/gate/key-format.ts';
import { findMongod, freshDatabase, startMongod } from '../test/support/mongod.ts';
import { ask, start, startPostern, stopAll, type Cost, type Started } from './processes.ts';
import { median, print, runRounds, type Load, type Round, type Side } from './rounds.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
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

  const ownApp = async (gate: string): Promise<Load> => {
    const { url: gateUrl, publicKey: ownKey, secretKey } = embedded.started;
    const child = start('own-app', {
      DATABASE_URL: `lmdb:${join(folder, 'db')}`,
      GATE: gate,
      GATE_URL: gateUrl,
      GATE_CREDENTIAL: `${ownKey}:${secretKey}`,
    });
    return { ...good, url: `${(await ask<{ url: string }>(child)).url}/agents` };
  };

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
  const own = 'an Express app of one’s own';
  const flooded = 'secret call beside 4 with wrong secrets';
  const sides: Side[] = [
    { name: bare, load: { url: `${bareUrl}/api/v1/agents`, headers: {}, status: 200 } },
    { name: 'publishable call', load: good },
    { name: 'secret call, warm', load: secret(embedded.started) },
    { name: flooded, load: secret(embedded.started), beside: flood },
    { name: 'made-up key', load: madeUp },
    { name: own, load: await ownApp('none') },
    { name: 'with postern/express in its process', load: await ownApp('in-process') },
    { name: 'with postern/express that asks a server', load: await ownApp('remote') },
    { name: 'publishable call on MongoDB', load: publishable(onMongo.started) },
    { name: 'secret call on MongoDB', load: secret(onMongo.started) },
  ];
  const results = await runRounds(sides);
  for (const { name } of sides) print(name, results.get(name) ?? []);

  const of = (name: string, figure: (round: Round) => number): number => median((results.get(name) ?? []).map(figure));
  const rate = (name: string): number => of(name, ({ requestsPerSecond }) => requestsPerSecond);
  const p99 = (name: string): number => of(name, ({ p99Ms }) => p99Ms);
  const { scryptRuns } = await ask<Cost>(embedded.child, {});
  const ratio = (name: string, other: string, goal: string): void =>
    console.log(`${(rate(name) / rate(other)).toFixed(2)}  ${name} / ${other} (goal ${goal})`);

  console.log();
  ratio('publishable call', bare, '0.90');
  ratio('secret call, warm', bare, '0.85');
  ratio(flooded, 'secret call, warm', '0.75');
  ratio('made-up key', bare, 'none');
  ratio('with postern/express in its process', own, '0.90');
  ratio('with postern/express that asks a server', own, 'none');
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
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}
