/**
 * What publishable calls took from the budgets of their keys: a document for each window. An amount that is held is noted in it,
 * so that it can be given back whoever dies where.
 */
import mongoose from 'mongoose';
import type { Spending, SpendingBound } from '../../records/budget.ts';
import type { CreditHold } from '../../records/credits.ts';
import { tooLong, type MongoConnection } from './connection.ts';
import { toHold, toSpending } from './mapping.ts';
import { plain } from './plain.ts';
import { isDuplicate, limited } from './queries.ts';

const { trusted } = mongoose;

type Budget = NonNullable<SpendingBound['budget']>;
type Held = Pick<CreditHold, 'id' | 'amount' | 'windowId'>;

const sweptAtOnce = 500;

export interface Spendings {
  /** Takes an amount from a window if that much is left in it. Holding the same id again changes nothing. */
  take(budget: Budget, amount: number, hold: CreditHold | null): Promise<'taken' | 'over_budget'>;
  /** Takes back what was taken without a hold. */
  giveBack(windowId: string, amount: number): Promise<void>;
  move(from: Pick<CreditHold, 'id' | 'windowId'>, toId: string, heldAt: number): Promise<void>;
  settle(hold: Held, kept: number): Promise<void>;
  listHolds(heldBefore: number, limit: number): Promise<readonly { organizationId: string; hold: CreditHold }[]>;
  list(organizationId: string, windowIds: readonly string[]): Promise<readonly Spending[]>;
  deleteEnded(endedBefore: number): Promise<number>;
}

export function createSpendings({ models, run }: MongoConnection): Spendings {
  const { spendings } = models;
  const collection = plain(spendings);

  return {
    take: ({ window, credits }, amount, hold) =>
      run(async (isInTime) => {
        const { id: _id, organizationId, keyId, startsAt, endsAt } = window;
        const isNew = hold === null ? {} : { 'holds.id': { $ne: hold.id } };
        while (isInTime()) {
          // Where not even one fits, an upsert would make a window that has too much.
          if (amount <= credits) {
            try {
              await collection.updateOne(
                { _id, spent: { $lte: credits - amount }, ...isNew },
                {
                  $inc: { spent: amount },
                  $setOnInsert: { organizationId, keyId, startsAt, endsAt },
                  $push: { holds: { $each: hold === null ? [] : [toHold(hold)] } },
                },
                { ...limited, upsert: true },
              );
              return 'taken';
            } catch (error) {
              // The window is there, and its guard holds not; or another call made it at the same time.
              if (!isDuplicate(error)) throw error;
            }
          }
          const found = await spendings.findOne({ _id }, {}, limited).lean();
          if (found === null && amount <= credits) continue;
          if (found === null) return 'over_budget';
          if (hold !== null && found.holds.some(({ id }) => id === hold.id)) return 'taken';
          if (found.spent + amount > credits) return 'over_budget';
        }
        throw tooLong();
      }),

    giveBack: (windowId, amount) =>
      run(async () => {
        await spendings.updateOne({ _id: windowId }, { $inc: { spent: -amount } }, limited);
      }),

    move: ({ id, windowId }, toId, heldAt) =>
      run(async () => {
        if (windowId === null) return;
        const change = { $set: { 'holds.$.id': toId, 'holds.$.heldAt': heldAt } };
        await spendings.updateOne({ _id: windowId, 'holds.id': id }, change, limited);
      }),

    settle: ({ id, amount, windowId }, kept) =>
      run(async (isInTime) => {
        if (windowId === null) return;
        for (let held = amount; isInTime();) {
          const left = Math.max(0, held - kept);
          const { matchedCount } = await collection.updateOne(
            { _id: windowId, holds: { $elemMatch: { id, amount: held } } },
            { $pull: { holds: { id } }, ...(left > 0 && { $inc: { spent: -left } }) },
            limited,
          );
          if (matchedCount > 0) return;
          const found = await spendings.findOne({ _id: windowId }, { holds: 1 }, limited).lean();
          const hold = found?.holds.find((other) => other.id === id);
          if (hold === undefined) return;
          held = hold.amount;
        }
        throw tooLong();
      }),

    listHolds: (heldBefore, limit) =>
      run(async () => {
        const found = await spendings
          .find({ 'holds.heldAt': trusted({ $lt: heldBefore }) }, { holds: 1, organizationId: 1 }, limited)
          .sort({ 'holds.heldAt': 1 })
          .limit(limit)
          .lean();
        return found
          .flatMap(({ _id, organizationId, holds }) =>
            holds.map((hold) => ({ organizationId, hold: { ...toHold(hold), windowId: _id } })),
          )
          .filter(({ hold }) => hold.heldAt < heldBefore);
      }),

    list: (organizationId, windowIds) =>
      run(async () => {
        const these = { _id: trusted({ $in: [...windowIds] }), organizationId };
        return (await spendings.find(these, { holds: 0 }, limited).lean()).map(toSpending);
      }),

    deleteEnded: (endedBefore) =>
      run(async () => {
        const ended = { endsAt: trusted({ $lt: endedBefore }) };
        const found = await spendings.find(ended, { _id: 1 }, limited).limit(sweptAtOnce).lean();
        if (found.length === 0) return 0;
        const these = { _id: trusted({ $in: found.map(({ _id }) => _id) }) };
        return (await spendings.deleteMany(these, limited)).deletedCount;
      }),
  };
}
