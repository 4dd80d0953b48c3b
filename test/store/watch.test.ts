import { beforeEach, expect, test, vi } from 'vitest';
import { createStoreWatch, type StoreWatch } from '../../server/store/watch.ts';

const told: string[] = [];
const observer = {
  onAway: (reason: string) => void told.push(`away: ${reason}`),
  onStillAway: (reason: string) => void told.push(`still: ${reason}`),
  onBack: () => void told.push('back'),
};

beforeEach(() => {
  told.length = 0;
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test('many failures are one word, and many successes too', () => {
  const watch = createStoreWatch({ observer, check: () => Promise.reject(new Error('still')) });
  watch.succeed();
  for (const reason of ['full', 'full', 'broken']) watch.fail(reason);
  expect(watch.away()).toBe('full');
  watch.succeed();
  watch.succeed();
  expect(told).toEqual(['away: full', 'back']);
  watch.close();
});

test('it tries again by itself, says once a minute that it is still away, and is silent when it is back', async () => {
  let checks = 0;
  let isThere = false;
  const watch: StoreWatch = createStoreWatch({
    observer,
    check() {
      checks++;
      if (!isThere) return Promise.reject(new Error('still'));
      watch.succeed();
      return Promise.resolve();
    },
  });
  watch.fail('full');
  await vi.advanceTimersByTimeAsync(125_000);
  expect(told).toEqual(['away: full', 'still: full', 'still: full']);
  isThere = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told.at(-1)).toBe('back');
  const checksUntilBack = checks;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(checks).toBe(checksUntilBack);
});

test('one that is closed tells nothing more, and tries no more', async () => {
  const check = vi.fn(() => Promise.reject(new Error('still')));
  const watch = createStoreWatch({ observer, check });
  watch.fail('full');
  watch.close();
  watch.fail('again');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(check).not.toHaveBeenCalled();
  expect(told).toEqual(['away: full']);
});
