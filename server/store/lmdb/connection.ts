/** The opened folder, and how every part of the store reads and writes in it. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { RecordKind, RecordsByKind } from '../../records/record-kinds.ts';
import { facetsOf } from './audit-facets.ts';
import { openFolder, type LmdbDatabases } from './databases.ts';
import { put, remove } from './entries.ts';
import { describeWriteFailure, hasRoom } from './failure.ts';
import { inserts } from './inserts.ts';
import { StoreUnavailableError, type Created, type StoreObserver } from '../port.ts';
import { assertKnownSchema, schemaVersion } from '../schema.ts';
import { createStoreWatch } from '../watch.ts';

/** Written and removed again to see whether the disk takes changes: what was free for it is free for what comes next. */
const probeText = '.'.repeat(64 * 1024);

export interface LmdbConnection {
  readonly db: LmdbDatabases;
  /** Not async: a synchronous look-up must not cost a turn more than the promise that the port asks for. */
  readonly read: <Result>(look: () => Result) => Promise<Result>;
  /** One transaction: when something is thrown in it, nothing of it is there. */
  readonly write: <Result>(decide: () => Result) => Promise<Result>;
  /** Resolves to how many were not there. */
  readonly add: <Kind extends RecordKind>(kind: Kind, records: readonly RecordsByKind[Kind][]) => Promise<number>;
  readonly create: <Kind extends RecordKind>(kind: Kind, record: RecordsByKind[Kind]) => Promise<Created>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the folder, or makes it (mode 0700). Its files are for their owner alone, whoever made the folder. While the disk takes
 * no changes, they are refused without trying: one try in two seconds finds out whether it does again. Reads go on.
 */
export function createLmdbConnection(path: string, observer: StoreObserver): LmdbConnection {
  const { root, db, close } = openFolder(path);
  for (const file of ['data.mdb', 'lock.mdb']) keepPrivate(join(path, file));
  try {
    prepareSchema(root, db);
  } catch (error) {
    void close();
    throw error;
  }
  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new StoreUnavailableError('The store is closed.');
  }

  async function commit<Result>(decide: () => Result): Promise<Result> {
    try {
      assertOpen();
      // A child, because a plain one keeps what was put before something was thrown.
      return await root.childTransaction(decide);
    } catch (error) {
      const failure = await describeWriteFailure(error, path);
      if (failure === undefined) throw toUnavailable(error);
      watch.fail(failure.reason);
      throw new StoreUnavailableError(`The store can't write: ${failure.reason}.`, { cause: failure.cause });
    }
  }

  const watch = createStoreWatch({
    observer,
    async check() {
      if (!(await hasRoom(path))) return;
      // LMDB gives a database up after some failures. To write then would wait for ever; to read throws.
      root.resetReadTxn();
      db.meta.get('probe');
      await commit(() => put(db.meta, 'probe', probeText));
      await commit(() => remove(db.meta, 'probe'));
      watch.succeed();
    },
  });

  const write: LmdbConnection['write'] = async (decide) => {
    const away = watch.away();
    if (away !== undefined) throw new StoreUnavailableError(`The store can't write: ${away}.`);
    return commit(decide);
  };

  const add: LmdbConnection['add'] = (kind, records) =>
    write(() => records.filter((record) => inserts[kind](db, record)).length);

  return {
    db,
    read(look) {
      try {
        assertOpen();
        root.resetReadTxn();
        return Promise.resolve(look());
      } catch (error) {
        return Promise.reject(toUnavailable(error));
      }
    },
    write,
    add,
    create: async (kind, record) => ((await add(kind, [record])) === 1 ? 'created' : 'conflict'),
    async close() {
      if (isClosed) return;
      isClosed = true;
      watch.close();
      await close();
    },
  };
}

/** Written when there is none, by one process of those that start together. */
function prepareSchema(root: RootDatabase, db: LmdbDatabases): void {
  const { meta } = db;
  if (meta.get('schema') === undefined) {
    root.transactionSync(() => {
      if (meta.get('schema') === undefined) meta.putSync('schema', schemaVersion);
    });
  }
  assertKnownSchema(meta.get('schema'));
  if (meta.get('auditFacets') === undefined) root.transactionSync(() => findAuditEventsByFacet(db));
}

/** Events from before there were facets. */
function findAuditEventsByFacet({ meta, auditEvents, auditFacets }: LmdbDatabases): void {
  for (const { key, value } of auditEvents.getRange({}))
    for (const facet of facetsOf(value)) auditFacets.putSync([key[0], facet, key[1]], true);
  meta.putSync('auditFacets', 1);
}

function keepPrivate(file: string): void {
  try {
    chmodSync(file, 0o600);
  } catch (error) {
    // Somebody else's, who lets this one in too.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** A mistake in the program stays what it is; anything else is the database, the disk or the file system. */
export function toUnavailable(error: unknown): Error {
  if (error instanceof StoreUnavailableError || error instanceof TypeError || error instanceof RangeError) return error;
  return new StoreUnavailableError('The embedded store failed.', { cause: error });
}
