/**
 * Two ways to have a disk that takes nothing more, for one process. A limit on the size of files needs no rights: every page
 * of a database lies beyond it. A small file system in memory, filled to the last byte, is the real thing and needs root.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FullDisk {
  readonly folder: string;
  fill(pid: number): void;
  makeRoom(pid: number): void;
  remove(): void;
}

/** Where the first pages of LMDB end that are written over and not added. */
const metaBytes = 8_192;

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const canLimitFiles = succeeds('prlimit', ['--version']);

export function limitFiles(): FullDisk {
  const folder = mkdtempSync(join(tmpdir(), 'postern-limited-'));
  const limit = (pid: number, bytes: string) =>
    execFileSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:unlimited`], { stdio: 'ignore' });
  return {
    folder,
    fill: (pid) => limit(pid, String(metaBytes)),
    makeRoom: (pid) => limit(pid, 'unlimited'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function mountAt(folder: string, bytes: number): boolean {
  return succeeds('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
}

function removeMounted(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true });
}

export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'postern-small-'));
  const isMounted = mountAt(folder, 65_536);
  if (isMounted) removeMounted(folder);
  else rmSync(folder, { recursive: true });
  return isMounted;
}

export function mountSmallDisk(bytes: number): FullDisk {
  const folder = mkdtempSync(join(tmpdir(), 'postern-small-'));
  mountAt(folder, bytes);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill() {
      mkdirSync(ballast);
      for (let file = 0, size = bytes; size > 0; file++) {
        try {
          writeFileSync(join(ballast, String(file)), Buffer.alloc(size));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    },
    makeRoom: () => rmSync(ballast, { recursive: true }),
    remove: () => removeMounted(folder),
  };
}
