/**
 * A visitor leaves a message for the people behind an agent. It is kept in the conversation, and goes with it; where there is none
 * yet, because not even a first question could be answered, it begins one. A secret key that was pasted into it is hidden before
 * it is kept: only others come to read it.
 */
import type { Clock } from '../gate/clock.ts';
import { refuseBeyond } from '../gate/limit-refusal.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Principal } from '../gate/verdict.ts';
import type { Conversation } from '../records/conversation.ts';
import { summaryWithoutTurns } from '../records/conversation-summary.ts';
import { createId } from '../records/id.ts';
import { leftMessagesMax, type LeftMessage } from '../records/left-message.ts';
import { hideSecrets } from '../records/secret-text.ts';
import type { Store } from '../store/port.ts';
import { addressGroup } from '../usage/address.ts';
import type { Counters } from '../usage/counters.ts';
import { findVisibleAgent, noSuchAgent, noSuchConversation } from './access.ts';
import { deriveConversationId } from './conversation-id.ts';

interface MessagesForPeopleParts {
  readonly store: Pick<
    Store,
    'findOrganization' | 'findAgent' | 'findConversation' | 'createConversation' | 'leaveMessage'
  >;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Told of each; of one that is sent again, again. */
  readonly onLeft: (conversation: Conversation, message: LeftMessage) => Promise<unknown>;
  /** A conversation began: there may be more now than an organization is to keep. */
  readonly onBegun: (organizationId: string) => void;
}

interface Words {
  readonly name?: string | undefined;
  readonly email: string;
  readonly text: string;
}

interface FirstWords extends Words {
  readonly principal: Principal;
  /** Undefined: nobody knows. */
  readonly ip: string | undefined;
  readonly agentId: string;
  /** The same words under it are kept once. */
  readonly messageId?: string | undefined;
}

export interface MessagesForPeople {
  /** Undefined: it is kept. */
  leave(conversation: Conversation, words: Words): Promise<Refusal | undefined>;
  /** The id of the conversation that it began, or had begun before. */
  begin(words: FirstWords): Promise<string | Refusal>;
}

/**
 * Of conversations that begin so, which cost nobody a credit. Of an organization, so that strangers can't push out those that it
 * keeps; of an address, so that one stranger can't stop all others.
 */
const begunMax = { name: 'contact-begun', requests: 60, windowSeconds: 3_600 } as const;
const begunByAddressMax = { name: 'contact-begun-address', requests: 10, windowSeconds: 3_600 } as const;

export function createMessagesForPeople(parts: MessagesForPeopleParts): MessagesForPeople {
  const { store, clock, counters } = parts;
  const begun = counters(begunMax.name, begunMax);
  const begunByAddress = counters(begunByAddressMax.name, begunByAddressMax);

  async function isOffered(organizationId: string): Promise<boolean> {
    return (await store.findOrganization(organizationId))?.contact?.leaveMessage === true;
  }

  function toMessage({ name = '', email, text }: Words): LeftMessage {
    const createdAt = clock();
    return {
      id: createId('lft', createdAt),
      name: hideSecrets(name) || null,
      email: hideSecrets(email),
      text: hideSecrets(text),
      createdAt,
    };
  }

  async function add(conversation: Conversation, words: Words): Promise<Refusal | undefined> {
    const left = await store.leaveMessage(conversation.id, toMessage(words));
    if (left === 'not_found') return noSuchConversation;
    if (left === 'full') return tooMany;
    await parts.onLeft(conversation, left);
    return undefined;
  }

  async function addToKnown(organizationId: string, id: string, words: Words): Promise<string | Refusal> {
    const known = await store.findConversation(organizationId, id);
    return known === undefined ? noSuchConversation : ((await add(known, words)) ?? id);
  }

  async function count({ principal: { organizationId, mode }, ip }: FirstWords): Promise<Refusal | undefined> {
    const isVisitor = mode === 'publishable' && ip !== undefined;
    const ofAddress = isVisitor && (await begunByAddress.count(`${organizationId} ${addressGroup(ip)}`));
    if (ofAddress !== false && ofAddress.isExceeded) return tooManyBegun(begunByAddressMax, ofAddress.msUntilReset);
    const { isExceeded, msUntilReset } = await begun.count(organizationId);
    return isExceeded ? tooManyBegun(begunMax, msUntilReset) : undefined;
  }

  return {
    async leave(conversation, words) {
      return (await isOffered(conversation.organizationId)) ? add(conversation, words) : notOffered;
    },

    async begin(words) {
      const { principal, agentId, messageId } = words;
      const { organizationId, keyId, mode, origin } = principal;
      const agent = await findVisibleAgent(store, principal, agentId);
      if (agent === undefined) return noSuchAgent;
      if (!(await isOffered(organizationId))) return notOffered;
      const message = toMessage(words);
      const id =
        messageId === undefined
          ? createId('cnv', message.createdAt)
          : deriveConversationId(principal, agentId, [{ leftUnder: messageId }]);
      const known = await addToKnown(organizationId, id, words);
      if (known !== noSuchConversation) return known;
      const refusal = await count(words);
      if (refusal !== undefined) return refusal;
      const conversation: Conversation = {
        id,
        organizationId,
        agentId,
        keyId,
        mode,
        origin,
        summary: summaryWithoutTurns(message.text),
        leftMessages: [message],
        createdAt: message.createdAt,
        lastActiveAt: message.createdAt,
      };
      // Sent twice at once: the other one made it.
      if ((await store.createConversation(conversation)) !== 'created') return addToKnown(organizationId, id, words);
      parts.onBegun(organizationId);
      await parts.onLeft(conversation, message);
      return id;
    },
  };
}

const notOffered = refuse('forbidden', {
  detail: 'This organization takes no messages here.',
  fix: 'An owner offers the form in Settings → General, as part of the contact for visitors.',
});

const tooMany = refuse('conflict', {
  detail: `${leftMessagesMax} messages were left in this conversation already.`,
  fix: 'Wait for an answer, or begin a new conversation.',
});

function tooManyBegun(limit: typeof begunMax | typeof begunByAddressMax, msUntilReset: number): Refusal {
  return refuseBeyond(limit, msUntilReset, {
    detail: `At most ${begunByAddressMax.requests} messages an hour are left from one address without a question before them, and ${begunMax.requests} for one organization.`,
    fix: (seconds) => `Wait ${seconds} seconds, or ask the agent first.`,
  });
}
