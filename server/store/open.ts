import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordKind } from '../core/record-kinds.ts';
import type { CopyableStore, Store } from './port.ts';
import { silentObserver } from './watch.ts';

export type DatabaseUrl =
  { readonly kind: 'lmdb'; readonly path: string } | { readonly kind: 'mongodb'; readonly url: string };

/** `lmdb:PATH`, `mongodb://…` or `mongodb+srv://…`; undefined for anything else. */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  if (text.startsWith('lmdb:') && text.length > 'lmdb:'.length)
    return { kind: 'lmdb', path: text.slice('lmdb:'.length) };
  if (/^mongodb(\+srv)?:\/\/./.test(text)) return { kind: 'mongodb', url: text };
  return undefined;
}

/** Opens the store of a `DATABASE_URL`. An adapter is loaded only when it is asked for. */
export async function openStore(url: DatabaseUrl, observer = silentObserver): Promise<Store & CopyableStore> {
  switch (url.kind) {
    case 'lmdb': {
      const { openLmdbStore } = await import('./lmdb.ts');
      return openLmdbStore(url.path, observer);
    }
    case 'mongodb': {
      const { openMongoStore } = await import('./mongo.ts');
      return openMongoStore(url.url, observer);
    }
  }
}

/** Whether there is anything to open: an embedded store that is not there would be made. */
export function isThere(url: DatabaseUrl): boolean {
  return url.kind !== 'lmdb' || existsSync(join(url.path, 'data.mdb'));
}

/**
 * Copies the embedded store, as it is at one moment, into an empty folder, also while processes write to it. Resolves to
 * how many records of each kind the copy has. Throws when the copy can't be written whole.
 */
export async function copyEmbedded(path: string, folder: string): Promise<Readonly<Record<RecordKind, number>>> {
  const { copyLmdb } = await import('./lmdb-copy.ts');
  return copyLmdb(path, folder);
}
