import type { Credits } from './credits.ts';
import type { Budget, BudgetPeriod } from '../gate/ports.ts';
import { dayMs, toIsoTime } from '../gate/clock.ts';

/** One hour, day or month (UTC) of a key's budget. Times are milliseconds since the epoch; it ends before `endsAt`. */
interface BudgetWindow {
  /** `key_…/day/2026-11-29T00`: sorts by key, and by time within it. */
  readonly id: string;
  readonly organizationId: string;
  readonly keyId: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** What publishable calls took in one window, with what is held for messages that are being answered. */
export interface Spending extends BudgetWindow {
  readonly spent: number;
}

/** What one call may take beside what its organization has left. */
export interface SpendingBound {
  /** It leaves what the organization keeps back for secret calls. */
  readonly leavesReserve: boolean;
  readonly budget: { readonly window: BudgetWindow; readonly credits: number } | null;
}

/** How much one call may still take within its bound, as it was read. */
export interface SpendingLeft {
  readonly credits: Credits;
  /** Less than 0 where it is to leave more than there is. */
  readonly ofCredits: number;
  /** Infinity: no budget bounds it. */
  readonly ofBudget: number;
}

/** Of a secret call. */
export const unbound: SpendingBound = { leavesReserve: false, budget: null };

export const defaultBudget: Budget = { credits: 500, per: 'day' };
export const defaultVisitorBudget: Budget = { credits: 200, per: 'day' };

/** From this share on it is said that a budget is almost spent. */
export const almostShare = 0.8;

const hourMs = 3_600_000;

/** The window that a time is in. */
export function periodAt(per: BudgetPeriod, timeMs: number): { readonly startsAt: number; readonly endsAt: number } {
  if (per === 'month') {
    const time = new Date(timeMs);
    const [year, month] = [time.getUTCFullYear(), time.getUTCMonth()];
    return { startsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) };
  }
  const lengthMs = per === 'hour' ? hourMs : dayMs;
  const startsAt = Math.floor(timeMs / lengthMs) * lengthMs;
  return { startsAt, endsAt: startsAt + lengthMs };
}

export function windowAt(
  { id: keyId, organizationId }: { readonly id: string; readonly organizationId: string },
  per: BudgetPeriod,
  timeMs: number,
): BudgetWindow {
  const { startsAt, endsAt } = periodAt(per, timeMs);
  return { id: `${keyId}/${per}/${toIsoTime(startsAt).slice(0, 13)}`, organizationId, keyId, startsAt, endsAt };
}
