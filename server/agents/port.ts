/** What answers a message. */
export interface ChatMessage {
  readonly role: 'user' | 'agent';
  readonly text: string;
}

export interface Agent {
  /** It answers the last message by itself, so nobody needs to look for those before. */
  readonly readsOneMessage?: boolean;
  /** Answers the last of the messages piece by piece, and stops when told to. Throws when it can't answer. */
  answer(messages: readonly ChatMessage[], signal: AbortSignal): AsyncIterable<string>;
}
