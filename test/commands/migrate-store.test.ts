/** `postern migrate-store`, as a process, from the embedded store to MongoDB and back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { recordKinds, type RecordKind } from '../../server/records/record-kinds.ts';
import { openStore } from '../../server/store/open.ts';
import { databaseAt } from '../support/database-at.ts';
import { bundleCommand, type BundledCommand, type Ran, type RunOptions } from '../support/command.ts';
import { describeEvery, describeStore, importEvery, sampleEveryRecord } from '../support/every-record.ts';
import { freshDatabase } from '../support/mongod.ts';
import { sampleTurn, sampleUser } from '../support/sample-records.ts';
import { bundleScript } from '../support/store-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-migrate-'));
const { url: server } = inject('mongod');
const mongoUrls: string[] = [];
let databases = 0;
let command: BundledCommand;

interface Migrated {
  readonly records: Readonly<Record<RecordKind, number>>;
  readonly copied: Readonly<Record<RecordKind, number>>;
  readonly digest: string;
}

const newPath = (): string => join(folder, `store-${databases++}`);
const newEmbedded = (): string => `lmdb:${newPath()}`;
function newMongo(): string {
  const url = freshDatabase(server ?? 'mongodb://127.0.0.1');
  mongoUrls.push(url);
  return url;
}

const migrate = (from: string, to: string, options: RunOptions = {}): Promise<Ran> =>
  command.run(['migrate-store', '--from', from, '--to', to, '--json'], options);

async function migrated(from: string, to: string): Promise<Migrated> {
  const { code, stdout, stderr } = await migrate(from, to);
  expect({ code, refused: code === 0 ? '' : stderr }).toEqual({ code: 0, refused: '' });
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as Migrated;
}

type OpenedStore = Awaited<ReturnType<typeof openStore>>;

async function inStore<Result>(url: string, work: (store: OpenedStore) => Promise<Result>): Promise<Result> {
  const store = await openStore(databaseAt(url));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const contentOf = (url: string): Promise<readonly string[]> => inStore(url, describeStore);

beforeAll(async () => {
  command = await bundleCommand('migrate', folder);
});

afterAll(async () => {
  command.remove();
  rmSync(folder, { recursive: true, force: true });
  if (server === undefined) return;
  const connection = await mongoose.createConnection(server).asPromise();
  for (const url of mongoUrls) await connection.useDb(new URL(url).pathname.slice(1)).dropDatabase();
  await connection.close();
});

describe.skipIf(server === undefined)('with MongoDB', () => {
  const every = sampleEveryRecord();
  const total = describeEvery(every).length;

  test('everything goes there and back, and is the same in all three', async () => {
    const [embedded, mongo, again] = [newEmbedded(), newMongo(), newEmbedded()];
    await inStore(embedded, (store) => importEvery(store, every));
    // Half a character, which MongoDB can not keep.
    const half = sampleTurn(every.conversations[0]!.id, { message: 'x\ud800y' });
    await inStore(embedded, (store) => store.importRecords('turns', [half]));
    const { code, stdout, stderr } = await migrate(embedded, mongo);
    expect(code).toBe(0);
    const there = JSON.parse(stdout) as Migrated;
    const counts = Object.fromEntries(recordKinds.map((kind) => [kind, every[kind].length]));
    expect(there).toEqual({
      records: { ...counts, turns: every.turns.length + 1 },
      copied: { ...counts, turns: every.turns.length + 1 },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    expect(stderr).toContain('usage days: 15 copied\n');
    expect(stderr.trim().split('\n')).toHaveLength(recordKinds.length);
    expect(await contentOf(mongo)).toStrictEqual(await contentOf(embedded));
    expect(await migrated(mongo, again)).toStrictEqual(there);
    expect(await contentOf(again)).toStrictEqual(await contentOf(embedded));
    // For people, and once more: nothing is left to do.
    const { stdout: table } = await command.run(['migrate-store', '--from', embedded, '--to', mongo]);
    expect(table).toMatch(/^organizations +3 \(0 copied now\)\n/);
    expect(table).toContain(`All records are the same in both stores: SHA-256 ${there.digest}\n`);
  });

  test.each([
    ['the embedded store to MongoDB', newEmbedded, newMongo],
    ['MongoDB to the embedded store', newMongo, newEmbedded],
  ])('from %s, killed again and again: the next run goes on, and all is there once', async (_name, newFrom, newTo) => {
    const many = sampleEveryRecord({ turnsEach: 500 });
    const [from, to] = [newFrom(), newTo()];
    await inStore(from, (store) => importEvery(store, many));
    const wanted = describeEvery(many);
    let before = 0;
    for (const kind of ['organizations', 'conversations'] as const) {
      const { code } = await migrate(from, to, {
        onLine: (line, child) => {
          // Not a line that tells what was found there before.
          if (line.startsWith(`${kind}: `) && line.endsWith(' copied')) child.kill('SIGKILL');
        },
      });
      expect(code).toBeNull();
      const there = await contentOf(to);
      expect(there.length).toBeGreaterThan(before);
      expect(there.length).toBeLessThan(wanted.length);
      expect(new Set(wanted)).toEqual(new Set([...wanted, ...there]));
      before = there.length;
    }
    const { copied, records } = await migrated(from, to);
    const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b);
    expect([sum(copied), sum(records)]).toStrictEqual([wanted.length - before, wanted.length]);
    expect(await contentOf(to)).toStrictEqual(wanted);
  });

  test('a target that a server was started on is refused, and stays as it is', async () => {
    const [from, to] = [newEmbedded(), newMongo()];
    await inStore(from, (store) => importEvery(store, every));
    await inStore(to, (store) => store.createUser(sampleUser()));
    const before = await contentOf(to);
    const { code, stdout, stderr } = await migrate(from, to);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the target holds other records than the source');
    expect(await contentOf(to)).toStrictEqual(before);
    expect(before.length).toBeLessThan(total);
  });

  test('a database that is not there: one sentence, no password, and no target is made', async () => {
    const path = newPath();
    const { code, stdout, stderr } = await migrate('mongodb://me:hunter2@127.0.0.1:1/postern', `lmdb:${path}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('The store of --from can not be opened: ');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('hunter2');
    expect(existsSync(path)).toBe(false);
  });
});

test('a source that is written to meanwhile: exit 1, and the sentence says what to do', async () => {
  const [from, to] = [newEmbedded(), newEmbedded()];
  const script = await bundleScript('writer-child');
  const writer = spawn(process.execPath, [script, from], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(writer, 'close');
  await once(writer.stdout, 'data');
  writer.stdout.resume();
  const { code, stdout, stderr } = await migrate(from, to);
  writer.kill('SIGKILL');
  await closed;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const { detail } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { detail: string };
  expect(detail).toMatch(/^\d+ records are not the same in both stores: .*Stop every server on both stores/);
  expect(stderr).not.toContain('    at ');
});

test('a source that is not there is not made', async () => {
  const path = newPath();
  const { code, stderr } = await migrate(`lmdb:${path}`, newEmbedded());
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toEqual({ code: 'refused', detail: 'There is no database at the path of --from.' });
  expect(existsSync(path)).toBe(false);
});

test('wrong usage is exit 2, and no password is said, however the words are wrong', async () => {
  const url = 'mongodb://me:hunter2@127.0.0.1:1/postern';
  const wrong = [
    ['migrate-store'],
    ['migrate-store', '--from', url],
    ['migrate-store', '--from', url, '--to', url],
    ['migrate-store', '--from', 'redis://me:hunter2@x', '--to', 'lmdb:x'],
    ['migrate-store', url, '--to', 'lmdb:x'],
    ['migrate-store', `--frm=${url}`, '--to', 'lmdb:x'],
    ['migrate-store', `--json=${url}`],
    ['migrate', url],
    ['migrate-stores', `--from=${url}`],
    [url],
  ];
  const ran = await Promise.all(wrong.map((args) => command.run(args)));
  expect(ran.map(({ code }) => code)).toStrictEqual(wrong.map(() => 2));
  for (const { stdout, stderr } of ran) {
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stderr).toContain('Usage: postern');
  }
  const unread = await migrate('mongodb://me:hunter2@', 'lmdb:x');
  expect(unread).toMatchObject({ code: 2, stdout: '' });
  expect(unread.stderr).not.toContain('hunter2');
});
