/** What the element tells the page. Every event bubbles and is composed. */
import type { FailureCode } from './failure.ts';

/** Before a message is sent. `preventDefault()` keeps it in the composer: the place for a question about consent. */
export interface MessageDetail {
  readonly text: string;
}

/** A whole reply. */
export interface ReplyDetail {
  readonly text: string;
  readonly messageId: string;
  readonly conversationId: string;
}

export interface ErrorDetail {
  readonly code: FailureCode;
  /** The origin of this page, as the server sees it. */
  readonly origin: string;
  readonly detail?: string | undefined;
  /** For the owner of the page: what to change, and where. */
  readonly fix?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

export interface PosternEventMap {
  'postern-ready': CustomEvent<null>;
  'postern-open': CustomEvent<null>;
  'postern-close': CustomEvent<null>;
  'postern-message': CustomEvent<MessageDetail>;
  'postern-reply': CustomEvent<ReplyDetail>;
  'postern-error': CustomEvent<ErrorDetail>;
}

type DetailOf<Name extends keyof PosternEventMap> = PosternEventMap[Name]['detail'];

/** @returns false when the page cancelled it; only `postern-message` can be. */
export function emit<Name extends keyof PosternEventMap>(
  target: EventTarget,
  name: Name,
  detail: DetailOf<Name>,
): boolean {
  const cancelable = name === 'postern-message';
  return target.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
}

/* eslint-disable @typescript-eslint/no-empty-object-type -- this is how a library adds its events to the page's types */
declare global {
  interface HTMLElementEventMap extends PosternEventMap {}
  interface DocumentEventMap extends PosternEventMap {}
}
