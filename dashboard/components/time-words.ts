/** Times in words. The words are English like the rest; the clock is the person's own. */
import { dayMs } from '../../server/gate/clock.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'long' });
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const steps = [
  ['year', 365 * dayMs],
  ['month', 30 * dayMs],
  ['day', dayMs],
  ['hour', hourMs],
  ['minute', minuteMs],
] as const;

/** `at` is an ISO text. "just now", "5 minutes ago", "in 3 days". */
export function relativeTime(at: string, nowMs: number): string {
  const difference = Date.parse(at) - nowMs;
  for (const [unit, length] of steps) {
    if (Math.abs(difference) >= length) return relative.format(Math.trunc(difference / length), unit);
  }
  return difference > 0 ? 'in a moment' : 'just now';
}

/** "November 24, 2026 at 3:29:05 PM GMT+1". */
export function exactTime(at: string): string {
  return exact.format(new Date(at));
}

/** "Nov 24, 2026". */
export function exactDay(at: string): string {
  return day.format(new Date(at));
}
