/** A record's SHA-256 over its canonical JSON: the same for the same record, whichever store it came from. */
import { createHash } from 'node:crypto';
import { compareTexts } from '../records/record-kinds.ts';

export function recordDigest(record: object): string {
  return createHash('sha256').update(canonicalJson(record)).digest('hex');
}

/** Names in one order, nothing that is undefined. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => compareTexts(a, b));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(typeof value === 'string' ? toWellFormed(value) : (value ?? null));
}

/** Half a surrogate pair is no text: MongoDB keeps U+FFFD in its place, the embedded store keeps it. */
function toWellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
