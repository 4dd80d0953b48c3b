/** Killed with SIGKILL at any moment, a store has every acknowledged write, whole, and half of none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { MongoMemoryServer } from 'mongodb-memory-server-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { CreditHold, Credits } from '../../server/records/credits.ts';
import { openLmdbStore } from '../../server/store/lmdb/store.ts';
import { openMongoStore } from '../../server/store/mongo/store.ts';
import { StoreUnavailableError, type Store } from '../../server/store/port.ts';
import { writeUntilItFails, type Written } from '../support/acknowledged-writes.ts';
import { expectNoHalves as expectNoEmbeddedHalves } from '../support/expect-no-halves.ts';
import { expectAll } from '../support/expect-written.ts';
import { findFreePort } from '../support/free-port.ts';
import { startMongod } from '../support/mongod.ts';
import { sampleKey } from '../support/sample-records.ts';
import { measure } from '../support/stalls.ts';
import { bundleScript } from '../support/store-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-crash-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the embedded store, its process killed', () => {
  const rounds = 200;
  const lanes = 4;

  // Fails for a write acknowledged before its transaction is committed (acknowledged writes are missing), and for a key
  // and its index put in two transactions (halves).
  test(`${rounds} times: every acknowledged write is there, none half there`, { timeout: 180_000 }, async () => {
    const script = await bundleScript('writer-child');
    let writes = 0;
    const lane = async (number: number): Promise<void> => {
      for (let round = number; round < rounds; round += lanes) {
        const path = join(folder, `lmdb-${round}`);
        const written = await writeAndKill(script, `lmdb:${path}`, Math.random() * 40);
        writes += written.length;
        const store = openLmdbStore(path);
        await expectAll(store, written);
        await store.close();
        await expectNoEmbeddedHalves(path);
        await rm(path, { recursive: true });
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    expect(writes).toBeGreaterThan(rounds * 5);
  });

  /** Kills the writer some milliseconds after its first acknowledged write. */
  async function writeAndKill(script: string, url: string, afterMs: number): Promise<Written[]> {
    const child = spawn(process.execPath, [script, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const written: Written[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (written.length === 0) setTimeout(() => child.kill('SIGKILL'), afterMs);
      // The last line may have been cut off: then nobody has read that acknowledgement.
      if (line.endsWith('}')) written.push(JSON.parse(line) as Written);
    }
    expect(await closed).toStrictEqual([null, 'SIGKILL']);
    return written;
  }
});

const { binary } = inject('mongod');

// Not on a server that was only lent (TEST_MONGODB_URI): these tests kill it.
describe.skipIf(binary === undefined)('MongoDB', () => {
  const rounds = 20;
  let server: { dbPath: string; port: number };
  let url: string;
  let mongod: MongoMemoryServer | undefined;
  let store: Store;

  beforeAll(async () => {
    const dbPath = await mkdtemp(join(tmpdir(), 'postern-mongod-'));
    server = { dbPath, port: await findFreePort() };
    url = `mongodb://127.0.0.1:${server.port}/postern`;
  });

  afterAll(async () => {
    await store.close();
    await mongod?.stop();
    await rm(server.dbPath, { recursive: true, force: true });
  });

  function signal(name: NodeJS.Signals): void {
    mongod!.instanceInfo!.instance.mongodProcess!.kill(name);
  }

  async function untilItAnswers(): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      try {
        await store.ping();
        return;
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnavailableError);
        if (performance.now() - startedAt > 15_000) throw error;
      }
    }
  }

  /** How long each took at most to be refused, in milliseconds. */
  async function refused(...works: readonly (() => Promise<unknown>)[]): Promise<number> {
    const all = () => Promise.all(works.map((work) => expect(work()).rejects.toThrow(StoreUnavailableError)));
    return (await measure(all)).ms;
  }

  test('that is not there at the start is used, with its indexes, once it comes', async () => {
    store = await openMongoStore(url);
    expect(await refused(() => store.findKeyByPublicKey('pk_1'))).toBeLessThan(3000);
    mongod = await startMongod(binary!, server);
    await untilItAnswers();
    const key = sampleKey('org_1');
    expect(await store.createKey(key)).toBe('created');
    expect(await store.createKey(sampleKey('org_1', { publicKey: key.publicKey }))).toBe('conflict');
  });

  // Fails without the limit on operations: a stopped server keeps its connections open.
  test('that hangs is unavailable within about two seconds, and used again when it goes on', async () => {
    signal('SIGSTOP');
    const read = () => store.findKeyByPublicKey('pk_1');
    const write = () => store.createKey(sampleKey('org_1'));
    expect(await refused(read, write)).toBeLessThan(3000);
    signal('SIGCONT');
    await untilItAnswers();
    expect(await store.findKeyByPublicKey('pk_1')).toBeUndefined();
  });

  // Fails for writes that are acknowledged before they are in the journal (journal: false).
  test(`killed ${rounds} times has every acknowledged write, whole`, { timeout: 180_000 }, async () => {
    const written: Written[] = [];
    for (let round = 0; round < rounds; round++) {
      const ofRound: Written[] = [];
      const isBack = new AbortController();
      const writing = writeUntilItFails(store, (one) => ofRound.push(one), isBack.signal).catch((error: unknown) =>
        expect(error).toBeInstanceOf(StoreUnavailableError),
      );
      await sleep(50 + Math.random() * 150);
      const exited = once(mongod!.instanceInfo!.instance.mongodProcess!, 'exit');
      signal('SIGKILL');
      await exited;
      mongod = await startMongod(binary!, server);
      // A writer that was between two writes has only waited, and so may all of them have: they end on the server that is back.
      isBack.abort();
      await writing;
      await untilItAnswers();
      await expectAll(store, ofRound);
      written.push(...ofRound);
    }
    await expectAll(store, written);
    expect(written.length).toBeGreaterThan(rounds * 5);
    await expectNoHalves();
  });

  async function expectNoHalves(): Promise<void> {
    const connection = await mongoose.createConnection(url).asPromise();
    const organizations = connection.db!.collection<Credits & { holds: CreditHold[] }>('postern_organizations');
    for (const { spent, holds } of await organizations.find().toArray())
      expect(holds.reduce((sum, hold) => sum + hold.amount, 0)).toBe(spent);
    await connection.close();
  }
});
