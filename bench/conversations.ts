/**
 * The pages, filters and exports of an organization with many conversations, on both stores: `npm run bench:conversations`;
 * BENCH_CONVERSATIONS. Beside an export, what a visitor's call waits.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../server/gate/clock.ts';
import { conversationOutcomes } from '../server/records/conversation-summary.ts';
import { openStore } from '../server/store/open.ts';
import { databaseAt } from '../test/support/database-at.ts';
import { findMongod, freshDatabase, startMongod } from '../test/support/mongod.ts';
import { sampleConversation, sampleTurn } from '../test/support/sample-records.ts';
import { benchOrganizationId } from './fixture.ts';
import { startPostern, stopAll, type Started } from './processes.ts';
import { median } from './rounds.ts';

const count = Number(process.env.BENCH_CONVERSATIONS ?? 10_000);
const turnsEach = 4;
const rounds = 7;
const atOnce = 500;
const text = (length: number): string => randomBytes(length).toString('base64').slice(0, length);

/** One a minute, back from now; one in four of each outcome, one in a thousand about bananas. */
async function fill(databaseUrl: string): Promise<void> {
  const now = systemClock();
  const conversations = Array.from({ length: count }, (_, index) => {
    const at = now - index * 60_000;
    const firstQuestion = index % 1_000 === 999 ? 'Do you sell bananas?' : text(60);
    const outcome = conversationOutcomes[index % conversationOutcomes.length] ?? null;
    const summary = { firstQuestion, turns: turnsEach, openTurns: 0, outcome, rating: null };
    return sampleConversation(benchOrganizationId, { createdAt: at, lastActiveAt: at, summary });
  });
  const store = await openStore(databaseAt(databaseUrl));
  try {
    for (let from = 0; from < count; from += atOnce) {
      const some = conversations.slice(from, from + atOnce);
      await store.importRecords('conversations', some);
      const turns = some.flatMap(({ id, createdAt }) =>
        Array.from({ length: turnsEach }, () => {
          const reply = { id: text(29), text: text(400), createdAt };
          return sampleTurn(id, { message: text(100), askedAt: createdAt, state: 'answered', reply });
        }),
      );
      await store.importRecords('turns', turns);
    }
  } finally {
    await store.close();
  }
}

async function measure(name: string, databaseUrl: string): Promise<void> {
  const { started } = await startPostern(databaseUrl);
  await fill(databaseUrl);
  const { nextCursor } = JSON.parse(await read(started, '?limit=100')) as { nextCursor: string };
  const asked = {
    'first page of 100': '?limit=100',
    'next page': `?limit=100&cursor=${encodeURIComponent(nextCursor)}`,
    'unanswered alone': '?limit=100&outcome=unanswered',
    'two words that few have': '?limit=100&q=sell%20bananas',
    'words that none has (2,000 looked at)': '?limit=100&q=aardvarks%20here',
  };
  for (const [what, query] of Object.entries(asked)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await timeOf(() => read(started, query)));
    console.log(`${name}  ${what.padEnd(40)} ${spread(times)}`);
  }
  const alone = await visitorsWaits(started, () => new Promise((resolve) => setTimeout(resolve, 2_000)));
  console.log(`${name}  ${'a visitor’s call, nothing beside it'.padEnd(40)} ${spread(alone)}`);
  for (const kind of ['.ndjson', '.csv']) {
    let megabytes = 0;
    let ms = 0;
    const waits = await visitorsWaits(started, async () => {
      ms = await timeOf(async () => (megabytes = (await read(started, kind)).length / 1e6));
    });
    console.log(
      `${name}  ${`all of them as ${kind}, ${megabytes.toFixed(0)} MB`.padEnd(40)} ${(ms / 1_000).toFixed(1)} s`,
    );
    console.log(`${name}  ${'a visitor’s call beside it'.padEnd(40)} ${spread(waits)}`);
  }
}

async function read({ url, publicKey, secretKey }: Started, rest: string): Promise<string> {
  const headers = { authorization: `Bearer ${publicKey}:${secretKey}` };
  const response = await fetch(`${url}/api/org/${benchOrganizationId}/conversations${rest}`, { headers });
  if (!response.ok) throw new Error(`${rest} answered ${response.status}: ${await response.text()}`);
  return response.text();
}

/** One call after another, as long as something is done. */
async function visitorsWaits({ url, publicKey, agentId }: Started, work: () => Promise<unknown>): Promise<number[]> {
  const end = new AbortController();
  const done = work().finally(() => end.abort());
  const headers = { authorization: `Bearer ${publicKey}`, origin: 'https://shop.example.com' };
  const waits: number[] = [];
  while (!end.signal.aborted) {
    waits.push(
      await timeOf(async () => {
        const response = await fetch(`${url}/api/v1/agents/${agentId}`, { headers });
        if (!response.ok) throw new Error(`A visitor's call answered ${response.status}.`);
        await response.text();
      }),
    );
  }
  await done;
  return waits;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const spread = (times: readonly number[]): string =>
  `median ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(0)} ms (${times.length})`;

const folder = mkdtempSync(join(tmpdir(), 'postern-conversations-'));
try {
  console.log(`${count} conversations of ${turnsEach} messages`);
  await measure('embedded', `lmdb:${join(folder, 'store')}`);
  const mongod = await startMongod(await findMongod());
  await measure('MongoDB ', freshDatabase(mongod.getUri()));
  await mongod.stop();
} finally {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}
