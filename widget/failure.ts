/**
 * Everything that can go wrong between a visitor and an answer: the server's codes, and what only a browser can see.
 * One closed table says what each one means to the visitor and to the owner of the page; nothing switches on sentences.
 */
import type { ProblemCode } from '../server/gate/problem.ts';
import type { Messages } from './i18n/messages.ts';

type LocalCode = 'offline' | 'unreachable' | 'blocked' | 'silent' | 'interrupted' | 'answer_unexpected' | 'stopped';
export type FailureCode = ProblemCode | LocalCode;

/** `wait` is Retry after a countdown; `edit` gives the text back, because sending it again can't help. */
type FailureAction = 'retry' | 'wait' | 'edit';

interface FailureBehaviour {
  readonly sentence: keyof Messages;
  readonly action: FailureAction;
  /** The page can't chat at all until its owner changes something: say what, in the console. */
  readonly refused?: true;
  /** Worth another try as soon as the network is there again. */
  readonly network?: true;
}

const refused = { sentence: 'unavailable', action: 'retry', refused: true } as const;
const broken = { sentence: 'broken', action: 'retry' } as const;
const rejected = { sentence: 'rejected', action: 'edit' } as const;

export const behaviours: Readonly<Record<FailureCode, FailureBehaviour>> = {
  credentials_missing: refused,
  credentials_malformed: refused,
  key_invalid: refused,
  key_disabled: refused,
  key_expired: refused,
  secret_in_browser: refused,
  origin_missing: refused,
  origin_opaque: refused,
  origin_malformed: refused,
  origin_not_web: refused,
  origin_not_allowed: refused,
  scope_missing: refused,
  sign_in_required: refused,
  forbidden: refused,
  not_found: refused,
  method_not_allowed: refused,
  credits_exhausted: { sentence: 'exhausted', action: 'retry' },
  budget_exhausted: { sentence: 'exhausted', action: 'retry' },
  rate_limited: { sentence: 'busy', action: 'wait' },
  request_invalid: rejected,
  body_too_large: { sentence: 'tooLong', action: 'edit' },
  headers_too_many: broken,
  conflict: { sentence: 'pending', action: 'retry' },
  agent_failed: { sentence: 'noAnswer', action: 'retry' },
  store_unavailable: { sentence: 'paused', action: 'wait' },
  server_busy: { sentence: 'busy', action: 'wait' },
  internal: broken,
  offline: { sentence: 'offline', action: 'retry', network: true },
  unreachable: { sentence: 'unreachable', action: 'retry', network: true },
  /** By the policy of the page itself, or because the page is on https and the server is not. */
  blocked: refused,
  silent: { sentence: 'silent', action: 'retry' },
  interrupted: { sentence: 'interrupted', action: 'retry', network: true },
  answer_unexpected: broken,
  stopped: { sentence: 'stopped', action: 'retry' },
};

interface FailureFacts {
  readonly detail?: string | undefined;
  /** The server's sentence for the owner of the page: what to change, and where. */
  readonly fix?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

export class ChatFailure extends Error {
  readonly code: FailureCode;
  readonly facts: FailureFacts;

  constructor(code: FailureCode, facts: FailureFacts = {}) {
    super(facts.detail ?? code);
    this.name = 'ChatFailure';
    this.code = code;
    this.facts = facts;
  }
}

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(behaviours, value);
}
