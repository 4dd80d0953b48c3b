/** What a client of the OpenAI interface or of the AI SDK is answered, a part of `wire.ts`. */

export interface ModelList {
  readonly object: 'list';
  readonly data: readonly ListedModel[];
}

/** An agent, as a client of the OpenAI interface lists it. */
export interface ListedModel {
  /** The agent's id. */
  readonly id: string;
  readonly object: 'model';
  /** In seconds since 1970. */
  readonly created: number;
  /** The organization's id. */
  readonly owned_by: string;
  readonly name: string;
}

/** In tokens. A FAQ takes none. */
export interface TokenUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface ChatCompletion {
  /** The reply's id. */
  readonly id: string;
  readonly object: 'chat.completion';
  /** In seconds since 1970. */
  readonly created: number;
  /** The agent's id. */
  readonly model: string;
  /** Where it is kept. */
  readonly conversationId: string;
  readonly choices: readonly ChatCompletionChoice[];
  /** Absent when nobody counted. */
  readonly usage?: TokenUsage;
  /** A language model wrote it. */
  readonly generated?: true;
}

/** `length`: it ends where no more tokens were allowed. */
export type FinishReason = 'stop' | 'length';

export interface ChatCompletionChoice {
  readonly index: 0;
  readonly message: { readonly role: 'assistant'; readonly content: string; readonly refusal: null };
  readonly logprobs: null;
  readonly finish_reason: FinishReason;
}

/** A piece of a streamed answer. The last one may have `usage` and no choices. */
export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
  readonly conversationId: string;
  readonly choices: readonly ChatCompletionChunkChoice[];
  readonly usage?: TokenUsage | null;
  /** With the piece that has the `finish_reason`: a language model wrote it. */
  readonly generated?: true;
}

export interface ChatCompletionChunkChoice {
  readonly index: 0;
  readonly delta: { readonly role?: 'assistant'; readonly content?: string };
  readonly logprobs: null;
  readonly finish_reason: FinishReason | null;
}

/** What clients of the OpenAI interface read of a refusal; it stands beside the problem's own members. */
export interface OpenAiError {
  /** What went wrong, and the fix. */
  readonly message: string;
  readonly type: string;
  readonly code: string;
  /** The field that is wrong, if one is. */
  readonly param: string | null;
}

/** The last line of a stream that broke off. */
export interface OpenAiStreamError {
  readonly error: OpenAiError;
}

/** A part of the AI SDK's UI message stream, version 1. */
export type UiMessagePart =
  | { readonly type: 'start'; readonly messageId: string }
  | { readonly type: 'text-start'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | { readonly type: 'text-end'; readonly id: string }
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'finish'; readonly messageMetadata?: UiMessageMetadata };

/** Where there is something to say. */
export interface UiMessageMetadata {
  /** A language model wrote it. */
  readonly generated?: true;
  /** It ends where no more tokens were allowed. */
  readonly finishReason?: 'length';
}
