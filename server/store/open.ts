import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { No } from '../gate/problem.ts';
import type { RecordKind } from '../records/record-kinds.ts';
import type { CopyableStore, Store } from './port.ts';
import { silentObserver } from './watch.ts';

export type DatabaseUrl =
  { readonly kind: 'lmdb'; readonly path: string } | { readonly kind: 'mongodb'; readonly url: string };

interface WrongDatabaseUrl extends No {
  /** What it must be. Nothing of the text is in that, because a piece of what looks like a host may be one of the password. */
  readonly expected: string;
}

/** `lmdb:PATH`, `mongodb://…/NAME` or `mongodb+srv://…/NAME`. */
export function parseDatabaseUrl(text: string): DatabaseUrl | WrongDatabaseUrl {
  if (text.startsWith('lmdb:') && text.length > 'lmdb:'.length)
    return { kind: 'lmdb', path: text.slice('lmdb:'.length) };
  const [, authority = '', tail = ''] = /^mongodb(?:\+srv)?:\/\/([^/?#]+)(.*)$/s.exec(text) ?? [];
  if (authority === '') return wrong('lmdb:PATH, mongodb://… or mongodb+srv://…');
  if (!isPercentEncoded(authority, tail)) {
    return wrong(
      'a URL with a user name and a password that are percent-encoded ("@" is %40, ":" %3A, "/" %2F, "?" %3F, "#" %23, "%" %25)',
    );
  }
  if (!/^\/[^/?]/.test(tail)) {
    return wrong(
      'a URL that names a database, such as mongodb://HOST/postern (without one everything would go into "test")',
    );
  }
  return { kind: 'mongodb', url: text };
}

function wrong(expected: string): WrongDatabaseUrl {
  return { ok: false, expected };
}

/** An `@`, `:`, `/`, `?` or `#` of a password ends what is before it too early, or leaves one `@` or `:` too many. */
function isPercentEncoded(authority: string, tail: string): boolean {
  const [userInfo = '', host, ...more] = authority.split('@');
  const [path = '', query = ''] = tail.split(/\?(.*)/s);
  if (more.length > 0 || path.includes('@') || tail.includes('#')) return false;
  if (host === undefined || path === '') return !query.includes('@');
  return userInfo.split(':').length <= 2 && !/%(?![0-9a-f]{2})/i.test(userInfo);
}

/** Opens the store of a `DATABASE_URL`. An adapter is loaded only when it is asked for. */
export async function openStore(url: DatabaseUrl, observer = silentObserver): Promise<Store & CopyableStore> {
  switch (url.kind) {
    case 'lmdb': {
      const { openLmdbStore } = await import('./lmdb/store.ts');
      return openLmdbStore(url.path, observer);
    }
    case 'mongodb': {
      const { openMongoStore } = await import('./mongo/store.ts');
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
  const { copyLmdb } = await import('./lmdb/copy.ts');
  return copyLmdb(path, folder);
}
