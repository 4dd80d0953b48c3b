import type { DomainEntry } from './domain-entry.ts';
import { addEvidence, type UsageEvidence } from './usage-evidence.ts';

export interface OriginUsage {
  readonly origin: string;
  readonly accepted: number;
  readonly refused: number;
  readonly lastSeenAt: number;
  /** Versions that the chat on its pages said it has, newest first, so many at most. Nothing vouches for them. */
  readonly widgets?: readonly string[];
}

/** One key's figures of one UTC day. */
export interface UsageDay {
  readonly organizationId: string;
  readonly keyId: string;
  /** `2026-11-23` */
  readonly date: string;
  readonly accepted: number;
  /** Refusals by problem code, or `agent_not_found`. */
  readonly refused: Readonly<Record<string, number>>;
  /**
   * The busiest origins that were accepted, then the busiest that only were refused, so many of each at most: what anybody
   * can invent never pushes out what a domain really serves.
   */
  readonly origins: readonly OriginUsage[];
  /** Absent: nothing of the kind was counted. */
  readonly evidence?: UsageEvidence;
}

/** What a key's uses say about the key itself; the newest wins. */
export interface KeyActivity {
  readonly organizationId: string;
  readonly keyId: string;
  readonly lastUsedAt: number | null;
  readonly lastUsedOrigin: string | null;
  readonly previousSecretUsedAt: number | null;
  readonly secretSeenInBrowserAt: number | null;
  readonly secretSeenInBrowserOrigin: string | null;
  /** Which of its domains admitted a call, and when the last. */
  readonly matches?: readonly DomainMatch[];
}

interface DomainMatch {
  readonly pattern: string;
  readonly at: number;
}

/** Of one origin. */
const widgetsMax = 3;

/** Of those accepted, and of those refused. */
export const busiestOriginsMax = 50;

/**
 * Adds figures to a day (undefined: there are none yet), keeping the busiest origins. Figures may be below zero: a use that
 * was counted as accepted and turned out not to be.
 */
export function addUsage(day: UsageDay | undefined, more: UsageDay): UsageDay {
  const refused: Record<string, number> = { ...day?.refused };
  for (const [code, count] of Object.entries(more.refused)) refused[code] = (refused[code] ?? 0) + count;
  const origins = new Map(day?.origins.map((usage) => [usage.origin, usage]));
  for (const usage of more.origins) {
    const known = origins.get(usage.origin);
    origins.set(usage.origin, {
      origin: usage.origin,
      accepted: Math.max(0, (known?.accepted ?? 0) + usage.accepted),
      refused: (known?.refused ?? 0) + usage.refused,
      lastSeenAt: Math.max(known?.lastSeenAt ?? 0, usage.lastSeenAt),
      ...newestWidgets(usage.widgets, known?.widgets),
    });
  }
  const all = [...origins.values()];
  const accepted = all.filter((usage) => usage.accepted > 0).sort((a, b) => b.accepted - a.accepted || newest(a, b));
  const onlyRefused = all.filter((usage) => usage.accepted === 0).sort((a, b) => b.refused - a.refused || newest(a, b));
  const evidence = addEvidence(day?.evidence, more.evidence);
  return {
    ...more,
    accepted: Math.max(0, (day?.accepted ?? 0) + more.accepted),
    refused,
    origins: [...accepted.slice(0, busiestOriginsMax), ...onlyRefused.slice(0, busiestOriginsMax)],
    ...(evidence !== undefined && { evidence }),
  };
}

/** The newer ones first; nothing where there are none. */
export function newestWidgets(
  newer: readonly string[] = [],
  older: readonly string[] = [],
): Pick<OriginUsage, 'widgets'> {
  const widgets = [...new Set([...newer, ...older])].slice(0, widgetsMax);
  return widgets.length === 0 ? {} : { widgets };
}

function newest(a: OriginUsage, b: OriginUsage): number {
  return b.lastSeenAt - a.lastSeenAt;
}

/** The newest of each pattern. */
export function newestMatches(matches: readonly DomainMatch[]): readonly DomainMatch[] {
  const newest = new Map<string, number>();
  for (const { pattern, at } of matches) newest.set(pattern, Math.max(at, newest.get(pattern) ?? 0));
  return [...newest].map(([pattern, at]) => ({ pattern, at }));
}

/** What a key knows about its domains, with those that admitted a call since. */
export function withMatches(
  domains: readonly DomainEntry[],
  matches: readonly DomainMatch[] = [],
): readonly DomainEntry[] {
  const newest = new Map(matches.map(({ pattern, at }) => [pattern, at]));
  return domains.map((entry) => {
    const at = newest.get(entry.pattern);
    return at === undefined || at <= (entry.lastMatchedAt ?? 0) ? entry : { ...entry, lastMatchedAt: at };
  });
}

/** The part of an activity that is newer than what a key's record says, apart from its domains. */
export function newerActivity(
  key: Readonly<Omit<KeyActivity, 'keyId' | 'organizationId' | 'matches'>>,
  seen: KeyActivity,
): Partial<Omit<KeyActivity, 'matches'>> {
  const isNewer = (before: number | null, now: number | null): boolean => now !== null && now > (before ?? 0);
  return {
    ...(isNewer(key.lastUsedAt, seen.lastUsedAt) && {
      lastUsedAt: seen.lastUsedAt,
      lastUsedOrigin: seen.lastUsedOrigin,
    }),
    ...(isNewer(key.previousSecretUsedAt, seen.previousSecretUsedAt) && {
      previousSecretUsedAt: seen.previousSecretUsedAt,
    }),
    ...(isNewer(key.secretSeenInBrowserAt, seen.secretSeenInBrowserAt) && {
      secretSeenInBrowserAt: seen.secretSeenInBrowserAt,
      secretSeenInBrowserOrigin: seen.secretSeenInBrowserOrigin,
    }),
  };
}
