/** A key's figures as people read them: every day of a range, and what each origin did. */
import { dayMs, toUtcDate } from '../gate/clock.ts';
import { looksScripted, type ToldCalls } from '../gate/looks-scripted.ts';
import { certainCalls } from '../records/usage-evidence.ts';
import { newestWidgets, type UsageDay } from '../records/usage-day.ts';

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

interface Installation {
  readonly origin: string;
  /** `2026-11-23`, within the range. */
  readonly firstSeenOn: string;
  readonly lastSeenAt: number;
  /** Newest first. */
  readonly versions: readonly string[];
}

/** Calls of which it can be told whether a browser sent them. */
interface DatedCalls extends ToldCalls {
  /** `2026-11-23` */
  readonly date: string;
}

interface DayEvidence extends DatedCalls {
  /** Calls whose address is known. */
  readonly addressedCalls: number;
  /** Busiest first; `calls` is at least so many. */
  readonly groups: readonly { readonly id: string; readonly calls: number }[];
}

/** What its publishable calls show of who sent them. */
interface EvidenceFigures extends ToldCalls {
  readonly addressedCalls: number;
  /** Null: no day looks like scripts. */
  readonly mostScripted: DatedCalls | null;
  /** Today first. */
  readonly days: readonly DayEvidence[];
}

/** Digests of different days can't be compared, and only these days' are worth looking at: today and yesterday. */
const evidenceDays = 2;
const groupsShown = 20;

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

/** The origins whose chat said which version it has, the one seen last first. */
export function installationsOf(usage: readonly UsageDay[]): readonly Installation[] {
  const found = new Map<string, Installation>();
  for (const { date, origins } of usage) {
    for (const { origin, lastSeenAt, widgets } of origins) {
      const known = found.get(origin);
      if (widgets === undefined) continue;
      found.set(origin, {
        origin,
        firstSeenOn: known?.firstSeenOn ?? date,
        lastSeenAt: Math.max(lastSeenAt, known?.lastSeenAt ?? 0),
        versions: newestWidgets(widgets, known?.versions).widgets ?? [],
      });
    }
  }
  return [...found.values()].sort((a, b) => b.lastSeenAt - a.lastSeenAt);
}

/** Of all days together, of the one that looks most like scripts, and of each of the last ones by itself. */
export function figuresOfEvidence(dates: readonly string[], usage: readonly UsageDay[]): EvidenceFigures {
  const known = new Map(usage.map(({ date, evidence }) => [date, evidence]));
  const all = [...known.values()];
  const sumOf = (name: 'calls' | 'withoutBrowserHeaders' | 'addressedCalls'): number =>
    all.reduce((sum, evidence) => sum + (evidence?.[name] ?? 0), 0);
  return {
    calls: sumOf('calls'),
    withoutBrowserHeaders: sumOf('withoutBrowserHeaders'),
    addressedCalls: sumOf('addressedCalls'),
    mostScripted: findMostScripted(usage),
    days: dates
      .slice(-evidenceDays)
      .toReversed()
      .map((date) => {
        const { calls = 0, withoutBrowserHeaders = 0, addressedCalls = 0, groups = [] } = known.get(date) ?? {};
        const busiest = groups
          .map((group) => ({ id: group.digest, calls: certainCalls(group) }))
          .filter(({ calls }) => calls > 0)
          .sort((a, b) => b.calls - a.calls);
        return { date, calls, withoutBrowserHeaders, addressedCalls, groups: busiest.slice(0, groupsShown) };
      }),
  };
}

function findMostScripted(usage: readonly UsageDay[]): DatedCalls | null {
  const [most] = usage
    .map(({ date, evidence: { calls = 0, withoutBrowserHeaders = 0 } = {} }) => ({
      date,
      calls,
      withoutBrowserHeaders,
    }))
    .filter(looksScripted)
    .sort((a, b) => b.withoutBrowserHeaders - a.withoutBrowserHeaders || (a.date < b.date ? 1 : -1));
  return most ?? null;
}
