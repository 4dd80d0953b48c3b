/**
 * Builds the indexes that are missing. A user who may not build any works as long as all are there. Compared are the fields
 * and what makes an index mean something else; the names don't matter.
 */
import mongoose, { type Model } from 'mongoose';
import type { Models } from './models.ts';
import { limited } from './queries.ts';

const { MongoServerError } = mongoose.mongo;

const unauthorized = 13;
const namespaceNotFound = 26;

interface Index {
  readonly key: object;
  readonly unique?: unknown;
  readonly partialFilterExpression?: object | undefined;
}

export async function buildIndexes(models: Models): Promise<void> {
  const missing: string[] = [];
  for (const model of Object.values(models) as Model<unknown>[]) {
    const there = new Set((await listIndexes(model)).map(describeIndex));
    const lacking = model.schema.indexes().filter(([key, options]) => !there.has(describeIndex({ key, ...options })));
    if (lacking.length === 0) continue;
    try {
      await model.createIndexes();
    } catch (error) {
      if (!isServerError(error, unauthorized)) throw error;
      missing.push(
        ...lacking.map(([key, options]) => `${model.collection.name} ${describeIndex({ key, ...options })}`),
      );
    }
  }
  if (missing.length === 0) return;
  throw new Error(`The MongoDB user needs readWrite on this database, or create these indexes: ${missing.join('; ')}.`);
}

async function listIndexes(model: Model<unknown>): Promise<readonly Index[]> {
  try {
    return (await model.collection.listIndexes(limited).toArray()) as readonly Index[];
  } catch (error) {
    // No such collection yet, or nobody may look: then all have to be built.
    if (isServerError(error, namespaceNotFound) || isServerError(error, unauthorized)) return [];
    throw error;
  }
}

/** `{"publicKey":1} unique` */
function describeIndex({ key, unique, partialFilterExpression }: Index): string {
  const only = partialFilterExpression && `only where ${JSON.stringify(partialFilterExpression)}`;
  return [JSON.stringify(key), unique === true ? 'unique' : undefined, only]
    .filter((part) => part !== undefined)
    .join(' ');
}

function isServerError(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}
