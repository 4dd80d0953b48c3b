import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLmdbStore } from '../../../server/store/lmdb/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const modeOf = (...names: readonly string[]) => (statSync(join(folder, ...names)).mode & 0o777).toString(8);

test('the folders and files that it makes are for their owner alone', async () => {
  const store = openLmdbStore(join(folder, 'made', 'store'));
  expect([modeOf('made'), modeOf('made', 'store')]).toEqual(['700', '700']);
  expect([modeOf('made', 'store', 'data.mdb'), modeOf('made', 'store', 'lock.mdb')]).toEqual(['600', '600']);
  await store.close();
});

test('so are the files in a folder that somebody else made for everybody, and those that were there', async () => {
  const path = join(folder, 'given');
  mkdirSync(path);
  chmodSync(path, 0o755);
  await openLmdbStore(path).close();
  chmodSync(join(path, 'data.mdb'), 0o644);
  writeFileSync(join(path, 'other'), '', { mode: 0o644 });
  const store = openLmdbStore(path);
  expect([modeOf('given', 'data.mdb'), modeOf('given', 'lock.mdb')]).toEqual(['600', '600']);
  expect([modeOf('given'), modeOf('given', 'other')]).toEqual(['755', '644']);
  await store.close();
});
