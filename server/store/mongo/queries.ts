/** The pieces that the queries and changes of the `mongo-*.ts` files are made of. */
import mongoose, { type Model, type mongo, type QueryFilter, type QueryOptions } from 'mongoose';
import { bareEntry } from '../../records/domain-entry.ts';
import type { KeyActivity } from '../../records/usage-day.ts';
import { plain } from './plain.ts';
import type { Changed, Created, Page, PageRequest } from '../port.ts';

const { trusted } = mongoose;
const { MongoBulkWriteError, MongoServerError } = mongoose.mongo;

/** What the driver may wait for any one thing. */
export const waitLimitMs = 1800;
export const limited = { maxTimeMS: waitLimitMs } as const;
export const changed = { ...limited, returnDocument: 'after', lean: true } as const;
/** Of a write past the models: a field that is undefined is absent. */
export const asItIs = { ...limited, ignoreUndefined: true } as const;
export const changedPlain = { ...asItIs, returnDocument: 'after' } as const;
const duplicate = 11000;
const tooLarge: ReadonlySet<unknown> = new Set([10334, 17419]);
export const lookUpsPerQueryMax = 500;

/** What was made field by field, as it is. One that is there already is a conflict, and no trouble for the others. */
export async function insertEach<Kept extends object>(
  model: Model<Kept>,
  documents: readonly Kept[],
): Promise<Created[]> {
  const made = documents as readonly mongo.OptionalUnlessRequiredId<Kept>[];
  try {
    const [first, ...others] = made;
    if (first !== undefined && others.length === 0) await plain(model).insertOne(first, asItIs);
    else await plain(model).insertMany(made, { ...asItIs, ordered: false });
    return documents.map(() => 'created');
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) {
      if (isDuplicate(error)) return ['conflict'];
      throw error;
    }
    const failed = [error.writeErrors].flat();
    const other = failed.find(({ code }) => code !== duplicate) ?? error.result.getWriteConcernError();
    if (other !== undefined) throw new MongoServerError({ message: other.errmsg ?? '', code: other.code ?? 0 });
    if (failed.length === 0) throw error;
    const conflicts = new Set(failed.map(({ index }) => index));
    return documents.map((_, index) => (conflicts.has(index) ? 'conflict' : 'created'));
  }
}

export async function insert<Kept>(model: Model<Kept>, document: Kept): Promise<Created> {
  try {
    await model.insertOne(document as never);
    return 'created';
  } catch (error) {
    if (isDuplicate(error)) return 'conflict';
    throw error;
  }
}

/** Inserts those that are not there; resolves to how many. */
export async function insertAbsent<Kept>(model: Model<Kept>, documents: readonly Kept[]): Promise<number> {
  try {
    await model.insertMany(documents as never[]);
    return documents.length;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    // Those before the first that was there are in. The others are tried one by one.
    const before = error instanceof MongoBulkWriteError ? error.insertedCount : 0;
    const results = await Promise.all(documents.slice(before).map((document) => insert(model, document)));
    return before + results.filter((result) => result === 'created').length;
  }
}

export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicate;
}

/** The document would be larger than MongoDB's are. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof MongoServerError && tooLarge.has(error.code);
}

/** One more than the page holds, to know whether there is another. */
export function newestFirst<Kept extends { readonly _id: string }>(
  model: Model<Kept>,
  filter: { readonly organizationId: string; readonly public?: boolean },
  { cursor, limit }: PageRequest,
  options: QueryOptions = limited,
) {
  const below = cursor === undefined ? filter : { ...filter, _id: trusted({ $lt: cursor }) };
  return model
    .find(below as QueryFilter<Kept>, {}, { ...options, batchSize: limit + 2 })
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

export function bothAs<Kept, Item>(toItem: (kept: Kept) => Item, { before, after }: Changed<Kept>): Changed<Item> {
  return { before: toItem(before), after: toItem(after) };
}

/** Which domains of a key admitted a call. A domain of which nothing is known yet gets its entry with that. */
export function matchChanges({ keyId, organizationId, matches = [] }: KeyActivity) {
  const key = { _id: keyId, organizationId };
  return matches.flatMap(({ pattern, at }) => [
    {
      updateOne: {
        filter: { ...key, allowedDomains: pattern, 'domains.pattern': trusted({ $ne: pattern }) },
        update: { $push: { domains: bareEntry(pattern) } },
      },
    },
    {
      updateOne: {
        filter: { ...key, 'domains.pattern': pattern },
        update: { $max: { 'domains.$.lastMatchedAt': at } },
      },
    },
  ]);
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
