/**
 * What a record takes on disk and in memory on both stores, and what a request takes of a processor:
 * `npm run bench:sizing`; SIZING_RECORDS, SIZING_SECONDS. Processor time is of the server alone, so that a load beside it
 * matters little. The figures of docs/databases.md come from here.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import mongoose from 'mongoose';
import { recordKinds, type RecordKind, type RecordsByKind } from '../server/records/record-kinds.ts';
import { openStore } from '../server/store/open.ts';
import { databaseAt } from '../test/support/database-at.ts';
import { findMongod, freshDatabase, startMongod } from '../test/support/mongod.ts';
import {
  sampleActivity,
  sampleAuditEvent,
  sampleConversation,
  sampleKey,
  sampleOrganization,
  sampleTime,
  sampleTurn,
  sampleUsageDay,
} from '../test/support/sample-records.ts';
import { ask, startPostern, stopAll, type Cost } from './processes.ts';

const count = Number(process.env.SIZING_RECORDS ?? 50_000);
const seconds = Number(process.env.SIZING_SECONDS ?? 5);
const rounds = 3;
const atOnce = 500;
const keysUsed = Math.min(1_000, count);
const folder = mkdtempSync(join(tmpdir(), 'postern-sizing-'));

type OpenedStore = Awaited<ReturnType<typeof openStore>>;
type Measured = 'keys' | 'usageDays' | 'conversations' | 'turns' | 'auditEvents';

/** Text that compresses as little as names and questions do. */
const text = (length: number): string => randomBytes(length).toString('base64').slice(0, length);

/** As they are after some use: a rotated key, a question of 100 characters with an answer of 400. */
function makeRecords(): { readonly [Kind in Measured]: RecordsByKind[Kind][] } {
  const { id } = sampleOrganization();
  const times = Array.from({ length: count });
  const secret = () => ({
    hash: text(128),
    fingerprint: randomBytes(8).toString('hex'),
    digest: text(44),
    hint: text(4),
  });
  const keys = times.map(() =>
    sampleKey(id, {
      name: text(20),
      secret: secret(),
      previousSecret: { ...secret(), expiresAt: sampleTime },
      lastUsedAt: sampleTime,
      lastUsedOrigin: `https://${text(12)}.example`,
    }),
  );
  const origins = () =>
    [1, 2, 3].map(() => ({ origin: `https://${text(12)}.example`, accepted: 5, refused: 0, lastSeenAt: sampleTime }));
  const conversations = times.map(() => sampleConversation(id, { agentId: text(29), keyId: text(29) }));
  return {
    keys,
    usageDays: keys.map((key) => sampleUsageDay(key, { origins: origins() })),
    conversations,
    turns: conversations.map((conversation) =>
      sampleTurn(conversation.id, {
        message: text(100),
        attemptId: text(29),
        state: 'answered',
        reply: { id: text(29), text: text(400), createdAt: sampleTime },
      }),
    ),
    auditEvents: keys.map((key) =>
      sampleAuditEvent(id, {
        actor: { kind: 'user', id: text(29), name: 'owner@example.com' },
        target: { kind: 'key', id: key.id, name: key.name },
        before: { allowedDomains: key.allowedDomains },
        after: { allowedDomains: [...key.allowedDomains, `${text(12)}.example`] },
      }),
    ),
  };
}

const records = makeRecords();
const kinds = recordKinds.filter((kind): kind is Measured => kind in records);

async function fill<Kind extends RecordKind>(
  store: OpenedStore,
  kind: Kind,
  all: readonly RecordsByKind[Kind][],
): Promise<void> {
  for (let at = 0; at < all.length; at += atOnce) await store.importRecords(kind, all.slice(at, at + atOnce));
}

async function readAllKeys(store: OpenedStore): Promise<void> {
  for (let at = 0; at < count; at += atOnce) {
    await Promise.all(records.keys.slice(at, at + atOnce).map((key) => store.findKeyByPublicKey(key.publicKey)));
  }
}

/** What a process writes every second for the keys used in it: a day of figures and "last used" of each. */
async function measureFigures(name: string, store: OpenedStore): Promise<void> {
  const keys = records.keys.slice(0, keysUsed);
  const days = records.usageDays.slice(0, keysUsed);
  const activities = keys.map((key) => sampleActivity(key));
  const measured: string[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    await store.addUsage({ days, activities });
    const { user, system } = process.cpuUsage(before);
    // The first one warms it up.
    if (round > 0) measured.push(((user + system) / 1_000 / keysUsed).toFixed(3));
  }
  console.log(`${name}  figures of a key  processor ${measured.join(' ')} ms`);
}

/** What is this process's own, without the pages of files. */
function privateBytes(): number {
  globalThis.gc?.();
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

const bytes = (value: number): string => `${Math.round(value)} B`.padStart(9);

async function measureEmbedded(): Promise<void> {
  const path = join(folder, 'store');
  const store = await openStore({ kind: 'lmdb', path });
  const size = (): number => statSync(join(path, 'data.mdb')).size;
  for (const kind of kinds) {
    const before = size();
    await fill(store, kind, records[kind] as RecordsByKind[typeof kind][]);
    console.log(`embedded  ${kind.padEnd(14)} disk ${bytes((size() - before) / count)}`);
  }
  await readAllKeys(store);
  const before = privateBytes();
  for (let round = 0; round < 4; round++) await readAllKeys(store);
  console.log(`embedded  reading each key 4 times more: own memory ${bytes((privateBytes() - before) / count)} a key`);
  await measureFigures('embedded', store);
  await store.close();
}

interface CollectionStats {
  readonly storageSize: number;
  readonly totalIndexSize: number;
  readonly size: number;
}

async function measureMongo(server: string): Promise<void> {
  const url = freshDatabase(server);
  const store = await openStore(databaseAt(url));
  const connection = await mongoose.createConnection(url).asPromise();
  for (const kind of kinds) {
    await fill(store, kind, records[kind] as RecordsByKind[typeof kind][]);
    await connection.getClient().db('admin').command({ fsync: 1 });
    const stats = (await connection.db!.command({ collStats: kind })) as unknown as CollectionStats;
    const disk = bytes((stats.storageSize + stats.totalIndexSize) / count);
    // Not compressed there, unlike on disk; the indexes are much the same in both.
    const cache = bytes((stats.size + stats.totalIndexSize) / count);
    console.log(`MongoDB   ${kind.padEnd(14)} disk ${disk}, in mongod's cache ${cache}`);
  }
  await measureFigures('MongoDB ', store);
  await connection.dropDatabase();
  await connection.close();
  await store.close();
}

async function measureRequests(name: string, databaseUrl: string): Promise<void> {
  const { child, started } = await startPostern(databaseUrl);
  const { url, publicKey, secretKey, agentId } = started;
  const page = { authorization: `Bearer ${publicKey}`, origin: 'https://shop.example.com' };
  const loads = [
    { name: 'publishable call', path: '/api/v1/agents', headers: page },
    { name: 'secret call', path: '/api/v1/agents', headers: { authorization: `Bearer ${publicKey}:${secretKey}` } },
    {
      name: 'message',
      path: `/api/v1/agents/${agentId}/messages`,
      headers: { ...page, 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'What is it?' }),
    },
  ];
  for (const { name: what, path, ...load } of loads) {
    const method = 'body' in load ? 'POST' : 'GET';
    const measured: { cpuMs: number; perSecond: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      const before = await ask<Cost>(child, {});
      const result = await autocannon({ url: `${url}${path}`, method, ...load, connections: 32, duration: seconds });
      if (result.non2xx + result.errors > 0) throw new Error(`${what}: ${result.non2xx + result.errors} failed.`);
      const { cpuMs } = await ask<Cost>(child, {});
      // The first one warms it up.
      if (round === 0) continue;
      measured.push({ cpuMs: (cpuMs - before.cpuMs) / result['2xx'], perSecond: result.requests.average });
    }
    const each = measured.map(({ cpuMs }) => cpuMs.toFixed(3)).join(' ');
    const rate = measured.map(({ perSecond }) => Math.round(perSecond)).join(' ');
    console.log(`${name}  ${what.padEnd(16)} processor ${each} ms a request (${rate} requests/s)`);
  }
  const { rssBytes } = await ask<Cost>(child, {});
  console.log(`${name}  the server then has ${Math.round(rssBytes / 1e6)} MB`);
}

try {
  console.log(`${count} records of each kind`);
  await measureEmbedded();
  const mongod = await startMongod(await findMongod());
  await measureMongo(mongod.getUri());
  await measureRequests('embedded', `lmdb:${join(folder, 'requests')}`);
  await measureRequests('MongoDB ', freshDatabase(mongod.getUri()));
  await mongod.stop();
} finally {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}
