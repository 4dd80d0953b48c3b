import type { DomainEnd } from '../gate/domains-in-force.ts';
import type { Actor } from './actor.ts';

/** What is known about one of a key's domains, beside the key's list of their patterns. */
export interface DomainEntry extends DomainEnd {
  /** What people call it: a customer, a pull request. */
  readonly label: string | null;
  /** Null: added before that was noted. */
  readonly addedAt: number | null;
  readonly addedBy: Actor | null;
  /**
   * When it last admitted a call, being the first in the list to fit. Statistics, written a second later at most: what a
   * process had not written when it died is missing, and a call that was answered with an error all the same counts.
   */
  readonly lastMatchedAt: number | null;
}

/** Of a domain about which nothing was noted. */
export function bareEntry(pattern: string): DomainEntry {
  return { pattern, label: null, expiresAt: null, addedAt: null, addedBy: null, lastMatchedAt: null };
}

/** One for each domain of a key, in their order. */
export function entriesOf({
  allowedDomains,
  domains,
}: {
  readonly allowedDomains: readonly string[];
  readonly domains: readonly DomainEntry[];
}): readonly DomainEntry[] {
  const known = new Map(domains.map((entry) => [entry.pattern, entry]));
  return allowedDomains.map((pattern) => known.get(pattern) ?? bareEntry(pattern));
}
