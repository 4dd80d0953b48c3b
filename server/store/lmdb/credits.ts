/** Credits and the holds on them. */
import type { Credits } from '../../records/credits.ts';
import type { LmdbConnection } from './connection.ts';
import { put, remove } from './entries.ts';
import type { CreditStore } from '../port.ts';

export function createCredits({ db, read, write }: LmdbConnection): CreditStore {
  const { organizations, holds } = db;

  /** Inside a write. */
  function change(organizationId: string, more: Partial<Credits>): Credits | 'not_found' {
    const entry = organizations.get(organizationId);
    if (entry === undefined) return 'not_found';
    const { granted, spent } = entry.credits;
    const credits = { granted: granted + (more.granted ?? 0), spent: spent + (more.spent ?? 0) };
    put(organizations, organizationId, { ...entry, credits });
    return credits;
  }

  return {
    findCredits: (organizationId) => read(() => organizations.get(organizationId)?.credits),
    grantCredits: (organizationId, amount) => write(() => change(organizationId, { granted: amount })),

    holdCredits: (organizationId, hold) =>
      write(() => {
        const credits = organizations.get(organizationId)?.credits;
        if (credits === undefined) return 'not_found';
        if (holds.get([organizationId, hold.id]) !== undefined) return credits;
        if (credits.granted - credits.spent < hold.amount) return 'exhausted';
        put(holds, [organizationId, hold.id], hold);
        return change(organizationId, { spent: hold.amount });
      }),

    moveHold: (organizationId, fromId, toId, heldAt) =>
      write(() => {
        const hold = holds.get([organizationId, fromId]);
        if (hold === undefined) return 'not_found';
        remove(holds, [organizationId, fromId]);
        put(holds, [organizationId, toId], { ...hold, id: toId, heldAt });
        return 'moved';
      }),

    settleHold: (organizationId, holdId, outcome) =>
      write(() => {
        const hold = holds.get([organizationId, holdId]);
        if (hold !== undefined) remove(holds, [organizationId, holdId]);
        return change(organizationId, { spent: outcome === 'give_back' ? -(hold?.amount ?? 0) : 0 });
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
