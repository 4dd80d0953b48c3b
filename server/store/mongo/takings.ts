/**
 * Credits that are taken for good, under a receipt once. A standalone server changes one document at a time, so a taking goes
 * through three changes, and whoever finds one that is halfway finishes it:
 * 1. The organization: what is left is checked, the amount is spent, the taking is noted. One at a time under one receipt.
 * 2. The receipt, which names the taking that counts. Nobody can make a second one.
 * 3. The organization: the taking is noted no more; one that does not count is given back.
 * What it takes from a budget is taken before the first.
 */
import mongoose from 'mongoose';
import type { SpendingBound } from '../../records/budget.ts';
import { createId } from '../../records/id.ts';
import { tooLong, type MongoConnection } from './connection.ts';
import { isLeft, leftOf } from './left.ts';
import { fromReceipt, toCredits } from './mapping.ts';
import type { ReceiptDocument, Taking } from './models.ts';
import { changed, insert, limited } from './queries.ts';
import type { Spendings } from './spendings.ts';
import type { CreditStore, Taken, TakenUnder } from '../port.ts';

const { trusted } = mongoose;

const creditsOnly = { granted: 1, spent: 1, reservedCredits: 1, takings: 1 } as const;
const changedCredits = { ...changed, projection: creditsOnly } as const;
/** Longer than any call may take, so that the one that took it is surely gone. */
const staleTakingMs = 600_000;
const sweptAtOnce = 500;

export function createTakings(
  connection: MongoConnection,
  spendings: Spendings,
): Pick<CreditStore, 'takeCredits' | 'sweepReceipts'> {
  const { models, run, isThere, confirmed } = connection;
  const { organizations, receipts } = models;

  async function take(
    organizationId: string,
    amount: number,
    bound: SpendingBound,
    isInTime: () => boolean,
  ): Promise<Taken | 'exhausted' | 'not_found'> {
    const filter = { _id: organizationId, ...isLeft(amount, bound) };
    while (isInTime()) {
      const found = await organizations.findOneAndUpdate(filter, { $inc: { spent: amount } }, changedCredits);
      if (found !== null) return { credits: toCredits(found), isRepeated: false };
      if (!(await isThere(organizations, { _id: organizationId }))) return 'not_found';
      if (await isExhausted(organizationId, amount, bound)) return 'exhausted';
    }
    throw tooLong();
  }

  /**
   * Nobody is refused for a second taking under one receipt, which is given back in a moment. So what is halfway is finished
   * first, and then it is worth another try.
   */
  async function isExhausted(organizationId: string, amount: number, bound: SpendingBound): Promise<boolean> {
    const found = await organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
    if (found === null || leftOf(found, bound) >= amount) return false;
    const halfway = found.takings ?? [];
    for (const taking of halfway) await finish(organizationId, taking);
    return halfway.length === 0;
  }

  /** One that has ended is deleted, and is not there. */
  async function findReceipt(
    organizationId: string,
    { id: receiptId, at }: TakenUnder,
  ): Promise<ReceiptDocument | null> {
    const found = await receipts.findOne({ organizationId, receiptId }, {}, confirmed()).lean();
    if (found === null || found.endsAt > at) return found;
    await receipts.deleteOne({ organizationId, receiptId, endsAt: found.endsAt }, limited);
    return null;
  }

  /** The second and the third change. Whether it is the taking that counts. */
  async function finish(organizationId: string, taking: Taking): Promise<boolean> {
    const { id, receiptId, amount, endsAt } = taking;
    const receipt = fromReceipt({ organizationId, id: receiptId, amount, endsAt }, id);
    const isFirst = (await insert(receipts, receipt)) === 'created';
    const counts =
      isFirst || (await receipts.findOne({ organizationId, receiptId }, {}, confirmed()).lean())?.takingId === id;
    await organizations.updateOne(
      { _id: organizationId, takings: trusted({ $elemMatch: { id } }) },
      { $pull: { takings: { id } }, ...(!counts && { $inc: { spent: -amount } }) },
      limited,
    );
    return counts;
  }

  async function takeUnder(
    organizationId: string,
    amount: number,
    under: TakenUnder,
    bound: SpendingBound,
    isInTime: () => boolean,
  ): Promise<Taken | 'exhausted' | 'over_budget' | 'not_found' | 'conflict'> {
    const { id: receiptId, at, endsAt } = under;
    const taking: Taking = { id: createId('atm', at), receiptId, amount, takenAt: at, endsAt };
    const isTaken = async () =>
      (await isThere(organizations, { _id: organizationId, 'takings.receiptId': receiptId })) ||
      (await findReceipt(organizationId, under)) !== null;
    while (isInTime()) {
      const receipt = await findReceipt(organizationId, under);
      const found = await organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
      if (found === null) return 'not_found';
      if (receipt !== null) {
        return receipt.amount === amount ? { credits: toCredits(found), isRepeated: true } : 'conflict';
      }
      const other = found.takings?.find((one) => one.receiptId === receiptId);
      if (other !== undefined) {
        await finish(organizationId, other);
        continue;
      }
      if (bound.budget !== null && (await spendings.take(bound.budget, amount, null)) === 'over_budget') {
        // It may be this very taking, of somebody who was faster.
        if (await isTaken()) continue;
        return 'over_budget';
      }
      const filter = {
        _id: organizationId,
        'takings.receiptId': trusted({ $ne: receiptId }),
        ...isLeft(amount, bound),
      };
      const change = { $inc: { spent: amount }, $push: { takings: taking } };
      const taken = await organizations.findOneAndUpdate(filter, change, changedCredits);
      if (taken !== null && (await finish(organizationId, taking))) {
        return { credits: toCredits(taken), isRepeated: false };
      }
      await giveBack(bound, amount);
      // Not left, or somebody else was faster under this receipt: then it is there, or the taking is.
      if (taken === null && !(await isTaken()) && (await isExhausted(organizationId, amount, bound)))
        return 'exhausted';
    }
    throw tooLong();
  }

  /** Without a hold: a process that dies in between leaves the window fuller than it should be, until it ends. */
  async function giveBack({ budget }: SpendingBound, amount: number): Promise<void> {
    if (budget !== null) await spendings.giveBack(budget.window.id, amount);
  }

  /** Those that ask here at once under one receipt come one after the other: a stampede would stand in its own way. */
  const underWay = new Map<string, Promise<unknown>>();
  async function inTurn<Result>(name: string, take: () => Promise<Result>): Promise<Result> {
    const mine = (underWay.get(name) ?? Promise.resolve()).then(take, take);
    underWay.set(name, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(name) === mine) underWay.delete(name);
    }
  }

  return {
    takeCredits: (organizationId, amount, under, bound) =>
      run(async (isInTime) => {
        if (under !== null) {
          const name = `${organizationId} ${under.id}`;
          return inTurn(name, () => takeUnder(organizationId, amount, under, bound, isInTime));
        }
        if (bound.budget !== null && (await spendings.take(bound.budget, amount, null)) === 'over_budget') {
          return 'over_budget';
        }
        const taken = await take(organizationId, amount, bound, isInTime);
        if (typeof taken === 'string') await giveBack(bound, amount);
        return taken;
      }),

    sweepReceipts: (nowMs) =>
      run(async () => {
        const stale = await organizations
          .find({ 'takings.takenAt': trusted({ $lt: nowMs - staleTakingMs }) }, { takings: 1 }, limited)
          .limit(sweptAtOnce)
          .lean();
        for (const { _id, takings = [] } of stale) {
          const dead = takings.filter(({ takenAt }) => takenAt < nowMs - staleTakingMs);
          for (const taking of dead) await finish(_id, taking);
        }
        const ended = await receipts
          .find({ endsAt: trusted({ $lt: nowMs }) }, { _id: 1 }, limited)
          .sort({ endsAt: 1 })
          .limit(sweptAtOnce)
          .lean();
        if (ended.length === 0) return 0;
        const these = { _id: trusted({ $in: ended.map(({ _id }) => _id) }), endsAt: trusted({ $lt: nowMs }) };
        return (await receipts.deleteMany(these, limited)).deletedCount;
      }),
  };
}
