/**
 * Answers with a built file, read in one piece: a build may replace it at any moment, and a length that was asked for before the
 * file was opened could be the other build's. It goes as the build compressed it, where it did and the client takes that. What
 * was read is kept with its tag until the file is another one.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';

interface BuiltFile {
  readonly content: Buffer;
  readonly tag: string;
  /** Which file this was. */
  readonly version: string;
}

/** What a compressed file's name ends in, the smallest first. */
const compressions = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Several times what a build has. */
const keptBytesMax = 32 * 1024 * 1024;

const kept = new LRUCache<string, BuiltFile>({
  maxSize: keptBytesMax,
  sizeCalculation: ({ content }) => content.length + 1,
});

/** False, and nothing is answered or set, when there is no such file. */
export async function answerBuiltFile(
  request: Request,
  response: Response,
  path: string,
  setHeaders?: () => void,
): Promise<boolean> {
  const plain = await findBuiltFile(path);
  if (plain === undefined) return false;
  setHeaders?.();
  let { content, tag } = plain;
  for (const [encoding, extension] of compressions) {
    const compressed = await findBuiltFile(path + extension);
    if (compressed === undefined) continue;
    response.vary('Accept-Encoding');
    if (request.acceptsEncodings(encoding) === false) continue;
    response.setHeader('Content-Encoding', encoding);
    ({ content, tag } = compressed);
    break;
  }
  // By its tag Express answers 304 to who has it.
  response.setHeader('ETag', tag);
  response.type(extname(path)).send(content);
  return true;
}

export async function readBuiltFile(path: string): Promise<Buffer | undefined> {
  return (await findBuiltFile(path))?.content;
}

async function findBuiltFile(path: string): Promise<BuiltFile | undefined> {
  try {
    const known = kept.get(path);
    if (known?.version === versionOf(await stat(path))) return known;
    const read = await readWithVersion(path);
    kept.set(path, read);
    return read;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    kept.delete(path);
    return undefined;
  }
}

/** Both of the same file, whatever is put in its place meanwhile. */
async function readWithVersion(path: string): Promise<BuiltFile> {
  const file = await open(path);
  try {
    const version = versionOf(await file.stat());
    const content = await file.readFile();
    return { content, tag: `"${createHash('sha256').update(content).digest('base64url')}"`, version };
  } finally {
    await file.close();
  }
}

/** A build renames new files over the old ones, so it is another file then, even with the size and the time of the old one. */
function versionOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}
