/** Two stores side by side: the records of a kind in the order of their keys, page by page. */
import {
  compareRecordKeys,
  recordKey,
  type RecordKey,
  type RecordKind,
  type RecordsByKind,
} from '../records/record-kinds.ts';
import type { CopyableStore, RecordPage } from '../store/port.ts';

export type AnyRecord = RecordsByKind[RecordKind];

interface Found {
  readonly key: RecordKey;
  readonly record: AnyRecord;
}

/** One key: the record in each store that has it. */
export interface Pair {
  readonly source: Found | undefined;
  readonly target: Found | undefined;
}

/** How many are read or written at a time. An agent's knowledge may have a megabyte. */
export function pageSize(kind: RecordKind): number {
  return kind === 'agents' ? 4 : 500;
}

/** Records may be added to the target meanwhile, as long as their keys were given before. */
export async function* walk(kind: RecordKind, source: CopyableStore, target: CopyableStore): AsyncGenerator<Pair> {
  const [ofSource, ofTarget] = [recordsOf(kind, source), recordsOf(kind, target)];
  let [left, right] = [(await ofSource.next()).value, (await ofTarget.next()).value];
  while (left !== undefined || right !== undefined) {
    const order = left === undefined ? 1 : right === undefined ? -1 : compareRecordKeys(left.key, right.key);
    yield { source: order <= 0 ? left : undefined, target: order >= 0 ? right : undefined };
    if (order <= 0) left = (await ofSource.next()).value;
    if (order >= 0) right = (await ofTarget.next()).value;
  }
}

async function* recordsOf(kind: RecordKind, store: CopyableStore): AsyncGenerator<Found, undefined> {
  let after: RecordKey | null = null;
  let last: RecordKey | undefined;
  do {
    const { records, next }: RecordPage<RecordKind> = await store.exportRecords(kind, after, pageSize(kind));
    for (const record of records) {
      const key = recordKey(kind, record);
      // Out of order, some would be taken for missing.
      if (last !== undefined && compareRecordKeys(last, key) >= 0) {
        throw new Error(`A store gave its ${kind} out of order at ${key.join(' ')}.`);
      }
      last = key;
      yield { key, record };
    }
    after = next;
  } while (after !== null);
}
