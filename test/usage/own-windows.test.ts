import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createSignInLimiter } from '../../server/accounts/sign-in-limiter.ts';
import { createCounters, type Counters } from '../../server/usage/counters.ts';
import { createLimiter } from '../../server/usage/limiter.ts';
import { createOwnWindows, windowsMax } from '../../server/usage/own-windows.ts';
import { makeKeyRecord } from '../support/key-record.ts';
import { createMovableClock } from '../support/server.ts';

const limit = { requests: 30, windowSeconds: 900 };

/** Counters whose subjects a test can see. */
function watch(): { counters: Counters; subjects: (name: string) => number } {
  const counted = new Map<string, Set<string>>();
  const counters = createCounters();
  return {
    subjects: (name) => counted.get(name)?.size ?? 0,
    counters(name, of) {
      const counter = counters(name, of);
      const subjects = counted.get(name) ?? new Set();
      counted.set(name, subjects);
      return { ...counter, count: (subject) => (subjects.add(subject), counter.count(subject)) };
    },
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('what a flood leaves in memory', () => {
  test('200,000 made-up subjects: 50,000 windows', () => {
    const windows = createOwnWindows(createMovableClock());
    for (let index = 0; index < 200_000; index++) windows.add(`${index}`, 900, 1);
    expect([windows.size, windowsMax]).toEqual([50_000, 50_000]);
    expect([windows.find('149999')?.count, windows.find('150000')?.count]).toEqual([undefined, 1]);
  });

  test('of 200,000 made-up accounts from one address, those 30 that it may try', async () => {
    const { counters, subjects } = watch();
    const limiter = createSignInLimiter(counters);
    for (let index = 0; index < 200_000; index++) await limiter.begin('192.0.2.1', `${index}@example.com`);
    expect([subjects('sign-in'), subjects('sign-in-account'), subjects('sign-in-known')]).toEqual([1, 30, 0]);
  });

  test.each([
    [
      'tries to sign in',
      (index: number) => signIns.begin(addressOf(index), `${'long'.repeat(50)}${index}@example.com`),
    ],
    ['publishable calls', (index: number) => limiter.countCall(key, 'publishable', addressOf(index))],
    ['refused credentials', (index: number) => limiter.countRefusal(addressOf(index), 'credentials')],
    ['limits that one key had', (index: number) => limiter.countCall(withLimit(index), 'secret')],
  ])('%s of 110,000: less than 30 MB', async (_of, send) => {
    const before = heapBytes();
    for (let index = 0; index < 110_000; index++) await send(index);
    expect(heapBytes() - before).toBeLessThan(30e6);
  });
  const counters = createCounters();
  const signIns = createSignInLimiter(counters);
  const limiter = createLimiter(
    { perKey: limit, perKeyIp: limit, refusedPerIp: limit, refusedOriginPerIp: limit },
    counters,
  );
  const key = makeKeyRecord();
  const withLimit = (index: number) => ({ ...key, rateLimit: { requests: 1 + index, windowSeconds: 60 } });
  const addressOf = (index: number): string => `2001:db8:${(index >> 8).toString(16)}:${(index & 255).toString(16)}::1`;
});

describe('a window', () => {
  test('that is used again and again is not pushed out by others', () => {
    const windows = createOwnWindows(createMovableClock());
    for (let index = 0; index < 200_000; index++) {
      windows.add(`${index}`, 900, 1);
      if (index % 1_000 === 0) windows.add('busy', 900, 1);
    }
    expect(windows.find('busy')?.count).toBe(200);
  });

  test('ends with its time, and begins anew', () => {
    const clock = createMovableClock();
    const windows = createOwnWindows(clock);
    const endsAt = clock() + 10_000;
    expect(windows.add('a', 10, 1)).toEqual({ count: 1, endsAt });
    clock.advance(9_999);
    expect(windows.add('a', 10, 1)).toEqual({ count: 2, endsAt });
    clock.advance(1);
    expect(windows.find('a')).toBeUndefined();
    expect(windows.add('a', 10, 1)).toEqual({ count: 1, endsAt: clock() + 10_000 });
  });
});

test('what was taken back was not counted, and nobody has more than the limit by it', async () => {
  const counter = createCounters()('x', { requests: 2, windowSeconds: 60 });
  await counter.giveBack('a');
  for (let round = 0; round < 5; round++) {
    expect(await counter.count('a')).toMatchObject({ remaining: 1, isExceeded: false });
    await counter.giveBack('a');
  }
  const counts = [await counter.count('a'), await counter.count('a'), await counter.count('a')];
  expect(counts.map(({ isExceeded }) => isExceeded)).toEqual([false, false, true]);
  expect([await counter.has('a'), await counter.has('b')]).toEqual([true, false]);
  await counter.forget('a');
  expect(await counter.has('a')).toBe(false);
});
