/**
 * Windows counted in this process: at most 50,000 for a counter, however many subjects callers make up. One more pushes out
 * the one used longest ago, which then begins anew. Who wants that for their own needs that many other subjects meanwhile,
 * each of which is an address (with a key, or one of 30 accounts) that has tries of its own anyway.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../gate/clock.ts';

export const windowsMax = 50_000;
/** Longer ones (somebody's e-mail) are kept as a digest. */
const nameLengthMax = 64;

interface OwnWindow {
  readonly count: number;
  readonly endsAt: number;
}

export interface OwnWindows {
  readonly size: number;
  /** Adds to the window of a subject, which begins with its first. */
  add(subject: string, windowSeconds: number, amount: number): OwnWindow;
  find(subject: string): OwnWindow | undefined;
  forget(subject: string): void;
}

export function createOwnWindows(clock: Clock): OwnWindows {
  const windows = new LRUCache<string, OwnWindow>({ max: windowsMax });

  function find(subject: string): OwnWindow | undefined {
    const window = windows.get(nameOf(subject));
    return window !== undefined && window.endsAt > clock() ? window : undefined;
  }

  return {
    get size() {
      return windows.size;
    },
    add(subject, windowSeconds, amount) {
      const { count, endsAt } = find(subject) ?? { count: 0, endsAt: clock() + windowSeconds * 1_000 };
      const window = { count: count + amount, endsAt };
      windows.set(nameOf(subject), window);
      return window;
    },
    find,
    forget: (subject) => void windows.delete(nameOf(subject)),
  };
}

function nameOf(subject: string): string {
  return subject.length <= nameLengthMax ? subject : hash('sha256', subject, 'base64url');
}
