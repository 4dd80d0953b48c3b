/** What every store must do with credits, held, taken and kept back. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Organization } from '../../../server/records/organization.ts';
import { unbound, type SpendingBound } from '../../../server/records/budget.ts';
import type { Changed } from '../../../server/store/port.ts';
import { sampleConversation, sampleHold, sampleTime, sampleTurn } from '../../support/sample-records.ts';
import { type Given, newOrganization, type StoreUnderTest } from './given.ts';

export function testCredits(given: () => Given): void {
  describe('credits', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    test('are granted, held, kept and given back', async () => {
      const [kept, returned] = [sampleHold({ amount: 3 }), sampleHold({ amount: 4 })];
      expect(await store.grantCredits(org, 5)).toStrictEqual({ granted: 15, spent: 0 });
      expect(await store.holdCredits(org, kept, unbound)).toStrictEqual({ granted: 15, spent: 3 });
      expect(await store.holdCredits(org, returned, unbound)).toStrictEqual({ granted: 15, spent: 7 });
      expect(await store.settleHold(org, kept, kept.amount)).toStrictEqual({ granted: 15, spent: 7 });
      expect(await store.settleHold(org, returned, 0)).toStrictEqual({ granted: 15, spent: 3 });
      expect(await store.findCredits(org)).toStrictEqual({ granted: 15, spent: 3 });
    });

    test('are held down to the last one and not below', async () => {
      const whole = sampleHold({ amount: 10 });
      expect(await store.holdCredits(org, sampleHold({ amount: 11 }), unbound)).toBe('exhausted');
      expect(await store.holdCredits(org, whole, unbound)).toStrictEqual({ granted: 10, spent: 10 });
      expect(await store.holdCredits(org, sampleHold(), unbound)).toBe('exhausted');
      expect(await store.holdCredits(org, sampleHold({ amount: 0 }), unbound)).toStrictEqual({
        granted: 10,
        spent: 10,
      });
    });

    test('are taken once for one hold, and given back once', async () => {
      const hold = sampleHold({ amount: 10 });
      await store.holdCredits(org, hold, unbound);
      expect(await store.holdCredits(org, hold, unbound)).toStrictEqual({ granted: 10, spent: 10 });
      expect(await store.settleHold(org, hold, 0)).toStrictEqual({ granted: 10, spent: 0 });
      expect(await store.settleHold(org, hold, 0)).toStrictEqual({ granted: 10, spent: 0 });
      expect(await store.settleHold(org, sampleHold(), 1)).toStrictEqual({ granted: 10, spent: 0 });
    });

    test('that are held move to another attempt, and nothing is taken or given back', async () => {
      const hold = sampleHold({ amount: 10 });
      const later = sampleHold({ amount: 10 });
      await store.holdCredits(org, hold, unbound);
      expect(await store.moveHold(org, hold, later.id, sampleTime + 1)).toBe('moved');
      expect(await store.moveHold(org, hold, later.id, sampleTime + 1)).toBe('not_found');
      expect(await store.settleHold(org, hold, 0)).toStrictEqual({ granted: 10, spent: 10 });
      expect(await store.holdCredits(org, { ...hold, id: later.id }, unbound)).toStrictEqual({
        granted: 10,
        spent: 10,
      });
      expect(await store.settleHold(org, later, 0)).toStrictEqual({ granted: 10, spent: 0 });
    });

    test('that are held are listed oldest first, and no more once settled', async () => {
      const other = await newOrganization(store, 5);
      // Long ago, so that no other test's hold is among them.
      const at = Date.UTC(2001, 0, 1) + Math.floor(Math.random() * 1e9);
      const holds = [3, 1, 2, 4].map((order) => sampleHold({ heldAt: at + order }));
      for (const [index, hold] of holds.entries())
        await store.holdCredits(index % 2 === 0 ? org : other, hold, unbound);
      const [third, first, second, fourth] = holds;
      const listed = async (before: number, limit: number) =>
        (await store.listHolds(before, limit)).filter(({ hold }) => hold.heldAt >= at);
      expect(await listed(at + 4, 10)).toStrictEqual([
        { organizationId: other, hold: first },
        { organizationId: org, hold: second },
        { organizationId: org, hold: third },
      ]);
      expect((await listed(at + 5, 2)).map(({ hold }) => hold)).toStrictEqual([first, second]);
      await store.settleHold(other, first!, first!.amount);
      await store.settleHold(org, second!, 0);
      expect((await listed(at + 5, 10)).map(({ hold }) => hold)).toStrictEqual([third, fourth]);
      for (const hold of [third!, fourth!])
        for (const owner of [org, other]) await store.settleHold(owner, hold, hold.amount);
    });
  });

  describe('credits taken for good', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const under = (id: string, at = sampleTime) => ({ id, at, endsAt: at + 1_000 });
    const taken = (spent: number, isRepeated: boolean) => ({ credits: { granted: 10, spent }, isRepeated });

    test('are taken down to the last one and not below, each time without a receipt', async () => {
      expect(await store.takeCredits(org, 4, null, unbound)).toStrictEqual(taken(4, false));
      expect(await store.takeCredits(org, 4, null, unbound)).toStrictEqual(taken(8, false));
      expect(await store.takeCredits(org, 3, null, unbound)).toBe('exhausted');
      expect(await store.takeCredits(org, 2, null, unbound)).toStrictEqual(taken(10, false));
      expect(await store.takeCredits('org_none', 1, null, unbound)).toBe('not_found');
      expect(await store.takeCredits('org_none', 1, under('a'), unbound)).toBe('not_found');
    });

    test('are taken once under a receipt, also when none are left; another amount is a conflict', async () => {
      expect(await store.takeCredits(org, 4, under('a'), unbound)).toStrictEqual(taken(4, false));
      expect(await store.takeCredits(org, 4, under('a'), unbound)).toStrictEqual(taken(4, true));
      expect(await store.takeCredits(org, 5, under('a'), unbound)).toBe('conflict');
      expect(await store.takeCredits(org, 6, under('b'), unbound)).toStrictEqual(taken(10, false));
      expect(await store.takeCredits(org, 1, under('c'), unbound)).toBe('exhausted');
      expect(await store.takeCredits(org, 4, under('a'), unbound)).toStrictEqual(taken(10, true));
      await store.grantCredits(org, 1);
      expect(await store.takeCredits(org, 1, under('c'), unbound)).toStrictEqual({
        credits: { granted: 11, spent: 11 },
        isRepeated: false,
      });
    });

    test('are taken again when the receipt has ended, swept or not', async () => {
      await store.takeCredits(org, 1, under('a'), unbound);
      expect(await store.takeCredits(org, 1, under('a', sampleTime + 999), unbound)).toStrictEqual(taken(1, true));
      expect(await store.takeCredits(org, 2, under('a', sampleTime + 1_000), unbound)).toStrictEqual(taken(3, false));
      expect(await store.takeCredits(org, 2, under('a', sampleTime + 1_999), unbound)).toStrictEqual(taken(3, true));
      await store.takeCredits(org, 1, under('b'), unbound);
      while ((await store.sweepReceipts(sampleTime + 1_500)) > 0);
      expect(await store.takeCredits(org, 2, under('a', sampleTime + 1_501), unbound)).toStrictEqual(taken(4, true));
      expect(await store.takeCredits(org, 5, under('b', sampleTime), unbound)).toStrictEqual(taken(9, false));
    });
  });

  describe('credits kept back for secret calls', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const forPages: SpendingBound = { leavesReserve: true, budget: null };

    test('are a fifth of what was granted unless an owner sets it, and publishable calls leave them', async () => {
      expect(await store.takeCredits(org, 8, null, forPages)).toMatchObject({ credits: { spent: 8 } });
      expect(await store.takeCredits(org, 1, null, forPages)).toBe('exhausted');
      expect(await store.holdCredits(org, sampleHold(), forPages)).toBe('exhausted');
      expect(await store.takeCredits(org, 1, { id: 'a', at: sampleTime, endsAt: sampleTime + 1 }, forPages)).toBe(
        'exhausted',
      );
      const { before, after } = (await store.changeOrganization(org, { reservedCredits: 1 })) as Changed<Organization>;
      expect(before).toMatchObject({ id: org, reservedCredits: null });
      expect(after).toStrictEqual({ ...before, reservedCredits: 1 });
      expect(await store.findOrganization(org)).toStrictEqual(after);
      expect(await store.holdCredits(org, sampleHold(), forPages)).toMatchObject({ spent: 9 });
      expect(await store.holdCredits(org, sampleHold(), forPages)).toBe('exhausted');
      expect(await store.holdCredits(org, sampleHold(), unbound)).toMatchObject({ spent: 10 });
      expect(await store.changeOrganization('org_none', { reservedCredits: 1 })).toBe('not_found');
    });

    test('stop a turn of a page before it begins', async () => {
      const conversation = sampleConversation(org);
      const turn = sampleTurn(conversation.id, { price: 9 });
      const begin = { conversation, begins: true, owned: { organizationId: org }, turn };
      expect(await store.beginTurn({ ...begin, bound: forPages })).toBe('exhausted');
      expect(await store.findTurn(conversation.id, turn.messageId)).toBeUndefined();
      expect(await store.beginTurn({ ...begin, bound: unbound })).toStrictEqual({ credits: { granted: 10, spent: 9 } });
    });
  });
}
