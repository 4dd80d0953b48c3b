import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBuiltFile } from '../../server/http/built-file.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'postern-built-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test('a built file is read and hashed once', async () => {
  const path = write('once.js', 'one');
  const content = await readBuiltFile(path);
  expect(content?.toString()).toBe('one');
  expect(await readBuiltFile(path)).toBe(content);
});

test('one that a build put in its place is there at the next request, also with the same size and time', async () => {
  const path = write('replaced.js', 'one');
  await readBuiltFile(path);
  const { atime, mtime } = statSync(path);
  const next = write('replaced.js.next', 'two');
  utimesSync(next, atime, mtime);
  renameSync(next, path);
  expect((await readBuiltFile(path))?.toString()).toBe('two');
});

test('one that is gone is gone at the next request', async () => {
  const path = write('gone.js', 'one');
  await readBuiltFile(path);
  rmSync(path);
  expect(await readBuiltFile(path)).toBeUndefined();
});

test('at most 32 MiB are kept: those that were asked for last', async () => {
  const mebibyte = Buffer.alloc(1024 * 1024);
  const paths = Array.from({ length: 40 }, (_, index) => write(`large-${index}.js`, mebibyte));
  const first: unknown[] = [];
  for (const path of paths) first.push(await readBuiltFile(path));
  const again: unknown[] = [];
  for (const path of paths.toReversed()) again.unshift(await readBuiltFile(path));
  const same = paths.map((_, index) => again[index] === first[index]);
  expect(same.filter(Boolean).length).toBe(31);
  expect(same.lastIndexOf(false)).toBe(8);
});
