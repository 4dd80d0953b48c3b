/** Credits and the holds on them, which are part of their organization's document: taken and checked in one change. */
import mongoose from 'mongoose';
import type { SpendingBound } from '../../records/budget.ts';
import type { CreditHold } from '../../records/credits.ts';
import { joined } from '../joined.ts';
import type { MongoConnection } from './connection.ts';
import { changedCredits, createHolds, creditsOnly, type Holds } from './holds.ts';
import { leftOf } from './left.ts';
import { toCredits, toHold } from './mapping.ts';
import { plain, textOf } from './plain.ts';
import { limited, lookUpsPerQueryMax } from './queries.ts';
import type { Spendings } from './spendings.ts';
import type { CreditStore, TurnStore } from '../port.ts';

const { trusted } = mongoose;

/** The steps of a hold, for a turn. */
export interface MongoCredits {
  readonly findLeft: TurnStore['findLeft'];
  /** Whether the budget had so much left; then it has the hold. */
  takeOfBudget(hold: CreditHold, bound: SpendingBound): Promise<boolean>;
  readonly takeHold: Holds['take'];
}

export function createCredits(
  connection: MongoConnection,
  spendings: Spendings,
): Omit<CreditStore, 'takeCredits' | 'sweepReceipts'> & MongoCredits {
  const { models, run } = connection;
  const { organizations } = models;
  const collection = plain(organizations);
  const holds = createHolds(connection);

  /** Those that are asked for in one turn of the event loop are one query. */
  const credits = joined(async (ids: readonly string[]) => {
    const these = { _id: { $in: [...new Set(ids)] } };
    const options = { ...limited, projection: creditsOnly, batchSize: ids.length + 1 };
    const found = await run(() => collection.find(these, options).toArray());
    const documents = new Map(found.map((document) => [document._id, document]));
    return ids.map((id) => documents.get(id));
  }, lookUpsPerQueryMax);

  const takeOfBudget: MongoCredits['takeOfBudget'] = async (hold, { budget }) =>
    budget === null || hold.amount === 0 || (await spendings.take(budget, hold.amount, hold)) === 'taken';

  const listHolds = (heldBefore: number, limit: number) =>
    run(async () => {
      const found = await organizations
        .find({ 'holds.heldAt': trusted({ $lt: heldBefore }) }, { holds: 1 }, limited)
        // By the oldest hold of each, so the first `limit` organizations have the oldest `limit` holds among theirs.
        .sort({ 'holds.heldAt': 1 })
        .limit(limit)
        .lean();
      return found
        .flatMap(({ _id, holds }) => holds.map((hold) => ({ organizationId: _id, hold: toHold(hold) })))
        .filter(({ hold }) => hold.heldAt < heldBefore);
    });

  return {
    takeHold: holds.take,
    takeOfBudget,

    async findLeft(organizationId, { budget, leavesReserve }) {
      const [found, spent] = await Promise.all([
        credits.load(textOf(organizationId)),
        budget === null ? 0 : spendings.spentIn(budget.window.id),
      ]);
      if (found === undefined) return undefined;
      const ofBudget = budget === null ? Infinity : budget.credits - spent;
      return { credits: toCredits(found), ofCredits: leftOf(found, { leavesReserve }), ofBudget };
    },

    async findCredits(organizationId) {
      const found = await credits.load(textOf(organizationId));
      return found && toCredits(found);
    },

    grantCredits: (organizationId, amount) =>
      run(async () => {
        const more = { $inc: { granted: amount } };
        const found = await collection.findOneAndUpdate({ _id: textOf(organizationId) }, more, changedCredits);
        return found === null ? 'not_found' : toCredits(found);
      }),

    holdCredits: async (organizationId, hold, bound) => {
      if (!(await takeOfBudget(hold, bound))) return 'over_budget';
      const held = await holds.take(organizationId, hold, bound);
      // What can't be taken here goes back there.
      if (typeof held === 'string') await spendings.settle(hold, 0);
      return held;
    },

    moveHold: async (organizationId, from, toId, heldAt) => {
      await spendings.move(from, toId, heldAt);
      return run(async () => {
        const { matchedCount } = await organizations.updateOne(
          { _id: organizationId, 'holds.id': from.id },
          { $set: { 'holds.$.id': toId, 'holds.$.heldAt': heldAt } },
          limited,
        );
        return matchedCount === 1 ? 'moved' : 'not_found';
      });
    },

    settleHold: async (organizationId, hold, kept) => {
      const [settled] = await Promise.all([holds.settle(organizationId, hold, kept), spendings.settle(hold, kept)]);
      return settled;
    },

    listHolds: async (heldBefore, limit) => {
      const [inOrganizations, inWindows] = await Promise.all([
        listHolds(heldBefore, limit),
        spendings.listHolds(heldBefore, limit),
      ]);
      const known = new Set(inOrganizations.map(({ hold }) => hold.id));
      return [...inOrganizations, ...inWindows.filter(({ hold }) => !known.has(hold.id))]
        .sort((a, b) => a.hold.heldAt - b.hold.heldAt)
        .slice(0, limit);
    },

    listSpendings: (organizationId, windowIds) => spendings.list(organizationId, windowIds),
    deleteEndedSpendings: (endedBefore) => spendings.deleteEnded(endedBefore),
  };
}
