/** What a turn costs, before and while it is answered: the hold alone decides, in the change that checks what is left. */
import type { Credits } from '../records/credits.ts';
import type { Turn } from '../records/turn.ts';
import type { Store } from '../store/port.ts';

/** Asked before anything new is written: what would be refused must not fill the store. */
export async function canPay(
  store: Pick<Store, 'findCredits'>,
  organizationId: string,
  price: number,
): Promise<boolean> {
  if (price === 0) return true;
  const credits = await store.findCredits(organizationId);
  return credits !== undefined && credits.granted - credits.spent >= price;
}

/** Under the id of the attempt that holds the turn. */
export function holdPrice(
  store: Pick<Store, 'holdCredits'>,
  organizationId: string,
  { attemptId, price, conversationId, messageId }: Turn,
  nowMs: number,
): Promise<Credits | 'exhausted' | 'not_found'> {
  const hold = { id: attemptId, amount: price, heldAt: nowMs, conversationId, messageId };
  return store.holdCredits(organizationId, hold);
}
