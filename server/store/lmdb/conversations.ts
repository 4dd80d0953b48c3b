/** Conversations and their turns. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { RangeOptions } from 'lmdb';
import { conversationTurnsMax, type Conversation } from '../../records/conversation.ts';
import {
  mergeOutcomes,
  outcomeOf,
  summarize,
  type ConversationSummary,
  type SummedTurn,
} from '../../records/conversation-summary.ts';
import { isSameMessage, leftMessagesMax } from '../../records/left-message.ts';
import type { Turn, TurnChange } from '../../records/turn.ts';
import { activityCursorOf, placeOfActivity } from '../../records/activity-cursor.ts';
import type { LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { afterAll, below, put, remove } from './entries.ts';
import { inserts, putUnanswered } from './inserts.ts';
import { StoreUnavailableError, type ConversationStore, type IdleSince } from '../port.ts';

const deletedAtOnce = 200;
/** Of 14,000 characters each at most. */
const turnsAtOnce = 10;
/** Each that fails is one that somebody else made. */
const sumTriesMax = 20;

export function createConversations({ db, read, write, create }: LmdbConnection): ConversationStore {
  const { ownRetentions, conversations, activeConversations, idleConversations, turns, askedTurns, unansweredTurns } =
    db;
  /** Inside a write. */
  function deleteConversation(lastActiveAt: number, conversationId: string): void {
    const conversation = conversations.get(conversationId);
    remove(activeConversations, [lastActiveAt, conversationId]);
    if (conversation !== undefined)
      remove(idleConversations, [conversation.organizationId, lastActiveAt, conversationId]);
    remove(conversations, conversationId);
    for (const { key, value } of [...below(turns, conversationId)]) {
      const { unansweredOf, askedAt, messageId } = value;
      remove(turns, key);
      if (unansweredOf !== undefined) remove(unansweredTurns, [unansweredOf, askedAt, conversationId, messageId]);
    }
    for (const id of [...askedTurns.getKeys(turnsOf(conversationId))]) remove(askedTurns, id);
  }

  /** Inside a write. */
  function deleteSomeIdle(lastActiveBefore: number): number {
    const idle = { end: [lastActiveBefore], limit: deletedAtOnce } as unknown as RangeOptions;
    const found = [...activeConversations.getKeys(idle)];
    for (const [lastActiveAt, conversationId] of found) {
      const { organizationId = '' } = conversations.get(conversationId) ?? {};
      if (ownRetentions.get(organizationId) === undefined) deleteConversation(lastActiveAt, conversationId);
      else remove(activeConversations, [lastActiveAt, conversationId]);
    }
    return found.length;
  }

  /** Those that became active since they were found stay. */
  async function deleteFound(found: readonly [string, number, string][]): Promise<number> {
    if (found.length === 0) return 0;
    return write(() => {
      const idle = found.filter(([, lastActiveAt, id]) => conversations.get(id)?.lastActiveAt === lastActiveAt);
      for (const [, lastActiveAt, conversationId] of idle) deleteConversation(lastActiveAt, conversationId);
      return idle.length;
    });
  }

  /** A few at a time: all that a conversation may have would hold up everybody. */
  async function* newestTurns(conversationId: string): AsyncGenerator<Turn> {
    const newest = { start: [conversationId, afterAll], end: [conversationId], reverse: true };
    const keys = await read(() => [...askedTurns.getKeys(newest as unknown as RangeOptions)]);
    for (const [index, [, , messageId]] of keys.entries()) {
      if (index % turnsAtOnce === turnsAtOnce - 1) await nextTurn();
      const turn = await read(() => turns.get([conversationId, messageId]));
      if (turn !== undefined) yield turn;
    }
  }

  /** Counts the turns anew, and again where the summary changed meanwhile. */
  async function sumUp(conversationId: string, nowMs: number): Promise<Conversation | undefined> {
    for (let tries = 0; tries < sumTriesMax; tries++) {
      const known = await read(() => conversations.get(conversationId));
      if (known === undefined) return undefined;
      const counted: SummedTurn[] = [];
      for await (const { reply, ...turn } of newestTurns(conversationId)) {
        counted.push({ ...turn, reply: reply && { ...reply, text: '' } });
      }
      const summary = summarize(counted.reverse(), nowMs, known.summary);
      const summed = await write(() => {
        const kept = conversations.get(conversationId);
        if (kept === undefined || !isDeepStrictEqual(kept.summary, known.summary)) return undefined;
        put(conversations, conversationId, { ...kept, summary });
        return { ...kept, summary };
      });
      if (summed !== undefined) return summed;
    }
    throw new StoreUnavailableError('A conversation changed too often to be summed up.');
  }

  return {
    createConversation: (conversation) => create('conversations', conversation),

    findConversation: (organizationId, conversationId) =>
      read(() => {
        const conversation = conversations.get(conversationId);
        return conversation?.organizationId === organizationId ? conversation : undefined;
      }),

    listConversations: (organizationId, { limit, cursor }, { from = 0, to = Infinity } = {}) =>
      read(() => {
        const place = placeOfActivity(cursor);
        const start =
          place === undefined || place.lastActiveAt > to
            ? [organizationId, to, afterAll]
            : [organizationId, place.lastActiveAt, place.id];
        const latest = { start, end: [organizationId, from], reverse: true, exclusiveStart: true, limit: limit + 1 };
        const keys = [...idleConversations.getKeys(latest)];
        const items = keys.slice(0, limit).map(([, , id]) => conversations.get(id));
        const found = items.filter((conversation) => conversation !== undefined);
        return { items: found, nextCursor: keys.length > limit ? activityCursorOf(found.at(-1)) : null };
      }),

    sumUpConversation: sumUp,

    async deleteConversations(organizationId, conversationIds) {
      let deleted = 0;
      for (let start = 0; start < conversationIds.length; start += deletedAtOnce) {
        const some = conversationIds.slice(start, start + deletedAtOnce);
        deleted += await write(() => {
          const kept = some
            .map((id) => conversations.get(id))
            .filter((kept) => kept?.organizationId === organizationId);
          for (const conversation of kept)
            if (conversation !== undefined) deleteConversation(conversation.lastActiveAt, conversation.id);
          return kept.length;
        });
      }
      return deleted;
    },

    /** A few at a time: one transaction for all would hold up every other writer. */
    deleteIdleConversations: (lastActiveBefore) => write(() => deleteSomeIdle(lastActiveBefore)),

    async deleteIdleConversationsOf(organizations) {
      const found = await read(() => {
        const keys: [string, number, string][] = [];
        for (const idle of organizations) {
          if (keys.length === deletedAtOnce) break;
          keys.push(...idleConversations.getKeys({ ...idleOf(idle), limit: deletedAtOnce - keys.length }));
        }
        return keys;
      });
      await deleteFound(found);
      return found.length;
    },

    countIdleConversations: (idle, limit) =>
      read(() => [...idleConversations.getKeys({ ...idleOf(idle), limit })].length),

    async deleteConversationsBeyond(organizationId, kept) {
      const newest = {
        start: [organizationId, Infinity],
        end: [organizationId],
        reverse: true,
        offset: kept,
        limit: deletedAtOnce,
      } as unknown as RangeOptions;
      return deleteFound(await read(() => [...idleConversations.getKeys(newest)]));
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

    async changeTurn(conversationId, messageId, attemptId, change) {
      const changed = await write(() => changeTurn(db, { conversationId, messageId, attemptId }, change));
      if (typeof changed === 'object' && change.state !== undefined) await sumUp(conversationId, 0);
      return changed;
    },

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

    listUnanswered: (agentId, askedSince, limit) =>
      read(() => {
        const newest = { start: [agentId, Infinity], end: [agentId, askedSince], reverse: true, limit };
        return [...unansweredTurns.getKeys(newest as unknown as RangeOptions)]
          .map(([, , conversationId, messageId]) => turns.get([conversationId, messageId]))
          .filter((turn) => turn !== undefined);
      }),

    async rateReply(conversationId, replyId, rating) {
      let rated: Turn | undefined;
      for await (const turn of newestTurns(conversationId)) {
        if (turn.reply?.id !== replyId) continue;
        rated = turn;
        break;
      }
      const isRated = await write(() => {
        const turn = rated && turns.get([conversationId, rated.messageId]);
        if (turn?.reply?.id !== replyId) return false;
        put(turns, [conversationId, turn.messageId], { ...turn, reply: { ...turn.reply, rating } });
        return true;
      });
      if (!isRated) return 'not_found';
      await sumUp(conversationId, 0);
      return 'rated';
    },

    leaveMessage: (conversationId, message) =>
      write(() => {
        const conversation = conversations.get(conversationId);
        if (conversation === undefined) return 'not_found';
        const { leftMessages = [] } = conversation;
        const known = leftMessages.find((left) => isSameMessage(left, message));
        if (known !== undefined) return known;
        if (leftMessages.length >= leftMessagesMax) return 'full';
        putActive(db, { ...conversation, leftMessages: [...leftMessages, message] }, message.createdAt);
        return message;
      }),
  };
}

/** Inside a write: an ended turn counts in its conversation's summary. */
export function noteEnd(db: LmdbDatabases, turn: Turn): void {
  const conversation = db.conversations.get(turn.conversationId);
  if (conversation?.summary !== undefined) put(db.conversations, conversation.id, withEnd(conversation, turn));
}

/** One from before there were summaries has none. */
export function withEnd(conversation: Conversation, ended: Turn): Conversation {
  const { summary } = conversation;
  if (summary === undefined) return conversation;
  const outcome = mergeOutcomes(summary.outcome, outcomeOf(ended));
  return { ...conversation, summary: { ...summary, openTurns: summary.openTurns - 1, outcome } };
}

function withTurn(summary: ConversationSummary): ConversationSummary {
  return { ...summary, turns: summary.turns + 1, openTurns: summary.openTurns + 1 };
}

const idleOf = ({ organizationId, lastActiveBefore }: IdleSince) =>
  ({ start: [organizationId], end: [organizationId, lastActiveBefore] }) as unknown as RangeOptions;

const turnsOf = (conversationId: string) =>
  ({ start: [conversationId], end: [conversationId, afterAll] }) as unknown as RangeOptions;

export function isFull({ askedTurns }: LmdbDatabases, conversationId: string): boolean {
  return askedTurns.getKeysCount(turnsOf(conversationId)) >= conversationTurnsMax;
}

/** Inside a write: adds a turn and marks its conversation as active. False: the turn is there. */
export function addTurn(db: LmdbDatabases, conversation: Conversation, turn: Turn): boolean {
  if (!inserts.turns(db, turn)) return false;
  const { summary } = conversation;
  putActive(db, { ...conversation, ...(summary && { summary: withTurn(summary) }) }, turn.askedAt);
  return true;
}

/** Inside a write: keeps a conversation that was active at a time. */
function putActive(db: LmdbDatabases, conversation: Conversation, at: number): void {
  const { id, organizationId, lastActiveAt: before } = conversation;
  const lastActiveAt = Math.max(before, at);
  put(db.conversations, id, { ...conversation, lastActiveAt });
  if (lastActiveAt === before) return;
  remove(db.activeConversations, [before, id]);
  put(db.activeConversations, [lastActiveAt, id], true);
  remove(db.idleConversations, [organizationId, before, id]);
  put(db.idleConversations, [organizationId, lastActiveAt, id], true);
}

/** Inside a write. */
export function changeTurn(
  db: LmdbDatabases,
  { conversationId, messageId, attemptId }: Pick<Turn, 'conversationId' | 'messageId' | 'attemptId'>,
  change: TurnChange,
): Turn | 'not_found' | 'conflict' {
  const { turns } = db;
  const turn = turns.get([conversationId, messageId]);
  if (turn === undefined) return 'not_found';
  if (turn.attemptId !== attemptId) return 'conflict';
  const changed = { ...turn, ...change };
  put(turns, [conversationId, messageId], changed);
  putUnanswered(db, changed);
  return changed;
}
