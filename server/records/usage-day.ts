import { addEvidence, type UsageEvidence } from './usage-evidence.ts';

export interface OriginUsage {
  readonly origin: string;
  readonly accepted: number;
  readonly refused: number;
  readonly lastSeenAt: number;
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
}

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

function newest(a: OriginUsage, b: OriginUsage): number {
  return b.lastSeenAt - a.lastSeenAt;
}

/** The part of an activity that is newer than what a key's record says. */
export function newerActivity(
  key: Readonly<Omit<KeyActivity, 'keyId' | 'organizationId'>>,
  seen: KeyActivity,
): Partial<KeyActivity> {
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
