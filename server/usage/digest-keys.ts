/**
 * Makes addresses digests that nobody can turn back after a day. Each UTC day has one random key, which the store keeps for all
 * processes until the day after has ended; this process forgets it then too.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { dayMs, toUtcDate } from '../gate/clock.ts';
import { StoreUnavailableError, type DigestKeyStore } from '../store/port.ts';

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
  /** Rejects with a `StoreUnavailableError` while the store is away. */
  fetch(date: string): Promise<void>;
  /** Forgets the keys of days before the oldest date. */
  forget(nowMs: number): void;
}

/** `onOwnKey` is told, once, why the store can't keep a key: this process makes digests under one of its own then. */
export function createDigestKeys(
  store: Pick<DigestKeyStore, 'keepDigestKey'>,
  onOwnKey: (error: unknown) => void,
): DigestKeys {
  const digests = new Map<string, Digest>();
  let isOwnKeyTold = false;
  const oldestDate = (nowMs: number): string => toUtcDate(nowMs - dayMs);

  async function keep(date: string, made: string): Promise<string> {
    try {
      return await store.keepDigestKey(date, made);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      if (!isOwnKeyTold) onOwnKey(error);
      isOwnKeyTold = true;
      return made;
    }
  }

  return {
    oldestDate,
    find: (date) => digests.get(date),
    async fetch(date) {
      const key = Buffer.from(await keep(date, randomBytes(keyBytes).toString('base64url')), 'base64url');
      digests.set(date, (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, digestLength));
    },
    forget(nowMs) {
      const oldest = oldestDate(nowMs);
      for (const date of digests.keys()) if (date < oldest) digests.delete(date);
    },
  };
}
