import { expect, test } from 'vitest';
import type { Key } from '../../server/http/wire.ts';
import { expiryBadge } from '../../dashboard/components/key-badges.ts';

const nowMs = Date.UTC(2026, 10, 25, 12);
const dayMs = 86_400_000;

/** The tone and the words of the badge of a key that expires so many days from now; undefined: there is none. */
function badgeAt(days: number | null, status: Key['status'] = 'enabled'): readonly unknown[] | undefined {
  const expiresAt = days === null ? null : new Date(nowMs + days * dayMs).toISOString();
  const { values } = expiryBadge({ expiresAt, status } as Key, nowMs) ?? {};
  return values && [values[0], values[2]];
}

// Fails for each of the three bounds moved by a minute.
test('an expiry is said from 30 days on, is a warning from 7 days on, and urgent from one day on', () => {
  const minute = 1 / 1_440;
  expect(badgeAt(null)).toBeUndefined();
  expect(badgeAt(30 + minute)).toBeUndefined();
  expect(badgeAt(30)?.[0]).toBe('neutral');
  expect(badgeAt(20)).toEqual(['neutral', 'Expires in 20 days']);
  expect(badgeAt(7 + minute)?.[0]).toBe('neutral');
  expect(badgeAt(7)?.[0]).toBe('warning');
  expect(badgeAt(3)).toEqual(['warning', 'Expires in 3 days']);
  expect(badgeAt(1 + minute)?.[0]).toBe('warning');
  expect(badgeAt(1)?.[0]).toBe('bad');
  expect(badgeAt(-minute)).toEqual(['bad', 'Expired']);
  // The status says it already.
  expect(badgeAt(-1, 'expired')).toBeUndefined();
});
