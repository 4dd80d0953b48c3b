import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPublicKey } from '../../server/gate/key-format.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { RateLimit } from '../../server/gate/ports.ts';
import { createLimiter } from '../../server/usage/limiter.ts';
import { makeKeyRecord } from '../support/key-record.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const off = { perKey: null, perKeyIp: null, refusedPerIp: null, refusedOriginPerIp: null };
const limit = (requests: number, windowSeconds = 60): RateLimit => ({ requests, windowSeconds });
const keyWith = (rateLimit: RateLimit | null = null): KeyRecord =>
  makeKeyRecord({ id: `key_${createPublicKey().slice(3, 12)}`, rateLimit });

describe('limits', () => {
  test('off: nothing is counted', async () => {
    const limiter = createLimiter(off);
    expect(await limiter.countCall(keyWith(), 'publishable', '192.0.2.1')).toEqual([]);
    expect(await limiter.countRefusal('192.0.2.1', 'credentials')).toEqual([]);
  });

  test('the last allowed call, the first refused one, and a new window', async () => {
    const limiter = createLimiter({ ...off, perKey: limit(2, 10) });
    const key = keyWith();
    const state = { name: 'key', requests: 2, windowSeconds: 10, resetSeconds: 10, isExceeded: false };
    expect(await limiter.countCall(key, 'secret', '192.0.2.1')).toEqual([{ ...state, remaining: 1 }]);
    vi.advanceTimersByTime(4_000);
    const second = { ...state, remaining: 0, resetSeconds: 6 };
    expect(await limiter.countCall(key, 'secret', '192.0.2.1')).toEqual([second]);
    expect(await limiter.countCall(key, 'secret', '192.0.2.1')).toEqual([{ ...second, isExceeded: true }]);
    vi.advanceTimersByTime(6_001);
    expect(await limiter.countCall(key, 'secret', '192.0.2.1')).toEqual([{ ...state, remaining: 1 }]);
  });

  test('one key’s calls say nothing about another key', async () => {
    const limiter = createLimiter({ ...off, perKey: limit(1) });
    await limiter.countCall(keyWith(), 'secret');
    expect(await limiter.countCall(keyWith(), 'secret')).toMatchObject([{ isExceeded: false }]);
  });

  test('a key’s own limit stands in place of the server’s, higher or lower', async () => {
    const limiter = createLimiter({ ...off, perKey: limit(5) });
    expect(await limiter.countCall(keyWith(limit(2)), 'secret')).toMatchObject([{ requests: 2, remaining: 1 }]);
    expect(await limiter.countCall(keyWith(limit(9)), 'secret')).toMatchObject([{ requests: 9, remaining: 8 }]);
  });

  test('the limit by address is for publishable calls, and not for calls on behalf of somebody else', async () => {
    const limiter = createLimiter({ ...off, perKeyIp: limit(1) });
    const key = keyWith();
    expect(await limiter.countCall(key, 'secret', '192.0.2.1')).toEqual([]);
    expect(await limiter.countCall(key, 'publishable')).toEqual([]);
    expect(await limiter.countCall(key, 'publishable', '192.0.2.1')).toMatchObject([
      { name: 'key-ip', isExceeded: false },
    ]);
    expect(await limiter.countCall(key, 'publishable', '192.0.2.1')).toMatchObject([
      { name: 'key-ip', isExceeded: true },
    ]);
    expect(await limiter.countCall(key, 'publishable', '192.0.2.2')).toMatchObject([{ isExceeded: false }]);
  });

  test('an address over its own limit takes nothing of what the key’s other visitors share', async () => {
    const limiter = createLimiter({ ...off, perKey: limit(3), perKeyIp: limit(1) });
    const key = keyWith();
    for (let count = 0; count < 10; count++) await limiter.countCall(key, 'publishable', '192.0.2.1');
    const [, byKey] = await limiter.countCall(key, 'publishable', '192.0.2.2');
    expect(byKey).toMatchObject({ name: 'key', remaining: 1, isExceeded: false });
  });

  test('refused credentials of an address take nothing of its good calls', async () => {
    const limiter = createLimiter({ ...off, perKey: limit(5), perKeyIp: limit(5), refusedPerIp: limit(1) });
    for (let count = 0; count < 10; count++) await limiter.countRefusal('192.0.2.1', 'credentials');
    expect(await limiter.countRefusal('192.0.2.1', 'credentials')).toMatchObject([
      { name: 'refused-ip', isExceeded: true },
    ]);
    const good = await limiter.countCall(keyWith(), 'publishable', '192.0.2.1');
    expect(good).toMatchObject([
      { remaining: 4, isExceeded: false },
      { remaining: 4, isExceeded: false },
    ]);
  });
});
