/** Takes what a call to somebody's own API costs, once for each name that the caller gives it. */
import { createHash } from 'node:crypto';
import { dayMs } from '../gate/clock.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Store } from '../store/port.ts';
import { noCredits } from './no-credits.ts';

export const costMax = 1_000_000;
export const idempotencyKeyLengthMax = 200;

interface Charge {
  readonly organizationId: string;
  readonly keyId: string;
  readonly cost: number;
  /** Without one, asking again takes again. */
  readonly idempotencyKey: string | undefined;
}

export interface Charged {
  /** 0 when it was taken before. */
  readonly spent: number;
  readonly remaining: number;
}

export async function takeCost(
  store: Pick<Store, 'takeCredits' | 'findCredits'>,
  { organizationId, keyId, cost, idempotencyKey }: Charge,
  nowMs: number,
): Promise<Charged | Refusal> {
  if (cost === 0) {
    const credits = await store.findCredits(organizationId);
    return credits === undefined ? noCredits : { spent: 0, remaining: credits.granted - credits.spent };
  }
  const under =
    idempotencyKey === undefined
      ? null
      : { id: receiptId(organizationId, keyId, idempotencyKey), at: nowMs, endsAt: nowMs + dayMs };
  const taken = await store.takeCredits(organizationId, cost, under);
  if (taken === 'conflict') return otherCost;
  if (typeof taken === 'string') return noCredits;
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
