import { dayMs } from '../../server/gate/clock.ts';
import type { KeyDomain } from '../../server/http/wire.ts';

/** What a person says about a domain while adding it. */
export interface DomainNotes {
  readonly label?: string;
  /** ISO text. */
  readonly expiresAt?: string;
}

/** The ends that are offered, in days from now; none: it stays. */
export const endChoices = [
  { days: 1, words: 'in 1 day' },
  { days: 3, words: 'in 3 days' },
  { days: 7, words: 'in a week' },
  { days: 30, words: 'in 30 days' },
  { days: 90, words: 'in 90 days' },
] as const;

export const unusedDays = 60;

export function hasEnded({ expiresAt }: Pick<KeyDomain, 'expiresAt'>, nowMs: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs;
}

/** Neither added nor matched in 60 days. Nothing is said of a domain when neither is known. */
export function isUnused({ addedAt, lastMatchedAt }: KeyDomain, nowMs: number): boolean {
  const last = lastMatchedAt ?? addedAt;
  return last !== null && Date.parse(last) <= nowMs - unusedDays * dayMs;
}
