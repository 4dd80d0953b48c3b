/** Tells that a visitor left a message: where it is, not what it says, because messages to webhooks outlive the conversation. */
import { dayMs, toIsoTime } from '../gate/clock.ts';
import type { Conversation } from '../records/conversation.ts';
import type { LeftMessage } from '../records/left-message.ts';
import type { Counters } from '../usage/counters.ts';
import type { Teller } from './tell.ts';

type TellContact = (conversation: Conversation, message: LeftMessage) => Promise<unknown>;

/** Of an organization. Strangers choose how many there are, and more would push its other messages out of the outbox. */
const toldMax = { requests: 60, windowSeconds: 3_600 } as const;

/** `pageOf`: where a member reads the conversation. */
export function createTellContact(
  teller: Pick<Teller, 'tell' | 'isKnown'>,
  counters: Counters,
  pageOf: (organizationId: string, conversationId: string) => string,
): TellContact {
  const told = counters('contact-told', toldMax);
  return async ({ id: conversationId, organizationId, agentId, keyId, origin }, { id, createdAt }) => {
    const name = `contact.requested/${id}`;
    if (teller.isKnown(name) || (await told.count(organizationId)).isExceeded) return;
    await teller.tell({
      organizationId,
      event: 'contact.requested',
      subject: conversationId,
      name,
      endsAt: createdAt + 2 * dayMs,
      data: {
        organizationId,
        conversationId,
        agentId,
        keyId,
        origin,
        leftAt: toIsoTime(createdAt),
        url: pageOf(organizationId, conversationId),
      },
    });
  };
}
