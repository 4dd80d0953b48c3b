/** What answers a message. */
import type { ReplyFindings } from '../records/turn.ts';

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

/** What whoever asks wants, and wants to be told. */
export interface AnswerOptions {
  /** No more than that, where it means something. */
  readonly outputTokensMax?: number | undefined;
  /** What whoever asks wants the model to be told, after what its owner says. */
  readonly callerInstructions?: string | undefined;
  /** What came before the last message is what the caller says was said. Nobody here has kept it. */
  readonly isHistoryClaimed?: boolean | undefined;
  /** A model was sent the messages: from here on the answer costs whoever runs it. */
  readonly onAsked?: (() => void) | undefined;
  /** How well the answer fits, and what it stands on. Never called: it is an answer that stands on nothing. */
  readonly onFound?: ((findings: ReplyFindings) => void) | undefined;
  /** The answer ends where no more tokens were allowed. */
  readonly onCutShort?: (() => void) | undefined;
}

/** A whole answer, made without waiting for anything. */
export interface ReadyAnswer {
  /** What a reader is shown one after the other; together they are the text. */
  readonly pieces: readonly string[];
  readonly findings: ReplyFindings;
}

export interface Agent {
  /**
   * Answers one message by itself, without waiting, and costs its operator nothing. Whoever asks needs no earlier messages, and
   * need not keep others from asking it meanwhile.
   */
  readonly answerAtOnce?: (message: string) => ReadyAnswer;
  /**
   * Answers the last of the messages piece by piece, at the end perhaps with what it took, and stops when told to. Throws when
   * it can't answer.
   */
  answer(
    messages: readonly ChatMessage[],
    signal: AbortSignal,
    options?: AnswerOptions,
  ): AsyncIterable<string | TokenUse>;
}
