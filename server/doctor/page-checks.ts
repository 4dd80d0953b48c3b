/**
 * Checks pages for an organization's members. A member so makes this server fetch an address: never one of this machine or its network
 * (unless the operator allows it), never for longer than twenty seconds, one at a time for an organization, and so many in ten minutes.
 */
import type { lookup } from 'node:dns';
import type { Clock } from '../gate/clock.ts';
import { refuseBeyond } from '../gate/limit-refusal.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Counters } from '../usage/counters.ts';
import { createAsker } from './asker.ts';
import { checkPage } from './check-page.ts';
import type { PageReport } from './finding.ts';

const checksMax = { name: 'page-checks', requests: 30, windowSeconds: 600 };
const checkMs = 20_000;
/** Of all organizations at once. */
const runningMax = 8;

interface PageCheckParts {
  readonly counters: Counters;
  readonly clock: Clock;
  readonly isPrivateAllowed: boolean;
  /** This server's, which may have a private address. */
  readonly ownOrigin: string;
  /** Another way to find the addresses of a name, for tests. */
  readonly lookUp?: typeof lookup;
}

/** `reader`: aborted when whoever asked has left. */
export type CheckPage = (organizationId: string, url: URL, reader: AbortSignal) => Promise<PageReport | Refusal>;

export function createPageChecks({ counters, clock, ...asking }: PageCheckParts): CheckPage {
  const checks = counters(checksMax.name, checksMax);
  const running = new Set<string>();

  return async (organizationId, url, reader) => {
    if (running.has(organizationId)) return underWay;
    if (running.size >= runningMax) return busy;
    running.add(organizationId);
    try {
      const { isExceeded, msUntilReset } = await checks.count(organizationId);
      if (isExceeded) return tooMany(msUntilReset);
      const asker = createAsker({ ...asking, signal: AbortSignal.any([reader, AbortSignal.timeout(checkMs)]) });
      try {
        return await checkPage(url, { asker, now: clock });
      } finally {
        await asker.close();
      }
    } finally {
      running.delete(organizationId);
    }
  };
}

const underWay = refuseBeyond({ name: 'open-page-checks', requests: 1 }, 5_000, {
  detail: 'A page is being checked for this organization already.',
  fix: () => 'Wait until it is done, then try again.',
});

const busy = refuse('server_busy', {
  detail: 'Many pages are being checked right now.',
  fix: 'Try again in a few seconds.',
  retryAfterSeconds: 5,
});

function tooMany(msUntilReset: number): Refusal {
  return refuseBeyond(checksMax, msUntilReset, {
    detail: `At most ${checksMax.requests} pages are checked for an organization in ten minutes.`,
    fix: (seconds) => `Wait ${seconds} seconds, or run postern doctor on a computer of your own.`,
  });
}
