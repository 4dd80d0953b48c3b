/** `postern backup PATH`, as a process, beside one that writes to the same embedded store without a pause. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLmdbStore } from '../../server/store/lmdb/store.ts';
import type { Written } from '../support/acknowledged-writes.ts';
import { bundleCommand, type BundledCommand } from '../support/command.ts';
import { expectNoHalves } from '../support/expect-no-halves.ts';
import { expectAll } from '../support/expect-written.ts';
import { send } from '../support/requests.ts';
import { sampleAgent, sampleDigestKey } from '../support/sample-records.ts';
import { startTestServer } from '../support/server.ts';
import { bundleScript } from '../support/store-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-backup-'));
const database = join(folder, 'data/store');
const environment = { DATABASE_URL: `lmdb:${database}` };
const at = (name: string): string => join(folder, name);
let command: BundledCommand;
let pair: string;

interface BackedUp {
  readonly path: string;
  readonly databaseUrl: string;
  readonly bytes: number;
  readonly records: Readonly<Record<string, number>>;
  readonly sessionSecret: boolean;
}

async function backUp(path: string): Promise<BackedUp> {
  const { code, stdout, stderr } = await command.run(['backup', path, '--json'], { environment });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as BackedUp;
}

async function refused(path: string, options: Parameters<BundledCommand['run']>[1] = {}): Promise<string> {
  const { code, stdout, stderr } = await command.run(['backup', path], { environment, ...options });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr;
}

beforeAll(async () => {
  command = await bundleCommand('backup', folder);
  const asJson = async <Result>(...args: string[]): Promise<Result> =>
    JSON.parse((await command.run([...args, '--json'], { environment })).stdout) as Result;
  const { id } = await asJson<{ id: string }>('org', 'create', '--name', 'Acme');
  const { key, secretKey } = await asJson<{ key: { publicKey: string }; secretKey: string }>(
    ...['keys', 'create', '--org', id, '--name', 'Before'],
  );
  pair = `${key.publicKey}:${secretKey}`;
  writeFileSync(at('data/store/session-secret'), 'a session secret that is kept beside it\n', { mode: 0o600 });
});

afterAll(() => {
  command.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('while a process writes at full speed', () => {
  const rounds = 3;
  const written: Written[] = [];
  /** What was acknowledged before each backup began. */
  const before: number[] = [];

  /** So large that many changes are made while it is copied. */
  async function addBallast(): Promise<void> {
    const store = openLmdbStore(database);
    const knowledge = { entries: [{ question: '?', aliases: [], answer: 'x'.repeat(1 << 20) }] };
    for (let count = 0; count < 4; count++) {
      await store.importRecords(
        'agents',
        Array.from({ length: 12 }, () => ({ agent: sampleAgent('org_ballast'), knowledge })),
      );
    }
    await store.close();
  }

  // Fails for a copy of the file (`cp`): pages that it names were written over meanwhile.
  test(`${rounds} backups have all that was acknowledged before, and nothing half`, async () => {
    await addBallast();
    const script = await bundleScript('writer-child');
    const child = spawn(process.execPath, [script, `lmdb:${database}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => written.push(JSON.parse(line) as Written));
    await expect.poll(() => written.length, { interval: 5 }).toBeGreaterThan(400);
    const backups: BackedUp[] = [];
    for (let round = 0; round < rounds; round++) {
      before.push(written.length);
      backups.push(await backUp(at(`backup-${round}`)));
    }
    const acknowledged = written.length;
    expect(acknowledged).toBeGreaterThan(before.at(-1)!);
    child.kill('SIGKILL');
    await closed;
    for (const [round, { path, records, bytes }] of backups.entries()) {
      expect(readdirSync(path).toSorted()).toStrictEqual(['data.mdb', 'session-secret']);
      expect(readFileSync(join(path, 'data.mdb')).length).toBeLessThanOrEqual(bytes);
      await expectNoHalves(path);
      const store = openLmdbStore(path);
      await expectAll(store, written.slice(0, before[round]));
      const counted = written.slice(0, before[round]).filter(({ kind }) => kind === 'turn').length;
      expect(records.turns).toBeGreaterThanOrEqual(counted);
      await store.close();
    }
  });

  test('for its owner only, with the session secret', () => {
    expect(statSync(at('backup-0')).mode & 0o777).toBe(0o700);
    for (const file of ['data.mdb', 'session-secret'])
      expect(statSync(join(at('backup-0'), file)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(at('backup-0'), 'session-secret'), 'utf8')).toContain('kept beside it');
  });

  test('a server on the copy answers a key from before', async () => {
    const server = await startTestServer({ database: `lmdb:${at('backup-1')}` });
    const headers = { authorization: `Bearer ${pair}` };
    expect((await send(server, '/api/v1/key', { headers })).status).toBe(200);
    await server.stop();
  });

  // Fails for a store that keeps it in the database: whoever has the backup could try all addresses.
  test('without the key under which addresses are digests', async () => {
    const store = openLmdbStore(database);
    const digestKey = await store.keepDigestKey('2026-11-23', sampleDigestKey('k'));
    await store.close();
    const { path } = await backUp(at('backup-without-key'));
    expect(readdirSync(path).toSorted()).toStrictEqual(['data.mdb', 'session-secret']);
    expect(readFileSync(join(path, 'data.mdb')).includes(digestKey)).toBe(false);
    const copy = openLmdbStore(path);
    expect(await copy.keepDigestKey('2026-11-23', sampleDigestKey('a'))).toBe(sampleDigestKey('a'));
    await copy.close();
    rmSync(path, { recursive: true });
  });

  test('a second backup to the same place is refused, and leaves the first as it was', async () => {
    const first = readFileSync(join(at('backup-2'), 'data.mdb'));
    expect(await refused(at('backup-2'))).toContain('is not empty');
    expect(readFileSync(join(at('backup-2'), 'data.mdb')).equals(first)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toStrictEqual([]);
  });

  test('of two backups to one place at once, one is made whole and one refused', async () => {
    const both = await Promise.all([0, 1].map(() => command.run(['backup', at('race')], { environment })));
    expect(both.map(({ code }) => code).toSorted()).toStrictEqual([0, 1]);
    expect(both.map(({ stderr }) => stderr).join('')).toContain('is not empty');
    expect(readdirSync(at('race')).toSorted()).toStrictEqual(['data.mdb', 'session-secret']);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toStrictEqual([]);
  });
});

test('an empty folder may be there; people are told what was copied and where', async () => {
  mkdirSync(at('empty.2026.11'));
  const { code, stdout, stderr } = await command.run(['backup', 'empty.2026.11'], { environment });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(at('empty.2026.11'));
  expect(stdout).toMatch(/\d\.\d MB, organizations \d+, users \d+, /);
  const store = openLmdbStore(at('empty.2026.11'));
  expect(await store.hasUsers()).toBe(true);
  await store.close();
});

test('without a session secret beside it, the rest is copied, and that is said', async () => {
  const other = { DATABASE_URL: `lmdb:${at('other/deep/store')}` };
  await command.run(['org', 'create', '--name', 'Acme'], { environment: other });
  const { code, stdout } = await command.run(['backup', at('no-secret')], { environment: other });
  expect(code).toBe(0);
  expect(stdout).toContain('keep your SESSION_SECRET yourself');
  expect(readdirSync(at('no-secret'))).toStrictEqual(['data.mdb']);
});

describe('refused: exit 1, one sentence, and nothing left behind', () => {
  const nothingNew = async (work: () => Promise<void>): Promise<void> => {
    const before = readdirSync(folder).toSorted();
    await work();
    expect(readdirSync(folder).toSorted()).toStrictEqual(before);
  };

  // Fails for a copy that is written under its own name.
  test('the disk is full in the middle', () =>
    nothingNew(async () => {
      expect(statSync(join(database, 'data.mdb')).size).toBeGreaterThan(64 * 1024);
      // The largest file that the process may write, in kilobytes.
      expect(await refused(at('full'), { before: 'ulimit -f 64' })).toContain('The backup was not made: ');
    }));

  test('no folder to put it in, or a file there', () =>
    nothingNew(async () => {
      expect(await refused(at('none/backup'))).toContain('The backup was not made: ');
      expect(await refused(at('data/store/session-secret'))).toContain('The backup was not made: ');
      expect(await refused(join(at('data/store/session-secret'), 'backup'))).toContain('The backup was not made: ');
    }));

  test('the database’s own folder', () =>
    nothingNew(async () => {
      expect(await refused(database)).toContain('is not empty');
    }));

  test('no database: none is made', () =>
    nothingNew(async () => {
      const wrong = { DATABASE_URL: `lmdb:${at('nowhere')}` };
      expect(await refused(at('backup'), { environment: wrong })).toContain('There is no database in ');
    }));

  test('a MongoDB: its own tool is named, its password is not', () =>
    nothingNew(async () => {
      const mongo = { DATABASE_URL: 'mongodb://me:hunter2@127.0.0.1:1/postern' };
      const reason = await refused(at('backup'), { environment: mongo });
      expect(reason).toContain('use mongodump');
      expect(reason).not.toContain('hunter2');
    }));

  test('without PATH: wrong usage', async () => {
    const wrong = [['backup'], ['backup', 'a', 'b'], ['backup', ''], ['backup', 'a', '--force']];
    const ran = await Promise.all(wrong.map((args) => command.run(args, { environment })));
    expect(ran.map(({ code }) => code)).toStrictEqual([2, 2, 2, 2]);
  });
});
