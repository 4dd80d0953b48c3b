/** Credits and the holds on them, which are part of their organization's document: taken and checked in one change. */
import mongoose from 'mongoose';
import type { SpendingBound } from '../../records/budget.ts';
import type { CreditHold, Credits } from '../../records/credits.ts';
import { tooLong, type MongoConnection } from './connection.ts';
import { hasLeft, isLeft } from './left.ts';
import { toCredits, toHold } from './mapping.ts';
import { plain, textOf } from './plain.ts';
import { changedPlain, limited } from './queries.ts';
import type { Spendings } from './spendings.ts';
import type { CreditStore } from '../port.ts';

const { trusted } = mongoose;

const creditsOnly = { granted: 1, spent: 1, reservedCredits: 1 } as const;
const withHolds = { ...creditsOnly, 'holds.id': 1, 'holds.amount': 1 } as const;
const changedCredits = { ...changedPlain, projection: creditsOnly } as const;

/** The steps of a hold, for a turn. */
export interface MongoCredits {
  /** What is there when so much is left within the bound; nothing is taken. */
  findLeft(
    organizationId: string,
    amount: number,
    bound: SpendingBound,
  ): Promise<Credits | 'exhausted' | 'over_budget'>;
  /** Whether the budget had so much left; then it has the hold. */
  takeOfBudget(hold: CreditHold, bound: SpendingBound): Promise<boolean>;
  takeHold(
    organizationId: string,
    hold: CreditHold,
    bound: SpendingBound,
  ): Promise<Credits | 'exhausted' | 'not_found'>;
}

export function createCredits(
  { models, run }: MongoConnection,
  spendings: Spendings,
): Omit<CreditStore, 'takeCredits' | 'sweepReceipts'> & MongoCredits {
  const { organizations } = models;
  const collection = plain(organizations);

  const find = (organizationId: string, projection: object = creditsOnly) =>
    collection.findOne({ _id: textOf(organizationId) }, { ...limited, projection });

  const takeHold: MongoCredits['takeHold'] = (organizationId, hold, bound) =>
    run(async (isInTime) => {
      const { id, amount } = hold;
      while (isInTime()) {
        const held = await collection.findOneAndUpdate(
          { _id: textOf(organizationId), 'holds.id': { $ne: id }, ...isLeft(amount, bound) },
          { $inc: { spent: amount }, $push: { holds: toHold(hold) } },
          changedCredits,
        );
        if (held !== null) return toCredits(held);
        const found = await find(organizationId, withHolds);
        if (found === null) return 'not_found';
        if (found.holds.some((other) => other.id === id)) return toCredits(found);
        if (!hasLeft(found, amount, bound)) return 'exhausted';
        // What stood in the way is gone since: once more.
      }
      throw tooLong();
    });

  const takeOfBudget: MongoCredits['takeOfBudget'] = async (hold, { budget }) =>
    budget === null || hold.amount === 0 || (await spendings.take(budget, hold.amount, hold)) === 'taken';

  const settle = (organizationId: string, { id, amount }: Pick<CreditHold, 'id' | 'amount'>, kept: number) =>
    run(async (isInTime) => {
      // What is really held counts: a turn that was charged names what it cost.
      for (let held = amount; isInTime();) {
        const left = Math.max(0, held - kept);
        const settled = await collection.findOneAndUpdate(
          { _id: textOf(organizationId), holds: { $elemMatch: { id: textOf(id), amount: held } } },
          { $pull: { holds: { id } }, ...(left > 0 && { $inc: { spent: -left } }) },
          changedCredits,
        );
        if (settled !== null) return toCredits(settled);
        const found = await find(organizationId, withHolds);
        if (found === null) return 'not_found' as const;
        const hold = found.holds.find((other) => other.id === id);
        if (hold === undefined) return toCredits(found);
        held = hold.amount;
      }
      throw tooLong();
    });

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
    takeHold,
    takeOfBudget,

    async findLeft(organizationId, amount, { budget, leavesReserve }) {
      const [found, [spending]] = await Promise.all([
        run(() => find(organizationId)),
        budget === null ? [] : spendings.list(organizationId, [budget.window.id]),
      ]);
      if (found === null) return 'exhausted';
      if (amount === 0) return toCredits(found);
      if (budget !== null && (spending?.spent ?? 0) + amount > budget.credits) return 'over_budget';
      return hasLeft(found, amount, { leavesReserve }) ? toCredits(found) : 'exhausted';
    },

    findCredits: (organizationId) =>
      run(async () => {
        const found = await find(organizationId);
        return found === null ? undefined : toCredits(found);
      }),

    grantCredits: (organizationId, amount) =>
      run(async () => {
        const more = { $inc: { granted: amount } };
        const found = await collection.findOneAndUpdate({ _id: textOf(organizationId) }, more, changedCredits);
        return found === null ? 'not_found' : toCredits(found);
      }),

    holdCredits: async (organizationId, hold, bound) => {
      if (!(await takeOfBudget(hold, bound))) return 'over_budget';
      const held = await takeHold(organizationId, hold, bound);
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
      const [credits] = await Promise.all([settle(organizationId, hold, kept), spendings.settle(hold, kept)]);
      return credits;
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
