import { plural } from './number-words.ts';

/** `an hour`, `30 days`, `a year`. */
export function retentionWords(days: number): string {
  if (days === 365) return 'a year';
  if (days >= 1) return plural(days, 'day');
  const hours = Math.round(days * 24);
  return hours === 1 ? 'an hour' : plural(hours, 'hour');
}
