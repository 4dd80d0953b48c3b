import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createScryptQueue, type ScryptCaller } from '../../server/gate/scrypt-queue.ts';

const password = (name: string): ScryptCaller => ({ kind: 'password', name });
const known = (name: string): ScryptCaller => ({ kind: 'known_password', name });
const secret = (name: string): ScryptCaller => ({ kind: 'secret', name });

/** Runs that end when the test says so, in the order in which they began. */
function createRuns() {
  const queue = createScryptQueue();
  const began: string[] = [];
  const refused: string[] = [];
  const ends: (() => void)[] = [];

  async function ask(caller: ScryptCaller, label: string): Promise<void> {
    const answer = await queue.run(caller, () => {
      began.push(label);
      return new Promise<string>((resolve) => ends.push(() => resolve(label)));
    });
    if (answer !== label) refused.push(label);
  }

  return {
    queue,
    began,
    refused,
    ask: (caller: ScryptCaller, label: string) => void ask(caller, label),
    ask32: (caller: (index: number) => ScryptCaller, label = 'flood') => {
      for (let index = 0; index < 34; index++) void ask(caller(index), `${label} ${index}`);
    },
    /** Ends the oldest run; what was waiting has begun when it resolves. */
    endOne: async () => {
      ends.shift()?.();
      await settle();
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => process.nextTick(() => queueMicrotask(resolve)));

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

describe('the queue', () => {
  test('runs two at once, then 32 wait, and one more is refused at once with a time to come back', async () => {
    const { ask32, ask, began, refused, queue } = createRuns();
    ask32(() => password('a'));
    expect(began).toEqual(['flood 0', 'flood 1']);
    ask(password('a'), 'one more');
    await settle();
    expect(refused).toEqual(['one more']);
    expect(await queue.run(password('a'), () => Promise.resolve(1))).toMatchObject({
      code: 'server_busy',
      retryAfterSeconds: 2,
    });
  });

  test('serves who asks once before those who have never been served either, but ask for more', async () => {
    const { ask32, ask, began, endOne } = createRuns();
    ask32((index) => password(`address ${index % 16}`));
    ask(password('a person'), 'a person');
    // One address gave up a place for the newcomer, so it has one left too.
    await endOne();
    await endOne();
    expect(began.at(-1)).toBe('a person');
  });

  test('waits two seconds at most', async () => {
    const { ask32, refused, endOne, began } = createRuns();
    ask32(() => password('a'));
    await vi.advanceTimersByTimeAsync(1_999);
    expect(refused).toEqual([]);
    await endOne();
    await vi.advanceTimersByTimeAsync(1);
    expect(refused).toHaveLength(31);
    expect(began).toHaveLength(3);
    // What began is not cut off, and nothing is left of those who were refused.
    await endOne();
    await endOne();
    expect(began).toHaveLength(3);
  });

  test('a run that breaks is its caller’s error, and the next one begins', async () => {
    const queue = createScryptQueue({ runsMax: 1 });
    const broken = queue.run(password('a'), () => Promise.reject(new Error('no memory')));
    const next = queue.run(password('a'), () => Promise.resolve('next'));
    await expect(broken).rejects.toThrow('no memory');
    expect(await next).toBe('next');
  });
});

describe('is fair', () => {
  test('to an address that comes when another has filled it: it gets a place, and the next turn', async () => {
    const { ask32, ask, began, refused, endOne } = createRuns();
    ask32(() => password('flood'));
    await endOne();
    ask(password('flood'), 'flood 34');
    ask(password('b'), 'b');
    await settle();
    expect(refused).toEqual(['flood 34']);
    await endOne();
    expect(began.at(-1)).toBe('b');
  });

  test('to one that comes when ten have filled it: turns go around', async () => {
    const { ask32, ask, began, refused, endOne } = createRuns();
    ask32((index) => password(`flood ${index % 10}`));
    for (let count = 0; count < 12; count++) await endOne();
    ask32((index) => password(`flood ${index % 10}`), 'again');
    expect(refused.length).toBeLessThan(34);
    ask(password('b'), 'b');
    await endOne();
    expect(began.at(-1)).toBe('b');
  });

  test('to each of those that wait: ten callers with three each are served in turn', async () => {
    const { ask, began, endOne } = createRuns();
    ask(password('first'), 'first');
    ask(password('first'), 'first');
    for (let caller = 0; caller < 10; caller++) {
      for (let count = 0; count < 3; count++) ask(password(`${caller}`), `${caller}`);
    }
    for (let count = 0; count < 30; count++) await endOne();
    for (const from of [2, 12, 22]) {
      expect(began.slice(from, from + 10).toSorted()).toEqual(Array.from({ length: 10 }, (_, caller) => `${caller}`));
    }
  });

  test('to keys when ever new addresses try passwords, and to people who are known there', async () => {
    const { ask32, ask, began, refused, endOne } = createRuns();
    ask32((index) => password(`address ${index}`));
    ask(secret('org_1'), 'a secret');
    ask(known('office'), 'a person');
    await settle();
    expect(refused).toEqual(['flood 33', 'flood 32']);
    await endOne();
    await endOne();
    await endOne();
    expect(began.slice(2).toSorted()).toEqual(['a person', 'a secret', expect.stringContaining('flood')]);
  });

  test('to addresses, of which none is pushed out by one that came later', async () => {
    const { ask32, ask, refused } = createRuns();
    ask32((index) => password(`address ${index}`));
    ask(password('late'), 'late');
    await settle();
    expect(refused).toEqual(['late']);
  });
});
