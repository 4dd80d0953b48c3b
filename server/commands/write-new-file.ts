/** Writes a file beside its place, and gives it its name when it is whole: nobody takes a part of it for all of it. */
import { randomUUID } from 'node:crypto';
import { link, open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { StoreUnavailableError } from '../store/port.ts';
import { RefusedError } from './command.ts';

/** Readable by its owner alone; never in place of a file that is there. Resolves to its length in bytes. */
export async function writeNewFile(path: string, write: (file: Writable) => Promise<void>): Promise<number> {
  const place = resolve(path);
  const draft = `${place}.partial-${randomUUID()}`;
  try {
    if (await isThere(place)) throw taken(path);
    const file = (await open(draft, 'wx', 0o600)).createWriteStream({ flush: true });
    await write(file).finally(() => file.destroy());
    const { size } = await stat(draft);
    // Fails where a file is by now, as renaming does not.
    await link(draft, place);
    await flush(dirname(place));
    return size;
  } catch (error) {
    throw toRefusal(error, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function isThere(place: string): Promise<boolean> {
  try {
    await stat(place);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function taken(path: string): RefusedError {
  return new RefusedError(`${path} is there already. Name a file that is not there yet: nothing is ever replaced.`);
}

function toRefusal(error: unknown, path: string): Error {
  if (error instanceof RefusedError || error instanceof StoreUnavailableError) return error;
  if (codeOf(error) === 'EEXIST') return taken(path);
  return new RefusedError(`The file was not written: ${error instanceof Error ? error.message : String(error)}`);
}

async function flush(folder: string): Promise<void> {
  const opened = await open(folder);
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
