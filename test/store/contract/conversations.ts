/** What every store must do with conversations and their turns, and how many are kept. */
import { beforeEach, describe, expect, test } from 'vitest';
import { conversationTurnsMax } from '../../../server/records/conversation.ts';
import { sampleConversation, sampleTime, sampleTurn } from '../../support/sample-records.ts';
import { type Given, newOrganization, type StoreUnderTest } from './given.ts';

export function testConversations(given: () => Given): void {
  describe('conversations and turns', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    test('are found exactly as they were made', async () => {
      const conversation = sampleConversation(org);
      const silent = sampleConversation(org, { mode: 'secret', origin: null });
      expect(await store.createConversation(conversation)).toBe('created');
      expect(await store.createConversation(conversation)).toBe('conflict');
      expect(await store.createConversation(silent)).toBe('created');
      expect(await store.findConversation(org, conversation.id)).toStrictEqual(conversation);
      expect(await store.findConversation(org, silent.id)).toStrictEqual(silent);
      expect(await store.findConversation('org_none', conversation.id)).toBeUndefined();
      expect(await store.findConversation(org, 'cnv_none')).toBeUndefined();
    });

    test('a turn is added once and marks its conversation active, never back in time', async () => {
      const conversation = sampleConversation(org);
      await store.createConversation(conversation);
      const turn = sampleTurn(conversation.id, { askedAt: sampleTime + 5 });
      expect(await store.createTurn(turn)).toBe('created');
      expect(await store.createTurn({ ...turn, message: 'Other' })).toBe('conflict');
      expect(await store.createTurn(sampleTurn(conversation.id, { askedAt: sampleTime + 2 }))).toBe('created');
      expect(await store.createTurn(sampleTurn('cnv_none'))).toBe('not_found');
      expect(await store.findTurn(conversation.id, turn.messageId)).toStrictEqual(turn);
      expect(await store.findTurn(conversation.id, 'msg_none')).toBeUndefined();
      const lastActiveAt = sampleTime + 5;
      expect(await store.findConversation(org, conversation.id)).toStrictEqual({ ...conversation, lastActiveAt });
    });

    test('a turn is changed only by the attempt that holds it', async () => {
      const conversation = sampleConversation(org);
      await store.createConversation(conversation);
      const turn = sampleTurn(conversation.id, { questionId: 'q1' });
      await store.createTurn(turn);
      const { messageId } = turn;
      const takeOver = { attemptId: 'atm_2', leaseUntil: sampleTime + 9 };
      const answer = {
        state: 'answered',
        isCharged: true,
        reply: {
          id: 'msg_r',
          text: '',
          createdAt: sampleTime,
          findings: {
            outcome: 'answered',
            suggestions: ['How?'],
            sources: [
              { title: 'Why?', url: null },
              { title: 'Where?', url: 'https://example.com/' },
            ],
          },
          isGenerated: true,
          isCutShort: true,
        },
      } as const;
      expect(await store.changeTurn(conversation.id, messageId, 'atm_1', takeOver)).toStrictEqual({
        ...turn,
        ...takeOver,
      });
      expect(await store.changeTurn(conversation.id, messageId, 'atm_1', answer)).toBe('conflict');
      const answered = { ...turn, ...takeOver, ...answer };
      expect(await store.changeTurn(conversation.id, messageId, 'atm_2', answer)).toStrictEqual(answered);
      expect(await store.changeTurn(conversation.id, 'msg_none', 'atm_2', answer)).toBe('not_found');
      expect(await store.findTurn(conversation.id, messageId)).toStrictEqual(answered);
    });

    test('the newest turns are listed in the order in which they were asked', async () => {
      const conversation = sampleConversation(org);
      await store.createConversation(conversation);
      const turns = [3, 1, 2, 4].map((second) => sampleTurn(conversation.id, { askedAt: sampleTime + second }));
      for (const turn of turns) await store.createTurn(turn);
      const [third, first, second, fourth] = turns;
      expect(await store.listTurns(conversation.id, 10)).toStrictEqual([first, second, third, fourth]);
      expect(await store.listTurns(conversation.id, 2)).toStrictEqual([third, fourth]);
      expect(await store.listTurns('cnv_none', 2)).toStrictEqual([]);
      expect(await store.listTurns(conversation.id, 2, fourth!.messageId)).toStrictEqual([second, third]);
      expect(await store.listTurns(conversation.id, 2, second!.messageId)).toStrictEqual([first]);
      expect(await store.listTurns(conversation.id, 2, first!.messageId)).toStrictEqual([]);
      expect(await store.listTurns(conversation.id, 2, 'msg_none')).toStrictEqual([]);
    });

    test('turns that were asked at the same time are paged by their ids, each once', async () => {
      const conversation = sampleConversation(org);
      await store.createConversation(conversation);
      const ids = ['msg_b', 'msg_d', 'msg_a', 'msg_c'];
      for (const messageId of ids) await store.createTurn(sampleTurn(conversation.id, { messageId }));
      const list = async (before?: string) =>
        (await store.listTurns(conversation.id, 2, before)).map(({ messageId }) => messageId);
      expect(await list()).toEqual(['msg_c', 'msg_d']);
      expect(await list('msg_c')).toEqual(['msg_a', 'msg_b']);
      expect(await list('msg_a')).toEqual([]);
    });

    test('idle conversations are deleted with their turns, active ones are kept whole', async () => {
      const longAgo = Date.UTC(2001, 0, 1);
      const make = async () => {
        const conversation = sampleConversation(org, { lastActiveAt: longAgo });
        await store.createConversation(conversation);
        return conversation.id;
      };
      const [idle, atTheLimit, active] = [await make(), await make(), await make()];
      await store.createTurn(sampleTurn(idle, { askedAt: longAgo + 1, messageId: 'msg_a' }));
      await store.createTurn(sampleTurn(atTheLimit, { askedAt: longAgo + 2, messageId: 'msg_a' }));
      await store.createTurn(sampleTurn(active, { askedAt: longAgo, messageId: 'msg_a' }));
      await store.createTurn(sampleTurn(active, { askedAt: sampleTime, messageId: 'msg_b' }));
      expect(await store.deleteIdleConversations(longAgo + 2)).toBe(1);
      expect(await store.findConversation(org, idle)).toBeUndefined();
      expect(await store.listTurns(idle, 10)).toStrictEqual([]);
      expect(await store.createTurn(sampleTurn(idle))).toBe('not_found');
      expect(await store.listTurns(atTheLimit, 10)).toHaveLength(1);
      expect(await store.listTurns(active, 10)).toHaveLength(2);
      expect(await store.deleteIdleConversations(longAgo + 2)).toBe(0);
      expect(await store.deleteIdleConversations(longAgo + 3)).toBe(1);
    });
  });

  describe('conversations have quotas', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    const begin = async (lastActiveAt: number, organizationId = org) => {
      const conversation = sampleConversation(organizationId, { lastActiveAt });
      await store.createConversation(conversation);
      await store.createTurn(sampleTurn(conversation.id, { askedAt: lastActiveAt }));
      return conversation.id;
    };

    // Fails for a store that keeps whatever strangers begin.
    test('of an organization: those that were idle longest go, with their turns, and nobody else’s', async () => {
      const other = await newOrganization(store, 1);
      const ofOther = await begin(sampleTime - 100, other);
      const ids: string[] = [];
      for (const idle of [3, 1, 4, 2, 5]) ids.push(await begin(sampleTime - idle));
      // The one that was idle longest becomes the newest.
      await store.createTurn(sampleTurn(ids[4]!, { askedAt: sampleTime + 1 }));
      expect(await store.deleteConversationsBeyond(org, 5)).toBe(0);
      expect(await store.deleteConversationsBeyond(org, 3)).toBe(2);
      const there = await Promise.all(ids.map((id) => store.findConversation(org, id)));
      expect(there.map((found) => found !== undefined)).toEqual([false, true, false, true, true]);
      expect(await store.listTurns(ids[0]!, 10)).toStrictEqual([]);
      expect(await store.listTurns(ids[4]!, 10)).toHaveLength(2);
      expect(await store.createTurn(sampleTurn(ids[0]!))).toBe('not_found');
      expect(await store.deleteConversationsBeyond(org, 3)).toBe(0);
      expect(await store.deleteIdleConversations(sampleTime - 1_000)).toBe(0);
      expect(await store.findConversation(other, ofOther)).toBeDefined();
    });

    // Fails for a conversation that takes any number of messages.
    test('of turns: one more is refused, and the same one again is a conflict as before', async () => {
      const id = await begin(sampleTime);
      const turns = Array.from({ length: conversationTurnsMax - 1 }, (_, index) =>
        sampleTurn(id, { askedAt: sampleTime + index }),
      );
      expect(await store.importRecords('turns', turns.slice(1))).toBe(turns.length - 1);
      expect(await store.createTurn(turns[0]!)).toBe('created');
      const more = sampleTurn(id);
      expect(await store.createTurn(more)).toBe('full');
      expect(await store.findTurn(id, more.messageId)).toBeUndefined();
      expect(await store.createTurn(turns[0]!)).toBe('conflict');
    });
  });
}
