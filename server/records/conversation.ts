import type { CallMode } from '../gate/scope.ts';
import type { ConversationSummary } from './conversation-summary.ts';
import type { LeftMessage } from './left-message.ts';

export interface Conversation {
  readonly id: string;
  readonly organizationId: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly mode: CallMode;
  /** The page that began it; null for secret calls. */
  readonly origin: string | null;
  /** How many messages, by the caller's word, came before its only turn. Absent: it is kept here whole. */
  readonly earlierMessages?: number;
  /** Absent in those from before there were summaries. */
  readonly summary?: ConversationSummary;
  /** At most `leftMessagesMax`, in the order in which they came. Absent: none. */
  readonly leftMessages?: readonly LeftMessage[];
  readonly createdAt: number;
  readonly lastActiveAt: number;
}

/** What tells whose a conversation is: those of these fields that are given must be the same. */
export type ConversationOwner = Partial<Pick<Conversation, 'organizationId' | 'agentId' | 'keyId' | 'mode' | 'origin'>>;

export function isOwned(conversation: Conversation, owner: ConversationOwner): boolean {
  return Object.entries(owner).every(([field, value]) => conversation[field as keyof ConversationOwner] === value);
}

/** Turns of one conversation: then another one has to begin. */
export const conversationTurnsMax = 500;
