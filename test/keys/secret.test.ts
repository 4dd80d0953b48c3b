import { beforeAll, describe, expect, test } from 'vitest';
import { createSecretKey, type SecretKey } from '../../server/core/key-format.ts';
import type { StoredSecret } from '../../server/core/records.ts';
import { createSecretVerifier, isFingerprintEqual, storeSecret, type ScryptVerify } from '../../server/keys/secret.ts';

/** Counts runs and how many went on at once; the real scrypt is used where nothing else is said. */
function countRuns(run: ScryptVerify): { verify: ScryptVerify; runs: () => number; atOnceMax: () => number } {
  let runs = 0;
  let atOnce = 0;
  let atOnceMax = 0;
  return {
    runs: () => runs,
    atOnceMax: () => atOnceMax,
    async verify(hash, secretKey) {
      runs += 1;
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await new Promise(setImmediate);
      const result = await run(hash, secretKey);
      atOnce -= 1;
      return result;
    },
  };
}

const yes: ScryptVerify = () => Promise.resolve(true);
let secretKey: SecretKey;
let stored: StoredSecret;

beforeAll(async () => {
  secretKey = createSecretKey();
  stored = await storeSecret(secretKey);
});

describe('a secret at rest', () => {
  test('is a scrypt hash with logN 15, r 8, p 1, a fingerprint of 8 bytes and a hint, never its text', () => {
    const header = Buffer.from(stored.hash, 'base64');
    expect(header.toString('latin1', 0, 6)).toBe('scrypt');
    expect([header[7], header.readUInt32BE(8), header.readUInt32BE(12)]).toEqual([15, 8, 1]);
    expect(stored.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(stored.hint).toBe(secretKey.slice(-4));
    expect(JSON.stringify(stored)).not.toContain(secretKey.slice(3, 20));
  });

  test('twice the same secret gives another hash', async () => {
    expect((await storeSecret(secretKey)).hash).not.toBe(stored.hash);
  });
});

describe('a presented secret', () => {
  test('the right one is proven by the real scrypt', async () => {
    expect(await createSecretVerifier().verify(secretKey, stored)).toBe(true);
  });

  test('a wrong one never reaches scrypt', async () => {
    const counted = countRuns(yes);
    const verifier = createSecretVerifier(counted.verify);
    for (let count = 0; count < 1_000; count++) expect(await verifier.verify(createSecretKey(), stored)).toBe(false);
    expect(counted.runs()).toBe(0);
  });

  test('one with the right fingerprint and a wrong hash is refused by the real scrypt, each time anew', async () => {
    const other = createSecretKey();
    const forged = { ...stored, fingerprint: (await storeSecret(other)).fingerprint };
    expect(isFingerprintEqual(other, forged)).toBe(true);
    const verifier = createSecretVerifier();
    expect(await verifier.verify(other, forged)).toBe(false);
    expect(await verifier.verify(other, forged)).toBe(false);
  });

  test('50 simultaneous first uses run scrypt once, and later ones never', async () => {
    const counted = countRuns(yes);
    const verifier = createSecretVerifier(counted.verify);
    const uses = Array.from({ length: 50 }, () => verifier.verify(secretKey, stored));
    expect(await Promise.all(uses)).toEqual(uses.map(() => true));
    expect(await verifier.verify(secretKey, stored)).toBe(true);
    expect(counted.runs()).toBe(1);
  });

  test('at most 2 runs at once, however many keys are used for the first time', async () => {
    const counted = countRuns(yes);
    const verifier = createSecretVerifier(counted.verify);
    const uses = Array.from({ length: 20 }, (_, index) => verifier.verify(secretKey, { ...stored, hash: `${index}` }));
    await Promise.all(uses);
    expect([counted.runs(), counted.atOnceMax()]).toEqual([20, 2]);
  });

  test('what was proven is remembered under the stored hash: with another hash it is proven anew', async () => {
    const counted = countRuns(yes);
    const verifier = createSecretVerifier(counted.verify);
    await verifier.verify(secretKey, stored);
    await verifier.verify(secretKey, { ...stored, hash: 'another' });
    expect(counted.runs()).toBe(2);
  });

  test('a proof that broke is not remembered', async () => {
    let isBroken = true;
    const verifier = createSecretVerifier(() =>
      isBroken ? Promise.reject(new Error('no memory')) : Promise.resolve(true),
    );
    await expect(verifier.verify(secretKey, stored)).rejects.toThrow('no memory');
    isBroken = false;
    expect(await verifier.verify(secretKey, stored)).toBe(true);
  });

  test('a stored fingerprint that is damaged matches nothing', async () => {
    for (const fingerprint of ['', 'zz', stored.fingerprint.slice(2)]) {
      expect(await createSecretVerifier().verify(secretKey, { ...stored, fingerprint })).toBe(false);
    }
  });
});
