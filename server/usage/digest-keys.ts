/**
 * Makes addresses digests that nobody can turn back after a day. Each UTC day has one random key, which the store keeps for all
 * processes until the day after has ended; this process forgets it then too.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { dayMs, toUtcDate } from '../gate/clock.ts';
import type { DigestKeyStore } from '../store/port.ts';

const keyBytes = 32;
/** 72 bits: no two of a day's groups share one. */
const digestLength = 12;

/** A keyed digest of a text, by the key of one day. */
export type Digest = (text: string) => string;

interface DigestKeys {
  /** The oldest date that has a key still. */
  oldestDate(nowMs: number): string;
  /** Undefined: its key was not fetched. */
  find(date: string): Digest | undefined;
  fetch(date: string): Promise<void>;
  /** Forgets the keys of days before the oldest date. */
  forget(nowMs: number): void;
}

export function createDigestKeys(store: Pick<DigestKeyStore, 'keepDigestKey'>): DigestKeys {
  const digests = new Map<string, Digest>();
  const oldestDate = (nowMs: number): string => toUtcDate(nowMs - dayMs);

  return {
    oldestDate,
    find: (date) => digests.get(date),
    async fetch(date) {
      const key = Buffer.from(
        await store.keepDigestKey(date, randomBytes(keyBytes).toString('base64url')),
        'base64url',
      );
      digests.set(date, (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, digestLength));
    },
    forget(nowMs) {
      const oldest = oldestDate(nowMs);
      for (const date of digests.keys()) if (date < oldest) digests.delete(date);
    },
  };
}
