/** Conversations and their turns. */
import mongoose from 'mongoose';
import type { MongoConnection } from './mongo-connection.ts';
import { fromConversation, toConversation, toTurn } from './mongo-mapping.ts';
import { changed, insert, limited } from './mongo-queries.ts';
import type { ConversationStore } from './port.ts';

const { trusted } = mongoose;

const sweepMax = 500;

export function createConversations(connection: MongoConnection): ConversationStore {
  const { models, run, create, isThere, confirmed } = connection;
  const { conversations, turns } = models;
  return {
    createConversation: (conversation) => create(conversations, fromConversation(conversation)),

    findConversation: (organizationId, conversationId) =>
      run(async () => {
        const kept = { _id: conversationId, organizationId, isDeleting: false };
        const found = await conversations.findOne(kept, {}, limited).lean();
        return found === null ? undefined : toConversation(found);
      }),

    /**
     * Marks first, so that a conversation which becomes active meanwhile is either kept whole or gone for its writer, and
     * one whose deletion was cut off is found again.
     */
    async deleteIdleConversations(lastActiveBefore) {
      let deleted = 0;
      await run(() =>
        conversations.updateMany(
          { lastActiveAt: trusted({ $lt: lastActiveBefore }), isDeleting: false },
          { $set: { isDeleting: true } },
          limited,
        ),
      );
      for (;;) {
        const marked = await run(() =>
          conversations.find({ isDeleting: true }, { _id: 1 }, limited).limit(sweepMax).lean(),
        );
        if (marked.length === 0) return deleted;
        const ids = marked.map(({ _id }) => _id);
        await run(() => turns.deleteMany({ conversationId: trusted({ $in: ids }) }, limited));
        deleted += (await run(() => conversations.deleteMany({ _id: trusted({ $in: ids }) }, limited))).deletedCount;
      }
    },

    createTurn: (turn) =>
      run(async () => {
        // Before the turn is added, so that a sweep can't take the conversation between the two.
        const { matchedCount } = await conversations.updateOne(
          { _id: turn.conversationId, isDeleting: false },
          { $max: { lastActiveAt: turn.askedAt } },
          limited,
        );
        return matchedCount === 0 ? 'not_found' : insert(turns, turn);
      }),

    /** Its answer is given to whoever sends the same message again. */
    findTurn: (conversationId, messageId) =>
      run(async () => {
        const turn = { conversationId, messageId };
        const found = await turns.findOne(turn, {}, limited).lean();
        const sure = found?.state === 'answered' ? await turns.findOne(turn, {}, confirmed()).lean() : found;
        return sure === null ? undefined : toTurn(sure);
      }),

    changeTurn: (conversationId, messageId, attemptId, change) =>
      run(async () => {
        const turn = { conversationId, messageId };
        const found = await turns.findOneAndUpdate({ ...turn, attemptId }, { $set: change }, changed);
        if (found !== null) return toTurn(found);
        return (await isThere(turns, turn)) ? 'conflict' : 'not_found';
      }),

    listTurns: (conversationId, limit, before) =>
      run(async () => {
        const last =
          before === undefined ? null : await turns.findOne({ conversationId, messageId: before }, {}, limited);
        if (before !== undefined && last === null) return [];
        const earlier = last && [
          { askedAt: trusted({ $lt: last.askedAt }) },
          { askedAt: last.askedAt, messageId: trusted({ $lt: last.messageId }) },
        ];
        const asked = { conversationId, ...(earlier && { $or: earlier }) };
        const newest = turns.find(asked, {}, limited).sort({ askedAt: -1, messageId: -1 });
        return (await newest.limit(limit).lean()).map(toTurn).reverse();
      }),
  };
}
