/**
 * Answers with a built file, read in one piece: a build may replace it at any moment, and a length that was asked for before the
 * file was opened could be the other build's. It goes as the build compressed it, where it did and the client takes that.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Request, Response } from 'express';

/** What a compressed file's name ends in, the smallest first. */
const compressions = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** False, and nothing is answered or set, when there is no such file. */
export async function answerBuiltFile(
  request: Request,
  response: Response,
  path: string,
  setHeaders?: () => void,
): Promise<boolean> {
  const plain = await readBuiltFile(path);
  if (plain === undefined) return false;
  setHeaders?.();
  let content = plain;
  for (const [encoding, extension] of compressions) {
    const compressed = await readBuiltFile(path + extension);
    if (compressed === undefined) continue;
    response.vary('Accept-Encoding');
    if (request.acceptsEncodings(encoding) === false) continue;
    response.setHeader('Content-Encoding', encoding);
    content = compressed;
    break;
  }
  // By its tag Express answers 304 to who has it.
  response.setHeader('ETag', `"${createHash('sha256').update(content).digest('base64url')}"`);
  response.type(extname(path)).send(content);
  return true;
}

export async function readBuiltFile(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
