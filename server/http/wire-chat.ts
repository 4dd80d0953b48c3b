/**
 * What a chat is answered, a part of `wire.ts`. It stands alone and imports nothing, so that a page's programs, and whoever
 * reads their types, need no schema and nothing else of the server.
 */

/**
 * ISO 8601 in UTC, with milliseconds.
 * @format date-time
 */
export type Time = string;

/** As everybody may see it who calls with a key. */
export interface PublicAgent {
  readonly id: string;
  /** `faq` answers from what its organization wrote, `model` by a language model. */
  readonly kind: 'faq' | 'model';
  readonly name: string;
  readonly description: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
  /** The most that a message costs. */
  readonly creditsPerMessage: number;
  /** The chat says that no human answers. */
  readonly disclosure: boolean;
  /** It says so in these words; null: in its own, in the visitor's language. */
  readonly disclosureText: string | null;
}

export interface Reply {
  readonly conversationId: string;
  readonly messageId: string;
  readonly reply: {
    readonly id: string;
    readonly text: string;
    readonly createdAt: Time;
    /** A language model wrote it. */
    readonly generated?: true;
  };
  /** What a language model took, as its server reports it; absent for an answer that was stored. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** `remaining` only for secret calls. */
  readonly credits: { readonly spent: number; readonly remaining?: number };
}

/** A stream's first event, `start`. */
export interface StreamStart {
  readonly conversationId: string;
  readonly messageId: string;
  readonly replyId: string;
}

/** A stream's event `delta`: the next piece of the reply. */
export interface StreamDelta {
  readonly text: string;
}

export interface Message {
  readonly id: string;
  readonly role: 'user' | 'agent';
  readonly text: string;
  readonly createdAt: Time;
  /** A language model wrote it. */
  readonly generated?: true;
}

export interface ConversationPage {
  readonly id: string;
  readonly agentId: string;
  /** Of a call of the OpenAI interface: how many messages, by the caller's word, came before the one that is kept. */
  readonly earlierMessages?: number;
  readonly messages: readonly Message[];
  /** Where the page before ends; null: this is the first one. */
  readonly nextBefore: string | null;
}
