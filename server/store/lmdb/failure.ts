/** What a failed write of the embedded store was about, in words for the log. */
import { constants } from 'node:os';
import { statfs } from 'node:fs/promises';

/** LMDB's own codes, and those of the system that mean that nothing more can be written. */
const words: ReadonlyMap<number, string> = new Map([
  [constants.errno.ENOSPC, 'no space left on the disk'],
  [constants.errno.EDQUOT, 'the quota of the disk is used up'],
  [constants.errno.EFBIG, 'the file may not grow any more (a limit of the process or the file system)'],
  [constants.errno.EROFS, 'the file system is read-only'],
  [constants.errno.EIO, 'the disk reports an error, or the file may not grow any more'],
  [constants.errno.EACCES, 'the file may not be written'],
  [constants.errno.EPERM, 'the file may not be written'],
  [constants.errno.ENOMEM, 'no memory to map the file'],
  [-30_792, 'the map of the database is full'],
  [-30_795, 'the database gave up after a failed write: restart the server'],
]);

/** A file that is cut off in the middle of a write is reported as EIO, also when the disk is full. */
const roomBytesMin = 256 * 1024;

interface WriteFailure {
  readonly cause: unknown;
  readonly reason: string;
}

/**
 * What a rejected change says about the disk; undefined when the change itself was at fault. lmdb rejects with an error
 * that promises the real one (`commitError`): unless somebody waits for that, Node ends the process.
 */
export async function describeWriteFailure(error: unknown, folder: string): Promise<WriteFailure | undefined> {
  const isCommit = error instanceof Error && 'commitError' in error;
  const cause = isCommit ? await reasonOf(error.commitError) : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const isKnown = typeof code === 'number' && words.has(code);
  if (!isCommit && !isKnown) return undefined;
  const isFull = code === constants.errno.EIO && !(await hasRoom(folder));
  const known = words.get(isFull ? constants.errno.ENOSPC : Number(code));
  return { cause, reason: known ?? (cause instanceof Error ? cause.message : String(cause)) };
}

async function reasonOf(commitError: unknown): Promise<unknown> {
  try {
    return await commitError;
  } catch (error) {
    return error;
  }
}

/** Whether there is room for a few changes. Where that can't be found out, trying will tell. */
export async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: Infinity, bsize: 1 }));
  return bavail * bsize >= roomBytesMin;
}
