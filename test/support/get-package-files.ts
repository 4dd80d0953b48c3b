/**
 * The files of one npm package without the packages that it needs: for a test of one file of it. Fetched once by npm, which
 * checks them, and kept outside the checkout.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const downloadLimitMs = 120_000;

/** `name` is a plain name, `version` an exact one; resolves to the folder. Throws when it can't be had. */
export async function getPackageFiles(name: string, version: string): Promise<string> {
  const kept = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern');
  const path = join(kept, `${name}-${version}`);
  if (existsSync(path)) return path;
  await mkdir(kept, { recursive: true });
  const folder = await mkdtemp(`${path}-`);
  try {
    const limits = { cwd: folder, timeout: downloadLimitMs };
    await run('npm', ['pack', `${name}@${version}`, '--silent'], limits);
    await run('tar', ['-xzf', `${name}-${version}.tgz`], limits);
    // Whole or not at all: another run may be doing the same.
    await rename(join(folder, 'package'), path).catch((error: unknown) => {
      if (!existsSync(path)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}
