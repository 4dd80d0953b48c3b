/** Opens an embedded store again and again while this process writes to it, and ends: see test/store/lmdb/open-again.test.ts. */
import { mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { copyEmbedded, openStore } from '../../server/store/open.ts';
import { databaseAt } from './database-at.ts';
import { sampleKey } from './sample-records.ts';

const folder = process.argv[2] ?? '';
const database = databaseAt(`lmdb:${join(folder, 'store')}`);
const store = await openStore(database);
let isDone = false;

async function write(name: string): Promise<void> {
  while (!isDone) await store.createKey(sampleKey('org_test', { name }));
}

const writers = Array.from({ length: 4 }, (_, index) => write(`Writer ${index}`));
symlinkSync(join(folder, 'store'), join(folder, 'link'));
const byAnotherName = databaseAt(`lmdb:${join(folder, 'link')}`);
for (let count = 0; count < 60; count++) {
  const again = await openStore(count % 2 === 0 ? database : byAnotherName);
  await again.createKey(sampleKey('org_test', { name: 'By the other' }));
  await again.close();
  if (count % 20 === 0) await copyEmbedded(join(folder, 'store'), mkdtempSync(join(folder, 'copy-')));
}
isDone = true;
await Promise.all(writers);
await store.close();
process.stdout.write('done');
