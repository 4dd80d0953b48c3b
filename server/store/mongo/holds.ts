/** Holds on an organization's credits, which are part of its document: taken and ended for many calls in one guarded change. */
import type { SpendingBound } from '../../records/budget.ts';
import type { CreditHold, Credits } from '../../records/credits.ts';
import type { MongoConnection } from './connection.ts';
import { grouped } from './grouped.ts';
import { isLeft, leftOf } from './left.ts';
import { toCredits, toHold } from './mapping.ts';
import type { OrganizationDocument } from './models.ts';
import { plain, textOf } from './plain.ts';
import { changedPlain, limited } from './queries.ts';

export const creditsOnly = { granted: 1, spent: 1, reservedCredits: 1 } as const;
export const changedCredits = { ...changedPlain, projection: creditsOnly } as const;
const withHolds = { ...limited, projection: { ...creditsOnly, 'holds.id': 1, 'holds.amount': 1 } } as const;

interface Taking {
  readonly organizationId: string;
  readonly hold: CreditHold;
  readonly bound: SpendingBound;
}

export type Held = Pick<CreditHold, 'id' | 'amount'>;

interface Settlement {
  readonly organizationId: string;
  readonly hold: Held;
  readonly kept: number;
}

export interface Holds {
  readonly take: (
    organizationId: string,
    hold: CreditHold,
    bound: SpendingBound,
  ) => Promise<Credits | 'exhausted' | 'not_found'>;
  readonly settle: (organizationId: string, hold: Held, kept: number) => Promise<Credits | 'not_found'>;
}

type Found = OrganizationDocument | null;

export function createHolds({ models, run }: MongoConnection): Holds {
  const organizations = plain(models.organizations);
  const find = (organizationId: string) => organizations.findOne({ _id: organizationId }, withHolds);

  const take = grouped<Taking, Found, Credits | 'exhausted' | 'not_found'>(run, {
    nameOf: ({ organizationId }) => organizationId,
    idOf: ({ hold }) => hold.id,
    async change(organizationId, takings) {
      const { amount, bound } = sumOf(takings);
      const ids = takings.map(({ hold }) => hold.id);
      const held = await organizations.findOneAndUpdate(
        { _id: organizationId, 'holds.id': { $nin: ids }, ...isLeft(amount, bound) },
        { $inc: { spent: amount }, $push: { holds: { $each: takings.map(({ hold }) => toHold(hold)) } } },
        changedCredits,
      );
      return held === null ? undefined : toCredits(held);
    },
    find,
    resultOf({ hold: { id, amount }, bound }, found) {
      if (found === null) return 'not_found';
      if (found.holds.some((other) => other.id === id)) return toCredits(found);
      return leftOf(found, bound) >= amount ? undefined : 'exhausted';
    },
    fit(takings, found) {
      const { amount, bound } = sumOf(takings);
      return found !== null && leftOf(found, bound) >= amount;
    },
  });

  const settle = grouped<Settlement, Found, Credits | 'not_found'>(run, {
    nameOf: ({ organizationId }) => organizationId,
    idOf: ({ hold }) => hold.id,
    async change(organizationId, settlements, found) {
      const { held, ended } = endingOf(settlements, found?.holds);
      const settled = await organizations.findOneAndUpdate({ _id: organizationId, ...held }, ended, changedCredits);
      return settled === null ? undefined : toCredits(settled);
    },
    find,
    resultOf({ hold }, found) {
      if (found === null) return 'not_found';
      return found.holds.some(({ id }) => id === hold.id) ? undefined : toCredits(found);
    },
    fit: () => true,
  });

  return {
    take: async (organizationId, hold, bound) =>
      take({ organizationId: textOf(organizationId), hold: { ...hold, id: textOf(hold.id) }, bound }),
    settle: async (organizationId, { id, amount }, kept) =>
      settle({ organizationId: textOf(organizationId), hold: { id: textOf(id), amount }, kept }),
  };
}

/** What all of them take. What leaves the reserve for one leaves it for all. */
function sumOf(takings: readonly Taking[]) {
  const amount = takings.reduce((sum, { hold }) => sum + hold.amount, 0);
  return { amount, bound: { leavesReserve: takings.some(({ bound }) => bound.leavesReserve) } };
}

/** The guard and the change that end holds. What is really held counts: a turn that was charged names what it cost. */
export function endingOf(
  settlements: readonly { readonly hold: Held; readonly kept: number }[],
  found: readonly Held[] = [],
) {
  const amounts = new Map(found.map(({ id, amount }) => [id, amount]));
  const holds = settlements.map(({ hold: { id, amount } }) => ({ id, amount: amounts.get(id) ?? amount }));
  const left = holds.reduce((sum, { amount }, index) => sum + Math.max(0, amount - (settlements[index]?.kept ?? 0)), 0);
  const given = left > 0 ? { $inc: { spent: -left } } : {};
  return {
    held: { holds: { $all: holds.map((hold) => ({ $elemMatch: hold })) } },
    ended: { $pull: { holds: { id: { $in: holds.map(({ id }) => id) } } }, ...given },
  };
}
