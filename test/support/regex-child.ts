/** Measures regular expressions in a process that runs nothing else. */
import { floodsFor } from './regex-floods.ts';

export interface AskedRegex {
  readonly source: string;
  readonly flags: string;
  /** Characters of the longest text. */
  readonly longest: number;
  /** Milliseconds of processor time. */
  readonly most: number;
}

export interface FoundSlow {
  readonly slow: string | undefined;
}

/** The least of so many counts, because the machine may be busy and the first ones are interpreted. */
const attemptsMax = 10;
/** So many times the bound is slow, whatever else runs. */
const surely = 10;

function run(regex: RegExp, text: string): void {
  regex.lastIndex = 0;
  if (regex.global) text.replace(regex, '');
  else regex.exec(text);
}

function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function isSlower(work: () => void, most: number): boolean {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const ms = processorMs(work);
    if (ms <= most) return false;
    if (ms > surely * most) return true;
  }
  return true;
}

/** The first flood that takes longer than the bound; shorter ones first, so that the worst regular expression ends too. */
function findSlow(regex: RegExp, longest: number, most: number): string | undefined {
  for (const length of [...[24, 200, 1_000, 4_000, 16_000].filter((size) => size < longest), longest]) {
    for (const flood of floodsFor(regex, length)) {
      if (isSlower(() => run(regex, flood), most))
        return `${length} characters: ${JSON.stringify(flood.slice(0, 12))}…${JSON.stringify(flood.slice(-6))}`;
    }
  }
  return undefined;
}

process.on('message', ({ source, flags, longest, most }: AskedRegex) => {
  const found: FoundSlow = { slow: findSlow(new RegExp(source, flags), longest, most) };
  process.send?.(found);
});
