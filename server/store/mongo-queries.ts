/** The pieces that the queries and changes of `mongo.ts` are made of. */
import DataLoader from 'dataloader';
import mongoose, { type Model, type QueryFilter } from 'mongoose';
import type { KeyActivity } from '../core/records.ts';
import type { Created, Page, PageRequest } from './port.ts';

const { mongo, trusted } = mongoose;

/** What the driver may wait for any one thing. */
export const waitLimitMs = 2000;
export const limited = { maxTimeMS: waitLimitMs } as const;

/**
 * Look-ups of one turn of the event loop share what `look` sends after it. Nothing is remembered, and nobody joins
 * what was already sent, so each sees every change acknowledged before it asked.
 */
export function joined<Result>(
  look: (ids: readonly string[]) => Promise<(Result | Error)[]>,
  maxBatchSize: number,
): DataLoader<string, Result> {
  return new DataLoader(look, { cache: false, maxBatchSize, batchScheduleFn: (send) => void setImmediate(send) });
}

export async function insert<Kept>(model: Model<Kept>, document: Kept): Promise<Created> {
  try {
    await model.insertOne(document as never);
    return 'created';
  } catch (error) {
    if (error instanceof mongo.MongoServerError && error.code === 11000) return 'conflict';
    throw error;
  }
}

/** One more than the page holds, to know whether there is another. */
export function newestFirst<Kept extends { readonly _id: string }>(
  model: Model<Kept>,
  filter: { readonly organizationId: string; readonly public?: boolean },
  { cursor, limit }: PageRequest,
) {
  const below = cursor === undefined ? filter : { ...filter, _id: trusted({ $lt: cursor }) };
  return model
    .find(below as QueryFilter<Kept>, {}, { ...limited, batchSize: limit + 2 })
    .sort({ _id: -1 })
    .limit(limit + 1);
}

export function toPage<Kept, Item extends { readonly id: string }>(
  found: readonly Kept[],
  { limit }: PageRequest,
  toItem: (document: Kept) => Item,
): Page<Item> {
  const items = found.slice(0, limit).map(toItem);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** What of an activity is newer than what the key says (null is older than any time). */
export function activityChanges(seen: KeyActivity) {
  const { lastUsedAt, lastUsedOrigin, previousSecretUsedAt, secretSeenInBrowserAt, secretSeenInBrowserOrigin } = seen;
  const changes = [
    { field: 'lastUsedAt', at: lastUsedAt, change: { lastUsedAt, lastUsedOrigin } },
    { field: 'previousSecretUsedAt', at: previousSecretUsedAt, change: { previousSecretUsedAt } },
    {
      field: 'secretSeenInBrowserAt',
      at: secretSeenInBrowserAt,
      change: { secretSeenInBrowserAt, secretSeenInBrowserOrigin },
    },
  ];
  return changes
    .filter(({ at }) => at !== null)
    .map(({ field, at, change }) => ({
      updateOne: {
        filter: {
          _id: seen.keyId,
          organizationId: seen.organizationId,
          [field]: trusted({ $not: { $gte: at } }),
        },
        update: { $set: change },
      },
    }));
}

/** A filter for organizations that have an owner besides a member, or that lose none with that member. */
export function keepsAnOwnerWithout(userId: string) {
  return {
    $or: [
      { members: trusted({ $elemMatch: { userId: { $ne: userId }, role: 'owner' } }) },
      { members: trusted({ $elemMatch: { userId, role: { $ne: 'owner' } } }) },
    ],
  };
}
