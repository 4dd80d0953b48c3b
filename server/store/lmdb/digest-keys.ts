/**
 * The random keys of two days, each a file beside the database and not in it: so no backup has them, and what is deleted is not left
 * in a free page.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DigestKeyStore } from '../port.ts';

const prefix = 'digest-key-';
const digestKeyPattern = /^[\w-]{43}$/;

/** `path`: the folder of the database. Its errors are the file system's: the database itself may be well. */
export function createDigestKeys(path: string): DigestKeyStore {
  return {
    async keepDigestKey(date, digestKey) {
      const file = join(path, `${prefix}${date}`);
      const known = await readKey(file);
      if (known !== undefined && digestKeyPattern.test(known)) return known;
      if (known !== undefined) await rm(file, { force: true });
      // A file gets its name when it is whole and on disk; of several, one gets it.
      const draft = join(path, `.${prefix}${date}.${randomUUID()}`);
      try {
        await writeDraft(draft, digestKey);
        await link(draft, file);
        return digestKey;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return (await readKey(file)) ?? digestKey;
        throw error;
      } finally {
        await rm(draft, { force: true });
      }
    },

    async deleteDigestKeys(beforeDate) {
      const names = await readdir(path);
      // A draft is there when its process died.
      const old = names.filter((name) =>
        [prefix, `.${prefix}`].some((start) => name.startsWith(start) && name < `${start}${beforeDate}`),
      );
      for (const name of old) await rm(join(path, name), { force: true });
    },
  };
}

async function writeDraft(path: string, digestKey: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(digestKey);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
