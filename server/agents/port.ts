/** What answers a message. */
export interface ChatMessage {
  readonly role: 'user' | 'agent';
  readonly text: string;
}

/** What an answer took, as whoever gave it reports it. Nobody has looked at the numbers yet. */
export interface TokenUse {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What an agent may throw. */
export interface AgentError extends Error {
  /** It was given an answer, of which there is nothing to show: whoever runs it pays for it all the same. */
  readonly isPaid?: boolean;
}

export interface Agent {
  /** It answers the last message by itself, so nobody needs to look for those before. */
  readonly readsOneMessage?: boolean;
  /**
   * Answers the last of the messages piece by piece, at the end perhaps with what it took, and stops when told to. Throws when
   * it can't answer. `outputTokensMax`: no more than that, where it means something.
   */
  answer(
    messages: readonly ChatMessage[],
    signal: AbortSignal,
    outputTokensMax?: number,
  ): AsyncIterable<string | TokenUse>;
}
