// @ts-check
/**
 * `node build.js` builds into `dist/` when something changed since the last build; `node build.js start` then starts the server
 * in this very process. A build is made in a folder of its own inside `dist/`. When it is whole its files replace the old ones,
 * each at once, so a server that runs meanwhile serves one build or the other. Plain JavaScript, because it also runs where
 * nothing that builds is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const root = import.meta.dirname;
const dist = join(root, 'dist');
/** Side by side, about as long as each other. */
const lanes = [['widget'], ['server', 'demo', 'dashboard', 'reference']];
const parts = lanes.flat();
/** Built into more than one part. */
const shared = ['ui'];
const folders = [...parts, ...shared];
const inputs = [
  ...folders,
  'build.js',
  'build-openapi.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vite.config.ts',
];
/** The digest of what the build in `dist/` was made from. */
const digestFile = join(dist, '.inputs');
const lockFile = join(dist, '.lock');
/** Relative to the root, as the scripts take it. */
const next = `dist/.next-${process.pid}`;
const fresh = join(root, next);
const lockRetryMs = 200;
const buildMsMax = 10 * 60_000;

/** @type {(line: string) => void} */
const say = (line) => void process.stderr.write(`${line}\n`);

/** @type {(folder: string) => string[]} Relative to the folder. */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function digestInputs() {
  const digest = createHash('sha256');
  for (const input of inputs) {
    const path = join(root, input);
    const files = folders.includes(input) ? filesIn(path).map((file) => join(path, file)) : [path].filter(existsSync);
    for (const file of files)
      digest
        .update(`${file.slice(root.length)}\n`)
        .update(readFileSync(file))
        .update('\n');
  }
  return digest.digest('hex');
}

const isFresh = () => existsSync(digestFile) && readFileSync(digestFile, 'utf8') === digestInputs();

function canBuild() {
  const { resolve } = createRequire(import.meta.url);
  try {
    for (const name of ['typescript', 'vite']) resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/** @type {(pid: number) => boolean} */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Who has the lock, and since when. Undefined: nobody. */
function readLock() {
  try {
    return { holder: Number(readFileSync(lockFile, 'utf8')), since: statSync(lockFile).mtimeMs };
  } catch {
    return undefined;
  }
}

/** The lock of a build that was killed. In a container the same process ids come again, so its age counts too. */
function isLeftOver() {
  const lock = readLock();
  if (lock === undefined) return false;
  return lock.holder === process.pid || !isAlive(lock.holder) || Date.now() - lock.since > buildMsMax;
}

/** Whether it was free. */
function writeLock() {
  try {
    writeFileSync(lockFile, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** One build at a time; whoever waited finds it done. */
async function takeLock() {
  mkdirSync(dist, { recursive: true });
  for (let isWaiting = false; ;) {
    if (writeLock()) {
      // Somebody who saw a left-over lock a moment ago may have removed this one for it.
      await sleep(lockRetryMs);
      if (readLock()?.holder === process.pid) return;
    } else if (isLeftOver()) rmSync(lockFile, { force: true });
    else {
      if (!isWaiting) say('Another build is under way here: waiting for it.');
      isWaiting = true;
      await sleep(lockRetryMs);
    }
  }
}

/**
 * Runs a script of `package.json`, in a process group of its own so that all of it can be ended.
 * @type {(part: string, running: Set<number>) => Promise<void>}
 */
function buildPart(part, running) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'production', POSTERN_BUILD_INTO: next };
    const child = spawn('npm', ['run', '-s', `build:${part}`], {
      cwd: root,
      env,
      stdio: ['ignore', 2, 2],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    child.once('error', reject);
    child.once('exit', (code) => {
      if (pid !== undefined) running.delete(pid);
      if (code === 0) resolve();
      else reject(new Error(`npm run build:${part} failed.`));
    });
  });
}

/** Deeper files first: `widget/widget.js` and the pages name files in the folders beside them. */
function publish() {
  const depth = (/** @type {string} */ file) => file.split(/[\\/]/).length;
  const files = filesIn(fresh).sort((a, b) => depth(b) - depth(a));
  for (const file of files) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(fresh, file), join(dist, file));
  }
  const kept = new Set(files);
  const old = parts.flatMap((part) => filesIn(join(dist, part)).map((file) => join(part, file)));
  for (const file of old) if (!kept.has(file)) rmSync(join(dist, file));
}

/** If nobody did meanwhile. */
async function build() {
  /** @type {Set<number>} */
  const running = new Set();
  const clean = () => {
    for (const pid of running) if (isAlive(-pid)) process.kill(-pid);
    rmSync(fresh, { recursive: true, force: true });
    if (readLock()?.holder === process.pid) rmSync(lockFile, { force: true });
  };
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  const end = (/** @type {string} */ _signal, /** @type {number} */ number) => {
    clean();
    process.exit(128 + number);
  };
  for (const signal of signals) process.once(signal, end);
  try {
    await takeLock();
    if (isFresh()) return;
    const startedAt = performance.now();
    const digest = digestInputs();
    say('Building (once, until something changes) …');
    for (const name of readdirSync(dist)) {
      if (name.startsWith('.next-')) rmSync(join(dist, name), { recursive: true });
    }
    await Promise.all(
      lanes.map(async (lane) => {
        for (const part of lane) await buildPart(part, running);
      }),
    );
    rmSync(digestFile, { force: true });
    publish();
    writeFileSync(digestFile, digest);
    say(`Built in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s.`);
  } finally {
    clean();
    for (const signal of signals) process.off(signal, end);
  }
}

async function ensureBuilt() {
  if (isFresh()) return;
  if (canBuild()) return build();
  const remedy = 'npm install --include=dev && npm run build';
  if (!existsSync(join(dist, 'server/cli.js'))) throw new Error(`Postern is not built: ${remedy}`);
  say(`This build was made from other sources, and what builds is not installed. To build anew: ${remedy}`);
}

try {
  await ensureBuilt();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
if (process.argv[2] === 'start') await import(pathToFileURL(join(dist, 'server/cli.js')).href);
