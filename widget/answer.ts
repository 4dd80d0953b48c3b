/** Turns what a server (or a proxy before it) really answered into the values of the contract, or into a `ChatFailure`. */
import type { ProblemDocument } from '../server/gate/problem.ts';
import type { ConversationPage, Message, PublicAgent, Reply } from '../server/http/wire-chat.ts';
import { ChatFailure, isFailureCode, type FailureCode } from './failure.ts';

export type StoredMessage = Pick<Message, 'id' | 'role' | 'text'>;
export type Agent = Pick<PublicAgent, 'name' | 'greeting' | 'suggestions'> & {
  /** How the chat says that no human answers: undefined in its own words, '' not at all. */
  readonly disclosure: string | undefined;
};

/** The newest messages, or those before some message. */
export interface StoredPage {
  readonly messages: readonly StoredMessage[];
  /** What to ask for to get the ones before these; absent when there are none. */
  readonly nextBefore: string | undefined;
}

export interface Completion {
  readonly conversationId: string;
  readonly replyId: string;
  readonly text: string;
}

/** An error page that no Postern wrote (a proxy's HTML, say) still has a status that means something. */
const codeByStatus = new Map<number, FailureCode>([
  [402, 'credits_exhausted'],
  [413, 'body_too_large'],
  [429, 'rate_limited'],
  [503, 'store_unavailable'],
]);

export async function readFailure(response: Response): Promise<ChatFailure> {
  const body: unknown = await response.json().catch(() => undefined);
  const fallback = codeByStatus.get(response.status) ?? (response.status >= 500 ? 'internal' : 'answer_unexpected');
  return parseProblem(body, fallback, readRetryAfter(response.headers.get('retry-after')));
}

export function parseProblem(value: unknown, fallback: FailureCode, retryAfterSeconds?: number): ChatFailure {
  const body = fields<ProblemDocument>(value);
  return new ChatFailure(isFailureCode(body.code) ? body.code : fallback, {
    detail: optionalText(body.detail),
    fix: optionalText(body.fix),
    requestId: optionalText(body.requestId),
    retryAfterSeconds,
  });
}

/** `Retry-After` (RFC 9110, 10.2.3) as whole seconds, from either of its two forms. At most one hour is believed. */
export function readRetryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - now) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), 3600);
}

export function parseAgent(value: unknown): Agent {
  const body = fields<PublicAgent>(value);
  return {
    name: text(body.name),
    greeting: optionalText(body.greeting) ?? '',
    suggestions: list(body.suggestions).filter((item) => typeof item === 'string'),
    disclosure: body.disclosure === false ? '' : optionalText(body.disclosureText),
  };
}

export function parseConversation(value: unknown): StoredPage {
  const body = fields<ConversationPage>(value);
  const messages = list(body.messages).map((item): StoredMessage => {
    const message = fields<Message>(item);
    return { id: text(message.id), role: message.role === 'user' ? 'user' : 'agent', text: text(message.text) };
  });
  return { messages, nextBefore: optionalText(body.nextBefore) };
}

export function parseCompletion(value: unknown): Completion {
  const body = fields<Reply>(value);
  const reply = fields<Reply['reply']>(body.reply);
  return { conversationId: text(body.conversationId), replyId: text(reply.id), text: text(reply.text) };
}

export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new ChatFailure('answer_unexpected');
  }
}

/** What should be an `Answer`, before anybody looked: its names are known, and nothing of what stands there. */
// The caller names the type, so that no name is read that the answer does not have.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function fields<Answer>(value: unknown): { readonly [Name in keyof Answer]?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new ChatFailure('answer_unexpected');
  return value;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
