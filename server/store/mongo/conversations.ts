/** Conversations and their turns. */
import mongoose from 'mongoose';
import { conversationTurnsMax, type Conversation } from '../../records/conversation.ts';
import { isSameMessage, leftMessagesMax } from '../../records/left-message.ts';
import type { Turn, TurnChange } from '../../records/turn.ts';
import { outcomeOf, outcomesThatStay, summarize, type SummedTurn } from '../../records/conversation-summary.ts';
import { activityCursorOf, placeOfActivity } from '../../records/activity-cursor.ts';
import { joined } from '../joined.ts';
import { tooLong, type MongoConnection } from './connection.ts';
import { fromConversation, fromTurn, toConversation, toLeftMessage, toTurn } from './mapping.ts';
import { plain, textOf } from './plain.ts';
import { asItIs, changedPlain, insertEach, limited } from './queries.ts';
import type { ConversationStore, Created, IdleSince } from '../port.ts';

const { trusted } = mongoose;
const { MongoBulkWriteError } = mongoose.mongo;

const sweepMax = 500;
const isSummed = { summary: { $type: 'object' } } as const;
const summedFields = {
  message: 1,
  state: 1,
  leaseUntil: 1,
  'reply.findings.outcome': 1,
  'reply.rating': 1,
  'reply.id': 1,
};
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
  /** An ended turn counts in its conversation's summary. */
  noteEnd(turn: Turn): Promise<void>;
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
  const ends = joined(noteEnds, joinedMax);

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

  async function noteEnds(ended: readonly Turn[]): Promise<undefined[]> {
    const changes = ended.flatMap((turn) => {
      const outcome = outcomeOf(turn);
      const kept = { _id: textOf(turn.conversationId), ...isSummed };
      const isReplaced = { 'summary.outcome': { $nin: [...outcomesThatStay[outcome]] } };
      return [
        { updateOne: { filter: kept, update: { $inc: { 'summary.openTurns': -1 } } } },
        { updateOne: { filter: { ...kept, ...isReplaced }, update: { $set: { 'summary.outcome': outcome } } } },
      ];
    });
    await run(() => plain(conversations).bulkWrite(changes, { ...limited, ordered: false }));
    return ended.map(() => undefined);
  }

  /** So many more turns, and one was active. One from before there were summaries has none to count in. */
  async function countTurn(conversationId: string, change: 1 | -1, askedAt: number): Promise<boolean> {
    const kept = { _id: textOf(conversationId), isDeleting: false };
    const active = { $max: { lastActiveAt: askedAt } };
    const counted = { ...active, $inc: { 'summary.turns': change, 'summary.openTurns': change } };
    const { matchedCount } = await plain(conversations).updateOne({ ...kept, ...isSummed }, counted, limited);
    return matchedCount > 0 || (await plain(conversations).updateOne(kept, active, limited)).matchedCount > 0;
  }

  /** Only while the summary is as it was before its turns were read: once more where it is not. */
  async function sumUp(conversationId: string, nowMs: number): Promise<Conversation | undefined> {
    return run(async (isInTime) => {
      while (isInTime()) {
        const found = await conversations.findOne({ _id: conversationId, isDeleting: false }, {}, limited).lean();
        if (found === null) return undefined;
        const of = turns.find({ conversationId }, summedFields, limited).sort({ askedAt: 1, messageId: 1 });
        // Of a reply that is null, nothing of these fields is left.
        const read = (await of.lean()) as unknown as readonly (Omit<SummedTurn, 'reply'> & Partial<SummedTurn>)[];
        const summed = read.map((turn) => ({ ...turn, reply: turn.reply ?? null }));
        const summary = summarize(summed, nowMs, found.summary);
        const asRead = { _id: textOf(conversationId), summary: found.summary ?? { $exists: false } };
        const { matchedCount } = await plain(conversations).updateOne(asRead, { $set: { summary } }, limited);
        if (matchedCount > 0) return toConversation({ ...found, summary });
      }
      throw tooLong();
    });
  }

  /**
   * What goes is marked first, so that a conversation which becomes active meanwhile is either kept whole or gone for its
   * writer, and one whose deletion was cut off is found again.
   */
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
    async addFirstTurn(turn) {
      const added = await newTurns.load(turn);
      // Its conversation was made with it counted. Another attempt at it was faster, and has counted it too.
      if (added === 'conflict') await run(() => countTurn(turn.conversationId, -1, turn.askedAt));
      return added;
    },
    changeOwnTurn: async (turn, change) => ownTurns.load({ turn: ownOf(turn), change }),
    noteEnd: (turn) => ends.load(turn),
    sumUpConversation: sumUp,

    listConversations: (organizationId, { limit, cursor }, { from, to } = {}) =>
      run(async () => {
        const place = placeOfActivity(cursor);
        const before = place && [
          { lastActiveAt: place.lastActiveAt, _id: trusted({ $lt: place.id }) },
          { lastActiveAt: trusted({ $lt: place.lastActiveAt }) },
        ];
        const active = { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lte: to }) };
        const wanted = {
          organizationId,
          isDeleting: false,
          ...(Object.keys(active).length > 0 && { lastActiveAt: trusted(active) }),
          ...(before && { $or: before }),
        };
        const latest = conversations.find(wanted, {}, { ...limited, batchSize: limit + 2 });
        const found = await latest
          .sort({ lastActiveAt: -1, _id: -1 })
          .limit(limit + 1)
          .lean();
        const items = found.slice(0, limit).map(toConversation);
        return { items, nextCursor: found.length > limit ? activityCursorOf(items.at(-1)) : null };
      }),

    async deleteConversations(organizationId, conversationIds) {
      const ids = [...conversationIds];
      const marked = await run(() =>
        conversations.updateMany(
          { _id: trusted({ $in: ids }), organizationId, isDeleting: false },
          { $set: { isDeleting: true } },
          limited,
        ),
      );
      if (marked.modifiedCount > 0) await deleteMarked();
      return marked.modifiedCount;
    },

    findConversation: (organizationId, conversationId) =>
      run(async () => {
        const kept = { _id: conversationId, organizationId, isDeleting: false };
        const found = await conversations.findOne(kept, {}, limited).lean();
        return found === null ? undefined : toConversation(found);
      }),

    async deleteIdleConversations(lastActiveBefore) {
      const idle = { hasOwnRetention: null, lastActiveAt: trusted({ $lt: lastActiveBefore }), isDeleting: false };
      const dealtWith = await run(async () => {
        const oldest = conversations.find(idle, { organizationId: 1 }, limited).sort({ lastActiveAt: 1 });
        const found = await oldest.limit(sweepMax).lean();
        const theirs = [...new Set(found.map(({ organizationId }) => organizationId))];
        const chosen = { _id: trusted({ $in: theirs }), retentionDays: trusted({ $gt: 0 }) };
        const own = new Set(await models.organizations.distinct('_id', chosen, limited));
        const [left, gone] = [true, false].map((isOwn) =>
          found.filter(({ organizationId }) => own.has(organizationId) === isOwn).map(({ _id }) => _id),
        );
        const marks = [
          { ids: left, mark: { hasOwnRetention: true } },
          { ids: gone, mark: { isDeleting: true } },
        ] as const;
        for (const { ids = [], mark } of marks)
          if (ids.length > 0) await conversations.updateMany({ ...idle, _id: trusted({ $in: ids }) }, mark, limited);
        return found.length;
      });
      return Math.max(dealtWith, await deleteMarked());
    },

    async deleteIdleConversationsOf(organizations) {
      if (organizations.length === 0) return 0;
      const idle = { $or: organizations.map(whereIdle), isDeleting: false };
      const dealtWith = await run(async () => {
        const found = await conversations.find(idle, { _id: 1 }, limited).limit(sweepMax).lean();
        const ids = { _id: trusted({ $in: found.map(({ _id }) => _id) }) };
        if (found.length > 0) await conversations.updateMany({ ...idle, ...ids }, { isDeleting: true }, limited);
        return found.length;
      });
      if (dealtWith > 0) await deleteMarked();
      return dealtWith;
    },

    countIdleConversations: (idle, limit) =>
      run(() => conversations.countDocuments({ ...whereIdle(idle), isDeleting: false }, { ...limited, limit })),

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
        if (!(await countTurn(conversationId, 1, turn.askedAt))) return 'not_found';
        const count = await turns.countDocuments({ conversationId }, { ...limited, limit: conversationTurnsMax });
        const isFull = count >= conversationTurnsMax && !(await isThere(turns, { conversationId, messageId }));
        const added = isFull ? 'full' : await newTurns.load(turn);
        if (added !== 'created') await countTurn(conversationId, -1, turn.askedAt);
        else if (!(await isThere(conversations, { _id: conversationId, isDeleting: false }))) {
          // Deleted meanwhile, and its turns before this one came.
          await turns.deleteOne({ conversationId, messageId }, limited);
          return 'not_found';
        }
        return added;
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
        if (found === null) return (await isThere(turns, { conversationId, messageId })) ? 'conflict' : 'not_found';
        if (change.state !== undefined) await sumUp(conversationId, 0);
        return toTurn(found);
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

    listUnanswered: (agentId, askedSince, limit) =>
      run(async () => {
        const asked = { unansweredOf: agentId, askedAt: trusted({ $gte: askedSince }) };
        const newest = turns
          .find(asked, {}, { ...limited, batchSize: limit + 1 })
          .sort({ askedAt: -1 })
          .limit(limit);
        return (await newest.lean()).map(toTurn);
      }),

    rateReply: (conversationId, replyId, rating) =>
      run(async () => {
        const rated = await turns.updateOne(
          { conversationId, 'reply.id': replyId },
          { $set: { 'reply.rating': rating } },
          limited,
        );
        if (rated.matchedCount === 0) return 'not_found';
        await sumUp(conversationId, 0);
        return 'rated';
      }),

    /** In one change that finds room, and none of the same: what it missed is read then. */
    leaveMessage: (conversationId, message) =>
      run(async () => {
        const kept = { _id: textOf(conversationId), isDeleting: false };
        const { email, text } = message;
        const isNew = {
          [`leftMessages.${leftMessagesMax - 1}`]: { $exists: false },
          leftMessages: { $not: { $elemMatch: { email: textOf(email), text: textOf(text) } } },
        };
        const change = { $push: { leftMessages: toLeftMessage(message) }, $max: { lastActiveAt: message.createdAt } };
        const { matchedCount } = await plain(conversations).updateOne({ ...kept, ...isNew }, change, limited);
        if (matchedCount > 0) return message;
        const found = await conversations.findOne(kept, {}, limited).lean();
        if (found === null) return 'not_found';
        return toConversation(found).leftMessages?.find((left) => isSameMessage(left, message)) ?? 'full';
      }),
  };
}

function whereIdle({ organizationId, lastActiveBefore }: IdleSince) {
  return { organizationId, lastActiveAt: trusted({ $lt: lastActiveBefore }) };
}

function ownOf({ conversationId, messageId, attemptId }: OwnChange['turn']): OwnChange['turn'] {
  return { conversationId: textOf(conversationId), messageId: textOf(messageId), attemptId: textOf(attemptId) };
}
