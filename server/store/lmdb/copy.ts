/** A copy of the embedded store as it is at one moment: LMDB reads its own snapshot while others write. */
import { chmod, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordKinds, type RecordKind } from '../../records/record-kinds.ts';
import { openFolder } from './databases.ts';
import { assertKnownSchema } from '../schema.ts';

/** The folder is there and empty. The copy is on disk, and was opened once, when this resolves. */
export async function copyLmdb(path: string, folder: string): Promise<Readonly<Record<RecordKind, number>>> {
  const { root, db, close } = openFolder(path);
  try {
    const schema = db.meta.get('schema');
    if (schema !== undefined) assertKnownSchema(schema);
    // Compacting leaves free pages out, and walks every page: a database with a broken one is not copied.
    await root.backup(folder, true);
  } finally {
    await close();
  }
  const file = join(folder, 'data.mdb');
  await chmod(file, 0o600);
  const counts = await countRecords(folder);
  await flush(file);
  return counts;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function countRecords(folder: string): Promise<Readonly<Record<RecordKind, number>>> {
  const { db, close } = openFolder(folder);
  try {
    const counts = recordKinds.map((kind) => {
      const { entryCount } = db[kind].getStats() as { readonly entryCount: number };
      return [kind, entryCount] as const;
    });
    return Object.fromEntries(counts) as Record<RecordKind, number>;
  } finally {
    await close();
    await rm(join(folder, 'lock.mdb'), { force: true });
  }
}
