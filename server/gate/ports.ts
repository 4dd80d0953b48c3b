/**
 * What the gate must be handed: the key as it needs it, a look-up, a limiter, and somebody who counts uses. It imports nothing
 * of the project, so it decides in front of anything. Times are milliseconds since the Unix epoch; absent facts are null.
 */
import type { CallEvidence } from './call.ts';
import type { DomainEnd } from './domains-in-force.ts';
import type { PublicKey } from './key-format.ts';
import type { ProblemCode } from './problem.ts';
import type { CallMode, Scope } from './scope.ts';

/** A secret key at rest: never its text. */
export interface StoredSecret {
  /** `scrypt-kdf` output in base64; it carries its own parameters and salt. */
  readonly hash: string;
  /** The first 8 bytes of SHA-256 of the secret, in hex: tells a wrong secret without running scrypt. */
  readonly fingerprint: string;
  /** HMAC-SHA-256 of hash and secret under a key made from the session secret, in base64: proves the secret without scrypt. */
  readonly digest: string | null;
  /** The secret's last four characters, for people to tell secrets apart. */
  readonly hint: string;
}

export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

export type BudgetPeriod = 'hour' | 'day' | 'month';

/** Credits for each hour, day or month, in UTC. */
export interface Budget {
  readonly credits: number;
  readonly per: BudgetPeriod;
}

/** What an organization notes about a key, by name. */
export type KeyMetadata = Readonly<Record<string, string | number | boolean | null>>;

/** A key as far as the gate decides by it, and what it tells the API behind it. A store keeps more. */
export interface GateKey {
  readonly id: string;
  readonly organizationId: string;
  /** What people call it. */
  readonly name: string;
  /** Whose key it is in the organization's own words, for the API that asks about it. */
  readonly externalId: string | null;
  readonly metadata: KeyMetadata;
  readonly secret: StoredSecret;
  /** While rotating: the secret before, accepted until `expiresAt`. */
  readonly previousSecret: (StoredSecret & { readonly expiresAt: number }) | null;
  /** Normalized domain patterns, also those that ended. */
  readonly allowedDomains: readonly string[];
  /** When they end; one that is not named here stays. */
  readonly domains?: readonly DomainEnd[];
  readonly enabled: boolean;
  readonly expiresAt: number | null;
  readonly scopes: readonly Scope[];
  /** Of its own scopes, those that a publishable call has too. */
  readonly publishableScopes: readonly Scope[];
  readonly rateLimit: RateLimit | null;
  /** What publishable calls may spend together, and each visitor of theirs; null or absent: as much as there is. */
  readonly budget?: Budget | null;
  readonly visitorBudget?: Budget | null;
  readonly refuseSecretInBrowser: boolean;
  /** Until then an origin that would be refused is accepted and listed. */
  readonly learningUntil: number | null;
}

export interface KeyLookUp {
  /** Asked once for a call, after the credentials were read. Throws when it can't tell. */
  findKeyByPublicKey(publicKey: PublicKey): Promise<GateKey | undefined>;
}

/** What was refused: credentials, by which somebody may guess, or the origin of a call. */
export type RefusedPart = 'credentials' | 'origin';

/** What is left of one rate limit after this call. */
export interface LimitState {
  /** `key`, `key-ip`, `refused-ip` or `refused-origin-ip` */
  readonly name: string;
  readonly requests: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly isExceeded: boolean;
}

export interface Limiter {
  /** Counts a call that passed every check so far; without an address (a verify call) only by key. */
  countCall(key: Pick<GateKey, 'id' | 'rateLimit'>, mode: CallMode, ip?: string): Promise<readonly LimitState[]>;
  countRefusal(ip: string, part: RefusedPart, saidBy?: string): Promise<readonly LimitState[]>;
}

/** A problem's code, or that a page's tag names an agent which is not there. */
export type RefusedFor = ProblemCode | 'agent_not_found';

export interface Use {
  readonly outcome: 'accepted' | RefusedFor;
  /** The page's origin; null for a secret call without one, or when it did not parse. */
  readonly origin: string | null;
  /** The allowed domain that admitted it. */
  readonly pattern?: string;
  readonly isPreviousSecret?: boolean;
  /** An accepted secret call that carried a browser's Origin. */
  readonly isSecretInBrowser?: boolean;
  /** Of a publishable call that passed every check; it may be too many all the same. */
  readonly evidence?: CallEvidence;
}

export interface UseRecorder {
  record(key: Pick<GateKey, 'id' | 'organizationId'>, use: Use): void;
}
