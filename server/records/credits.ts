export interface Credits {
  readonly granted: number;
  /** Includes what is held for messages that are being answered. */
  readonly spent: number;
}

/** Older than that, a hold is one of a process that died: longer than any message takes. */
export const staleHoldMs = 600_000;

/** Credits taken for one message whose answer is not stored yet. */
export interface CreditHold {
  /** The attempt's id: nothing is held twice under the same id. */
  readonly id: string;
  readonly amount: number;
  readonly heldAt: number;
  /** The window of a budget that it was taken from too. */
  readonly windowId: string | null;
  readonly conversationId: string;
  readonly messageId: string;
}

/** Credits that were taken under a name of the caller's own: until it ends, the same taking again takes nothing. */
export interface Receipt {
  readonly organizationId: string;
  /** A digest of the caller's name for it. */
  readonly id: string;
  readonly amount: number;
  readonly endsAt: number;
}
