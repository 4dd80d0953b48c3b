import { afterEach, expect, test, vi } from 'vitest';
import { createPasswords, hashPassword } from '../../server/accounts/passwords.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import { createScryptQueue } from '../../server/gate/scrypt-queue.ts';
import { scrypt } from '../../server/gate/scrypt.ts';
import { createSecrets } from '../../server/gate/secret.ts';
import { createSecretKey } from '../../server/gate/key-format.ts';

afterEach(() => vi.restoreAllMocks());

const caller = { address: '192.0.2.1', isKnown: false };

test('a password is right for its own hash alone, and the hash has nothing of it', async () => {
  const passwords = createPasswords();
  const [one, two] = [await hashPassword('a pass phrase'), await hashPassword('a pass phrase')];
  expect(one).not.toBe(two);
  expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('a pass phrase');
  expect(await passwords.verify('a pass phrase', one, caller)).toBe(true);
  expect(await passwords.verify('A pass phrase', one, caller)).toBe(false);
});

test('of nobody, no password is right, whatever scrypt says', async () => {
  const verify = vi.spyOn(scrypt, 'verify').mockResolvedValue(true);
  expect(await createPasswords().verify('a pass phrase', undefined, caller)).toBe(false);
  expect(verify).toHaveBeenCalledTimes(1);
});

test('passwords and secrets are hashed and proven in one queue, two at the same time', async () => {
  const queue = createScryptQueue();
  const passwords = createPasswords({ queue });
  const secrets = createSecrets({ queue });
  const waiting: (() => void)[] = [];
  const hold = (): Promise<Uint8Array> => new Promise((resolve) => waiting.push(() => resolve(Buffer.from('a hash'))));
  vi.spyOn(scrypt, 'kdf').mockImplementation(hold);
  vi.spyOn(scrypt, 'verify').mockImplementation(() => hold().then(() => false));
  const all = Promise.all([
    passwords.hash('a pass phrase', caller),
    secrets.store(createSecretKey(), 'org_1'),
    passwords.hash('a pass phrase', { ...caller, isKnown: true }),
    secrets.store(createSecretKey(), 'org_1'),
    secrets.store(createSecretKey(), 'org_2'),
  ]);
  let most = 0;
  for (let left = 5; left > 0; left--) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    most = Math.max(most, waiting.length);
    waiting.shift()!();
  }
  expect((await all).some((made) => isRefusal(made))).toBe(false);
  expect(most).toBe(2);
});

test('a full queue is answered with a refusal, never with "wrong" or "right"', async () => {
  const queue = createScryptQueue({ runsMax: 0, waitingMax: 0 });
  const refusal = { code: 'server_busy', retryAfterSeconds: 2 };
  const passwords = createPasswords({ queue });
  expect(await passwords.verify('a pass phrase', undefined, caller)).toMatchObject(refusal);
  expect(await passwords.hash('a pass phrase', caller)).toMatchObject(refusal);
  expect(await createSecrets({ queue }).store(createSecretKey(), 'org_1')).toMatchObject(refusal);
});
