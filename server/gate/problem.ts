/**
 * The one closed table of everything that can be answered instead of what was asked: code → HTTP status and sentence.
 * No other file of the server names the status of an error. docs/errors.md and a test hold the same list.
 * Sentences are public: they never carry a key, a secret or a list of domains.
 */
export const problems = {
  credentials_missing: { status: 401, title: 'No credentials were sent.' },
  credentials_malformed: { status: 401, title: 'The credentials are not a valid key.' },
  key_invalid: { status: 401, title: 'This key does not exist, or its secret is wrong.' },
  key_disabled: { status: 401, title: 'This key is disabled.' },
  key_expired: { status: 401, title: 'This key has expired.' },
  secret_in_browser: { status: 403, title: 'This key refuses its secret from browsers.' },
  origin_missing: { status: 403, title: 'A publishable key needs an Origin header.' },
  origin_opaque: { status: 403, title: 'The page has no origin of its own.' },
  origin_malformed: { status: 403, title: 'The Origin header is not a web origin.' },
  origin_not_web: { status: 403, title: 'The page is not on http or https.' },
  origin_not_allowed: { status: 403, title: 'This origin is not allowed to use this key.' },
  scope_missing: { status: 403, title: 'This call needs a permission that it does not have.' },
  sign_in_required: { status: 401, title: 'Sign in first.' },
  forbidden: { status: 403, title: 'You may not do this.' },
  credits_exhausted: { status: 402, title: 'The organization has no credits left.' },
  budget_exhausted: { status: 402, title: 'What may be spent with this key is used up for now.' },
  rate_limited: { status: 429, title: 'Too many requests.' },
  request_invalid: { status: 400, title: 'The request is not valid.' },
  headers_too_many: { status: 431, title: 'The request has too many header lines.' },
  body_too_large: { status: 413, title: 'The request body is too large.' },
  not_found: { status: 404, title: 'There is nothing here.' },
  method_not_allowed: { status: 405, title: 'This method is not supported here.' },
  conflict: { status: 409, title: 'The request conflicts with the current state.' },
  agent_failed: { status: 502, title: 'The agent gave no answer.' },
  store_unavailable: { status: 503, title: 'The service is not available right now.' },
  server_busy: { status: 503, title: 'The service is busy right now.' },
  internal: { status: 500, title: 'Something went wrong on our side.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** One field of a request that is wrong. `path` is dotted (`allowedDomains.1`), or empty for the whole. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** The one spelling of "no", whatever else it says. What is asked for never has it. */
export interface No {
  readonly ok: false;
}

export interface LimitPolicy {
  readonly name: string;
  readonly requests: number;
  /** Without: so many at the same time. */
  readonly windowSeconds?: number;
}

/** A limit of which nothing is left. */
interface UsedUp extends LimitPolicy {
  readonly resetSeconds: number;
}

/** A refusal: the expected way to say no. It is returned, never thrown; only `http/errors.ts` answers it. */
export interface Refusal extends No {
  readonly code: ProblemCode;
  /** One public sentence about this very request; the code's title when absent. */
  readonly detail?: string;
  /** One sentence: what to change, and where. */
  readonly fix?: string;
  /** The origin received, when it parsed. */
  readonly origin?: string;
  readonly problems?: readonly FieldProblem[];
  /** Whose budget is used up. */
  readonly budget?: 'key' | 'visitor';
  /** It was paid for: only the same message again costs nothing. */
  readonly isCharged?: true;
  /** Whole seconds until trying again can help. */
  readonly retryAfterSeconds?: number;
  /** Why it is `rate_limited`. */
  readonly limit?: UsedUp;
}

export function refuse<Code extends ProblemCode>(
  code: Code,
  more?: Omit<Refusal, 'ok' | 'code'>,
): Refusal & { readonly code: Code } {
  return { ok: false, code, ...more };
}

/** Tells every "no" from the thing that was asked for. */
export function isRefusal<Result>(result: Result): result is Extract<Result, No> {
  return (result as Partial<No> | null | undefined)?.ok === false;
}

/** The body of every error answer (RFC 9457, `application/problem+json`). */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  requestId: string;
  fix?: string;
  origin?: string;
  problems?: readonly FieldProblem[];
  budget?: 'key' | 'visitor';
}

/** `WWW-Authenticate` (RFC 6750): every 401 names the scheme, and what was wrong with credentials that were sent. */
export function challengeOf(code: ProblemCode): string | undefined {
  if (code === 'scope_missing') return 'Bearer realm="postern", error="insufficient_scope"';
  if (problems[code].status !== 401) return undefined;
  const isSent = code !== 'credentials_missing' && code !== 'sign_in_required';
  return isSent ? 'Bearer realm="postern", error="invalid_token"' : 'Bearer realm="postern"';
}
