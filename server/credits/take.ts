/** Takes what a call to somebody's own API costs, once for each name that the caller gives it. */
import { createHash } from 'node:crypto';
import { dayMs, type Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { Store } from '../store/port.ts';
import type { Budgets, Spender } from './budgets.ts';
import { noCreditsFor } from './no-credits.ts';

export const costMax = 1_000_000;
export const idempotencyKeyLengthMax = 200;

interface Charge {
  readonly spender: Spender;
  readonly cost: number;
  /** Without one, asking again takes again. */
  readonly idempotencyKey: string | undefined;
}

export interface Charged {
  /** 0 when it was taken before. */
  readonly spent: number;
  readonly remaining: number;
}

interface TakingParts {
  readonly store: Pick<Store, 'takeCredits' | 'findCredits'>;
  readonly budgets: Budgets;
  readonly clock: Clock;
}

export async function takeCost(
  { store, budgets, clock }: TakingParts,
  { spender, cost, idempotencyKey }: Charge,
): Promise<Charged | Refusal> {
  const { organizationId, id: keyId } = spender.key;
  const exhausted = noCreditsFor(spender.mode);
  if (cost === 0) {
    const credits = await store.findCredits(organizationId);
    return credits === undefined ? exhausted : { spent: 0, remaining: credits.granted - credits.spent };
  }
  const nowMs = clock();
  const under =
    idempotencyKey === undefined
      ? null
      : { id: receiptId(organizationId, keyId, idempotencyKey), at: nowMs, endsAt: nowMs + dayMs };
  const ofVisitor = await budgets.takeOfVisitor(spender, cost);
  const isRefused = isRefusal(ofVisitor);
  if (isRefused && under === null) return ofVisitor;
  // What was taken before costs a visitor nothing, also when they have nothing left.
  const bound = isRefused ? budgets.boundOfNothing(spender) : budgets.boundOf(spender);
  const taken = await store.takeCredits(organizationId, cost, under, bound);
  if (!isRefused && (typeof taken === 'string' || taken.isRepeated)) await ofVisitor(cost);
  if (taken === 'conflict') return otherCost;
  if (taken === 'over_budget') return isRefused ? ofVisitor : budgets.refuseKey(spender, cost);
  if (typeof taken === 'string') return exhausted;
  const { credits, isRepeated } = taken;
  return { spent: isRepeated ? 0 : cost, remaining: credits.granted - credits.spent };
}

/** For each key by itself: what one customer sends is no other one's. */
function receiptId(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

const otherCost = refuse('conflict', {
  detail: 'Under this idempotencyKey another cost was taken.',
  fix: 'Give each call that costs something an idempotencyKey of its own.',
});
