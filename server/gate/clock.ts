/** Milliseconds since the Unix epoch, now. Passed in wherever time decides something, so that tests can move it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** Milliseconds since the epoch → `2026-11-23T12:55:00.000Z`. */
export function toIsoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** The UTC day that usage is counted under: `2026-11-23`. */
export function toUtcDate(timeMs: number): string {
  return toIsoTime(timeMs).slice(0, 10);
}

export const dayMs = 86_400_000;
