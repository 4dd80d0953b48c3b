/** Conversations and their turns. */
import type { RangeOptions } from 'lmdb';
import { conversationTurnsMax } from '../../records/conversation.ts';
import type { LmdbConnection } from './connection.ts';
import { afterAll, put, remove, removeBelow } from './entries.ts';
import { inserts } from './inserts.ts';
import type { ConversationStore } from '../port.ts';

const deletedAtOnce = 200;

export function createConversations({ db, read, write, create }: LmdbConnection): ConversationStore {
  const { conversations, activeConversations, idleConversations, turns, askedTurns } = db;
  const turnsOf = (conversationId: string) =>
    ({ start: [conversationId], end: [conversationId, afterAll] }) as unknown as RangeOptions;

  /** Inside a write. */
  function deleteConversation(lastActiveAt: number, conversationId: string): void {
    const conversation = conversations.get(conversationId);
    remove(activeConversations, [lastActiveAt, conversationId]);
    if (conversation !== undefined)
      remove(idleConversations, [conversation.organizationId, lastActiveAt, conversationId]);
    remove(conversations, conversationId);
    removeBelow(turns, conversationId);
    for (const id of [...askedTurns.getKeys(turnsOf(conversationId))]) remove(askedTurns, id);
  }

  /** Inside a write. */
  function deleteSomeIdle(lastActiveBefore: number): number {
    const idle = { end: [lastActiveBefore], limit: deletedAtOnce } as unknown as RangeOptions;
    const found = [...activeConversations.getKeys(idle)];
    for (const [lastActiveAt, conversationId] of found) deleteConversation(lastActiveAt, conversationId);
    return found.length;
  }

  return {
    createConversation: (conversation) => create('conversations', conversation),

    findConversation: (organizationId, conversationId) =>
      read(() => {
        const conversation = conversations.get(conversationId);
        return conversation?.organizationId === organizationId ? conversation : undefined;
      }),

    /** A few at a time: one transaction for all would hold up every other writer. */
    async deleteIdleConversations(lastActiveBefore) {
      let deleted = 0;
      for (;;) {
        const count = await write(() => deleteSomeIdle(lastActiveBefore));
        deleted += count;
        if (count < deletedAtOnce) return deleted;
      }
    },

    async deleteConversationsBeyond(organizationId, kept) {
      const newest = {
        start: [organizationId, Infinity],
        end: [organizationId],
        reverse: true,
        offset: kept,
        limit: deletedAtOnce,
      } as unknown as RangeOptions;
      const found = await read(() => [...idleConversations.getKeys(newest)]);
      if (found.length === 0) return 0;
      return write(() => {
        const idle = found.filter(([, lastActiveAt, id]) => conversations.get(id)?.lastActiveAt === lastActiveAt);
        for (const [, lastActiveAt, conversationId] of idle) deleteConversation(lastActiveAt, conversationId);
        return idle.length;
      });
    },

    createTurn: (turn) =>
      write(() => {
        const conversation = conversations.get(turn.conversationId);
        if (conversation === undefined) return 'not_found';
        const isThere = turns.get([turn.conversationId, turn.messageId]) !== undefined;
        if (!isThere && askedTurns.getKeysCount(turnsOf(conversation.id)) >= conversationTurnsMax) return 'full';
        if (!inserts.turns(db, turn)) return 'conflict';
        const lastActiveAt = Math.max(conversation.lastActiveAt, turn.askedAt);
        put(conversations, conversation.id, { ...conversation, lastActiveAt });
        remove(activeConversations, [conversation.lastActiveAt, conversation.id]);
        put(activeConversations, [lastActiveAt, conversation.id], true);
        remove(idleConversations, [conversation.organizationId, conversation.lastActiveAt, conversation.id]);
        put(idleConversations, [conversation.organizationId, lastActiveAt, conversation.id], true);
        return 'created';
      }),

    findTurn: (conversationId, messageId) => read(() => turns.get([conversationId, messageId])),

    changeTurn: (conversationId, messageId, attemptId, change) =>
      write(() => {
        const turn = turns.get([conversationId, messageId]);
        if (turn === undefined) return 'not_found';
        if (turn.attemptId !== attemptId) return 'conflict';
        const changed = { ...turn, ...change };
        put(turns, [conversationId, messageId], changed);
        return changed;
      }),

    listTurns: (conversationId, limit, before) =>
      read(() => {
        const last = before === undefined ? undefined : turns.get([conversationId, before]);
        if (before !== undefined && last === undefined) return [];
        const start = last === undefined ? [conversationId, afterAll] : [conversationId, last.askedAt, last.messageId];
        const newest = { start, end: [conversationId], reverse: true, exclusiveStart: true, limit };
        return [...askedTurns.getKeys(newest as unknown as RangeOptions)]
          .map(([, , messageId]) => turns.get([conversationId, messageId]))
          .filter((turn) => turn !== undefined)
          .reverse();
      }),
  };
}
