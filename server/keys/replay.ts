/** Replays a list of domains over the origins that a key really saw, before the list is saved. */
import { admits, type DomainPattern } from '../gate/domain-pattern.ts';
import type { UsageDay } from '../records/usage-day.ts';

export const replayDays = 30;

export interface ReplayedOrigin {
  readonly origin: string;
  /** Accepted and refused requests in the replayed days. */
  readonly requests: number;
  /** Whether the list would admit it. */
  readonly allowed: boolean;
  /** Was accepted in these days, is admitted by the list as it is, and would not be any more. */
  readonly isBlockedAnew: boolean;
}

/** What a list would do instead of the present one; busiest origins first. */
export function replayDomains(
  patterns: readonly DomainPattern[],
  present: readonly DomainPattern[],
  days: readonly UsageDay[],
): readonly ReplayedOrigin[] {
  const seen = new Map<string, { accepted: number; requests: number }>();
  for (const { origin, accepted, refused } of days.flatMap((day) => day.origins)) {
    const counts = seen.get(origin) ?? { accepted: 0, requests: 0 };
    seen.set(origin, { accepted: counts.accepted + accepted, requests: counts.requests + accepted + refused });
  }
  return [...seen]
    .map(([text, { accepted, requests }]) => {
      const allowed = admits(patterns, text);
      // What is blocked already (an earlier change, learning mode that ended) needs no second confirmation.
      return { origin: text, requests, allowed, isBlockedAnew: accepted > 0 && !allowed && admits(present, text) };
    })
    .sort((a, b) => b.requests - a.requests);
}
