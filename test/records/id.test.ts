import { expect, test } from 'vitest';
import { createId, firstIdOf } from '../../server/records/id.ts';

// Fails when random bytes that were drawn in advance are used twice.
test('ids of one time are all different, of one length, and in the order of their times', () => {
  const at = Date.UTC(2026, 10, 30);
  const ids = Array.from({ length: 5_000 }, () => createId('msg', at));
  expect(new Set(ids.map((id) => id.slice(-16))).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^msg_[0-9a-z]{25}$/);
  const latest = [...ids].sort().at(-1);
  expect(firstIdOf('msg', at) <= [...ids].sort()[0]!).toBe(true);
  expect(latest! < createId('msg', at + 1)).toBe(true);
});
