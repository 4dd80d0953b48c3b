/** An allowed domain ends at a moment, not when somebody tidies up: it is asked for at each call, by the clock of that call. */
export interface DomainEnd {
  readonly pattern: string;
  /** It admits nobody from then on; null: it stays. */
  readonly expiresAt: number | null;
}

interface DomainLists {
  /** Every pattern of the list, also those that ended. */
  readonly allowedDomains: readonly string[];
  readonly domains?: readonly DomainEnd[];
}

/** An end that can not be read is past. */
export function hasEnded({ expiresAt }: Pick<DomainEnd, 'expiresAt'>, nowMs: number): boolean {
  return expiresAt !== null && !(expiresAt > nowMs);
}

/** The patterns that count at this moment, in their order. */
export function domainsInForce({ allowedDomains, domains = [] }: DomainLists, nowMs: number): readonly string[] {
  const ended = new Set(domains.filter((end) => hasEnded(end, nowMs)).map(({ pattern }) => pattern));
  return ended.size === 0 ? allowedDomains : allowedDomains.filter((pattern) => !ended.has(pattern));
}
