/**
 * The secret's life. At rest: a scrypt hash, a fingerprint (8 bytes of SHA-256), and a digest under a key made from the
 * session secret. Presented: the digest proves it in microseconds. A wrong secret stops at the fingerprint. What matches the
 * fingerprint alone (no digest yet, or one made under another session secret) is proven with scrypt, and its digest is
 * written. A digest is bound to the stored hash, so a rotated secret misses at once. The plain secret is never kept.
 */
import { createHmac, createSecretKey, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecretKey } from './key-format.ts';
import { isRefusal, type Refusal } from './problem.ts';
import type { GateKey, StoredSecret } from './ports.ts';
import { createProvenSecrets } from './proven-secrets.ts';
import type { ScryptQueue } from './scrypt-queue.ts';
import { scrypt, type Scrypt } from './scrypt.ts';

const scryptParameters = { logN: 15, r: 8, p: 1 };

/** `scrypt-kdf`'s verify, passed in so that a test can count its runs. */
export type ScryptVerify = (hash: Buffer, secretKey: string) => Promise<boolean>;

/** Whose secret it is. */
type SecretOwner = Pick<GateKey, 'organizationId' | 'id'>;

export interface Secrets {
  /** Hashes a new secret for the store. */
  readonly store: (secretKey: SecretKey, organizationId: string) => Promise<StoredSecret | Refusal>;
  /** Whether a presented secret is the stored one. */
  readonly verify: (presented: SecretKey, stored: StoredSecret, owner: SecretOwner) => Promise<boolean | Refusal>;
}

export interface SecretParts {
  /** The one of the process, for passwords too: `createScryptQueue`. */
  readonly queue: ScryptQueue;
  /** Undefined, as for the command line: no digest is made, and none is believed. */
  readonly sessionSecret?: string;
  readonly scryptVerify?: ScryptVerify;
  readonly scryptKdf?: Scrypt['kdf'];
  /** Writes a digest beside the hash that it was made with. Nobody waits for it, and it may fail. */
  readonly keepDigest?: (owner: SecretOwner, secretHash: string, digest: string) => Promise<unknown>;
}

/** Whether a secret may be the stored one, without proof. */
export function isFingerprintEqual(secretKey: SecretKey, stored: StoredSecret): boolean {
  const expected = Buffer.from(stored.fingerprint, 'hex');
  return expected.length === 8 && timingSafeEqual(fingerprint(secretKey), expected);
}

function fingerprint(secretKey: SecretKey): Buffer {
  return hash('sha256', secretKey, 'buffer').subarray(0, 8);
}

export function createSecrets({
  queue,
  sessionSecret,
  scryptVerify = (hashBytes, secretKey) => scrypt.verify(hashBytes, secretKey),
  scryptKdf = (...given) => scrypt.kdf(...given),
  keepDigest,
}: SecretParts): Secrets {
  const keyBytes =
    sessionSecret === undefined
      ? randomBytes(32)
      : new Uint8Array(hkdfSync('sha256', sessionSecret, '', 'postern secret digest', 32));
  // As a key object: HMAC then need not prepare it at every call.
  const digestKey = createSecretKey(keyBytes);
  const digestOf = (secretKey: SecretKey, secretHash: string): string =>
    createHmac('sha256', digestKey).update(`${secretHash}:${secretKey}`).digest('base64');

  const proving = new Map<string, Promise<boolean | Refusal>>();
  /**
   * Digests of what scrypt proved here, for when they can't be kept in the record: the store is full or away, or another
   * process writes its own over them because it has another session secret. Each cost a run, so nobody fills it quickly.
   */
  const proven = createProvenSecrets();

  async function prove(
    presented: SecretKey,
    stored: StoredSecret,
    owner: SecretOwner,
    digest: string,
  ): Promise<boolean | Refusal> {
    const caller = { kind: 'secret', name: owner.organizationId } as const;
    const isProven = await queue.run(caller, () => scryptVerify(Buffer.from(stored.hash, 'base64'), presented));
    if (isRefusal(isProven) || !isProven) return isProven;
    proven.add(digest, owner.organizationId);
    // One at a time for a key, and no more of them than scrypt runs.
    if (sessionSecret !== undefined) keepDigest?.(owner, stored.hash, digest).catch(() => undefined);
    return true;
  }

  return {
    async store(secretKey, organizationId) {
      const key = await queue.run({ kind: 'secret', name: organizationId }, () =>
        scryptKdf(secretKey, scryptParameters),
      );
      if (isRefusal(key)) return key;
      const secretHash = Buffer.from(key).toString('base64');
      return {
        hash: secretHash,
        fingerprint: fingerprint(secretKey).toString('hex'),
        digest: sessionSecret === undefined ? null : digestOf(secretKey, secretHash),
        hint: secretKey.slice(-4),
      };
    },

    async verify(presented, stored, owner) {
      const digest = digestOf(presented, stored.hash);
      // How long it takes tells nothing: without the key nobody knows, or can steer, what their secret becomes.
      if (digest === stored.digest) return true;
      if (!isFingerprintEqual(presented, stored)) return false;
      if (proven.has(digest)) return true;
      const running = proving.get(digest) ?? prove(presented, stored, owner, digest);
      proving.set(digest, running);
      try {
        return await running;
      } finally {
        proving.delete(digest);
      }
    },
  };
}
