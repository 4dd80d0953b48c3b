/**
 * What a whole message costs (charged, stored, answered by a FAQ), each in a conversation of its own, beside a bare Express that parses
 * and answers the same JSON: `npm run bench:messages`; BENCH_ROUNDS, BENCH_SECONDS, BENCH_CONNECTIONS as of `npm run bench`.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMongod, freshDatabase, startMongod } from '../test/support/mongod.ts';
import { ask, start, startPostern, stopAll, type Cost, type Started } from './processes.ts';
import { connectionsUsual, median, print, runRounds, type Load, type Side } from './rounds.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
const body = { message: 'What is it?' };
const processorMessages = 1_000;

function message({ url, publicKey, agentId }: Started): Load {
  const headers = { authorization: `Bearer ${publicKey}`, origin: 'https://shop.example.com' };
  return { url: `${url}/api/v1/agents/${agentId}/messages`, headers, body, status: 200 };
}

/** Processor time of the server for one message, when so many are sent at once. */
async function processorMs(child: ChildProcess, { url, headers }: Load, atOnce: number): Promise<number> {
  let unsent = processorMessages;
  const send = async (_: unknown, visitor: number): Promise<void> => {
    while (unsent-- > 0) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${visitor + 1}` },
        body: JSON.stringify(body),
      });
      if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}.`);
      await answer.text();
    }
  };
  const before = await ask<Cost>(child, {});
  await Promise.all(Array.from({ length: atOnce }, send));
  return ((await ask<Cost>(child, {})).cpuMs - before.cpuMs) / processorMessages;
}

async function main(): Promise<void> {
  const mongod = await startMongod(await findMongod());
  const embedded = await startPostern(`lmdb:${join(folder, 'db')}`);
  const onMongo = await startPostern(freshDatabase(mongod.getUri()));
  const bare = start('bare', { DATABASE_URL: `lmdb:${join(folder, 'db')}` });
  const bareLoad: Load = { url: `${(await ask<{ url: string }>(bare)).url}/messages`, headers: {}, body, status: 200 };
  const loads = { embedded: message(embedded.started), onMongo: message(onMongo.started) };
  const one = { connections: 1 };
  const sides: Side[] = [
    { name: 'bare Express', load: bareLoad },
    { name: 'message', load: loads.embedded },
    { name: 'message on MongoDB', load: loads.onMongo },
    { name: 'message, one at a time', load: { ...loads.embedded, ...one } },
    { name: 'message on MongoDB, one at a time', load: { ...loads.onMongo, ...one } },
  ];
  const results = await runRounds(sides);
  for (const { name } of sides) print(name, results.get(name) ?? []);
  const rate = (name: string) => median((results.get(name) ?? []).map((round) => round.requestsPerSecond));
  const p50 = (name: string) => median((results.get(name) ?? []).map((round) => round.p50Ms));

  console.log();
  for (const [name, goal] of [
    ['message', '0.45'],
    ['message on MongoDB', '0.08'],
  ] as const)
    console.log(`${(rate(name) / rate('bare Express')).toFixed(2)}  ${name} / bare Express (goal ${goal})`);
  console.log(`${p50('message, one at a time')} ms, one at a time (goal 2)`);
  console.log(`${p50('message on MongoDB, one at a time')} ms on MongoDB, one at a time (goal 6)`);
  for (const atOnce of [connectionsUsual, 1]) {
    const ownMs = await processorMs(embedded.child, loads.embedded, atOnce);
    const mongoMs = await processorMs(onMongo.child, loads.onMongo, atOnce);
    console.log(`${ownMs.toFixed(2)} ms of processor, ${mongoMs.toFixed(2)} ms on MongoDB (goal 2), ${atOnce} at once`);
  }
  await mongod.stop();
}

try {
  await main();
} finally {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}
