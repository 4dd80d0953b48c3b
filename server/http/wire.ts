/**
 * The type of every answer and of every body: `present.ts` and the routes give these, pages and programs read them. Bodies
 * are what the schemas take. The OpenAPI document is made from these types and their comments, so nothing is written down twice.
 */
import type { z } from 'zod';
import type { setupInput } from '../accounts/account-input.ts';
import type { agentInput, agentPatch } from '../agents/agent-input.ts';
import type { Explanation } from '../gate/explain.ts';
import type { FieldProblem, ProblemCode, ProblemDocument } from '../gate/problem.ts';
import type { CallMode, Scope } from '../gate/scope.ts';
import type { KeyStatus } from '../gate/key-status.ts';
import type { Budget, KeyMetadata, RateLimit } from '../gate/ports.ts';
import type { KeyFilter, KeyOrder } from '../keys/find-keys.ts';
import type { keyInput, keyPatch } from '../keys/key-input.ts';
import type { Actor } from '../records/actor.ts';
import type { AgentModel } from '../records/agent.ts';
import type { AuditAction, AuditEvent, AuditFacts } from '../records/audit-event.ts';
import type { Credits } from '../records/credits.ts';
import type { Role } from '../records/membership.ts';
import type { PublicAgent, Time } from './wire-chat.ts';

export type {
  Actor,
  AgentModel,
  AuditAction,
  AuditFacts,
  Budget,
  Credits,
  KeyMetadata,
  KeyFilter,
  KeyOrder,
  KeyStatus,
  RateLimit,
  Role,
  Scope,
};

/** What an organization has, in credits. */
export interface OrganizationCredits extends Credits {
  /** Publishable calls leave so many for secret calls. */
  readonly reserved: number;
  /** As an owner set it; null: a fifth of what was granted. */
  readonly reservedCredits: number | null;
}
export type { FieldProblem, ProblemCode, ProblemDocument };
export type * from './wire-chat.ts';
export type * from './wire-openai.ts';

/** What somebody else made, and nobody changes. */
type Sent<Body> = Body extends object ? { readonly [Name in keyof Body]: Sent<Body[Name]> } : Body;

export type SetupInput = Sent<z.input<typeof setupInput>>;
export type KeyInput = Sent<z.input<typeof keyInput>>;
export type KeyPatch = Sent<z.input<typeof keyPatch>>;
export type AgentInput = Sent<z.input<typeof agentInput>>;
export type AgentPatch = Sent<z.input<typeof agentPatch>>;

export interface Paging {
  /** 1 to 100. */
  readonly limit?: number;
  readonly cursor?: string | null;
}

/** One page of a list. Asking with the cursor gives the next one. */
export interface Listing<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Health {
  readonly status: 'ok';
}

export interface Liveness extends Health {
  /** Which version of Postern runs. */
  readonly version: string;
}

export interface SessionOrganization {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** What is said of an organization as a whole. */
export interface OrganizationSettings {
  readonly name: string;
}

export interface Session {
  readonly user: { readonly id: string; readonly email: string };
  readonly organizations: readonly SessionOrganization[];
}

export interface SetupState {
  /** False while only the link that the server printed lets anybody in. */
  readonly isSetUp: boolean;
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

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly publicKey: string;
  /** The secret's last four characters. */
  readonly secretHint: string;
  readonly allowedDomains: readonly string[];
  readonly enabled: boolean;
  readonly expiresAt: Time | null;
  readonly scopes: readonly Scope[];
  /** Of its own scopes, those that a publishable call has too. */
  readonly publishableScopes: readonly Scope[];
  readonly externalId: string | null;
  readonly metadata: KeyMetadata;
  readonly rateLimit: RateLimit | null;
  /** What publishable calls may spend together; null: as much as there is. */
  readonly budget: Budget | null;
  /** The same for each visitor. */
  readonly visitorBudget: Budget | null;
  /** Of the budget, in its present hour, day or month (UTC), which began at `since`; null: there is no budget. */
  readonly spent: { readonly credits: number; readonly since: Time } | null;
  readonly refuseSecretInBrowser: boolean;
  readonly learningUntil: Time | null;
  readonly createdAt: Time;
  /** Null: it is not known. */
  readonly createdBy: Actor | null;
  /** Grows with every change. */
  readonly revision: number;
  readonly lastUsedAt: Time | null;
  readonly lastUsedOrigin: string | null;
  /** While the secret before works; null: none does. */
  readonly previousSecret: { readonly expiresAt: Time; readonly lastUsedAt: Time | null } | null;
  /** A page that sent the secret: everybody who opens it can read it. */
  readonly secretSeenInBrowser: { readonly at: Time; readonly origin: string | null } | null;
  readonly status: KeyStatus;
}

/** What of the keys is listed, and in which order; without `sort` the newest first. */
export interface KeySearch {
  readonly q?: string;
  readonly status?: KeyFilter;
  readonly sort?: KeyOrder;
}

export interface KeyPage extends Listing<Key> {
  /** How many there are on all pages. */
  readonly total: number;
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

/** Why a change of a key was not made: what it would block, or the key that somebody else changed meanwhile. */
export interface KeyConflict {
  readonly replay?: readonly ReplayedOrigin[];
  readonly current?: Key;
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
  readonly lastSeenAt: Time;
  /** What the key's domains say now. */
  readonly allowed: boolean;
}

export interface AddressGroupUsage {
  /**
   * Stands for an IPv4 address or an IPv6 /64 on this one day, for all keys of the organization: a digest under a random key that is deleted
   * when the day after has ended.
   */
  readonly id: string;
  /** At least so many. */
  readonly calls: number;
}

export interface DayEvidence {
  /** UTC: `2026-11-24`. */
  readonly date: string;
  /** Calls of which it can be told whether a browser sent them. */
  readonly calls: number;
  /** Of these, those without `Sec-Fetch-Site`, which every browser sends. */
  readonly withoutBrowserHeaders: number;
  /** Calls whose address is known. */
  readonly addressedCalls: number;
  /** The busiest 20, busiest first. */
  readonly groups: readonly AddressGroupUsage[];
}

export interface ScriptedDay {
  /** UTC: `2026-11-24`. */
  readonly date: string;
  readonly calls: number;
  readonly withoutBrowserHeaders: number;
}

/** What publishable calls show of who sent them: those that were let in, also where a limit or a budget refused them then. */
export interface KeyEvidence {
  /** Over the range: calls of which it can be told whether a browser sent them. */
  readonly calls: number;
  readonly withoutBrowserHeaders: number;
  /** Over the range: calls whose address is known. */
  readonly addressedCalls: number;
  /** Of the days that look like scripts (a fifth of at least 100 calls), the one with the most calls without browser headers. */
  readonly mostScripted: ScriptedDay | null;
  /** Today, then yesterday if it is in the range. */
  readonly days: readonly DayEvidence[];
}

export interface KeyUsage {
  /** Every day of the range, oldest first. */
  readonly days: readonly UsageDay[];
  /** Busiest first. */
  readonly origins: readonly OriginUsage[];
  readonly evidence: KeyEvidence;
}

/** The same keys in the same order as the list of keys. */
export interface KeyUsageLine {
  readonly keyId: string;
  readonly name: string;
  readonly days: readonly UsageDay[];
}

export type UsagePage = Listing<KeyUsageLine>;

export interface Question {
  readonly question: string;
  readonly answer: string;
}

export type PublicAgentPage = Listing<PublicAgent>;

/** A server of models that the operator lists. */
export interface AgentUpstream {
  readonly name: string;
  /** The models that an agent may name; none: any. */
  readonly models: readonly string[];
}

export interface AgentUpstreams {
  readonly data: readonly AgentUpstream[];
}

/** As its organization sees it. */
export interface Agent extends PublicAgent {
  readonly public: boolean;
  /** Null: it answers from its questions alone. */
  readonly model: AgentModel | null;
  readonly createdAt: Time;
  readonly revision: number;
}

export interface AgentWithQuestions extends Agent {
  readonly faq: readonly Question[];
  /** What went wrong with its model in the last hour, as this process met it; the kind that came last first. */
  readonly troubles: readonly AgentTrouble[];
}

/** What an upstream did in place of an answer, without its words: those are in the log. */
export interface AgentTrouble {
  readonly trouble:
    'unlisted' | 'status' | 'unreachable' | 'silent' | 'redirect' | 'cut' | 'garbage' | 'too_long' | 'empty' | 'failed';
  /** What it answered with `status` and `redirect`. */
  readonly status: number | null;
  readonly count: number;
  readonly lastAt: Time;
}

export type AgentPage = Listing<Agent>;

/** Why a change of an agent was not made: somebody else changed it meanwhile. */
export interface AgentConflict {
  readonly current?: AgentWithQuestions;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: Time;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: Time;
  readonly expiresAt: Time;
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
  readonly at: Time;
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: AuditEvent['target'];
  readonly before: AuditFacts | null;
  readonly after: AuditFacts | null;
}

export type AuditPage = Listing<AuditEntry>;

/** Who calls. */
export interface Caller {
  readonly organizationId: string;
  readonly keyId: string;
  readonly mode: CallMode;
  readonly scopes: readonly Scope[];
  /** The page's origin; null for secret calls. */
  readonly origin: string | null;
}

export interface SecretCaller extends Caller {
  readonly name: string;
  readonly allowedDomains: readonly string[];
  readonly expiresAt: Time | null;
  readonly credits: Credits;
}

/** A publishable call is told less. */
export type AnyCaller = SecretCaller | Caller;

/** What is left of one limit. */
export interface LimitLeft {
  readonly name: string;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** `status` is what the API that asks should answer. */
export type KeyVerdict =
  | {
      readonly valid: true;
      readonly code: 'ok';
      readonly status: 200;
      readonly organizationId: string;
      readonly mode: CallMode;
      readonly scopes: readonly Scope[];
      /** The page's origin; null for secret calls. */
      readonly origin: string | null;
      readonly key: Pick<Key, 'id' | 'name' | 'externalId' | 'metadata' | 'expiresAt'>;
      readonly limits: readonly LimitLeft[];
      /** Null: no cost was named. */
      readonly credits: { readonly spent: number; readonly remaining: number } | null;
    }
  | {
      readonly valid: false;
      readonly code: ProblemCode;
      readonly status: number;
      readonly title: string;
      readonly detail: string;
      readonly fix: string | null;
      readonly retryAfterSeconds: number | null;
      readonly limits: readonly LimitLeft[];
    };

/** The key of the demo, as its panel shows it. */
export interface DemoKey {
  readonly publicKey: string;
  readonly secretKey: string;
  readonly agentId: string;
  /** The same agent with a model, which a page gets with `?agent=model`; null: there is none. */
  readonly modelAgent: { readonly id: string; readonly model: string } | null;
  /** The tag as it stands on every customer page. */
  readonly snippet: string;
  readonly allowedDomains: readonly string[];
  readonly defaultDomains: readonly string[];
  readonly stolenKey: StolenKeyRules & {
    /** The run is for browsers on the server's own machine. */
    readonly mayRun: boolean;
  };
}

/** What a run with a stolen key is. */
export interface StolenKeyRules {
  /** From the script. */
  readonly calls: number;
  /** With the pair, after that. */
  readonly pairCalls: number;
  /** Of the key that each run makes for itself. */
  readonly budget: Budget;
}

/**
 * What happens in a run, in its order: `key`, `script` after each call of the script, `pair` after each with the pair, `evidence` in the
 * end.
 */
export type StolenKeyEvent =
  | { readonly type: 'key'; readonly keyId: string; readonly publicKey: string; readonly origin: string }
  | {
      readonly type: 'script';
      /** So far. */
      readonly sent: number;
      readonly answered: number;
      /** Calls by refusal code. */
      readonly refused: Readonly<Record<string, number>>;
      /** The newest refusal in a sentence. */
      readonly told: string | null;
      /** Credits of the key's budget. */
      readonly spent: number;
    }
  | { readonly type: 'pair'; readonly status: number; readonly code: string }
  /** Of the key's calls today. */
  | { readonly type: 'evidence'; readonly evidence: KeyEvidence }
  /** It ended before its end. */
  | { readonly type: 'failed'; readonly detail: string };

/** Whether pages of an origin may use the demo's key, and why. */
export interface ExplainedOrigin extends Explanation {
  readonly origin: string;
}

/** What a call that the demo made to its own server was answered. */
export interface DemoCall {
  readonly status: number;
  readonly body: string;
}
