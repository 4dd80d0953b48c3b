/**
 * What a chat is answered, a part of `wire.ts`. It stands alone and imports nothing, so that a page's programs, and whoever
 * reads their types, need no schema and nothing else of the server.
 */

/**
 * ISO 8601 in UTC, with milliseconds.
 * @format date-time
 */
export type Time = string;

/** Where visitors turn to when an agent finds nothing. What is absent is not given. */
export interface Contact {
  readonly text?: string;
  readonly email?: string;
  readonly url?: string;
  readonly phone?: string;
  /** The chat offers a form in which visitors leave a message. */
  readonly leaveMessage: boolean;
}

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
  /** Of its organization, for when it finds nothing; null: none. */
  readonly contact: Contact | null;
  /** The privacy notice of its organization; null: none is known. */
  readonly privacyUrl: string | null;
}

/** What an answer stands on. */
export interface ReplyFindings {
  /** `nearest`, `none`: only near questions were found, or nothing; then the text says so in plain English, for programs. */
  readonly outcome: 'answered' | 'nearest' | 'none';
  /** Questions that have an answer, to ask instead. */
  readonly suggestions: readonly string[];
  readonly sources: readonly { readonly title: string; readonly url: string | null }[];
}

export interface Reply {
  readonly conversationId: string;
  readonly messageId: string;
  readonly reply: ReplyFindings & {
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

/** Where a message for people is, which came before any question. */
export interface BegunConversation {
  readonly conversationId: string;
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
  /** It belongs to a sentence that says that nothing was found: in plain English, for programs. Absent in an answer. */
  readonly outcome?: 'nearest' | 'none';
}

/** What it stands on is said of a reply alone. */
export interface Message extends Partial<ReplyFindings> {
  readonly id: string;
  readonly role: 'user' | 'agent';
  readonly text: string;
  readonly createdAt: Time;
  /** A language model wrote it. */
  readonly generated?: true;
  /** What was thought of a reply: helpful, or not. */
  readonly rating?: 1 | -1;
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
