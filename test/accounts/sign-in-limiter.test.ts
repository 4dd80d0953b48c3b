import { expect, test } from 'vitest';
import { createSignInLimiter, type SignInLimiter } from '../../server/accounts/sign-in-limiter.ts';

const address = '192.0.2.1';
const email = 'a@example.com';

async function countAllowed(limiter: SignInLimiter, tries: number, emailOf: (index: number) => string) {
  let allowed = 0;
  for (let index = 0; index < tries; index++) {
    if ((await limiter.begin(address, emailOf(index))) === undefined) allowed++;
  }
  return allowed;
}

test('an address tries at most 30 passwords in 15 minutes, on however many accounts; others are not concerned', async () => {
  const limiter = createSignInLimiter();
  expect(await countAllowed(limiter, 40, (index) => `${index}@example.com`)).toBe(30);
  expect(await limiter.begin(address, 'new@example.com')).toMatchObject({ code: 'rate_limited' });
  expect(await limiter.begin('192.0.2.2', 'new@example.com')).toBeUndefined();
});

test('and at most 8 on one account', async () => {
  const limiter = createSignInLimiter();
  expect(await countAllowed(limiter, 20, () => email)).toBe(8);
  const refusal = await limiter.begin(address, email);
  expect(refusal).toMatchObject({ code: 'rate_limited', fix: 'Wait 15 minutes, then try again.' });
  expect(refusal?.retryAfterSeconds).toBeGreaterThan(890);
  expect(await limiter.begin(address, 'b@example.com')).toBeUndefined();
});

test('tries beyond those on one account do not use up what the address has for others', async () => {
  const limiter = createSignInLimiter();
  await countAllowed(limiter, 100, () => email);
  expect(await countAllowed(limiter, 22, (index) => `${index}@example.com`)).toBe(22);
});

test('who signs in is not counted, and begins anew', async () => {
  const limiter = createSignInLimiter();
  for (let count = 0; count < 50; count++) {
    expect(await limiter.begin(address, email)).toBeUndefined();
    await limiter.succeed(address, email);
  }
  expect(await countAllowed(limiter, 7, () => email)).toBe(7);
  await limiter.succeed(address, email);
  expect(await countAllowed(limiter, 20, () => email)).toBe(8);
});

test('no lock-out: however often an account is tried from one address, the person signs in from another', async () => {
  const limiter = createSignInLimiter();
  await countAllowed(limiter, 100, () => email);
  expect(await limiter.begin('192.0.2.2', email)).toBeUndefined();
});
