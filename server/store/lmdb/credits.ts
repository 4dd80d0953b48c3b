/** Credits, the holds on them and the receipts for what was taken. */
import type { RangeOptions } from 'lmdb';
import type { SpendingBound } from '../../records/budget.ts';
import type { CreditHold, Credits, Receipt } from '../../records/credits.ts';
import { reserveOf } from '../../records/organization.ts';
import type { LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { put, remove } from './entries.ts';
import { inserts } from './inserts.ts';
import { giveBack, isOverBudget, removeEndedSpendings, spend } from './spendings.ts';
import type { CreditStore } from '../port.ts';

/** One transaction for all would hold up every other writer. */
const deletedAtOnce = 500;

export function createCredits({ db, read, write }: LmdbConnection): CreditStore {
  const { organizations, holds, receipts, receiptEnds, spendings } = db;

  const change = (organizationId: string, more: Partial<Credits>) => changeCredits(db, organizationId, more);

  /** Inside a write. */
  function drop({ organizationId, id, endsAt }: Receipt): void {
    remove(receipts, [organizationId, id]);
    remove(receiptEnds, [endsAt, organizationId, id]);
  }

  return {
    findCredits: (organizationId) => read(() => organizations.get(organizationId)?.credits),
    grantCredits: (organizationId, amount) => write(() => change(organizationId, { granted: amount })),

    holdCredits: (organizationId, hold, bound) => write(() => holdCredits(db, organizationId, hold, bound)),

    moveHold: (organizationId, { id }, toId, heldAt) =>
      write(() => {
        const hold = holds.get([organizationId, id]);
        if (hold === undefined) return 'not_found';
        remove(holds, [organizationId, id]);
        put(holds, [organizationId, toId], { ...hold, id: toId, heldAt });
        return 'moved';
      }),

    settleHold: (organizationId, hold, kept) => write(() => settleHold(db, organizationId, hold.id, kept)),

    takeCredits: (organizationId, amount, under, bound) =>
      write(() => {
        const credits = organizations.get(organizationId)?.credits;
        if (credits === undefined) return 'not_found';
        const before = under === null ? undefined : receipts.get([organizationId, under.id]);
        if (under !== null && before !== undefined && before.endsAt > under.at) {
          return before.amount === amount ? { credits, isRepeated: true } : 'conflict';
        }
        const short = lacks(db, organizationId, amount, bound);
        if (short !== undefined) return short;
        if (before !== undefined) drop(before);
        if (under !== null) inserts.receipts(db, { organizationId, id: under.id, amount, endsAt: under.endsAt });
        spend(db, bound.budget, amount);
        const left = change(organizationId, { spent: amount });
        return left === 'not_found' ? left : { credits: left, isRepeated: false };
      }),

    sweepReceipts: (nowMs) =>
      write(() => {
        const ended = { end: [nowMs], limit: deletedAtOnce } as unknown as RangeOptions;
        const found = [...receiptEnds.getKeys(ended)];
        for (const [endsAt, organizationId, id] of found) drop({ organizationId, id, endsAt, amount: 0 });
        return found.length;
      }),

    listHolds: (heldBefore, limit) =>
      read(() =>
        [...holds.getRange()]
          .map(({ key, value }) => ({ organizationId: key[0], hold: value }))
          .filter(({ hold }) => hold.heldAt < heldBefore)
          .sort((a, b) => a.hold.heldAt - b.hold.heldAt)
          .slice(0, limit),
      ),

    listSpendings: (organizationId, windowIds) =>
      read(() =>
        windowIds
          .map((id) => spendings.get(id))
          .filter((spending) => spending?.organizationId === organizationId)
          .filter((spending) => spending !== undefined),
      ),
    deleteEndedSpendings: (endedBefore) => write(() => removeEndedSpendings(db, endedBefore)),
  };
}

/** Inside a write. */
export function changeCredits(
  db: LmdbDatabases,
  organizationId: string,
  more: Partial<Credits>,
): Credits | 'not_found' {
  const entry = db.organizations.get(organizationId);
  if (entry === undefined) return 'not_found';
  const { granted, spent } = entry.credits;
  const credits = { granted: granted + (more.granted ?? 0), spent: spent + (more.spent ?? 0) };
  put(db.organizations, organizationId, { ...entry, credits });
  return credits;
}

/** Why an amount can't be taken; undefined: it can. */
export function lacks(
  db: LmdbDatabases,
  organizationId: string,
  amount: number,
  { budget, leavesReserve }: SpendingBound,
): 'exhausted' | 'over_budget' | undefined {
  const entry = db.organizations.get(organizationId);
  if (entry === undefined) return 'exhausted';
  if (amount === 0) return undefined;
  if (isOverBudget(db, budget, amount)) return 'over_budget';
  const { granted, spent } = entry.credits;
  const kept = leavesReserve ? reserveOf(entry.organization.reservedCredits, granted) : 0;
  return granted - spent - kept < amount ? 'exhausted' : undefined;
}

/** Inside a write. */
export function holdCredits(
  db: LmdbDatabases,
  organizationId: string,
  hold: CreditHold,
  bound: SpendingBound,
): Credits | 'exhausted' | 'over_budget' | 'not_found' {
  const credits = db.organizations.get(organizationId)?.credits;
  if (credits === undefined) return 'not_found';
  if (db.holds.get([organizationId, hold.id]) !== undefined) return credits;
  const short = lacks(db, organizationId, hold.amount, bound);
  if (short !== undefined) return short;
  spend(db, bound.budget, hold.amount);
  put(db.holds, [organizationId, hold.id], hold);
  return changeCredits(db, organizationId, { spent: hold.amount });
}

/** Inside a write. */
export function settleHold(
  db: LmdbDatabases,
  organizationId: string,
  holdId: string,
  kept: number,
): Credits | 'not_found' {
  const hold = db.holds.get([organizationId, holdId]);
  const credits = db.organizations.get(organizationId)?.credits;
  if (hold === undefined || credits === undefined) return credits ?? 'not_found';
  remove(db.holds, [organizationId, holdId]);
  const left = Math.max(0, hold.amount - kept);
  giveBack(db, hold.windowId, left);
  return left === 0 ? credits : changeCredits(db, organizationId, { spent: -left });
}
