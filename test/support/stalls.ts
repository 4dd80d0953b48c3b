/** When this process stood still because the machine gave its processors to others: what it waited for is not late by that. */
const everyMs = 10;
/** What is shorter is no more than turns. */
const stallMsMin = 50;

export interface Stalls {
  /** For how long in all between two times of `performance.now()`, in milliseconds. */
  during(from: number, to: number): number;
  /** For how long at most at a time. */
  longest(from: number, to: number): number;
  /** Notes no more of them. */
  end(): void;
}

export function watchStalls(): Stalls {
  const stalls: { readonly from: number; readonly to: number }[] = [];
  let last = performance.now();
  let usedBefore = process.cpuUsage();
  const note = (): void => {
    const now = performance.now();
    // What this process did itself, all its threads together, is no stall.
    const used = process.cpuUsage(usedBefore);
    const stoodStillMs = now - last - everyMs - (used.user + used.system) / 1_000;
    if (stoodStillMs > stallMsMin) stalls.push({ from: now - stoodStillMs, to: now });
    last = now;
    usedBefore = process.cpuUsage();
  };
  const timer = setInterval(note, everyMs);
  const between = (from: number, to: number): number[] => {
    note();
    return stalls.map((stall) => Math.max(0, Math.min(stall.to, to) - Math.max(stall.from, from)));
  };
  return {
    during: (from, to) => between(from, to).reduce((sum, ms) => sum + ms, 0),
    longest: (from, to) => Math.max(0, ...between(from, to)),
    end: () => clearInterval(timer),
  };
}

/** What something came to, and in how many milliseconds, without those in which this process stood still. */
export async function measure<Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> {
  const stalls = watchStalls();
  const startedAt = performance.now();
  try {
    const result = await work();
    const endedAt = performance.now();
    return { ms: endedAt - startedAt - stalls.during(startedAt, endedAt), result };
  } finally {
    stalls.end();
  }
}

/**
 * A test of what the product does in so many milliseconds of its own, in this very process: where it fails and this process stood
 * still for half of that meanwhile, it is done once more, at most twice.
 */
export async function againWhenStalled(withinMs: number, run: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stalls = watchStalls();
    const startedAt = performance.now();
    try {
      return await run();
    } catch (error) {
      if (attempt === 3 || stalls.longest(startedAt, performance.now()) < withinMs / 2) throw error;
    } finally {
      stalls.end();
    }
  }
}
