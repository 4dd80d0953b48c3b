/** What publishable calls took from the budgets of their keys: a number for each window, changed with the credits. */
import type { RangeOptions } from 'lmdb';
import type { SpendingBound } from '../../records/budget.ts';
import type { LmdbDatabases } from './databases.ts';
import { afterAll, put, remove } from './entries.ts';
import { inserts } from './inserts.ts';

type Budget = SpendingBound['budget'];

/** One transaction for all would hold up every other writer. */
const deletedAtOnce = 500;

export function isOverBudget({ spendings }: LmdbDatabases, budget: Budget, amount: number): boolean {
  return budget !== null && (spendings.get(budget.window.id)?.spent ?? 0) + amount > budget.credits;
}

/** Inside a write. */
export function spend(db: LmdbDatabases, budget: Budget, amount: number): void {
  if (budget === null || amount === 0) return;
  const { window } = budget;
  const spending = db.spendings.get(window.id);
  if (spending === undefined) inserts.spendings(db, { ...window, spent: amount });
  else put(db.spendings, window.id, { ...spending, spent: spending.spent + amount });
}

/** Inside a write. A window that is gone takes nothing back. */
export function giveBack({ spendings }: LmdbDatabases, windowId: string | null | undefined, amount: number): void {
  if (windowId === null || windowId === undefined || amount === 0) return;
  const spending = spendings.get(windowId);
  if (spending !== undefined) put(spendings, windowId, { ...spending, spent: spending.spent - amount });
}

/** Inside a write: all windows of a key. */
export function removeSpendings(db: LmdbDatabases, keyId: string): void {
  const windows = db.spendings.getRange({ start: `${keyId}/`, end: `${keyId}/${afterAll}` });
  for (const { key, value } of [...windows]) removeSpending(db, key, value.endsAt);
}

/** Inside a write. */
export function removeEndedSpendings(db: LmdbDatabases, endedBefore: number): number {
  const ended = { end: [endedBefore], limit: deletedAtOnce } as unknown as RangeOptions;
  const found = [...db.spendingEnds.getKeys(ended)];
  for (const [endsAt, windowId] of found) removeSpending(db, windowId, endsAt);
  return found.length;
}

function removeSpending({ spendings, spendingEnds }: LmdbDatabases, windowId: string, endsAt: number): void {
  remove(spendings, windowId);
  remove(spendingEnds, [endsAt, windowId]);
}
