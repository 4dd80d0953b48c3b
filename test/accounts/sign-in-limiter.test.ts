import { expect, test } from 'vitest';
import { createSignInLimiter, type SignInLimiter, type SignInTry } from '../../server/accounts/sign-in-limiter.ts';
import { dayMs } from '../../server/gate/clock.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import { createCounters } from '../../server/usage/counters.ts';
import { createMovableClock, type MovableClock } from '../support/server.ts';

const address = '192.0.2.1';
const email = 'a@example.com';

function create(): { limiter: SignInLimiter; clock: MovableClock } {
  const clock = createMovableClock();
  return { limiter: createSignInLimiter(createCounters({ clock })), clock };
}

async function countAllowed(limiter: SignInLimiter, tries: number, emailOf: (index: number) => string) {
  let allowed = 0;
  for (let index = 0; index < tries; index++) {
    if (!isRefusal(await limiter.begin(address, emailOf(index)))) allowed++;
  }
  return allowed;
}

async function begin(limiter: SignInLimiter, of = email, from = address): Promise<SignInTry> {
  const begun = await limiter.begin(from, of);
  if (isRefusal(begun)) throw new Error(begun.detail);
  return begun;
}

async function signIn(limiter: SignInLimiter, of = email): Promise<void> {
  await (await begin(limiter, of)).succeed();
}

test('an address tries at most 30 passwords in 15 minutes, on however many accounts; others are not concerned', async () => {
  const { limiter, clock } = create();
  expect(await countAllowed(limiter, 40, (index) => `${index}@example.com`)).toBe(30);
  expect(await limiter.begin(address, 'new@example.com')).toMatchObject({ code: 'rate_limited' });
  await begin(limiter, 'new@example.com', '192.0.2.2');
  clock.advance(15 * 60_000);
  expect(await countAllowed(limiter, 40, (index) => `${index}@example.com`)).toBe(30);
});

test('and at most 8 on one account', async () => {
  const { limiter } = create();
  expect(await countAllowed(limiter, 20, () => email)).toBe(8);
  expect(await limiter.begin(address, email)).toMatchObject({
    code: 'rate_limited',
    fix: 'Wait 15 minutes, then try again.',
    retryAfterSeconds: 900,
  });
  await begin(limiter, 'b@example.com');
});

test('tries beyond those on one account do not use up what the address has for others, one by one or all at once', async () => {
  const { limiter } = create();
  await countAllowed(limiter, 100, () => email);
  expect(await countAllowed(limiter, 10, (index) => `${index}@example.com`)).toBe(10);
  await Promise.all(Array.from({ length: 100 }, () => limiter.begin(address, email)));
  expect(await countAllowed(limiter, 40, (index) => `${10 + index}@example.com`)).toBe(12);
});

test('who signs in is not counted, and begins anew', async () => {
  const { limiter } = create();
  for (let count = 0; count < 50; count++) await signIn(limiter);
  expect(await countAllowed(limiter, 7, () => email)).toBe(7);
  await signIn(limiter);
  expect(await countAllowed(limiter, 8, () => email)).toBe(8);
});

test('no lock-out: however often an account is tried from one address, the person signs in from another', async () => {
  const { limiter } = create();
  await countAllowed(limiter, 100, () => email);
  await begin(limiter, email, '192.0.2.2');
});

test('no lock-out of an office: 31 wrong tries refuse nobody who has signed in from there before', async () => {
  for (const wrong of [(index: number) => `${index}@example.com`, () => email]) {
    const { limiter } = create();
    await signIn(limiter);
    await countAllowed(limiter, 31, wrong);
    expect(await limiter.begin(address, 'stranger@example.com')).toMatchObject(
      wrong(0) === email ? { caller: { isKnown: false } } : { code: 'rate_limited' },
    );
    await signIn(limiter);
  }
});

test('but their tries are bounded too: 30 beside those that everybody has', async () => {
  const { limiter } = create();
  await signIn(limiter);
  expect(await countAllowed(limiter, 100, () => email)).toBe(38);
  expect(await limiter.begin(address, email)).toMatchObject({ code: 'rate_limited' });
});

test('and who signs in again and again buys no tries on other accounts with it', async () => {
  const { limiter } = create();
  await signIn(limiter);
  await countAllowed(limiter, 100, (index) => `${index}@example.com`);
  for (let count = 0; count < 20; count++) await signIn(limiter);
  expect(await countAllowed(limiter, 10, (index) => `new-${index}@example.com`)).toBe(0);
});

test('an address is known to an account for 30 days after it signed in last, to no other account, and no other address is', async () => {
  const { limiter, clock } = create();
  expect((await begin(limiter)).caller).toEqual({ address, isKnown: false });
  await signIn(limiter);
  clock.advance(29 * dayMs);
  expect((await begin(limiter)).caller).toEqual({ address, isKnown: true });
  expect((await begin(limiter, 'b@example.com')).caller.isKnown).toBe(false);
  expect((await begin(limiter, email, '192.0.2.2')).caller.isKnown).toBe(false);
  await signIn(limiter);
  clock.advance(29 * dayMs);
  expect((await begin(limiter)).caller.isKnown).toBe(true);
  clock.advance(2 * dayMs);
  expect((await begin(limiter)).caller.isKnown).toBe(false);
});
