/** What the server answers under `/api/session`, `/api/setup` and `/api/org/{organizationId}`. Times are ISO texts. */
import type { Actor } from '../server/records/actor.ts';
import type { AuditAction, AuditFacts } from '../server/records/audit-event.ts';
import type { Credits } from '../server/records/credits.ts';
import type { Role } from '../server/records/membership.ts';
import type { RateLimit } from '../server/gate/ports.ts';
import type { KeyStatus } from '../server/gate/key-status.ts';
import type { Scope } from '../server/gate/scope.ts';

export type { KeyStatus };
export type { Actor, AuditAction, AuditFacts, Credits, RateLimit, Role, Scope };

/** One page of a list. Asking with the cursor gives the next one. */
export interface Listing<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Paging {
  /** 1 to 100. */
  readonly limit?: number;
  readonly cursor?: string | null;
}

export interface SessionOrganization {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export interface Session {
  readonly user: { readonly id: string; readonly email: string };
  readonly organizations: readonly SessionOrganization[];
}

/** What a one-time link is for, before it is used. */
export interface SetupPreview {
  readonly purpose: 'first_owner' | 'invitation' | 'reset';
  /** Null: the person chooses. */
  readonly email: string | null;
  /** The organization's name. */
  readonly organization: string | null;
  readonly role: Role | null;
  readonly hasAccount: boolean;
}

export interface SetupInput {
  readonly token: string;
  readonly password: string;
  readonly email?: string;
  readonly organizationName?: string;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly publicKey: string;
  /** The secret's last four characters. */
  readonly secretHint: string;
  readonly allowedDomains: readonly string[];
  readonly enabled: boolean;
  readonly expiresAt: string | null;
  readonly scopes: readonly Scope[];
  readonly rateLimit: RateLimit | null;
  readonly refuseSecretInBrowser: boolean;
  readonly learningUntil: string | null;
  readonly createdAt: string;
  /** Null: it is not known. */
  readonly createdBy: Actor | null;
  /** Grows with every change. */
  readonly revision: number;
  readonly lastUsedAt: string | null;
  readonly lastUsedOrigin: string | null;
  readonly previousSecretExpiresAt: string | null;
  /** From the key's `/secrets`, joined by `api.ts`. */
  readonly previousSecretUsedAt: string | null;
  readonly secretSeenInBrowserAt: string | null;
  /** From the key's `/secrets`, joined by `api.ts`. */
  readonly secretSeenInBrowserOrigin: string | null;
  readonly status: KeyStatus;
}

export interface KeyInput {
  readonly name: string;
  /** A list, or one text with commas or spaces between the entries. */
  readonly allowedDomains?: readonly string[] | string;
  readonly expiresAt?: string | null;
  readonly scopes?: readonly Scope[];
  readonly rateLimit?: RateLimit | null;
  readonly refuseSecretInBrowser?: boolean;
}

export interface KeyPatch extends Partial<KeyInput> {
  readonly enabled?: boolean;
  /** In place of `allowedDomains`: changes of the list as it is then. */
  readonly addDomains?: readonly string[];
  readonly removeDomains?: readonly string[];
  readonly learningUntil?: string | null;
  /** Saves domains although they block an origin that was seen. */
  readonly confirm?: boolean;
  /** Only while the key is at it; otherwise `conflict` with the `current` key. */
  readonly revision?: number;
}

/** An allowed domain that is probably not what was meant. */
export interface PatternWarning {
  readonly pattern: string;
  readonly code: string;
  readonly message: string;
}

export interface CreatedKey {
  readonly key: Key;
  readonly secretKey: string;
  readonly warnings: readonly PatternWarning[];
}

export interface RotatedKey {
  readonly key: Key;
  readonly secretKey: string;
}

/** What a change of domains would do to an origin of the last 30 days. */
export interface ReplayedOrigin {
  readonly origin: string;
  readonly requests: number;
  readonly allowed: boolean;
}

export interface DomainsPreview {
  readonly patterns: readonly {
    readonly pattern: string;
    readonly normalized: string | null;
    readonly problem: string | null;
  }[];
  readonly replay: readonly ReplayedOrigin[];
}

export interface UsageDay {
  /** UTC: `2026-11-24`. */
  readonly date: string;
  readonly accepted: number;
  /** Requests by refusal code. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface OriginUsage {
  readonly origin: string;
  readonly accepted: number;
  readonly refused: number;
  readonly lastSeenAt: string;
  /** What the key's domains say now. */
  readonly allowed: boolean;
}

export interface KeyUsage {
  /** Every day of the range, oldest first. */
  readonly days: readonly UsageDay[];
  /** Busiest first. */
  readonly origins: readonly OriginUsage[];
}

/** The same keys in the same order as the list of keys. */
export interface KeyUsageLine {
  readonly keyId: string;
  readonly name: string;
  readonly days: readonly UsageDay[];
}

export interface Question {
  readonly question: string;
  readonly answer: string;
}

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
  readonly creditsPerMessage: number;
  readonly public: boolean;
  readonly createdAt: string;
  readonly revision: number;
}

export interface AgentWithQuestions extends Agent {
  readonly faq: readonly Question[];
}

export interface AgentInput {
  readonly name: string;
  readonly description?: string;
  readonly greeting?: string;
  readonly suggestions?: readonly string[];
  readonly creditsPerMessage?: number;
  readonly public?: boolean;
  /** Questions, or Markdown whose headings are questions. */
  readonly faq: readonly Question[] | string;
}

export interface AgentPatch extends Partial<AgentInput> {
  /** Only while the agent is at it; otherwise `conflict` with the `current` agent. */
  readonly revision?: number;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: string;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface Members {
  readonly data: readonly Member[];
  readonly invitations: readonly Invitation[];
}

export interface CreatedInvitation {
  readonly invitation: Invitation;
  /** Shown this once. */
  readonly url: string;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly before: AuditFacts | null;
  readonly after: AuditFacts | null;
}
