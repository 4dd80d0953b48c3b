/**
 * The random keys of two days, each a file beside the database and not in it: so no backup has them, and what is deleted is not left
 * in a free page.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toUnavailable } from './connection.ts';
import type { DigestKeyStore } from '../port.ts';

const prefix = 'digest-key-';

/** `path`: the folder of the database. */
export function createDigestKeys(path: string): DigestKeyStore {
  const fileOf = (date: string): string => join(path, `${prefix}${date}`);

  async function keep(date: string, digestKey: string): Promise<string> {
    const known = await readKey(fileOf(date));
    if (known !== undefined) return known;
    // A file gets its name when it is whole and on disk; of several, one gets it.
    const draft = join(path, `.${prefix}${randomUUID()}`);
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(digestKey);
        await file.sync();
      } finally {
        await file.close();
      }
      await link(draft, fileOf(date));
      return digestKey;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return (await readKey(fileOf(date))) ?? digestKey;
      // Somebody else's folder, whose files alone may be written: each process keeps a key of its own.
      if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return digestKey;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  return {
    keepDigestKey: (date, digestKey) => keep(date, digestKey).catch(throwUnavailable),

    async deleteDigestKeys(beforeDate) {
      try {
        const names = await readdir(path);
        const old = names.filter((name) => name.startsWith(prefix) && name < `${prefix}${beforeDate}`);
        for (const name of old) await rm(join(path, name), { force: true });
      } catch (error) {
        throwUnavailable(error);
      }
    },
  };
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function throwUnavailable(error: unknown): never {
  throw toUnavailable(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
