/** Credits and the holds on them, which are part of their organization's document: taken and checked in one change. */
import mongoose from 'mongoose';
import { tooLong, type MongoConnection } from './connection.ts';
import { toCredits, toHold } from './mapping.ts';
import { changed, limited } from './queries.ts';
import type { CreditStore } from '../port.ts';

const { trusted } = mongoose;

const creditsOnly = { granted: 1, spent: 1, holds: 1 } as const;
const changedCredits = { ...changed, projection: creditsOnly } as const;

export function createCredits({ models, run }: MongoConnection): Omit<CreditStore, 'takeCredits' | 'sweepReceipts'> {
  const { organizations } = models;
  return {
    findCredits: (organizationId) =>
      run(async () => {
        const found = await organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
        return found === null ? undefined : toCredits(found);
      }),

    grantCredits: (organizationId, amount) =>
      run(async () => {
        const more = { $inc: { granted: amount } };
        const found = await organizations.findOneAndUpdate({ _id: organizationId }, more, changedCredits);
        return found === null ? 'not_found' : toCredits(found);
      }),

    holdCredits: (organizationId, { id, amount, heldAt, conversationId, messageId }) =>
      run(async (isInTime) => {
        while (isInTime()) {
          const held = await organizations.findOneAndUpdate(
            {
              _id: organizationId,
              'holds.id': trusted({ $ne: id }),
              $expr: trusted({ $gte: [{ $subtract: ['$granted', '$spent'] }, amount] }),
            },
            { $inc: { spent: amount }, $push: { holds: { id, amount, heldAt, conversationId, messageId } } },
            changedCredits,
          );
          if (held !== null) return toCredits(held);
          const found = await organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
          if (found === null) return 'not_found';
          if (found.holds.some((other) => other.id === id)) return toCredits(found);
          if (found.granted - found.spent < amount) return 'exhausted';
          // What stood in the way is gone since: once more.
        }
        throw tooLong();
      }),

    moveHold: (organizationId, fromId, toId, heldAt) =>
      run(async () => {
        const { matchedCount } = await organizations.updateOne(
          { _id: organizationId, 'holds.id': fromId },
          { $set: { 'holds.$.id': toId, 'holds.$.heldAt': heldAt } },
          limited,
        );
        return matchedCount === 1 ? 'moved' : 'not_found';
      }),

    settleHold: (organizationId, holdId, outcome) =>
      run(async (isInTime) => {
        const end = { $pull: { holds: { id: holdId } } };
        if (outcome === 'keep') {
          const settled = await organizations.findOneAndUpdate({ _id: organizationId }, end, changedCredits);
          return settled === null ? 'not_found' : toCredits(settled);
        }
        while (isInTime()) {
          const found = await organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
          if (found === null) return 'not_found';
          const hold = found.holds.find(({ id }) => id === holdId);
          if (hold === undefined) return toCredits(found);
          const settled = await organizations.findOneAndUpdate(
            { _id: organizationId, holds: trusted({ $elemMatch: { id: holdId, amount: hold.amount } }) },
            { ...end, $inc: { spent: -hold.amount } },
            changedCredits,
          );
          if (settled !== null) return toCredits(settled);
          // Another process settled it in between: once more.
        }
        throw tooLong();
      }),

    listHolds: (heldBefore, limit) =>
      run(async () => {
        const found = await organizations
          .find({ 'holds.heldAt': trusted({ $lt: heldBefore }) }, { holds: 1 }, limited)
          // By the oldest hold of each, so the first `limit` organizations have the oldest `limit` holds among theirs.
          .sort({ 'holds.heldAt': 1 })
          .limit(limit)
          .lean();
        return found
          .flatMap(({ _id, holds }) => holds.map((hold) => ({ organizationId: _id, hold: toHold(hold) })))
          .filter(({ hold }) => hold.heldAt < heldBefore)
          .sort((a, b) => a.hold.heldAt - b.hold.heldAt)
          .slice(0, limit);
      }),
  };
}
