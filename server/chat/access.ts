/** Which agents and conversations a caller may see. What it may not see is answered as if it were not there. */
import { refuse } from '../gate/problem.ts';
import type { AgentRecord } from '../records/agent.ts';
import { isOwned, type Conversation, type ConversationOwner } from '../records/conversation.ts';
import type { Principal } from '../gate/verdict.ts';
import type { Store } from '../store/port.ts';

/** An agent that this caller may see: a publishable call sees the public ones. */
export async function findVisibleAgent(
  store: Pick<Store, 'findAgent'>,
  principal: Principal,
  agentId: string,
): Promise<AgentRecord | undefined> {
  const agent = await store.findAgent(principal.organizationId, agentId);
  return agent !== undefined && (principal.mode === 'secret' || agent.public) ? agent : undefined;
}

/** A conversation of the organization; for publishable calls, only of the key and origin that began it. */
export async function findOwnConversation(
  store: Pick<Store, 'findConversation'>,
  principal: Principal,
  conversationId: string,
): Promise<Conversation | undefined> {
  const conversation = await store.findConversation(principal.organizationId, conversationId);
  return conversation !== undefined && isOwned(conversation, ownerFor(principal)) ? conversation : undefined;
}

/** What the conversations have that this caller may see. */
export function ownerFor({ organizationId, keyId, mode, origin }: Principal): ConversationOwner {
  return mode === 'secret' ? { organizationId } : { organizationId, keyId, mode, origin };
}

export const noSuchAgent = refuse('not_found', {
  detail: 'There is no such agent, or it is not public.',
  fix: 'Take the id from GET /api/v1/agents; for a web page the agent must be public.',
});

export const noSuchConversation = refuse('not_found', {
  detail: 'There is no such conversation here.',
  fix: 'Leave conversationId out to begin a new one.',
});
