import { afterEach, expect, test, vi } from 'vitest';
import { createPasswords } from '../../server/accounts/passwords.ts';
import { scrypt } from '../../server/keys/scrypt.ts';

afterEach(() => vi.restoreAllMocks());

test('a password is right for its own hash alone, and the hash has nothing of it', async () => {
  const passwords = createPasswords();
  const [one, two] = [await passwords.hash('a pass phrase'), await passwords.hash('a pass phrase')];
  expect(one).not.toBe(two);
  expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('a pass phrase');
  expect(await passwords.verify('a pass phrase', one)).toBe(true);
  expect(await passwords.verify('A pass phrase', one)).toBe(false);
});

test('of nobody, no password is right, whatever scrypt says', async () => {
  const verify = vi.spyOn(scrypt, 'verify').mockResolvedValue(true);
  expect(await createPasswords().verify('a pass phrase', undefined)).toBe(false);
  expect(verify).toHaveBeenCalledTimes(1);
});

test('at most two are looked at at the same time', async () => {
  const passwords = createPasswords();
  const waiting: (() => void)[] = [];
  vi.spyOn(scrypt, 'verify').mockImplementation(() => new Promise((resolve) => waiting.push(() => resolve(false))));
  const hash = await passwords.hash('a pass phrase');
  const all = Promise.all(Array.from({ length: 5 }, () => passwords.verify('a pass phrase', hash)));
  let most = 0;
  for (let left = 5; left > 0; left--) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    most = Math.max(most, waiting.length);
    waiting.shift()!();
  }
  await all;
  expect(most).toBeLessThanOrEqual(2);
});
