/** Ends holds whose process died. Safe to run in every process at once. */
import { staleHoldMs, type CreditHold } from '../records/credits.ts';
import { createId } from '../records/id.ts';
import type { Store } from '../store/port.ts';

/** The rest comes with the next time. */
const holdsAtOnce = 100;

/** Resolves to how many it ended, of the oldest ones: 0 when there are none. */
export async function endStaleHolds(store: Store, nowMs: number): Promise<number> {
  let ended = 0;
  for (const { organizationId, hold } of await store.listHolds(nowMs - staleHoldMs, holdsAtOnce)) {
    if (await endHold(store, organizationId, hold, nowMs)) ended++;
  }
  return ended;
}

async function endHold(store: Store, organizationId: string, hold: CreditHold, nowMs: number): Promise<boolean> {
  const turn = await store.findTurn(hold.conversationId, hold.messageId);
  // Another attempt holds the turn, or it is gone, or was never there: an attempt this old adds none any more. So nothing will ever be
  // charged for this hold.
  if (turn?.attemptId !== hold.id) {
    await store.settleHold(organizationId, hold, 0);
  } else if (turn.isCharged) {
    await store.settleHold(organizationId, hold, turn.price);
  } else if (turn.state !== 'asking' || turn.leaseUntil <= nowMs) {
    // First the turn stops belonging to the attempt, then the credits go back: never the other way round.
    const change = { state: 'failed', attemptId: createId('atm', nowMs) } as const;
    const ended = await store.changeTurn(turn.conversationId, turn.messageId, turn.attemptId, change);
    if (ended === 'conflict') return false;
    await store.settleHold(organizationId, hold, 0);
  } else {
    return false;
  }
  return true;
}
