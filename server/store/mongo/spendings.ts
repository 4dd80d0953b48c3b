/**
 * What publishable calls took from the budgets of their keys: a document for each window. An amount that is held is noted in it,
 * so that it can be given back whoever dies where.
 */
import mongoose from 'mongoose';
import type { Spending, SpendingBound } from '../../records/budget.ts';
import type { CreditHold } from '../../records/credits.ts';
import { joined } from '../joined.ts';
import type { MongoConnection } from './connection.ts';
import { grouped } from './grouped.ts';
import { endingOf, type Held } from './holds.ts';
import { toHold, toSpending } from './mapping.ts';
import type { SpendingDocument } from './models.ts';
import { plain, textOf } from './plain.ts';
import { isDuplicate, limited, lookUpsPerQueryMax } from './queries.ts';

const { trusted } = mongoose;

type Budget = NonNullable<SpendingBound['budget']>;

const sweptAtOnce = 500;
const withHolds = { ...limited, projection: { spent: 1, 'holds.id': 1, 'holds.amount': 1 } } as const;

interface Taking {
  readonly budget: Budget;
  readonly amount: number;
  /** Null: for good. */
  readonly hold: CreditHold | null;
}

interface Settlement {
  readonly windowId: string;
  readonly hold: Held;
  readonly kept: number;
}

export interface Spendings {
  /** Takes an amount from a window if that much is left in it. Holding the same id again changes nothing. */
  take(budget: Budget, amount: number, hold: CreditHold | null): Promise<'taken' | 'over_budget'>;
  /** Takes back what was taken without a hold. */
  giveBack(windowId: string, amount: number): Promise<void>;
  move(from: Pick<CreditHold, 'id' | 'windowId'>, toId: string, heldAt: number): Promise<void>;
  settle(hold: Held & Pick<CreditHold, 'windowId'>, kept: number): Promise<void>;
  listHolds(heldBefore: number, limit: number): Promise<readonly { organizationId: string; hold: CreditHold }[]>;
  /** 0 where there is no such window. */
  spentIn(windowId: string): Promise<number>;
  list(organizationId: string, windowIds: readonly string[]): Promise<readonly Spending[]>;
  deleteEnded(endedBefore: number): Promise<number>;
}

export function createSpendings({ models, run }: MongoConnection): Spendings {
  const { spendings } = models;
  const collection = plain(spendings);
  const find = (windowId: string) => collection.findOne({ _id: windowId }, withHolds);

  const take = grouped<Taking, SpendingDocument | null, 'taken' | 'over_budget'>(run, {
    nameOf: ({ budget }) => budget.window.id,
    idOf: ({ hold }) => hold?.id ?? null,
    async change(_id, takings) {
      const { amount, credits } = sumOf(takings);
      // Where not even one fits, an upsert would make a window that has too much.
      if (amount > credits) return undefined;
      const { organizationId, keyId, startsAt, endsAt } = takings[0].budget.window;
      const holds = takings.flatMap(({ hold }) => (hold === null ? [] : [toHold(hold)]));
      const isNew = holds.length === 0 ? {} : { 'holds.id': { $nin: holds.map(({ id }) => id) } };
      try {
        await collection.updateOne(
          { _id, spent: { $lte: credits - amount }, ...isNew },
          {
            $inc: { spent: amount },
            $setOnInsert: { organizationId, keyId, startsAt, endsAt },
            $push: { holds: { $each: holds } },
          },
          { ...limited, upsert: true },
        );
        return 'taken';
      } catch (error) {
        // The window is there, and its guard holds not; or another call made it at the same time.
        if (isDuplicate(error)) return undefined;
        throw error;
      }
    },
    find,
    resultOf({ budget, amount, hold }, found) {
      if (hold !== null && found?.holds.some(({ id }) => id === hold.id) === true) return 'taken';
      return (found?.spent ?? 0) + amount > budget.credits ? 'over_budget' : undefined;
    },
    fit(takings, found) {
      const { amount, credits } = sumOf(takings);
      return (found?.spent ?? 0) + amount <= credits;
    },
  });

  const settle = grouped<Settlement, SpendingDocument | null, 'settled'>(run, {
    nameOf: ({ windowId }) => windowId,
    idOf: ({ hold }) => hold.id,
    async change(_id, settlements, found) {
      const { held, ended } = endingOf(settlements, found?.holds);
      const { matchedCount } = await collection.updateOne({ _id, ...held }, ended, limited);
      return matchedCount > 0 ? 'settled' : undefined;
    },
    find,
    resultOf: ({ hold }, found) => (found?.holds.some(({ id }) => id === hold.id) === true ? undefined : 'settled'),
    fit: () => true,
  });

  /** Those that are asked for in one turn of the event loop are one query. */
  const spent = joined(async (ids: readonly string[]) => {
    const these = { _id: { $in: [...new Set(ids)] } };
    const options = { ...limited, projection: { spent: 1 }, batchSize: ids.length + 1 };
    const found = await run(() => collection.find(these, options).toArray());
    const sums = new Map(found.map((document) => [document._id, document.spent]));
    return ids.map((id) => sums.get(id) ?? 0);
  }, lookUpsPerQueryMax);

  return {
    take: async (budget, amount, hold) => take({ budget, amount, hold: hold && { ...hold, id: textOf(hold.id) } }),

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

    async settle({ id, amount, windowId }, kept) {
      if (windowId === null) return;
      await settle({ windowId: textOf(windowId), hold: { id: textOf(id), amount }, kept });
    },

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

    spentIn: async (windowId) => spent.load(textOf(windowId)),

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

/** What all of them take, and the least that the budget of one allows. */
function sumOf(takings: readonly Taking[]) {
  const amount = takings.reduce((sum, taking) => sum + taking.amount, 0);
  return { amount, credits: Math.min(...takings.map(({ budget }) => budget.credits)) };
}
