/** The files with the keys of two days beside the embedded database. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createDigestKeys } from '../../../server/store/lmdb/digest-keys.ts';
import { StoreUnavailableError } from '../../../server/store/port.ts';
import { sampleDigestKey } from '../../support/sample-records.ts';

const folders: string[] = [];
let path = '';
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'postern-digest-keys-'));
  folders.push(path);
});
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const first = sampleDigestKey('a');

// Fails for one that takes what is there: digests under an empty key can be turned back by anybody.
test.each(['', 'short', `${first}\n`, first.replace('a', '+')])(
  'a file with %j is no key, and is replaced',
  async (text) => {
    writeFileSync(join(path, 'digest-key-2026-11-23'), text);
    const digestKeys = createDigestKeys(path);
    expect(await digestKeys.keepDigestKey('2026-11-23', first)).toBe(first);
    expect(await digestKeys.keepDigestKey('2026-11-23', sampleDigestKey('b'))).toBe(first);
    expect(readFileSync(join(path, 'digest-key-2026-11-23'), 'utf8')).toBe(first);
    expect(readdirSync(path)).toEqual(['digest-key-2026-11-23']);
  },
);

test('what a process left that died while it made a key goes with the keys of that day', async () => {
  const draft = '.digest-key-2026-11-22.0b0e6c4e-7a0c-4a55-9f3c-1c2f6f1d7c11';
  const later = '.digest-key-2026-11-23.0b0e6c4e-7a0c-4a55-9f3c-1c2f6f1d7c11';
  for (const name of [draft, later, 'digest-key-2026-11-22', 'data.mdb']) writeFileSync(join(path, name), first);
  await createDigestKeys(path).deleteDigestKeys('2026-11-23');
  expect(readdirSync(path).toSorted()).toEqual([later, 'data.mdb']);
});

test('a folder in which no file can be made is told as it is, and not as the store being away', async () => {
  rmSync(path, { recursive: true });
  const failure: unknown = await createDigestKeys(path)
    .keepDigestKey('2026-11-23', first)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ENOENT' });
  expect(failure).not.toBeInstanceOf(StoreUnavailableError);
  expect(existsSync(path)).toBe(false);
});
