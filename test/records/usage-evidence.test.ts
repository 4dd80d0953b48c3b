import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addEvidence,
  addressGroupsMax,
  certainCalls,
  type AddressGroupCount,
  type UsageEvidence,
} from '../../server/records/usage-evidence.ts';

function evidenceOf(counts: Readonly<Record<string, number>>): UsageEvidence {
  const groups = Object.entries(counts).map(([digest, calls]) => ({ digest, calls, overcount: 0 }));
  const calls = groups.reduce((sum, group) => sum + group.calls, 0);
  return { calls, withoutBrowserHeaders: 0, addressedCalls: calls, groups };
}

/** What the store keeps of these batches, one a second. */
function keep(batches: readonly Readonly<Record<string, number>>[]): UsageEvidence {
  const kept = batches.reduce<UsageEvidence | undefined>(
    (day, batch) => addEvidence(day, evidenceOf(batch)),
    undefined,
  );
  return kept ?? evidenceOf({});
}

const busiest = ({ groups }: UsageEvidence): AddressGroupCount =>
  groups.toSorted((a, b) => certainCalls(b) - certainCalls(a))[0]!;

// Fails for "add up, keep the busiest": each second the newcomer has one call, the fewest of all, and is dropped again.
test('a group that comes late, one call at a time among busier ones, is found', () => {
  const early = Object.fromEntries(Array.from({ length: 2 * addressGroupsMax }, (_, index) => [`early${index}`, 5]));
  const late = Array.from({ length: 2_000 }, (_, second) => ({ [`once${second}`]: 1, late: 1 }));
  const kept = keep([early, ...late]);
  expect(busiest(kept).digest).toBe('late');
  expect(certainCalls(busiest(kept))).toBeGreaterThan(1_900);
  expect(kept.groups).toHaveLength(addressGroupsMax);
});

// Fails where a newcomer begins at its own count: what it may have had before is forgotten, and others seem to be more than they are.
test('no count is too high for certain or too low at most, and whoever makes a sixtieth of the calls is there', () => {
  const group = fc.nat({ max: 200 }).map((rank) => `g${Math.floor(Math.sqrt(rank) * 10)}`);
  const batch = fc.dictionary(group, fc.integer({ min: 1, max: 30 }), { minKeys: 15, maxKeys: 40, size: 'max' });
  fc.assert(
    fc.property(fc.array(batch, { minLength: 8, maxLength: 30, size: 'max' }), (batches) => {
      const truth = new Map<string, number>();
      for (const [digest, calls] of batches.flatMap((one) => Object.entries(one)))
        truth.set(digest, (truth.get(digest) ?? 0) + calls);
      const kept = keep(batches);
      expect(kept.addressedCalls).toBe([...truth.values()].reduce((sum, calls) => sum + calls, 0));
      for (const counted of kept.groups) {
        expect(certainCalls(counted)).toBeLessThanOrEqual(truth.get(counted.digest) ?? 0);
        expect(counted.calls).toBeGreaterThanOrEqual(truth.get(counted.digest) ?? 0);
      }
      const there = new Set(kept.groups.map(({ digest }) => digest));
      for (const [digest, calls] of truth)
        if (calls > kept.addressedCalls / addressGroupsMax) expect(there).toContain(digest);
    }),
  );
});

test('a day without evidence is as it was, whichever of both has none', () => {
  expect(addEvidence(undefined, undefined)).toBeUndefined();
  expect(addEvidence(evidenceOf({ a: 1 }), undefined)).toEqual(evidenceOf({ a: 1 }));
  expect(addEvidence(undefined, evidenceOf({ a: 1 }))).toEqual(evidenceOf({ a: 1 }));
});
