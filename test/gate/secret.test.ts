import { beforeAll, describe, expect, test } from 'vitest';
import { createSecretKey, type SecretKey } from '../../server/gate/key-format.ts';
import type { StoredSecret } from '../../server/gate/ports.ts';
import { createScryptQueue } from '../../server/gate/scrypt-queue.ts';
import { createSecrets, isFingerprintEqual, type ScryptVerify, type SecretParts } from '../../server/gate/secret.ts';
import { storeSecret } from '../support/stored-secret.ts';

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
const queue = createScryptQueue();
const owner = { organizationId: 'org_1', id: 'key_1' };
const sessionSecret = 'a session secret of 32 characters';
let secretKey: SecretKey;
let stored: StoredSecret;

beforeAll(async () => {
  secretKey = createSecretKey();
  stored = await storeSecret(secretKey);
});

/** A record's secret, whose digest is kept in it as a store does. */
function createKept(parts: Partial<SecretParts> = {}) {
  const counted = countRuns(yes);
  const kept = new Map<string, StoredSecret>();
  const start = (of: string) =>
    createSecrets({
      queue,
      sessionSecret: of,
      scryptVerify: counted.verify,
      keepDigest(_owner, secretHash, digest) {
        kept.set(secretHash, { ...kept.get(secretHash)!, digest });
        return Promise.resolve();
      },
      ...parts,
    });
  return { counted, kept, start };
}

describe('a secret at rest', () => {
  test('is a scrypt hash with logN 15, r 8, p 1, a fingerprint of 8 bytes, a digest and a hint, never its text', async () => {
    const header = Buffer.from(stored.hash, 'base64');
    expect(header.toString('latin1', 0, 6)).toBe('scrypt');
    expect([header[7], header.readUInt32BE(8), header.readUInt32BE(12)]).toEqual([15, 8, 1]);
    expect(stored.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(stored.hint).toBe(secretKey.slice(-4));
    const { digest } = await storeSecret(secretKey, sessionSecret);
    expect(digest).toMatch(/^[0-9A-Za-z+/]{43}=$/);
    expect(JSON.stringify({ ...stored, digest })).not.toContain(secretKey.slice(3, 20));
  });

  test('without a session secret it has no digest', () => {
    expect(stored.digest).toBeNull();
  });

  test('twice the same secret gives another hash and another digest', async () => {
    const [one, two] = [await storeSecret(secretKey, sessionSecret), await storeSecret(secretKey, sessionSecret)];
    expect(one.hash).not.toBe(two.hash);
    expect(one.digest).not.toBe(two.digest);
  });
});

describe('a digest', () => {
  test('proves its secret without scrypt, in every process with the same session secret', async () => {
    const made = await storeSecret(secretKey, sessionSecret);
    const { counted, start } = createKept();
    for (let restart = 0; restart < 3; restart++) {
      expect(await start(sessionSecret).verify(secretKey, made, owner)).toBe(true);
      expect(await start(sessionSecret).verify(createSecretKey(), made, owner)).toBe(false);
    }
    expect(counted.runs()).toBe(0);
  });

  test('is written after scrypt has proven the secret, so that a restart proves nothing again', async () => {
    const { counted, kept, start } = createKept();
    kept.set(stored.hash, stored);
    expect(await start(sessionSecret).verify(secretKey, stored, owner)).toBe(true);
    expect(await start(sessionSecret).verify(secretKey, kept.get(stored.hash)!, owner)).toBe(true);
    expect(counted.runs()).toBe(1);
  });

  test('made under another session secret is written anew after one run, and only one, also where both are in use', async () => {
    const { counted, kept, start } = createKept();
    kept.set(stored.hash, stored);
    const processes = [start(sessionSecret), start('another session secret, as long as it')];
    for (let round = 0; round < 5; round++) {
      for (const { verify } of processes) {
        expect(await verify(secretKey, kept.get(stored.hash)!, owner)).toBe(true);
      }
    }
    expect(counted.runs()).toBe(2);
  });

  test('is bound to the stored hash: beside another one it proves nothing', async () => {
    const one = await storeSecret(secretKey, sessionSecret);
    const other = await storeSecret(createSecretKey(), sessionSecret);
    const { verify } = createSecrets({ queue, sessionSecret });
    expect(await verify(secretKey, { ...other, digest: one.digest }, owner)).toBe(false);
  });

  test('that is missing, damaged or of another session secret gives nobody access', async () => {
    const { verify } = createSecrets({ queue, sessionSecret, scryptVerify: () => Promise.resolve(false) });
    const { digest } = await storeSecret(secretKey, 'another session secret, as long as it');
    for (const bad of [null, '', '?', 'AAAA', digest, stored.hash]) {
      expect(await verify(secretKey, { ...stored, digest: bad }, owner)).toBe(false);
      expect(await verify(createSecretKey(), { ...stored, digest: bad }, owner)).toBe(false);
    }
  });

  test('that can’t be written costs one run in each process, and no answer', async () => {
    const { counted, start } = createKept({ keepDigest: () => Promise.reject(new Error('disk full')) });
    const { verify } = start(sessionSecret);
    for (let count = 0; count < 3; count++) expect(await verify(secretKey, stored, owner)).toBe(true);
    expect(counted.runs()).toBe(1);
  });

  test('that takes for ever to write holds up no answer', async () => {
    const { start } = createKept({ keepDigest: () => new Promise(() => undefined) });
    expect(await start(sessionSecret).verify(secretKey, stored, owner)).toBe(true);
  });

  test('of 10,001 secrets in turn, none is proven twice', async () => {
    const { counted, kept, start } = createKept();
    const all = Array.from({ length: 10_001 }, (_, index) => {
      const one = { ...stored, hash: `hash ${index}` };
      kept.set(one.hash, one);
      return one.hash;
    });
    for (const { verify } of [start(sessionSecret), start(sessionSecret)]) {
      for (const hash of all) expect(await verify(secretKey, kept.get(hash)!, owner)).toBe(true);
    }
    expect(counted.runs()).toBe(10_001);
  });
});

describe('a presented secret', () => {
  test('the right one is proven by the real scrypt', async () => {
    expect(await createSecrets({ queue }).verify(secretKey, stored, owner)).toBe(true);
  });

  test('a wrong one never reaches scrypt', async () => {
    const counted = countRuns(yes);
    const verifier = createSecrets({ queue, scryptVerify: counted.verify });
    for (let count = 0; count < 1_000; count++)
      expect(await verifier.verify(createSecretKey(), stored, owner)).toBe(false);
    expect(counted.runs()).toBe(0);
  });

  test('one with the right fingerprint and a wrong hash is refused by the real scrypt, each time anew', async () => {
    const other = createSecretKey();
    const forged = { ...stored, fingerprint: (await storeSecret(other)).fingerprint };
    expect(isFingerprintEqual(other, forged)).toBe(true);
    const verifier = createSecrets({ queue });
    expect(await verifier.verify(other, forged, owner)).toBe(false);
    expect(await verifier.verify(other, forged, owner)).toBe(false);
  });

  test('50 simultaneous first uses run scrypt once, and later ones never', async () => {
    const counted = countRuns(yes);
    const verifier = createSecrets({ queue, scryptVerify: counted.verify });
    const uses = Array.from({ length: 50 }, () => verifier.verify(secretKey, stored, owner));
    expect(await Promise.all(uses)).toEqual(uses.map(() => true));
    expect(await verifier.verify(secretKey, stored, owner)).toBe(true);
    expect(counted.runs()).toBe(1);
  });

  test('at most 2 runs at once, however many keys are used for the first time', async () => {
    const counted = countRuns(yes);
    const verifier = createSecrets({ queue, scryptVerify: counted.verify });
    const uses = Array.from({ length: 20 }, (_, index) =>
      verifier.verify(secretKey, { ...stored, hash: `${index}` }, owner),
    );
    await Promise.all(uses);
    expect([counted.runs(), counted.atOnceMax()]).toEqual([20, 2]);
  });

  test('what was proven is remembered under the stored hash: with another hash it is proven anew', async () => {
    const counted = countRuns(yes);
    const verifier = createSecrets({ queue, scryptVerify: counted.verify });
    await verifier.verify(secretKey, stored, owner);
    await verifier.verify(secretKey, { ...stored, hash: 'another' }, owner);
    expect(counted.runs()).toBe(2);
  });

  test('a proof that broke is not remembered', async () => {
    let isBroken = true;
    const verifier = createSecrets({
      queue,
      scryptVerify: () => (isBroken ? Promise.reject(new Error('no memory')) : Promise.resolve(true)),
    });
    await expect(verifier.verify(secretKey, stored, owner)).rejects.toThrow('no memory');
    isBroken = false;
    expect(await verifier.verify(secretKey, stored, owner)).toBe(true);
  });

  test('a stored fingerprint that is damaged matches nothing', async () => {
    for (const fingerprint of ['', 'zz', stored.fingerprint.slice(2)]) {
      expect(await createSecrets({ queue }).verify(secretKey, { ...stored, fingerprint }, owner)).toBe(false);
    }
  });

  test('is refused, neither right nor wrong, while too many wait for their proof; later it is proven', async () => {
    const ends: (() => void)[] = [];
    const { verify } = createSecrets({
      queue,
      sessionSecret,
      scryptVerify: () => new Promise((resolve) => ends.push(() => resolve(true))),
    });
    const uses = Array.from({ length: 60 }, (_, index) =>
      verify(secretKey, { ...stored, hash: `${index}` }, { ...owner, organizationId: `org_${index}` }),
    );
    const busy = uses.slice(34);
    for (const use of busy) expect(await use).toMatchObject({ code: 'server_busy', retryAfterSeconds: 2 });
    for (let left = 34; left > 0; left--) {
      await expect.poll(() => ends.length).toBeGreaterThan(0);
      ends.shift()!();
    }
    expect(await Promise.all(uses.slice(0, 34))).toEqual(Array(34).fill(true));
  });
});
