/** What the usage page makes of the server's numbers: sums over days, over keys, and over both. */
import type { KeyUsageLine, UsageDay } from '../../../server/http/wire.ts';

export interface RefusalFigure {
  /** A problem code. */
  readonly code: string;
  readonly requests: number;
}

export interface KeyFigures extends KeyUsageLine {
  readonly accepted: number;
  readonly refused: number;
  /** Undefined: nothing was refused. */
  readonly mostRefused: RefusalFigure | undefined;
}

export interface UsageFigures {
  /** Of all keys together, oldest first. */
  readonly days: readonly UsageDay[];
  readonly accepted: number;
  readonly refused: number;
  /** Busiest first; the ones nobody used keep their order at the end. */
  readonly keys: readonly KeyFigures[];
}

export function figuresOf(lines: readonly KeyUsageLine[]): UsageFigures {
  const keys = lines.map(figuresOfKey).sort((a, b) => requestsOf(b) - requestsOf(a));
  return {
    days: addDays(lines.flatMap(({ days }) => days)),
    accepted: sum(keys.map(({ accepted }) => accepted)),
    refused: sum(keys.map(({ refused }) => refused)),
    keys,
  };
}

export function requestsOf({ accepted, refused }: Pick<KeyFigures, 'accepted' | 'refused'>): number {
  return accepted + refused;
}

function figuresOfKey(line: KeyUsageLine): KeyFigures {
  const refusals = new Map<string, number>();
  for (const { refused } of line.days) addRefusals(refusals, refused);
  const [most] = [...refusals].sort(([, a], [, b]) => b - a);
  return {
    ...line,
    accepted: sum(line.days.map(({ accepted }) => accepted)),
    refused: sum([...refusals.values()]),
    mostRefused: most && { code: most[0], requests: most[1] },
  };
}

/** Pages of the list that were read before and after midnight may differ by a day. */
function addDays(all: readonly UsageDay[]): readonly UsageDay[] {
  const days = new Map<string, { accepted: number; refused: Map<string, number> }>();
  for (const { date, accepted, refused } of all) {
    const day = days.get(date) ?? { accepted: 0, refused: new Map<string, number>() };
    day.accepted += accepted;
    addRefusals(day.refused, refused);
    days.set(date, day);
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, { accepted, refused }]) => ({ date, accepted, refused: Object.fromEntries(refused) }));
}

function addRefusals(total: Map<string, number>, refused: UsageDay['refused']): void {
  for (const [code, requests] of Object.entries(refused)) {
    if (requests > 0) total.set(code, (total.get(code) ?? 0) + requests);
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
