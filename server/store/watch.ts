/**
 * Whether a store does its work. Says it once when it stops and once when it goes on, and not for each call that failed.
 * While it is away, `check` tries again by itself, so that it is found back also when nobody calls.
 */
import type { StoreObserver } from './port.ts';

export interface StoreWatch {
  /** Why it is away; undefined while it works. */
  readonly away: () => string | undefined;
  fail(reason: string): void;
  succeed(): void;
  close(): void;
}

interface WatchParts {
  readonly observer: StoreObserver;
  /** Rejects while the store is still away. Tells the watch by itself when it is back. */
  readonly check: () => Promise<unknown>;
}

const checkEveryMs = 2_000;
const checksPerReminder = 30;

export const silentObserver: StoreObserver = {
  onAway: () => undefined,
  onStillAway: () => undefined,
  onBack: () => undefined,
};

export function createStoreWatch({ observer, check }: WatchParts): StoreWatch {
  let away: string | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let checks = 0;

  async function checkAgain(): Promise<void> {
    if (++checks % checksPerReminder === 0 && away !== undefined) observer.onStillAway(away);
    await check().catch(() => undefined);
    if (away !== undefined && !isClosed) plan();
  }

  function plan(): void {
    timer = setTimeout(() => void checkAgain(), checkEveryMs).unref();
  }

  return {
    away: () => away,
    fail(reason) {
      if (away !== undefined || isClosed) return;
      away = reason;
      checks = 0;
      observer.onAway(reason);
      plan();
    },
    succeed() {
      if (away === undefined) return;
      away = undefined;
      clearTimeout(timer);
      observer.onBack();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
