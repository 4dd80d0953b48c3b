import type { CallMode } from '../gate/scope.ts';

export interface Conversation {
  readonly id: string;
  readonly organizationId: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly mode: CallMode;
  /** The page that began it; null for secret calls. */
  readonly origin: string | null;
  readonly createdAt: number;
  readonly lastActiveAt: number;
}

/** Turns of one conversation: then another one has to begin. */
export const conversationTurnsMax = 500;
