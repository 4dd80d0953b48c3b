/** Credits, the holds on them and the receipts for what was taken. */
import type { RangeOptions } from 'lmdb';
import type { CreditHold, Credits, Receipt } from '../../records/credits.ts';
import type { LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { put, remove } from './entries.ts';
import { inserts } from './inserts.ts';
import type { CreditStore } from '../port.ts';

/** One transaction for all would hold up every other writer. */
const deletedAtOnce = 500;

export function createCredits({ db, read, write }: LmdbConnection): CreditStore {
  const { organizations, holds, receipts, receiptEnds } = db;

  const change = (organizationId: string, more: Partial<Credits>) => changeCredits(db, organizationId, more);

  /** Inside a write. */
  function drop({ organizationId, id, endsAt }: Receipt): void {
    remove(receipts, [organizationId, id]);
    remove(receiptEnds, [endsAt, organizationId, id]);
  }

  return {
    findCredits: (organizationId) => read(() => organizations.get(organizationId)?.credits),
    grantCredits: (organizationId, amount) => write(() => change(organizationId, { granted: amount })),

    holdCredits: (organizationId, hold) => write(() => holdCredits(db, organizationId, hold)),

    moveHold: (organizationId, fromId, toId, heldAt) =>
      write(() => {
        const hold = holds.get([organizationId, fromId]);
        if (hold === undefined) return 'not_found';
        remove(holds, [organizationId, fromId]);
        put(holds, [organizationId, toId], { ...hold, id: toId, heldAt });
        return 'moved';
      }),

    settleHold: (organizationId, holdId, outcome) => write(() => settleHold(db, organizationId, holdId, outcome)),

    takeCredits: (organizationId, amount, under) =>
      write(() => {
        const credits = organizations.get(organizationId)?.credits;
        if (credits === undefined) return 'not_found';
        const before = under === null ? undefined : receipts.get([organizationId, under.id]);
        if (under !== null && before !== undefined && before.endsAt > under.at) {
          return before.amount === amount ? { credits, isRepeated: true } : 'conflict';
        }
        if (credits.granted - credits.spent < amount) return 'exhausted';
        if (before !== undefined) drop(before);
        if (under !== null) inserts.receipts(db, { organizationId, id: under.id, amount, endsAt: under.endsAt });
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
  };
}

/** Inside a write. */
function changeCredits(db: LmdbDatabases, organizationId: string, more: Partial<Credits>): Credits | 'not_found' {
  const entry = db.organizations.get(organizationId);
  if (entry === undefined) return 'not_found';
  const { granted, spent } = entry.credits;
  const credits = { granted: granted + (more.granted ?? 0), spent: spent + (more.spent ?? 0) };
  put(db.organizations, organizationId, { ...entry, credits });
  return credits;
}

/** Inside a write. */
export function holdCredits(
  db: LmdbDatabases,
  organizationId: string,
  hold: CreditHold,
): Credits | 'exhausted' | 'not_found' {
  const credits = db.organizations.get(organizationId)?.credits;
  if (credits === undefined) return 'not_found';
  if (db.holds.get([organizationId, hold.id]) !== undefined) return credits;
  if (credits.granted - credits.spent < hold.amount) return 'exhausted';
  put(db.holds, [organizationId, hold.id], hold);
  return changeCredits(db, organizationId, { spent: hold.amount });
}

/** Inside a write. */
export function settleHold(
  db: LmdbDatabases,
  organizationId: string,
  holdId: string,
  outcome: 'keep' | 'give_back',
): Credits | 'not_found' {
  const hold = db.holds.get([organizationId, holdId]);
  const credits = db.organizations.get(organizationId)?.credits;
  if (hold === undefined || credits === undefined) return credits ?? 'not_found';
  remove(db.holds, [organizationId, holdId]);
  return outcome === 'keep' ? credits : changeCredits(db, organizationId, { spent: -hold.amount });
}
