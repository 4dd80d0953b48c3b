/** A key's figures as people read them: every day of a range, and what each origin did. */
import { dayMs, toUtcDate } from '../gate/clock.ts';
import type { UsageDay } from '../records/usage-day.ts';

export interface DayFigures {
  /** `2026-11-23` */
  readonly date: string;
  readonly accepted: number;
  /** By problem code. */
  readonly refused: Readonly<Record<string, number>>;
}

interface OriginFigures {
  readonly origin: string;
  readonly accepted: number;
  readonly refused: number;
  readonly lastSeenAt: number;
}

/** The UTC dates of the last days, today included, oldest first. */
export function lastDates(days: number, nowMs: number): readonly string[] {
  return Array.from({ length: days }, (_, index) => toUtcDate(nowMs - (days - 1 - index) * dayMs));
}

/** One row for each date, also where nothing happened. */
export function figuresByDay(dates: readonly string[], usage: readonly DayFigures[]): readonly DayFigures[] {
  const known = new Map(usage.map((day) => [day.date, day]));
  return dates.map((date) => {
    const { accepted = 0, refused = {} } = known.get(date) ?? {};
    return { date, accepted, refused };
  });
}

/** The figures of all days together, busiest first. */
export function figuresByOrigin(usage: readonly UsageDay[]): readonly OriginFigures[] {
  const totals = new Map<string, OriginFigures>();
  for (const { origin, accepted, refused, lastSeenAt } of usage.flatMap((day) => day.origins)) {
    const known = totals.get(origin);
    totals.set(origin, {
      origin,
      accepted: accepted + (known?.accepted ?? 0),
      refused: refused + (known?.refused ?? 0),
      lastSeenAt: Math.max(lastSeenAt, known?.lastSeenAt ?? 0),
    });
  }
  const requests = (figures: OriginFigures): number => figures.accepted + figures.refused;
  return [...totals.values()].sort((a, b) => requests(b) - requests(a) || b.lastSeenAt - a.lastSeenAt);
}
