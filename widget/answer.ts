/** Turns what a server (or a proxy before it) really answered into the values of the contract, or into a `ChatFailure`. */
import type { ProblemDocument } from '../server/gate/problem.ts';
import type { ConversationPage, Message, PublicAgent, Reply } from '../server/http/wire-chat.ts';
import { ChatFailure, isFailureCode, type FailureCode } from './failure.ts';

/** A message as the server keeps it. */
export interface StoredMessage extends Pick<Message, 'id' | 'role' | 'text'> {
  readonly rating?: 1 | -1 | undefined;
  readonly createdAt?: string | undefined;
  /** No answer was found: the chat says so in its own words, and offers these questions. */
  readonly outcome?: 'nearest' | 'none' | undefined;
  readonly suggestions?: readonly string[];
}
export type Agent = Pick<PublicAgent, 'name' | 'greeting' | 'suggestions'> & {
  /** How the chat says that no human answers: undefined in its own words, '' not at all. */
  readonly disclosure: string | undefined;
  /** All that the server said of it: what only the later part shows is read there. */
  readonly told: unknown;
};

/** The newest messages, or those before some message. */
export interface StoredPage {
  readonly messages: readonly StoredMessage[];
  /** What to ask for to get the ones before these; absent when there are none. */
  readonly nextBefore: string | undefined;
}

export interface Completion {
  readonly conversationId: string;
  readonly reply: StoredMessage;
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
    suggestions: texts(body.suggestions),
    disclosure: body.disclosure === false ? '' : optionalText(body.disclosureText),
    told: value,
  };
}

export function parseConversation(value: unknown): StoredPage {
  const body = fields<ConversationPage>(value);
  return { messages: list(body.messages).map(parseMessage), nextBefore: optionalText(body.nextBefore) };
}

function parseMessage(value: unknown): StoredMessage {
  const { id, role, createdAt, suggestions, rating, ...body } = fields<Message>(value);
  return {
    id: text(id),
    role: role === 'user' ? role : 'agent',
    text: text(body.text),
    createdAt: optionalText(createdAt),
    outcome: outcomeOf(body),
    suggestions: texts(suggestions),
    rating: rating === 1 || rating === -1 ? rating : undefined,
  };
}

export function outcomeOf({ outcome }: { readonly outcome?: unknown }): StoredMessage['outcome'] {
  return outcome === 'nearest' || outcome === 'none' ? outcome : undefined;
}

export function parseCompletion(value: unknown): Completion {
  const body = fields<Reply>(value);
  return { conversationId: text(body.conversationId), reply: parseMessage(body.reply) };
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

function texts(value: unknown): readonly string[] {
  return list(value).filter((item) => typeof item === 'string');
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
