/** What every store must do with changes that two processes make at once. */
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { unbound, windowAt, type SpendingBound } from '../../../server/records/budget.ts';
import { beginSummary } from '../../../server/records/conversation-summary.ts';
import type { KeyRecord } from '../../../server/records/key.ts';
import type { Turn } from '../../../server/records/turn.ts';
import type { Changed, TurnBeginning } from '../../../server/store/port.ts';
import {
  sampleActivity,
  sampleAgent,
  sampleConversation,
  sampleDigestKey,
  sampleHold,
  sampleKey,
  sampleTime,
  sampleTurn,
  sampleUsageDay,
} from '../../support/sample-records.ts';
import type { StoreCall } from '../../support/store-process.ts';
import { startTwoProcesses } from '../two-processes.ts';
import { answering, type Given, newKey, newOrganization, type StoreUnderTest } from './given.ts';

export function testTwoProcesses(given: () => Given): void {
  describe('two processes at once', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const { left, right, race } = startTwoProcesses(() => given().url);

    // Fails for a changeKey that reads the key, compares, and then writes.
    test('rotate one key under the same guard: exactly one wins each round', async () => {
      const key = await newKey(store, org);
      let { hash } = key.secret;
      for (let round = 0; round < 30; round++) {
        const rotate = (by: string): StoreCall => {
          const secret = { hash: `${by}${round}`, fingerprint: '0', digest: null, hint: by };
          return ['changeKey', org, key.id, { secret }, { secretHash: hash }];
        };
        const results = await race([rotate('a'), rotate('b')], [rotate('c'), rotate('d')]);
        const [winner, ...others] = results.filter((result) => result !== 'conflict') as Changed<KeyRecord>[];
        expect(others).toStrictEqual([]);
        expect(await store.findKey(org, key.id)).toStrictEqual(winner!.after);
        hash = winner!.after.secret.hash;
      }
    });

    // Fails for a holdCredits without "enough left" in the change itself.
    test('race for the last credits: exactly as many are taken as there were', async () => {
      for (let round = 0; round < 10; round++) {
        const owner = await newOrganization(store, 5);
        const hold = (): StoreCall => ['holdCredits', owner, sampleHold(), unbound];
        const calls = () => Array.from({ length: 10 }, hold);
        const results = await race(calls(), calls());
        expect(results.filter((result) => result !== 'exhausted')).toHaveLength(5);
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 5, spent: 5 });
      }
    });

    // Fails for a budget that is read and then changed, and for credits that are held before it and not given back.
    test('race for the last of a budget: exactly as much is taken as there was, of the credits too', async () => {
      for (let round = 0; round < 10; round++) {
        const owner = await newOrganization(store, 100);
        const window = windowAt({ id: sampleKey(owner).id, organizationId: owner }, 'month', sampleTime);
        const bound: SpendingBound = { leavesReserve: true, budget: { window, credits: 5 } };
        const begin = (): StoreCall => {
          const conversation = sampleConversation(owner);
          const turn = sampleTurn(conversation.id, { attemptId: `atm_${Math.random()}`, windowId: window.id });
          return ['beginTurn', { conversation, begins: true, owned: { organizationId: owner }, turn, bound }];
        };
        const take = (): StoreCall => ['takeCredits', owner, 1, null, bound];
        const hold = (): StoreCall => ['holdCredits', owner, sampleHold({ windowId: window.id }), bound];
        const calls = () => Array.from({ length: 4 }, () => [begin(), take(), hold()]).flat();
        const results = await race(calls(), calls());
        expect(results.filter((result) => result === 'over_budget')).toHaveLength(19);
        expect(results.filter((result) => typeof result === 'object')).toHaveLength(5);
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 100, spent: 5 });
        expect(await store.listSpendings(owner, [window.id])).toStrictEqual([{ ...window, spent: 5 }]);
      }
    });

    // Fails for a beginTurn that checks what is left and takes it later.
    test('begin turns with the last credits: exactly as many as there were, each with its hold', async () => {
      for (let round = 0; round < 10; round++) {
        const owner = await newOrganization(store, 5);
        const begin = (): StoreCall => {
          const conversation = sampleConversation(owner);
          const turn = sampleTurn(conversation.id, { attemptId: `atm_${Math.random()}` });
          return ['beginTurn', { conversation, begins: true, owned: { organizationId: owner }, turn, bound: unbound }];
        };
        const calls = () => Array.from({ length: 10 }, begin);
        const results = await race(calls(), calls());
        expect(results.filter((result) => result !== 'exhausted')).toHaveLength(5);
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 5, spent: 5 });
        const holds = await store.listHolds(Number.MAX_SAFE_INTEGER, 10_000);
        expect(holds.filter(({ organizationId }) => organizationId === owner)).toHaveLength(5);
      }
    });

    // Fails for a beginTurn that holds before it has the turn.
    test('begin one message: one attempt has it, with its price, and the others are told', async () => {
      for (let round = 0; round < 20; round++) {
        const owner = await newOrganization(store, 5);
        const conversation = sampleConversation(owner);
        const turn = sampleTurn(conversation.id);
        const begin = (attemptId: string): StoreCall => {
          const owned = { organizationId: owner };
          return ['beginTurn', { conversation, begins: true, owned, turn: { ...turn, attemptId }, bound: unbound }];
        };
        const results = (await race([begin('a'), begin('b')], [begin('c'), begin('d')])) as { known?: Turn }[];
        const attemptId = ['a', 'b', 'c', 'd'][results.findIndex(({ known }) => known === undefined)]!;
        expect(results.map(({ known }) => known?.attemptId).filter((known) => known !== undefined)).toEqual(
          Array(3).fill(attemptId),
        );
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 5, spent: 1 });
      }
    });

    const beginAnswered = (owner: string, bound: SpendingBound, change: Partial<Turn> = {}): TurnBeginning => {
      const conversation = sampleConversation(owner, { summary: beginSummary('Where?') });
      const reply = { id: 'msg_r', text: 'Here.', createdAt: sampleTime };
      const answered = { state: 'answered', isCharged: true, reply } as const;
      const turn = sampleTurn(conversation.id, { attemptId: `atm_${Math.random()}`, ...answered, ...change });
      return { conversation, begins: true, owned: { organizationId: owner }, turn, bound };
    };

    // Fails for an answerTurn that checks what is left and takes it later, and for one in which two that got one half each refuse each other.
    test('answer turns with the last credits and the last of a budget: exactly as many as there were', async () => {
      for (let round = 0; round < 20; round++) {
        const owner = await newOrganization(store, 5);
        const window = windowAt({ id: sampleKey(owner).id, organizationId: owner }, 'month', sampleTime);
        const bound: SpendingBound = { leavesReserve: false, budget: { window, credits: 5 } };
        const calls = () =>
          Array.from({ length: 10 }, (): StoreCall => {
            const begin = beginAnswered(owner, bound, { windowId: window.id });
            return ['answerTurn', ...answering(begin)];
          });
        const [first, second] = [calls(), calls()];
        const results = await race(first, second);
        expect(results.filter((result) => typeof result === 'object')).toHaveLength(5);
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 5, spent: 5 });
        expect(await store.listSpendings(owner, [window.id])).toStrictEqual([{ ...window, spent: 5 }]);
        const holds = await store.listHolds(Number.MAX_SAFE_INTEGER, 10_000);
        expect(holds.filter(({ organizationId }) => organizationId === owner)).toHaveLength(0);
        const { items } = await store.listConversations(owner, { limit: 100 });
        const summaries = items.map(({ summary }) => summary);
        const failed = { ...beginSummary('Where?'), openTurns: 0, outcome: 'failed' };
        const answered = { ...failed, outcome: 'answered' };
        expect(summaries.filter((summary) => isDeepStrictEqual(summary, answered))).toHaveLength(5);
        // Of those that looked in time and came too late.
        expect(summaries.filter((summary) => isDeepStrictEqual(summary, failed))).toHaveLength(items.length - 5);
      }
    });

    test('answer one message: it is charged once, and the others are given that answer', async () => {
      for (let round = 0; round < 20; round++) {
        const owner = await newOrganization(store, 5);
        const { conversation, ...begin } = beginAnswered(owner, unbound);
        const answerAs = (attemptId: string): StoreCall => {
          const as = { ...begin, conversation, turn: { ...begin.turn, attemptId } };
          return ['answerTurn', ...answering(as)];
        };
        const results = await race([answerAs('a'), answerAs('b')], [answerAs('c'), answerAs('d')]);
        const attemptId = ['a', 'b', 'c', 'd'][results.findIndex((result) => !('known' in (result as object)))]!;
        const known = { ...begin.turn, attemptId };
        expect(results.filter((result) => 'known' in (result as object))).toStrictEqual(Array(3).fill({ known }));
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 5, spent: 1 });
        const holds = await store.listHolds(Number.MAX_SAFE_INTEGER, 10_000);
        expect(holds.filter(({ organizationId }) => organizationId === owner)).toHaveLength(0);
        const found = await store.findConversation(owner, conversation.id);
        expect(found?.summary).toMatchObject({ turns: 1, openTurns: 0, outcome: 'answered' });
      }
    });

    // Fails for a takeCredits that looks for the receipt before, and not in, what takes: others find too little meanwhile.
    test('take under one receipt: it is taken once, however little is left; others beside it are taken too', async () => {
      for (let round = 0; round < 6; round++) {
        const owner = await newOrganization(store, 11);
        const take = (id: string, amount: number): StoreCall => {
          const under = { id, at: sampleTime, endsAt: sampleTime + 1_000 };
          return ['takeCredits', owner, amount, under, unbound];
        };
        const others = () => Array.from({ length: 3 }, () => take(`other ${Math.random()}`, 1));
        const calls = () => [
          ...Array.from({ length: 12 }, () => take('same', 5)),
          ...others(),
          ...Array.from({ length: 13 }, () => take('same', 5)),
        ];
        const results = (await race(calls(), calls())) as { isRepeated: boolean }[];
        expect(results).not.toContain('exhausted');
        expect(results.filter((result) => !result.isRepeated)).toHaveLength(7);
        expect(results.filter((result) => result.isRepeated)).toHaveLength(49);
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 11, spent: 11 });
      }
    });

    // Fails for a settleHold that gives back what it read before another process did.
    test('give one hold back: it is returned once', async () => {
      for (let round = 0; round < 20; round++) {
        const [hold, other] = [sampleHold({ amount: 3 }), sampleHold({ amount: 2 })];
        const owner = await newOrganization(store, 5);
        await store.holdCredits(owner, hold, unbound);
        await store.holdCredits(owner, other, unbound);
        const settle: StoreCall = ['settleHold', owner, hold, 0];
        await race([settle, settle], [settle, settle]);
        expect(await store.findCredits(owner)).toStrictEqual({ granted: 5, spent: 2 });
      }
    });

    // Fails for a store without a unique message in a conversation.
    test('add a turn with one messageId: exactly one is created', async () => {
      const conversation = sampleConversation(org);
      await store.createConversation(conversation);
      for (let round = 0; round < 20; round++) {
        const turn = sampleTurn(conversation.id);
        const create = (attemptId: string): StoreCall => ['createTurn', { ...turn, attemptId }];
        const results = await race([create('a'), create('b')], [create('c'), create('d')]);
        expect(results.toSorted()).toStrictEqual(['conflict', 'conflict', 'conflict', 'created']);
        const kept = await store.findTurn(conversation.id, turn.messageId);
        expect(kept!.attemptId).toBe(['a', 'b', 'c', 'd'][results.indexOf('created')]);
      }
    });

    test('make a key with one public key: exactly one is created', async () => {
      for (let round = 0; round < 20; round++) {
        const { publicKey } = sampleKey(org);
        const create = (): StoreCall => ['createKey', sampleKey(org, { publicKey })];
        const results = await race([create(), create()], [create(), create()]);
        expect(results.toSorted()).toStrictEqual(['conflict', 'conflict', 'conflict', 'created']);
      }
    });

    // Fails for an addUsage that writes what it merged without looking whether the day changed meanwhile.
    test('add usage to one day: nothing is lost', async () => {
      const key = await newKey(store, org);
      const add: StoreCall = ['addUsage', { days: [sampleUsageDay(key)], activities: [] }];
      const calls = Array.from({ length: 10 }, () => add);
      await race(calls, calls);
      const [day] = await store.listUsage(org, [key.id], '2026-11-23', '2026-11-23');
      expect(day).toMatchObject({ accepted: 40, refused: { origin_not_allowed: 20 } });
      expect(day!.origins).toMatchObject([{ accepted: 40, refused: 20 }]);
    });

    test('add evidence to one day: every call is counted, and every group', async () => {
      const key = await newKey(store, org);
      const addOf = (digest: string): StoreCall => {
        const groups = [
          { digest, calls: 2, overcount: 0 },
          { digest: 'both', calls: 1, overcount: 0 },
        ];
        const evidence = { calls: 3, withoutBrowserHeaders: 2, addressedCalls: 3, groups };
        return ['addUsage', { days: [sampleUsageDay(key, { evidence })], activities: [] }];
      };
      await race(
        Array.from({ length: 10 }, () => addOf('left')),
        Array.from({ length: 10 }, () => addOf('right')),
      );
      const [day] = await store.listUsage(org, [key.id], '2026-11-23', '2026-11-23');
      expect(day!.evidence).toMatchObject({ calls: 60, withoutBrowserHeaders: 40, addressedCalls: 60 });
      expect(new Map(day!.evidence!.groups.map(({ digest, calls }) => [digest, calls]))).toStrictEqual(
        new Map([
          ['both', 20],
          ['left', 20],
          ['right', 20],
        ]),
      );
    });

    test('make the key of a day: all have the same', async () => {
      for (let round = 0; round < 10; round++) {
        const date = `2027-01-${String(round + 10)}`;
        const keep = (digestKey: string): StoreCall => ['keepDigestKey', date, sampleDigestKey(digestKey)];
        const kept = await race([keep('a'), keep('b')], [keep('c'), keep('d')]);
        expect(new Set(kept).size).toBe(1);
      }
      await store.deleteDigestKeys('2028-01-01');
    });

    test('add usage to a key that is being deleted: nothing stays', async () => {
      for (let round = 0; round < 20; round++) {
        const key = await newKey(store, org);
        const add: StoreCall = ['addUsage', { days: [sampleUsageDay(key)], activities: [sampleActivity(key)] }];
        await race([add, add], [['deleteKey', org, key.id], add]);
        expect(await store.listUsage(org, [key.id], '2000-01-01', '2099-01-01')).toStrictEqual([]);
      }
    });

    // Fails for a changeAgent that writes the knowledge apart from the agent.
    test('teach one agent: it has the knowledge of whoever came last', async () => {
      const agent = sampleAgent(org);
      await store.createAgent(agent, { entries: [] });
      for (let round = 0; round < 20; round++) {
        const teach = (by: string): StoreCall => {
          const entries = [{ question: by, aliases: [], answer: '' }];
          return ['changeAgent', org, agent.id, { knowledgeId: by }, { entries }];
        };
        await race([teach('a'), teach('b')], [teach('c'), teach('d')]);
        const { knowledgeId } = (await store.findAgent(org, agent.id))!;
        const { entries } = (await store.findAgentKnowledge(org, agent.id))!;
        expect(entries.map(({ question }) => question)).toStrictEqual([knowledgeId]);
      }
    });

    // Fails for a store that remembers records.
    test('a change that one acknowledged is seen by the other at once', async () => {
      const key = await newKey(store, org);
      for (let round = 0; round < 30; round++) {
        const enabled = round % 2 === 0;
        await left([['changeKey', org, key.id, { enabled }]]);
        const [seen] = (await right([['findKeyByPublicKey', key.publicKey]])) as KeyRecord[];
        expect(seen!.enabled).toBe(enabled);
        expect((await store.findKeyByPublicKey(key.publicKey))!.enabled).toBe(enabled);
      }
    });
  });
}
