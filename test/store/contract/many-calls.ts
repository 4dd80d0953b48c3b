/** What every store must do with calls that come at once, which a store may join. */
import { beforeEach, describe, expect, test } from 'vitest';
import { unbound, windowAt, type SpendingBound } from '../../../server/records/budget.ts';
import type { Turn } from '../../../server/records/turn.ts';
import type { TurnBeginning } from '../../../server/store/port.ts';
import { sampleConversation, sampleHold, sampleTime, sampleTurn } from '../../support/sample-records.ts';
import { type Given, newOrganization, type StoreUnderTest } from './given.ts';

export function testManyCalls(given: () => Given): void {
  // Joined where that is cheaper. Fails for a joined change that is all or nothing.
  describe('many calls at once', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const windowOf = (id: string, organizationId = org) => windowAt({ id, organizationId }, 'day', sampleTime);
    const spentIn = async (windowId: string) => (await store.listSpendings(org, [windowId]))[0]?.spent;
    const hold = (amount: number, windowId: string | null = null) => sampleHold({ amount, windowId });
    const holdsOf = async (organizationId: string) =>
      (await store.listHolds(Number.MAX_SAFE_INTEGER, 10_000))
        .filter((one) => one.organizationId === organizationId)
        .map((one) => one.hold.id)
        .sort();

    test('hold for two organizations and one that is not there, each its own', async () => {
      const other = await newOrganization(store, 3);
      const holds = Array.from({ length: 8 }, () => hold(1));
      const owners = holds.map((_, index) => (index === 7 ? 'org_none' : index % 2 === 0 ? org : other));
      const held = await Promise.all(holds.map((one, index) => store.holdCredits(owners[index] ?? org, one, unbound)));
      expect(held.map((one) => (typeof one === 'object' ? one.granted : one))).toStrictEqual([
        ...[10, 3, 10, 3, 10, 3, 10],
        'not_found',
      ]);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 4 });
      expect(await store.findCredits(other)).toStrictEqual({ granted: 3, spent: 3 });
      expect(await holdsOf(other)).toStrictEqual([1, 3, 5].map((index) => holds[index]!.id).sort());
    });

    test('hold what fits where all of them together do not, of the credits and of a budget', async () => {
      const amounts = [4, 4, 4, 2];
      const isHeld = async (bound: SpendingBound, windowId: string | null) => {
        const held = await Promise.all(amounts.map((amount) => store.holdCredits(org, hold(amount, windowId), bound)));
        return held.map((one) => typeof one === 'object' || one);
      };
      expect(await isHeld(unbound, null)).toStrictEqual([true, true, 'exhausted', true]);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 10 });
      await store.grantCredits(org, 90);
      const window = windowOf('key_fits');
      const budget = { window, credits: 10 };
      expect(await isHeld({ leavesReserve: true, budget }, window.id)).toStrictEqual([true, true, 'over_budget', true]);
      expect(await spentIn(window.id)).toBe(10);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 100, spent: 20 });
    });

    test('hold by their own budgets, and those of pages leave the reserve', async () => {
      await store.grantCredits(org, 90);
      const window = windowOf('key_bounds');
      const page = (credits: number): SpendingBound => ({ leavesReserve: true, budget: { window, credits } });
      const held = await Promise.all(
        (
          [
            [5, page(5)],
            [4, page(100)],
            [1, page(5)],
            [5, unbound],
          ] as const
        ).map(([amount, bound]) => store.holdCredits(org, hold(amount, bound.budget && window.id), bound)),
      );
      expect(held.map((one) => typeof one === 'object' || one)).toStrictEqual([true, true, 'over_budget', true]);
      expect(await spentIn(window.id)).toBe(9);

      const other = await newOrganization(store, 10);
      const pages = { leavesReserve: true, budget: null };
      const calls = [
        [7, pages],
        [2, unbound],
        [1, pages],
        [1, unbound],
      ] as const;
      const taken = await Promise.all(calls.map(([amount, bound]) => store.holdCredits(other, hold(amount), bound)));
      const amounts = calls.map(([amount], index) => (typeof taken[index] === 'object' ? amount : 0));
      // In one order or another: all ten, of which pages had eight at most.
      expect(amounts.reduce<number>((sum, amount) => sum + amount, 0)).toBe(10);
      expect(amounts[0]).toBe(7);
      expect(await store.findCredits(other)).toStrictEqual({ granted: 10, spent: 10 });
    });

    test('hold one id once, and end one hold once', async () => {
      const window = windowOf('key_same');
      const of: SpendingBound = { leavesReserve: false, budget: { window, credits: 6 } };
      const [same, other] = [hold(3, window.id), hold(1, window.id)];
      const held = await Promise.all([same, same, other, same].map((one) => store.holdCredits(org, one, of)));
      expect(held.every((one) => typeof one === 'object')).toBe(true);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 4 });
      expect(await spentIn(window.id)).toBe(4);
      await Promise.all([
        ...[same, same, same].map((one) => store.settleHold(org, one, 1)),
        store.settleHold(org, hold(9, window.id), 0),
        store.settleHold(org, other, 0),
      ]);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 1 });
      expect(await spentIn(window.id)).toBe(1);
      expect(await holdsOf(org)).toStrictEqual([]);
    });

    test('end holds as they were held, each with what is kept of it', async () => {
      const window = windowOf('key_ends');
      const of: SpendingBound = { leavesReserve: false, budget: { window, credits: 10 } };
      const holds = [hold(4, window.id), hold(3, window.id), hold(2, window.id)];
      for (const one of holds) await store.holdCredits(org, one, of);
      // The second names what its turn has cost.
      const named = holds.map((one, index) => ({
        hold: index === 1 ? { ...one, amount: 1 } : one,
        kept: [1, 1, 2][index]!,
      }));
      await Promise.all(named.map((one) => store.settleHold(org, one.hold, one.kept)));
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 4 });
      expect(await spentIn(window.id)).toBe(4);
    });

    test('begin turns, one message of them twice, and end them, one after another attempt took it over', async () => {
      const begin = (attemptId: string, change: Partial<Turn> = {}): TurnBeginning => {
        const conversation = sampleConversation(org);
        const turn = sampleTurn(conversation.id, { attemptId, ...change });
        return { conversation, begins: true, owned: { organizationId: org }, turn, bound: unbound };
      };
      const [first, second, third] = [begin('atm_a'), begin('atm_b'), begin('atm_c')];
      const again = { ...first, turn: { ...first.turn, attemptId: 'atm_again' } };
      const begun = await Promise.all([first, second, again, third].map((one) => store.beginTurn(one)));
      expect(begun.map((one) => typeof one === 'object' && 'known' in one).filter(Boolean)).toHaveLength(1);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 3 });
      const { attemptId } = (await store.findTurn(first.turn.conversationId, first.turn.messageId))!;
      const { turn: lost } = second;
      await store.changeTurn(lost.conversationId, lost.messageId, lost.attemptId, { attemptId: 'atm_taken' });
      const reply = { id: 'msg_r', text: 'Here.', createdAt: sampleTime };
      const change = { state: 'answered', isCharged: true, reply } as const;
      const turns = [{ ...first.turn, attemptId }, lost, third.turn];
      const ended = await Promise.all(
        turns.map((turn) => store.finishTurn({ organizationId: org, turn, change, kept: 1 })),
      );
      expect(ended.map(({ turn }) => turn)).toStrictEqual([
        { ...turns[0], ...change },
        'conflict',
        { ...third.turn, ...change },
      ]);
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 2 });
      expect(await holdsOf(org)).toStrictEqual([]);
      for (const turn of [turns[0]!, third.turn])
        expect(await store.findTurn(turn.conversationId, turn.messageId)).toStrictEqual({ ...turn, ...change });
      expect(await store.findTurn(lost.conversationId, lost.messageId)).toStrictEqual({
        ...lost,
        attemptId: 'atm_taken',
      });
    });
  });
}
