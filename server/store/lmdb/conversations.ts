/** Conversations and their turns. */
import type { RangeOptions } from 'lmdb';
import { conversationTurnsMax, type Conversation } from '../../records/conversation.ts';
import type { Turn, TurnChange } from '../../records/turn.ts';
import type { LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { afterAll, put, remove, removeBelow } from './entries.ts';
import { inserts } from './inserts.ts';
import type { ConversationStore } from '../port.ts';

const deletedAtOnce = 200;

export function createConversations({ db, read, write, create }: LmdbConnection): ConversationStore {
  const { conversations, activeConversations, idleConversations, turns, askedTurns } = db;
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
        if (!isThere && isFull(db, conversation.id)) return 'full';
        return addTurn(db, conversation, turn) ? 'created' : 'conflict';
      }),

    findTurn: (conversationId, messageId) => read(() => turns.get([conversationId, messageId])),

    changeTurn: (conversationId, messageId, attemptId, change) =>
      write(() => changeTurn(db, { conversationId, messageId, attemptId }, change)),

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

const turnsOf = (conversationId: string) =>
  ({ start: [conversationId], end: [conversationId, afterAll] }) as unknown as RangeOptions;

export function isFull({ askedTurns }: LmdbDatabases, conversationId: string): boolean {
  return askedTurns.getKeysCount(turnsOf(conversationId)) >= conversationTurnsMax;
}

/** Inside a write: adds a turn and marks its conversation as active. False: the turn is there. */
export function addTurn(db: LmdbDatabases, conversation: Conversation, turn: Turn): boolean {
  if (!inserts.turns(db, turn)) return false;
  const { id, organizationId, lastActiveAt: before } = conversation;
  const lastActiveAt = Math.max(before, turn.askedAt);
  if (lastActiveAt === before) return true;
  put(db.conversations, id, { ...conversation, lastActiveAt });
  remove(db.activeConversations, [before, id]);
  put(db.activeConversations, [lastActiveAt, id], true);
  remove(db.idleConversations, [organizationId, before, id]);
  put(db.idleConversations, [organizationId, lastActiveAt, id], true);
  return true;
}

/** Inside a write. */
export function changeTurn(
  { turns }: LmdbDatabases,
  { conversationId, messageId, attemptId }: Pick<Turn, 'conversationId' | 'messageId' | 'attemptId'>,
  change: TurnChange,
): Turn | 'not_found' | 'conflict' {
  const turn = turns.get([conversationId, messageId]);
  if (turn === undefined) return 'not_found';
  if (turn.attemptId !== attemptId) return 'conflict';
  const changed = { ...turn, ...change };
  put(turns, [conversationId, messageId], changed);
  return changed;
}
