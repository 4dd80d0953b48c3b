import type * as Wire from '../http/wire.ts';
import { table } from './table.ts';

/** A line for each domain: its label, its end, and when it last admitted a call. */
export function domainLines(domains: readonly Wire.KeyDomain[], nowMs: number): readonly string[] {
  if (domains.length === 0) return [];
  const rows = domains.map(({ pattern, label, expiresAt, lastMatchedAt }) => [
    pattern,
    label ?? '',
    endOf(expiresAt, nowMs),
    lastMatchedAt === null ? '' : `last match ${lastMatchedAt}`,
  ]);
  return table(rows, '').split('\n');
}

function endOf(expiresAt: string | null, nowMs: number): string {
  if (expiresAt === null) return '';
  return `${Date.parse(expiresAt) <= nowMs ? 'ended' : 'ends'} ${expiresAt}`;
}
