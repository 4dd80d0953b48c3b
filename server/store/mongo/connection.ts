/** The connection to MongoDB, and what every part of the store does through it. */
import { setTimeout as sleep } from 'node:timers/promises';
import mongoose, { type Model, type QueryFilter, type UpdateQuery } from 'mongoose';
import { buildIndexes } from './indexes.ts';
import { collectionPrefix, createModels, type Models, type Revised } from './models.ts';
import { insert, limited, waitLimitMs } from './queries.ts';
import { describeUnavailable, isUnavailable } from './unavailable.ts';
import { StoreUnavailableError, type Changed, type Created, type StoreObserver } from '../port.ts';
import { assertKnownSchema, schemaVersion } from '../schema.ts';
import { createStoreWatch } from '../watch.ts';

const { mongo } = mongoose;

/** A little more than the driver waits, so that what is thrown is usually its reason. */
const operationLimitMs = 2000;
const retryPauseMsMax = 20;

const connectionOptions = {
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  sanitizeFilter: true,
  serverSelectionTimeoutMS: waitLimitMs,
  connectTimeoutMS: waitLimitMs,
  socketTimeoutMS: waitLimitMs,
  waitQueueTimeoutMS: waitLimitMs,
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: waitLimitMs },
  // Once more: the URL's `journal` would win over the one above.
  journal: true,
} as const;

/** `linearizable` asks a majority. A standalone server refuses it, and has nobody to ask. */
type ReadLevel = 'linearizable' | 'local';

export interface MongoConnection {
  readonly models: Models;
  /**
   * Runs an operation when connected, for at most two seconds (since a time of `performance.now()`, where it waited already); every
   * way of not reaching the server is one error.
   */
  readonly run: <Result>(operate: (isInTime: () => boolean) => Promise<Result>, startedAt?: number) => Promise<Result>;
  readonly create: <Kept>(model: Model<Kept>, document: Kept) => Promise<Created>;
  /** Inside `run`. */
  readonly isThere: <Kept>(model: Model<Kept>, filter: QueryFilter<Kept>) => Promise<boolean>;
  /**
   * Changes a record only while it is as it was read. A change that timed out may still reach a server that hung. If it
   * arrives after a later change, it must not undo that one: a disabled key would be let in again.
   */
  readonly changeAsRead: <Kept extends Revised, Reason extends string = never>(
    model: Model<Kept>,
    filter: QueryFilter<Kept>,
    projection: object,
    decide: (found: Kept) => Partial<Kept> | Reason,
  ) => Promise<Changed<Kept> | Reason | 'not_found'>;
  /**
   * Options of a read by which the caller decides what to do next. A write that was not acknowledged can still be rolled
   * back with the primary that took it. So "gone already" and "answered already" wait until a majority has the write. The
   * gate's own look-ups don't wait: they see a revocation at once.
   */
  readonly confirmed: () => { readonly maxTimeMS: number; readonly readConcern: { readonly level: ReadLevel } };
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Connects with the first operation, and with each until one could. */
export function createMongoConnection(url: string, observer: StoreObserver): MongoConnection {
  const connection = mongoose.createConnection();
  const models = createModels(connection);
  const hosts = hostsOf(url);
  let readLevel: ReadLevel = 'local';
  let connecting: Promise<void> | undefined;
  let isClosed = false;

  let answeredAt = 0;
  const ping = () =>
    run(async () => {
      await connection.db?.command({ ping: 1, ...limited });
    });
  const watch = createStoreWatch({ observer, check: ping });

  const run: MongoConnection['run'] = async (operate, startedAt = performance.now()) => {
    const isInTime = (): boolean => performance.now() - startedAt < operationLimitMs;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(tooLong()), startedAt + operationLimitMs - performance.now());
    });
    const operation = async () => {
      if (isClosed) throw new StoreUnavailableError('The store is closed.');
      await connect();
      // Nobody waits for it any more.
      if (!isInTime()) throw tooLong();
      return operate(isInTime);
    };
    try {
      const answer = await Promise.race([operation(), limit]);
      answeredAt = performance.now();
      watch.succeed();
      return answer;
    } catch (error) {
      const isAway = error instanceof StoreUnavailableError || isUnavailable(error);
      // Where another operation was answered meanwhile, this one was slow, and the database is there.
      if (isAway && answeredAt < startedAt) watch.fail(`${hosts}: ${describeUnavailable(error)}`);
      throw isUnavailable(error) ? new StoreUnavailableError('The database did not answer.', { cause: error }) : error;
    } finally {
      clearTimeout(timer);
    }
  };

  /** The driver connects again by itself, but not before it was connected once: until then each operation tries. */
  function connect(): Promise<void> {
    connecting ??= connectAndPrepare().catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  }

  async function connectAndPrepare(): Promise<void> {
    try {
      await connection.openUri(url, connectionOptions);
    } catch (error) {
      if (isUnavailable(error) || error instanceof mongo.MongoServerError) throw error;
      // Not as its cause: it quotes the URL, which has a password in it.
      throw new Error('The MongoDB URL can not be read. Percent-encode the user name and the password.');
    }
    const hello = await connection.db?.command({ hello: 1, ...limited });
    readLevel = hello?.setName === undefined ? 'local' : 'linearizable';
    await checkSchema();
    await buildIndexes(models);
  }

  async function checkSchema(): Promise<void> {
    const collection = connection.db?.collection<{ _id: string; version: number }>(`${collectionPrefix}meta`);
    const marker = { _id: 'schema' };
    const found = await collection?.findOne(marker, limited);
    if (found) return assertKnownSchema(found.version);
    // Another process may write it at the same time.
    await collection?.updateOne(marker, { $setOnInsert: { version: schemaVersion } }, { upsert: true, ...limited });
  }

  const confirmed = () => ({ ...limited, readConcern: { level: readLevel } });

  const changeAsRead: MongoConnection['changeAsRead'] = (model, filter, projection, decide) =>
    run(async (isInTime) => {
      type Kept = Parameters<typeof decide>[0];
      while (isInTime()) {
        const found = await model.findOne(filter, projection, confirmed()).lean<Kept>();
        if (found === null) return 'not_found';
        const change = decide(found);
        if (typeof change === 'string') return change;
        if (!isInTime()) break;
        const asRead = { ...filter, revision: found.revision ?? null };
        const update = { $set: change, $inc: { revision: 1 } } as UpdateQuery<Kept>;
        const options = { ...limited, returnDocument: 'after', projection } as const;
        const made = await model.findOneAndUpdate(asRead, update, options).lean<Kept>();
        if (made !== null) return { before: found, after: made };
        // Another change came in between.
        await pauseBeforeRetry();
      }
      throw tooLong();
    });

  return {
    models,
    run,
    create: (model, document) => run(() => insert(model, document)),
    isThere: async (model, filter) => (await model.findOne(filter, { _id: 1 }, limited).lean()) !== null,
    changeAsRead,
    confirmed,
    ping,
    async close() {
      if (isClosed) return;
      isClosed = true;
      watch.close();
      await connecting?.catch(() => undefined);
      await connection.close();
    },
  };
}

/** A little, so that many that stood in each other's way don't all meet again. */
export async function pauseBeforeRetry(): Promise<void> {
  await sleep(Math.random() * retryPauseMsMax);
}

export function tooLong(): StoreUnavailableError {
  return new StoreUnavailableError('The database did not answer in time.');
}

/** `db1.example.com,db2.example.com:27018`, without the credentials. */
function hostsOf(url: string): string {
  return url
    .replace(/^mongodb(\+srv)?:\/\//, '')
    .replace(/[/?].*$/s, '')
    .replace(/^.*@/s, '');
}
