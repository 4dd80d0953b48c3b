/** What every store must do with a message from its question to its reply. */
import { beforeEach, describe, expect, test } from 'vitest';
import { unbound } from '../../../server/records/budget.ts';
import { conversationTurnsMax } from '../../../server/records/conversation.ts';
import { beginSummary } from '../../../server/records/conversation-summary.ts';
import type { Turn } from '../../../server/records/turn.ts';
import type { TurnBeginning } from '../../../server/store/port.ts';
import { sampleConversation, sampleTime, sampleTurn } from '../../support/sample-records.ts';
import { answerTurn, type Given, type StoreUnderTest } from './given.ts';

export function testTurns(given: () => Given): void {
  describe('a turn', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const beginning = (change: Partial<Turn> = {}, begins = true): TurnBeginning => {
      const conversation = sampleConversation(org);
      const owned = { organizationId: org, agentId: 'agt_1', keyId: 'key_1' };
      const turn = sampleTurn(conversation.id, { price: 3, ...change });
      return { conversation, begins, owned, turn, bound: unbound };
    };
    const reply = { id: 'msg_r', text: 'Here.', createdAt: sampleTime };
    const answer = { state: 'answered', isCharged: true, reply } as const;
    const holdsOf = async (turn: Turn) =>
      (await store.listHolds(Number.MAX_SAFE_INTEGER, 1_000)).filter(({ hold }) => hold.messageId === turn.messageId);

    test('begins with its conversation and its price held, and ends with the price kept or given back', async () => {
      for (const [kept, spent] of [
        [3, 3],
        [0, 3],
      ] as const) {
        const begin = beginning({ attemptId: `atm_${kept}` });
        const { conversation, turn } = begin;
        const held = { granted: 10, spent: kept === 3 ? 3 : 6 };
        expect(await store.beginTurn(begin)).toStrictEqual({ credits: held });
        expect(await store.findConversation(org, conversation.id)).toStrictEqual(conversation);
        expect(await store.findTurn(conversation.id, turn.messageId)).toStrictEqual(turn);
        expect(await holdsOf(turn)).toMatchObject([{ organizationId: org, hold: { id: turn.attemptId, amount: 3 } }]);
        const ended = await store.finishTurn({ organizationId: org, turn, change: answer, kept });
        expect(ended).toStrictEqual({ turn: { ...turn, ...answer }, credits: { granted: 10, spent } });
        expect(await store.findTurn(conversation.id, turn.messageId)).toStrictEqual({ ...turn, ...answer });
        expect(await holdsOf(turn)).toEqual([]);
      }
    });

    test('that is there is given as it is, also when the credits are gone, and nothing is held again', async () => {
      const begin = beginning();
      await store.beginTurn(begin);
      await store.takeCredits(org, 7, null, unbound);
      const again = { ...begin, turn: { ...begin.turn, attemptId: 'atm_again' } };
      expect(await store.beginTurn(again)).toStrictEqual({ known: begin.turn });
      expect(await store.beginTurn({ ...again, begins: false })).toStrictEqual({ known: begin.turn });
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 10 });
    });

    test('is added to a conversation of its owner, which becomes active, and to no other', async () => {
      const { conversation, owned, ...begin } = beginning({}, false);
      const of = (owner: object) => store.beginTurn({ ...begin, conversation, owned: { ...owned, ...owner } });
      expect(await of({})).toBe('not_found');
      await store.createConversation(conversation);
      for (const other of [{ organizationId: 'org_2' }, { agentId: 'agt_2' }, { keyId: 'key_2' }, { mode: 'secret' }])
        expect(await of(other)).toBe('not_found');
      expect(await store.findTurn(conversation.id, begin.turn.messageId)).toBeUndefined();
      const turn = { ...begin.turn, askedAt: sampleTime + 5 };
      expect(await store.beginTurn({ ...begin, conversation, owned, turn })).toStrictEqual({
        credits: { granted: 10, spent: 3 },
      });
      const lastActiveAt = sampleTime + 5;
      expect(await store.findConversation(org, conversation.id)).toStrictEqual({ ...conversation, lastActiveAt });
    });

    test('that can not be paid, or of a full conversation, leaves nothing', async () => {
      const dear = beginning({ price: 11 });
      expect(await store.beginTurn(dear)).toBe('exhausted');
      expect(await store.findConversation(org, dear.conversation.id)).toBeUndefined();
      expect(await store.findTurn(dear.conversation.id, dear.turn.messageId)).toBeUndefined();
      const full = beginning({}, false);
      const { id } = full.conversation;
      await store.createConversation(full.conversation);
      await store.importRecords(
        'turns',
        Array.from({ length: conversationTurnsMax }, () => sampleTurn(id)),
      );
      expect(await store.beginTurn(full)).toBe('full');
      expect(await store.findTurn(id, full.turn.messageId)).toBeUndefined();
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 0 });
    });

    test('costs nothing where it is free: nothing is held', async () => {
      const begin = beginning({ price: 0 });
      expect(await store.beginTurn(begin)).toStrictEqual({ credits: { granted: 10, spent: 0 } });
      expect(await holdsOf(begin.turn)).toEqual([]);
      const { turn } = begin;
      expect(await store.finishTurn({ organizationId: org, turn, change: answer, kept: 3 })).toStrictEqual({
        turn: { ...turn, ...answer },
        credits: { granted: 10, spent: 0 },
      });
    });

    // Fails for a store that believes what was read before, and takes what another call has taken since.
    test('takes what is there, whatever was left when its agent was read', async () => {
      const begin = beginning({ price: 8 });
      const left = await store.findLeft(org, unbound);
      await store.takeCredits(org, 3, null, unbound);
      const early = { ...begin, left };
      expect(await answerTurn(store, { ...early, turn: { ...begin.turn, ...answer } })).toBe('exhausted');
      expect(await store.beginTurn({ ...early, turn: sampleTurn(begin.conversation.id, { price: 8 }) })).toBe(
        'exhausted',
      );
      expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 3 });
      const less = beginning({ price: 7 });
      const now = await store.findLeft(org, unbound);
      expect(await store.beginTurn({ ...less, left: now })).toStrictEqual({ credits: { granted: 10, spent: 10 } });
      expect(await holdsOf(begin.turn)).toEqual([]);
    });

    describe('that comes answered and charged', () => {
      const findings = { outcome: 'none', suggestions: [], sources: [] } as const;
      const answered = (change: Partial<Turn> = {}, begins = true): TurnBeginning => {
        const said = { ...answer, reply: { ...reply, findings }, unansweredOf: 'agt_1' };
        const begin = beginning({ ...said, ...change }, begins);
        return { ...begin, conversation: { ...begin.conversation, summary: beginSummary('Where?') } };
      };

      test('is there with its conversation and its price taken; nothing is held any more', async () => {
        const begin = answered();
        const { conversation, turn } = begin;
        expect(await answerTurn(store, begin)).toStrictEqual({ turn, credits: { granted: 10, spent: 3 } });
        expect(await store.findTurn(conversation.id, turn.messageId)).toStrictEqual(turn);
        expect(await holdsOf(turn)).toEqual([]);
        expect((await store.listUnanswered('agt_1', 0, 1_000)).map(({ messageId }) => messageId)).toContain(
          turn.messageId,
        );
        const summary = { ...conversation.summary!, turns: 1, openTurns: 0, outcome: 'unanswered' };
        expect(await store.findConversation(org, conversation.id)).toStrictEqual({ ...conversation, summary });
      });

      test('is added to a conversation of its owner, which becomes active, and to no other', async () => {
        const begin = answered({ askedAt: sampleTime + 5 }, false);
        const { conversation, turn, owned } = begin;
        expect(await answerTurn(store, begin)).toBe('not_found');
        await store.createConversation(conversation);
        for (const other of [{ organizationId: 'org_2' }, { agentId: 'agt_2' }, { keyId: 'key_2' }])
          expect(await answerTurn(store, { ...begin, owned: { ...owned, ...other } })).toBe('not_found');
        expect(await store.findTurn(conversation.id, turn.messageId)).toBeUndefined();
        expect(await answerTurn(store, begin)).toStrictEqual({ turn, credits: { granted: 10, spent: 3 } });
        const found = await store.findConversation(org, conversation.id);
        expect(found).toMatchObject({
          lastActiveAt: sampleTime + 5,
          summary: { turns: 2, openTurns: 1, outcome: 'unanswered' },
        });
      });

      test('that is there is given as it is, also when the credits are gone, and nothing is taken again', async () => {
        const begin = answered();
        const again = { ...begin, turn: { ...begin.turn, attemptId: 'atm_again' } };
        await answerTurn(store, begin);
        expect(await answerTurn(store, again)).toStrictEqual({ known: begin.turn });
        expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 3 });
        await store.takeCredits(org, 7, null, unbound);
        expect(await answerTurn(store, again)).toStrictEqual({ known: begin.turn });
        expect(await answerTurn(store, { ...again, begins: false })).toStrictEqual({ known: begin.turn });
        expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 10 });
        expect(await holdsOf(begin.turn)).toEqual([]);
      });

      test('of a message that is being asked is no answer to it, and costs nothing', async () => {
        const asking = beginning();
        await store.beginTurn(asking);
        const { conversation, turn } = asking;
        const other = { ...asking, turn: { ...turn, ...answer, attemptId: 'atm_other' } };
        expect(await answerTurn(store, other)).toStrictEqual({ known: turn });
        expect(await store.findTurn(conversation.id, turn.messageId)).toStrictEqual(turn);
        expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 3 });
      });

      test('that can not be paid, or of a full conversation, leaves nothing', async () => {
        const dear = answered({ price: 11 });
        expect(await answerTurn(store, dear)).toBe('exhausted');
        expect(await store.findConversation(org, dear.conversation.id)).toBeUndefined();
        expect(await store.findTurn(dear.conversation.id, dear.turn.messageId)).toBeUndefined();
        const full = answered({}, false);
        const { id } = full.conversation;
        await store.createConversation(full.conversation);
        const turns = Array.from({ length: conversationTurnsMax }, () => sampleTurn(id));
        await store.importRecords('turns', turns);
        expect(await answerTurn(store, full)).toBe('full');
        expect(await store.findTurn(id, full.turn.messageId)).toBeUndefined();
        expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 0 });
        expect(await holdsOf(full.turn)).toEqual([]);
      });

      // Fails for an answerTurn that asks for the answer of a message which is refused: to make one may take a while.
      test('is answered only if nothing stands in the way, and is not begun without an answer', async () => {
        let asked = 0;
        const ask = (begin: TurnBeginning) =>
          store.answerTurn(begin, () => {
            asked++;
            return Promise.resolve(undefined);
          });
        expect(await ask(beginning({ price: 11 }))).toBe('exhausted');
        expect(await ask(beginning({}, false))).toBe('not_found');
        const known = beginning();
        await store.beginTurn(known);
        expect(await ask({ ...known, begins: false })).toStrictEqual({ known: known.turn });
        expect(asked).toBe(0);
        const begin = beginning();
        expect(await ask(begin)).toBe('no_answer');
        expect(asked).toBe(1);
        expect(await store.findConversation(org, begin.conversation.id)).toBeUndefined();
        expect(await store.findTurn(begin.conversation.id, begin.turn.messageId)).toBeUndefined();
        expect(await store.findCredits(org)).toStrictEqual({ granted: 10, spent: 3 });
      });

      test('costs nothing where it is free', async () => {
        const begin = answered({ price: 0 });
        expect(await answerTurn(store, begin)).toStrictEqual({ turn: begin.turn, credits: { granted: 10, spent: 0 } });
        expect(await store.findTurn(begin.conversation.id, begin.turn.messageId)).toStrictEqual(begin.turn);
      });
    });

    // Fails for a finishTurn that keeps what an attempt held which has the turn no more.
    test('that another attempt took over is not changed, and what is held for the first one is given back', async () => {
      const begin = beginning();
      const { turn } = begin;
      await store.beginTurn(begin);
      const taken = await store.changeTurn(turn.conversationId, turn.messageId, 'atm_1', { attemptId: 'atm_2' });
      expect(await store.finishTurn({ organizationId: org, turn, change: answer, kept: 3 })).toStrictEqual({
        turn: 'conflict',
        credits: { granted: 10, spent: 0 },
      });
      expect(await store.findTurn(turn.conversationId, turn.messageId)).toStrictEqual(taken);
    });
  });
}
