/**
 * A thread that runs scrypt for `scrypt-threads.ts`, one run at a time, behind everything else that the process does: on Linux a
 * thread has a priority of its own. Elsewhere it has that of the process.
 */
import crypto from 'node:crypto';
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

/** Much more would starve it where the processor is busy for long: nobody could sign in or rotate a key then. */
const lower = 7;
const lowest = 19;

if (process.platform === 'linux') setPriority(Math.min(lowest, getPriority() + lower));

// `scrypt-kdf` would have it done by libuv's pool, which is shared by all threads, and where writes of the store wait.
crypto.scrypt = (password, salt, length, options, done) => {
  done(null, crypto.scryptSync(password, salt, length, options));
};
const { default: scrypt } = await import('scrypt-kdf');

parentPort.on('message', async ({ run, given }) => {
  try {
    parentPort.postMessage({ result: await scrypt[run](...given) });
  } catch (error) {
    parentPort.postMessage({ error });
  }
});
