/**
 * `scrypt-kdf` in threads of its own, of lower priority: beside a flood of passwords and new keys, chats have the processor
 * first. A thread is started when there is none at rest, so there are as many as the queue lets run at once.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Scrypt } from './gate/scrypt.ts';

type Answer = { readonly result: unknown } | { readonly error: Error };

const atRest: Worker[] = [];

async function inThread(run: keyof Scrypt, ...given: readonly unknown[]): Promise<unknown> {
  // Without a loader of TypeScript that the process may have: it is plain JavaScript.
  const thread = atRest.pop() ?? new Worker(new URL('scrypt-worker.js', import.meta.url), { execArgv: [] });
  thread.ref();
  thread.postMessage({ run, given });
  const [answer] = (await once(thread, 'message')) as [Answer];
  // One at rest keeps no process alive.
  thread.unref();
  atRest.push(thread);
  if ('error' in answer) throw answer.error;
  return answer.result;
}

export const scryptThreads: Scrypt = {
  kdf: (...given) => inThread('kdf', ...given) as ReturnType<Scrypt['kdf']>,
  verify: (...given) => inThread('verify', ...given) as ReturnType<Scrypt['verify']>,
};
