/** What came of a call's credentials: accepted with a principal, or refused with a code. Never thrown. */
import type { GateKey, LimitState } from './ports.ts';
import type { No, ProblemCode, Refusal } from './problem.ts';
import type { CallMode, Scope } from './scope.ts';

/** Who calls, as far as the rest of the server needs to know. */
export interface Principal {
  readonly organizationId: string;
  readonly keyId: string;
  readonly mode: CallMode;
  readonly scopes: readonly Scope[];
  /** The page's origin; null for secret calls. */
  readonly origin: string | null;
}

export interface Accepted {
  readonly ok: true;
  readonly principal: Principal;
  readonly key: GateKey;
  /** The domain pattern that admitted the origin; null for secret calls and while learning. */
  readonly pattern: string | null;
  readonly limits: readonly LimitState[];
}

export interface Refused extends No {
  readonly refusal: Refusal;
  /** The key that was found, if one was. */
  readonly key?: GateKey;
  readonly limits: readonly LimitState[];
}

export type Verdict = Accepted | Refused;

/** `ok`, or why not. */
export function codeOf(verdict: Verdict): 'ok' | ProblemCode {
  return verdict.ok ? 'ok' : verdict.refusal.code;
}
