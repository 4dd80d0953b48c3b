/**
 * How often one member (a person, or a key pair that manages keys) may make and rotate keys: each costs a run of scrypt, which
 * all organizations share.
 */
import { refuseBeyond } from '../gate/limit-refusal.ts';
import type { Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { Counters } from '../usage/counters.ts';

const keyWritesMax = { name: 'key-writes', requests: 60, windowSeconds: 60 };

export interface KeyWriteLimiter {
  /** Counts one; undefined: go on. */
  count(actor: Actor): Promise<Refusal | undefined>;
}

export function createKeyWriteLimiter(counters: Counters): KeyWriteLimiter {
  const byMember = counters(keyWritesMax.name, keyWritesMax);

  return {
    async count({ kind, id }) {
      const { isExceeded, msUntilReset } = await byMember.count(`${kind} ${id ?? ''}`);
      if (!isExceeded) return undefined;
      return refuseBeyond(keyWritesMax, msUntilReset, {
        detail: `A member makes and rotates at most ${keyWritesMax.requests} keys a minute.`,
        fix: (seconds) => `Wait ${seconds} seconds, then try again.`,
      });
    },
  };
}
