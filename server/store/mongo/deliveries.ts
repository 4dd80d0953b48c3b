/** Messages to webhooks, and the notices that they come from. */
import mongoose from 'mongoose';
import type { Delivery } from '../../records/webhook.ts';
import type { MongoConnection } from './connection.ts';
import { fromIdentified, toDelivery, toNotice } from './mapping.ts';
import type { DeliveryDocument } from './models.ts';
import { plain, textOf } from './plain.ts';
import { isDuplicate, limited, toPage } from './queries.ts';
import type { DeliveryStore } from '../port.ts';

const { trusted } = mongoose;

const sweptAtOnce = 500;
/** Looked at for one claim, which is made again soon. */
const lookedAtMax = 200;

const changed = { ...limited, returnDocument: 'after' } as const;

export function createDeliveries({ models, run, create, confirmed }: MongoConnection): DeliveryStore {
  const { notices, deliveries } = models;
  const collection = plain(deliveries);

  async function findOlder({ webhookId, subject, _id }: DeliveryDocument): Promise<DeliveryDocument | null> {
    const older = { webhookId, subject, _id: { $lt: _id }, state: 'waiting' as const };
    return collection.findOne(older, { ...limited, sort: { _id: 1 } });
  }

  /** Only while it is due as it was read: of those that take it at once one gets it. */
  async function claim(found: DeliveryDocument, leaseUntil: number): Promise<DeliveryDocument | null> {
    const asRead = { _id: found._id, state: 'waiting' as const, dueAt: found.dueAt, attempts: found.attempts };
    return collection.findOneAndUpdate(asRead, { $set: { dueAt: leaseUntil }, $inc: { attempts: 1 } }, changed);
  }

  async function deleteThese(found: readonly { readonly _id: string }[]): Promise<number> {
    if (found.length === 0) return 0;
    return (await collection.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } }, limited)).deletedCount;
  }

  return {
    keepNotice: (notice) =>
      run(async (isInTime) => {
        const { organizationId, name, at } = notice;
        const id = { organizationId: textOf(organizationId), name: textOf(name) };
        const collection = plain(notices);
        while (isInTime()) {
          const kept = await collection.findOne(id, confirmed());
          if (kept !== null && kept.endsAt > at) return toNotice(kept);
          try {
            // One that has ended makes room. Where another took its place meanwhile, this one finds that.
            if (kept !== null) await collection.deleteOne({ ...id, endsAt: kept.endsAt }, limited);
            await collection.insertOne(toNotice(notice), limited);
            return notice;
          } catch (error) {
            if (!isDuplicate(error)) throw error;
          }
        }
        return notice;
      }),

    markTold: (organizationId, name) =>
      run(async () => {
        await notices.updateOne({ organizationId, name }, { $set: { isTold: true } }, limited);
      }),

    deleteEndedNotices: (endedBefore) =>
      run(async () => {
        const ended = { endsAt: trusted({ $lt: endedBefore }) };
        const found = await notices.find(ended, { _id: 1 }, limited).limit(sweptAtOnce).lean();
        if (found.length === 0) return 0;
        const these = { _id: trusted({ $in: found.map(({ _id }) => _id) }) };
        return (await notices.deleteMany(these, limited)).deletedCount;
      }),

    createDelivery: (delivery) => create(deliveries, fromIdentified(delivery)),

    findDelivery: (webhookId, deliveryId) =>
      run(async () => {
        const found = await deliveries.findOne({ _id: deliveryId, webhookId }, {}, confirmed()).lean();
        return found === null ? undefined : toDelivery(found);
      }),

    listDeliveries: (webhookId, page) =>
      run(async () => {
        const { cursor, limit } = page;
        const older = cursor === undefined ? {} : { _id: trusted({ $lt: cursor }) };
        const found = deliveries.find({ webhookId, ...older }, {}, confirmed()).sort({ _id: -1 });
        return toPage(await found.limit(limit + 1).lean(), page, toDelivery);
      }),

    claimDeliveries: (nowMs, leaseUntil, limit, except) =>
      run(async (isInTime) => {
        const due = {
          state: 'waiting' as const,
          dueAt: { $lte: nowMs },
          webhookId: { $nin: [...except] },
        };
        const found = await collection.find(due, { ...limited, sort: { dueAt: 1 }, limit: lookedAtMax }).toArray();
        const claimed: Delivery[] = [];
        const taken = new Set<string>();
        for (const one of found) {
          if (claimed.length >= limit || !isInTime()) break;
          if (taken.has(one.webhookId)) continue;
          const older = await findOlder(one);
          if (older === null) {
            const mine = await claim(one, leaseUntil);
            if (mine !== null) claimed.push(toDelivery(mine));
            taken.add(one.webhookId);
          } else {
            const later = { $set: { dueAt: Math.max(older.dueAt, nowMs + 1) } };
            await collection.updateOne({ _id: one._id, state: 'waiting', dueAt: one.dueAt }, later, limited);
          }
        }
        return claimed;
      }),

    endAttempt: ({ webhookId, id, subject, attempts }, { state, dueAt, lastAttempt }, nowMs) =>
      run(async () => {
        const asClaimed = { _id: textOf(id), webhookId: textOf(webhookId), state: 'waiting' as const, attempts };
        const ending = { $set: { state, dueAt, lastAttempt } };
        const { matchedCount } = await collection.updateOne(asClaimed, ending, limited);
        if (matchedCount === 0) return 'conflict';
        if (state === 'waiting') return 'ended';
        const next = { webhookId, subject, _id: { $gt: id }, state: 'waiting' as const };
        await collection.findOneAndUpdate(next, { $set: { dueAt: nowMs } }, { ...limited, sort: { _id: 1 } });
        return 'ended';
      }),

    resendDelivery: (webhookId, deliveryId, nowMs) =>
      run(async () => {
        const again = { $set: { state: 'waiting' as const, dueAt: nowMs, attempts: 0 } };
        const id = { _id: textOf(deliveryId), webhookId: textOf(webhookId) };
        const found = await collection.findOneAndUpdate(id, again, changed);
        return found === null ? 'not_found' : toDelivery(found);
      }),

    boundDeliveries: (webhookId, bounds) =>
      run(async () => {
        const ofWebhook = { webhookId: textOf(webhookId) };
        const waiting = { ...ofWebhook, state: 'waiting' as const };
        const oldest = (filter: object, count: number) =>
          collection.find(filter, { ...limited, projection: { _id: 1 }, sort: { _id: 1 }, limit: count }).toArray();
        const tooManyWait = (await collection.countDocuments(waiting, limited)) - bounds.waiting;
        if (tooManyWait > 0) {
          const these = (await oldest(waiting, tooManyWait)).map(({ _id }) => _id);
          await collection.updateMany({ ...waiting, _id: { $in: these } }, { $set: { state: 'given_up' } }, limited);
        }
        const tooMany = (await collection.countDocuments(ofWebhook, limited)) - bounds.kept;
        if (tooMany > 0) await deleteThese(await oldest(ofWebhook, tooMany));
        return Math.max(0, tooManyWait) + Math.max(0, tooMany);
      }),

    deleteOldDeliveries: (createdBefore) =>
      run(async () => {
        const old = { createdAt: { $lt: createdBefore } };
        return deleteThese(
          await collection.find(old, { ...limited, projection: { _id: 1 }, limit: sweptAtOnce }).toArray(),
        );
      }),
  };
}
