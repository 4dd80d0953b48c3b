/**
 * Credits that are taken for good, under a receipt once. A standalone server changes one document at a time, so a taking goes
 * through three changes, and whoever finds one that is halfway finishes it:
 * 1. The organization: what is left is checked, the amount is spent, the taking is noted. One at a time under one receipt.
 * 2. The receipt, which names the taking that counts. Nobody can make a second one.
 * 3. The organization: the taking is noted no more; one that does not count is given back.
 */
import mongoose from 'mongoose';
import { createId } from '../../records/id.ts';
import { tooLong, type MongoConnection } from './connection.ts';
import { fromReceipt, toCredits } from './mapping.ts';
import type { ReceiptDocument, Taking } from './models.ts';
import { changed, insert, limited } from './queries.ts';
import type { CreditStore, Taken, TakenUnder } from '../port.ts';

const { trusted } = mongoose;

const creditsOnly = { granted: 1, spent: 1, takings: 1 } as const;
const changedCredits = { ...changed, projection: creditsOnly } as const;
/** Longer than any call may take, so that the one that took it is surely gone. */
const staleTakingMs = 600_000;
const sweptAtOnce = 500;

export function createTakings(connection: MongoConnection): Pick<CreditStore, 'takeCredits' | 'sweepReceipts'> {
  const { models, run, isThere, confirmed } = connection;
  const { organizations, receipts } = models;

  const isLeft = (amount: number) => ({
    $expr: trusted({ $gte: [{ $subtract: ['$granted', '$spent'] }, amount] }),
  });

  async function take(
    organizationId: string,
    amount: number,
    isInTime: () => boolean,
  ): Promise<Taken | 'exhausted' | 'not_found'> {
    const filter = { _id: organizationId, ...isLeft(amount) };
    while (isInTime()) {
      const found = await organizations.findOneAndUpdate(filter, { $inc: { spent: amount } }, changedCredits);
      if (found !== null) return { credits: toCredits(found), isRepeated: false };
      if (!(await isThere(organizations, { _id: organizationId }))) return 'not_found';
      if (await isExhausted(organizationId, amount)) return 'exhausted';
    }
    throw tooLong();
  }

  /**
   * Nobody is refused for a second taking under one receipt, which is given back in a moment. So what is halfway is finished
   * first, and then it is worth another try.
   */
  async function isExhausted(organizationId: string, amount: number): Promise<boolean> {
    const found = await organizations.findOne({ _id: organizationId }, creditsOnly, limited).lean();
    if (found === null || found.granted - found.spent >= amount) return false;
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

  return {
    takeCredits: (organizationId, amount, under) =>
      run(async (isInTime) => {
        if (under === null) return take(organizationId, amount, isInTime);
        const { id: receiptId, at, endsAt } = under;
        const taking: Taking = { id: createId('atm', at), receiptId, amount, takenAt: at, endsAt };
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
          const filter = {
            _id: organizationId,
            'takings.receiptId': trusted({ $ne: receiptId }),
            ...isLeft(amount),
          };
          const change = { $inc: { spent: amount }, $push: { takings: taking } };
          const taken = await organizations.findOneAndUpdate(filter, change, changedCredits);
          if (taken === null) {
            // Not left, or somebody else was faster under this receipt: then it is there, or the taking is.
            const isElsewhere =
              (await isThere(organizations, { _id: organizationId, 'takings.receiptId': receiptId })) ||
              (await findReceipt(organizationId, under)) !== null;
            if (!isElsewhere && (await isExhausted(organizationId, amount))) return 'exhausted';
          } else if (await finish(organizationId, taking)) {
            return { credits: toCredits(taken), isRepeated: false };
          }
        }
        throw tooLong();
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
