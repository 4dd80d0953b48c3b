import type { Store } from './port.ts';

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
export async function openStore(url: DatabaseUrl): Promise<Store> {
  switch (url.kind) {
    case 'lmdb': {
      const { LmdbStore } = await import('./lmdb.ts');
      return new LmdbStore(url.path);
    }
    case 'mongodb': {
      const { MongoStore } = await import('./mongo.ts');
      return MongoStore.open(url.url);
    }
  }
}
