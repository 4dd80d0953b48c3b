import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { recordKinds } from '../records/record-kinds.ts';
import { RefusedError, UsageError, type StoreCommand } from './command.ts';
import { describeKind } from './copy-store.ts';

const secretFile = 'session-secret';

export const backupCommands: readonly StoreCommand[] = [
  {
    kind: 'stores',
    name: 'backup',
    about: 'copy the embedded store, also while servers run on it',
    words: { PATH: 'a folder that is not there yet' },
    async run({ embedded, words: [path = ''] }) {
      if (path === '') throw new UsageError('backup needs PATH.');
      if (embedded === undefined) {
        throw new RefusedError(
          'DATABASE_URL is a MongoDB: use mongodump, or snapshots of its disks. This command copies the embedded store.',
        );
      }
      if (!embedded.isThere) throw new RefusedError(`There is no database in ${embedded.path}: see DATABASE_URL.`);
      const folder = resolve(path);
      await assertFree(folder, path);
      // A folder gets its name when it is whole, so that nobody takes a part of a backup for one.
      const draft = `${folder}.partial-${randomUUID()}`;
      try {
        await mkdir(draft, { mode: 0o700 });
        const records = await embedded.copyInto(draft);
        const hasSecret = await copySecret(join(embedded.path, secretFile), join(draft, secretFile));
        const bytes = await sizeOf(draft);
        await flush(draft);
        await rename(draft, folder);
        await flush(dirname(folder));
        const counts = recordKinds.map((kind) => `${describeKind(kind)} ${records[kind]}`).join(', ');
        return {
          json: { path: folder, databaseUrl: `lmdb:${folder}`, bytes, records, sessionSecret: hasSecret },
          text: [
            `Copied to ${folder}: ${(bytes / 1e6).toFixed(1)} MB, ${counts}.`,
            hasSecret
              ? `The copy of ${secretFile} is in it.`
              : `There is no file ${secretFile} in the database's folder: keep your SESSION_SECRET yourself.`,
          ].join('\n'),
        };
      } catch (error) {
        await rm(draft, { recursive: true, force: true });
        throw toRefusal(error, path);
      }
    },
  },
];

/** Not there, or an empty folder. */
async function assertFree(folder: string, path: string): Promise<void> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw toRefusal(error, path);
  }
  if (entries.length > 0) throw notFree(path);
}

function notFree(path: string): RefusedError {
  return new RefusedError(
    `${path} is not empty. Name a folder that is not there yet: a backup never replaces another.`,
  );
}

async function copySecret(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  await flush(to);
  return true;
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function flush(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function toRefusal(error: unknown, path: string): RefusedError {
  if (error instanceof RefusedError) return error;
  const code = codeOf(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return notFree(path);
  if (code === 'EBUSY' || code === 'EXDEV') {
    return new RefusedError(`A disk is mounted at ${path}. Name a folder in it that is not there yet.`);
  }
  return new RefusedError(`The backup was not made: ${error instanceof Error ? error.message : String(error)}`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
