/** Conversations and their turns. */
import mongoose from 'mongoose';
import { conversationTurnsMax, type Conversation } from '../../records/conversation.ts';
import type { Turn, TurnChange } from '../../records/turn.ts';
import { joined } from '../joined.ts';
import type { MongoConnection } from './connection.ts';
import { fromConversation, fromTurn, toConversation, toTurn } from './mapping.ts';
import { plain, textOf } from './plain.ts';
import { asItIs, changedPlain, insertEach, limited } from './queries.ts';
import type { ConversationStore, Created } from '../port.ts';

const { trusted } = mongoose;
const { MongoBulkWriteError } = mongoose.mongo;

const sweepMax = 500;
/** Of new records and changes that go together. */
const joinedMax = 100;

interface OwnChange {
  readonly turn: Pick<Turn, 'conversationId' | 'messageId' | 'attemptId'>;
  readonly change: TurnChange;
}

/** The steps of a turn. */
export interface MongoConversations {
  /** Adds a turn to a conversation that was made for it, and so needs neither its time nor a count of the others. */
  addFirstTurn(turn: Turn): Promise<Created>;
  /** Whether the attempt still had its turn, which then is changed. It gives the turn to no other attempt. */
  changeOwnTurn(turn: OwnChange['turn'], change: Omit<TurnChange, 'attemptId'>): Promise<boolean>;
}

export function createConversations(connection: MongoConnection): ConversationStore & MongoConversations {
  const { models, run, isThere, confirmed } = connection;
  const { conversations, turns } = models;

  const newConversations = joined<Conversation, Created>(
    (made) => run(() => insertEach(conversations, made.map(fromConversation))),
    joinedMax,
  );
  const newTurns = joined<Turn, Created>((made) => run(() => insertEach(turns, made.map(fromTurn))), joinedMax);
  const ownTurns = joined(changeOwnTurns, joinedMax);

  async function changeOwnTurn({ turn, change }: OwnChange): Promise<boolean> {
    return (await plain(turns).updateOne(ownOf(turn), { $set: change }, asItIs)).matchedCount === 1;
  }

  /** Where it weren't all, each is made once more, which changes nothing, and tells which it was. */
  async function changeOwnTurns(made: readonly OwnChange[]): Promise<(boolean | Error)[]> {
    const startedAt = performance.now();
    if (made.length > 1 && (await run(() => changeAtOnce(made)))) return made.map(() => true);
    const alone = (one: OwnChange) =>
      run(() => changeOwnTurn(one), startedAt).catch((error: unknown) => error as Error);
    return Promise.all(made.map(alone));
  }

  /** Whether all of them were changed. */
  async function changeAtOnce(made: readonly OwnChange[]): Promise<boolean> {
    const changes = made.map(({ turn, change }) => ({
      updateOne: { filter: ownOf(turn), update: { $set: change } },
    }));
    try {
      return (await plain(turns).bulkWrite(changes, { ...asItIs, ordered: false })).matchedCount === made.length;
    } catch (error) {
      if (error instanceof MongoBulkWriteError && [error.writeErrors].flat().length > 0) return false;
      throw error;
    }
  }

  async function deleteMarked(): Promise<number> {
    let deleted = 0;
    for (;;) {
      const marked = await run(() =>
        conversations.find({ isDeleting: true }, { _id: 1 }, limited).limit(sweepMax).lean(),
      );
      if (marked.length === 0) return deleted;
      const ids = marked.map(({ _id }) => _id);
      await run(() => turns.deleteMany({ conversationId: trusted({ $in: ids }) }, limited));
      deleted += (await run(() => conversations.deleteMany({ _id: trusted({ $in: ids }) }, limited))).deletedCount;
    }
  }

  return {
    createConversation: (conversation) => newConversations.load(conversation),
    addFirstTurn: (turn) => newTurns.load(turn),
    changeOwnTurn: async (turn, change) => ownTurns.load({ turn: ownOf(turn), change }),

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
      await run(() =>
        conversations.updateMany(
          { lastActiveAt: trusted({ $lt: lastActiveBefore }), isDeleting: false },
          { $set: { isDeleting: true } },
          limited,
        ),
      );
      return deleteMarked();
    },

    async deleteConversationsBeyond(organizationId, kept) {
      const isMarked = await run(async () => {
        const ofOrganization = { organizationId, isDeleting: false };
        const newest = conversations.find(ofOrganization, { lastActiveAt: 1 }, limited).sort({ lastActiveAt: -1 });
        const found = await newest.skip(kept).limit(sweepMax).lean();
        if (found.length === 0) return false;
        // Those that became active meanwhile stay.
        const last = found[0]?.lastActiveAt ?? 0;
        const idle = {
          _id: trusted({ $in: found.map(({ _id }) => _id) }),
          lastActiveAt: trusted({ $lte: last }),
          isDeleting: false,
        };
        return (await conversations.updateMany(idle, { $set: { isDeleting: true } }, limited)).modifiedCount > 0;
      });
      return isMarked ? deleteMarked() : 0;
    },

    createTurn: (turn) =>
      run(async () => {
        const { conversationId, messageId } = turn;
        // Before the turn is added, so that a sweep can't take the conversation between the two.
        const { matchedCount } = await conversations.updateOne(
          { _id: conversationId, isDeleting: false },
          { $max: { lastActiveAt: turn.askedAt } },
          limited,
        );
        if (matchedCount === 0) return 'not_found';
        const count = await turns.countDocuments({ conversationId }, { ...limited, limit: conversationTurnsMax });
        if (count >= conversationTurnsMax && !(await isThere(turns, { conversationId, messageId }))) return 'full';
        return newTurns.load(turn);
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
        const own = ownOf({ conversationId, messageId, attemptId });
        const found = await plain(turns).findOneAndUpdate(own, { $set: change }, changedPlain);
        if (found !== null) return toTurn(found);
        return (await isThere(turns, { conversationId, messageId })) ? 'conflict' : 'not_found';
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

function ownOf({ conversationId, messageId, attemptId }: OwnChange['turn']): OwnChange['turn'] {
  return { conversationId: textOf(conversationId), messageId: textOf(messageId), attemptId: textOf(attemptId) };
}
