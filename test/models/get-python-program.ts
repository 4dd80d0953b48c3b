/**
 * A program for tests that is a Python package with others that it needs, in a folder of its own outside the checkout, once per person.
 * Some have no wheel and are built, which takes minutes.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PythonProgram {
  /** What it is kept as, with its version. */
  readonly name: string;
  /** The path of a file for pip. */
  readonly requirements: string;
  readonly limitMs: number;
  /** Only one that is kept already will do. */
  readonly isKeptOnly?: boolean;
}

/** The path of a Python that has it; throws when that is not possible. */
export async function getPythonProgram({
  name,
  requirements,
  limitMs,
  isKeptOnly = false,
}: PythonProgram): Promise<string> {
  const path = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern', name);
  const python = join(path, 'bin', 'python');
  const whole = join(path, 'whole');
  if (await isThere(whole)) return python;
  if (isKeptOnly) throw new Error(`${name} is not built. LLAMA_CPP=build npm run test:models builds it.`);
  await mkdir(dirname(path), { recursive: true });
  // What somebody broke off is of no use.
  if (await isThere(path)) await rename(path, await mkdtemp(`${path}-old-`));
  try {
    await run('python3', ['-m', 'venv', path], { timeout: limitMs });
    const env = { ...process.env, CMAKE_ARGS: '-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF', CMAKE_BUILD_PARALLEL_LEVEL: '2' };
    await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], { timeout: limitMs, env });
    await writeFile(whole, '');
    return python;
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
