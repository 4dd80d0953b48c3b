/**
 * A ZIP that is made while it is read: nothing is read of a file before the one before it is through, and no more than the reader
 * takes. Where a file breaks, the archive breaks off with it and has no end, so nobody takes a part for the whole.
 */
import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { ArchiveFile } from './archive.ts';

export function zipFiles(files: readonly Pick<ArchiveFile, 'name' | 'read'>[], mtime: Date): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream.pipe(new PassThrough());
  let current: Readable | undefined;
  output.once('close', () => current?.destroy());
  zip.on('error', (error: Error) => output.destroy(error));
  for (const { name, read } of files) {
    zip.addReadStreamLazy(name, { mtime }, (give) => {
      // A piece may be a megabyte.
      current = Readable.from(read(), { highWaterMark: 1 });
      current.once('error', (error) => output.destroy(error));
      give(null, current);
    });
  }
  zip.end();
  return output;
}
