/** Runs a suite over both stores, each on a database of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, inject } from 'vitest';
import type { CopyableStore, Store } from '../../server/store/port.ts';
import { freshDatabase } from './mongod.ts';
import { openWhole } from './open-whole.ts';

interface StoreUnderTest {
  readonly databaseUrl: string;
  /** Opens the database once more, as another process would. */
  readonly open: () => Promise<Store & CopyableStore>;
}

export function describeOnBothStores(name: string, suite: (under: StoreUnderTest) => void): void {
  const { url } = inject('mongod');
  describe(`${name}, on the embedded store`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    suite(storeAt(`lmdb:${folder}`));
  });
  describe.skipIf(url === undefined)(`${name}, on MongoDB`, () => {
    suite(storeAt(freshDatabase(url ?? 'mongodb://127.0.0.1')));
  });
}

function storeAt(databaseUrl: string): StoreUnderTest {
  return {
    databaseUrl,
    open: () => openWhole(databaseUrl),
  };
}
