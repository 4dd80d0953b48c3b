/** Puts, removals and ranges of compound keys, as every database of the embedded store needs them. */
import type { Database, Key } from 'lmdb';
import type { Page, PageRequest } from '../port.ts';

/** Sorts after every id that begins a compound key with the same first part. */
export const afterAll = '~';

/** Inside a write transaction the promise of a single write says nothing: the transaction's own is awaited. */
export function put<Value, Id extends Key>(database: Database<Value, Id>, id: Id, value: Value): void {
  void database.put(id, value);
}

export function remove<Value, Id extends Key>(database: Database<Value, Id>, id: Id): void {
  void database.remove(id);
}

/** What was kept before there were revisions is at none. */
export function withRevision<Kept extends { readonly revision: number }>(kept: Kept): Kept {
  return { ...kept, revision: (kept as Partial<Kept>).revision ?? 0 };
}

/** The entries whose compound key begins with that id. */
export function below<Value>(database: Database<Value, [string, string]>, first: string) {
  return database.getRange({ start: [first, ''], end: [first, afterAll] });
}

export function removeBelow<Value>(database: Database<Value, [string, string]>, first: string): void {
  for (const { key } of [...below(database, first)]) remove(database, key);
}

export function listNewestFirst<Value>(
  database: Database<Value, [string, string]>,
  organizationId: string,
  page: PageRequest,
  isWanted: (value: Value) => boolean = () => true,
): Page<Value> {
  const entries: { key: [string, string]; value: Value }[] = [];
  const start: [string, string] = [organizationId, page.cursor ?? afterAll];
  for (const entry of database.getRange({ start, end: [organizationId, ''], reverse: true, exclusiveStart: true })) {
    if (isWanted(entry.value)) entries.push(entry);
    if (entries.length > page.limit) break;
  }
  const items = entries.slice(0, page.limit);
  const isMore = entries.length > page.limit;
  return { items: items.map(({ value }) => value), nextCursor: isMore ? (items.at(-1)?.key[1] ?? null) : null };
}
