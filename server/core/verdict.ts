/** What came of a call's credentials: accepted with a principal, or refused with a code. Never thrown. */
import type { Refusal } from './problem.ts';
import type { KeyRecord } from './records.ts';
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

/** What is left of one rate limit after this call. */
export interface LimitState {
  /** `key`, `key-ip` or `refused-ip` */
  readonly name: string;
  readonly requests: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly isExceeded: boolean;
}

export interface Accepted {
  readonly outcome: 'accepted';
  readonly principal: Principal;
  readonly key: KeyRecord;
  /** The domain pattern that admitted the origin; null for secret calls and while learning. */
  readonly pattern: string | null;
  readonly limits: readonly LimitState[];
}

export interface Refused {
  readonly outcome: 'refused';
  readonly refusal: Refusal;
  /** The key that was found, if one was. */
  readonly key?: KeyRecord;
  readonly limits: readonly LimitState[];
}

export type Verdict = Accepted | Refused;
