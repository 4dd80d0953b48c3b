/**
 * How many conversations an organization keeps. Counting them at each message would cost more than it is worth. So each
 * fiftieth conversation that begins in this process makes its organization lose those that were idle longest: who begins most
 * is looked at most.
 */
import type { Store } from '../store/port.ts';

const begunPerLook = 50;

/** Told an organization in which a conversation began. Nobody waits for what it does. */
type ConversationQuota = (organizationId: string) => void;

export function createConversationQuota(
  store: Pick<Store, 'deleteConversationsBeyond'>,
  conversationsMax: number,
  onError: (error: unknown) => void,
): ConversationQuota {
  let begun = 0;
  let looking: Promise<unknown> | undefined;
  return (organizationId) => {
    if (++begun % begunPerLook !== 0 || looking !== undefined) return;
    looking = store
      .deleteConversationsBeyond(organizationId, conversationsMax)
      .catch(onError)
      .finally(() => (looking = undefined));
  };
}
