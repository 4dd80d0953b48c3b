/**
 * The secret's life. At rest: a scrypt hash and a fingerprint (8 bytes of SHA-256). Presented: a match with
 * the fingerprint is proven with scrypt once per process and then remembered as an HMAC under the stored hash, so a rotated
 * secret misses at once; anything else stops at the fingerprint, so a wrong secret costs microseconds. The plain secret is
 * never kept.
 */
import { createHmac, createSecretKey, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { SecretKey } from '../core/key-format.ts';
import type { StoredSecret } from '../core/records.ts';
import { scrypt } from './scrypt.ts';

const scryptParameters = { logN: 15, r: 8, p: 1 };
const scryptRunsMax = 2;
const rememberedMax = 10_000;

/** `scrypt-kdf`'s verify, passed in so that a test can count its runs. */
export type ScryptVerify = (hash: Buffer, secretKey: string) => Promise<boolean>;

export interface SecretVerifier {
  /** Whether a presented secret is the stored one. */
  verify(presented: SecretKey, stored: StoredSecret): Promise<boolean>;
}

/** Hashes a new secret for the store. */
export async function storeSecret(secretKey: SecretKey): Promise<StoredSecret> {
  const key = await scrypt.kdf(secretKey, scryptParameters);
  return {
    hash: Buffer.from(key).toString('base64'),
    fingerprint: fingerprint(secretKey).toString('hex'),
    hint: secretKey.slice(-4),
  };
}

/** Whether a secret may be the stored one, without proof. */
export function isFingerprintEqual(secretKey: SecretKey, stored: StoredSecret): boolean {
  const expected = Buffer.from(stored.fingerprint, 'hex');
  return expected.length === 8 && timingSafeEqual(fingerprint(secretKey), expected);
}

function fingerprint(secretKey: SecretKey): Buffer {
  return hash('sha256', secretKey, 'buffer').subarray(0, 8);
}

interface Proof {
  readonly presented: SecretKey;
  readonly stored: StoredSecret;
}

export function createSecretVerifier(
  scryptVerify: ScryptVerify = (hashBytes, secretKey) => scrypt.verify(hashBytes, secretKey),
): SecretVerifier {
  // As a key object: HMAC then need not prepare it at every call.
  const processKey = createSecretKey(randomBytes(32));
  const limitRuns = pLimit(scryptRunsMax);
  // `fetch` runs once for all that ask for the same entry meanwhile, and keeps only what was proven.
  const proven = new LRUCache<string, true, Proof>({
    max: rememberedMax,
    fetchMethod: async (_name, _stale, { context: { presented, stored } }) => {
      const isProven = await limitRuns(() => scryptVerify(Buffer.from(stored.hash, 'base64'), presented));
      return isProven ? true : undefined;
    },
  });

  return {
    async verify(presented, stored) {
      const name = `${stored.hash}:${createHmac('sha256', processKey).update(presented).digest('base64')}`;
      if (proven.get(name) === true) return true;
      if (!isFingerprintEqual(presented, stored)) return false;
      return (await proven.fetch(name, { context: { presented, stored } })) === true;
    },
  };
}
