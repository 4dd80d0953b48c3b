/** Turns what a server (or a proxy before it) really answered into the values of the contract, or into a `ChatFailure`. */
import { ChatFailure, isFailureCode, type FailureCode } from './failure.ts';

export interface Agent {
  readonly name: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
}

export interface StoredMessage {
  readonly id: string;
  readonly role: 'user' | 'agent';
  readonly text: string;
}

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

type Fields = Readonly<Record<string, unknown>>;

/** An error page that no Postern wrote (a proxy's HTML, say) still has a status that means something. */
const codeByStatus = new Map<number, FailureCode>([
  [402, 'credits_exhausted'],
  [413, 'body_too_large'],
  [429, 'rate_limited'],
  [503, 'store_unavailable'],
]);

export async function readFailure(response: Response): Promise<ChatFailure> {
  const body = fields(await response.json().catch(() => undefined));
  const fallback = codeByStatus.get(response.status) ?? (response.status >= 500 ? 'internal' : 'answer_unexpected');
  return parseProblem(body, fallback, readRetryAfter(response.headers.get('retry-after')));
}

export function parseProblem(value: unknown, fallback: FailureCode, retryAfterSeconds?: number): ChatFailure {
  const body = fields(value);
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
  const body = fields(value);
  return {
    name: text(body.name),
    greeting: optionalText(body.greeting) ?? '',
    suggestions: list(body.suggestions).filter((item) => typeof item === 'string'),
  };
}

export function parseConversation(value: unknown): StoredPage {
  const body = fields(value);
  const messages = list(body.messages).map((item): StoredMessage => {
    const message = fields(item);
    return { id: text(message.id), role: message.role === 'user' ? 'user' : 'agent', text: text(message.text) };
  });
  return { messages, nextBefore: optionalText(body.nextBefore) };
}

export function parseCompletion(value: unknown): Completion {
  const body = fields(value);
  const reply = fields(body.reply);
  return { conversationId: text(body.conversationId), replyId: text(reply.id), text: text(reply.text) };
}

export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new ChatFailure('answer_unexpected');
  }
}

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
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
