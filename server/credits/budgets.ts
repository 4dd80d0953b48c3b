/**
 * What publishable calls may spend. A key's budget is taken by the store, with the credits. A visitor's is counted where the rate
 * limits are: taken before, and given back when nothing was spent. Secret calls have neither.
 */
import type { Clock } from '../gate/clock.ts';
import { toIsoTime } from '../gate/clock.ts';
import type { Budget, BudgetPeriod, GateKey } from '../gate/ports.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { CallMode } from '../gate/scope.ts';
import { periodAt, unbound, windowAt, type SpendingBound } from '../records/budget.ts';
import { addressGroup } from '../usage/address.ts';
import type { Counters } from '../usage/counters.ts';

/** Whose call spends. */
export interface Spender {
  readonly mode: CallMode;
  readonly key: Pick<GateKey, 'id' | 'organizationId' | 'budget' | 'visitorBudget'>;
  /** Undefined: nobody knows, and only the key's budget bounds the call. */
  readonly ip?: string | undefined;
}

/** Gives so many credits back to a visitor's budget. */
export type GiveBack = (credits: number) => Promise<void>;

export interface Budgets {
  /** What the store has to keep to at this moment. */
  boundOf(spender: Spender): SpendingBound;
  /** The same with nothing to take: what was taken before is found, and nothing is taken. */
  boundOfNothing(spender: Spender): SpendingBound;
  takeOfVisitor(spender: Spender, credits: number): Promise<GiveBack | Refusal>;
  /** The refusal when the key's budget has not so much left. */
  refuseKey(spender: Spender, credits: number): Refusal;
}

/** The longest of each: a count ends by itself, and the next period has a name of its own. */
const periodSeconds: Readonly<Record<BudgetPeriod, number>> = { hour: 3_600, day: 86_400, month: 2_678_400 };

/** So that what is counted stays when somebody changes the budget. */
const countedMax = 1e12;

const nothingTaken: GiveBack = () => Promise.resolve();

export function createBudgets(counters: Counters, clock: Clock): Budgets {
  return {
    boundOf({ mode, key }) {
      if (mode === 'secret') return unbound;
      const { budget = null } = key;
      return {
        leavesReserve: true,
        budget: budget && { window: windowAt(key, budget.per, clock()), credits: budget.credits },
      };
    },

    boundOfNothing: ({ key }) => ({
      leavesReserve: true,
      budget: { window: windowAt(key, 'hour', clock()), credits: 0 },
    }),

    async takeOfVisitor({ mode, key, ip }, credits) {
      const { visitorBudget: budget = null } = key;
      if (mode === 'secret' || budget === null || ip === undefined || credits === 0) return nothingTaken;
      const { startsAt } = periodAt(budget.per, clock());
      const counter = counters('visitor', { requests: countedMax, windowSeconds: periodSeconds[budget.per] });
      const subject = `${key.id} ${addressGroup(ip)} ${startsAt}`;
      const { remaining } = await counter.count(subject, credits);
      if (countedMax - remaining <= budget.credits) return (left) => counter.giveBack(subject, left);
      await counter.giveBack(subject, credits);
      return refuseBudget('visitor', budget, credits, clock());
    },

    refuseKey: ({ key }, credits) => refuseBudget('key', key.budget ?? { credits: 0, per: 'hour' }, credits, clock()),
  };
}

function refuseBudget(whose: 'key' | 'visitor', { credits, per }: Budget, asked: number, nowMs: number): Refusal {
  const { endsAt } = periodAt(per, nowMs);
  const isKeys = whose === 'key';
  if (asked > credits) {
    return refuse('budget_exhausted', {
      budget: whose,
      detail: `This may cost ${asked} credits, and ${
        isKeys ? 'web pages' : 'one visitor'
      } may spend ${credits} with this key in one ${per}.`,
      fix: `Raise the key’s ${isKeys ? 'budget' : 'budget for each visitor'} in Settings → API Keys, or lower the price; waiting does not help.`,
    });
  }
  return refuse('budget_exhausted', {
    budget: whose,
    detail: isKeys
      ? `What web pages may spend with this key in one ${per} is used up.`
      : `What one visitor may spend with this key in one ${per} is used up.`,
    fix: `Wait until ${toIsoTime(endsAt)}; or raise the key’s ${
      isKeys ? 'budget' : 'budget for each visitor'
    } in Settings → API Keys; or call from your own server with the key pair, which no budget bounds.`,
    retryAfterSeconds: Math.max(1, Math.ceil((endsAt - nowMs) / 1_000)),
  });
}
