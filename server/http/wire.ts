/**
 * The type of every answer and of every body: `present.ts` and the routes give these, pages and programs read them. Bodies
 * are what the schemas take. The OpenAPI document is made from these types and their comments, so nothing is written down twice.
 */
import type { z } from 'zod';
import type { settingsInput, setupInput } from '../accounts/account-input.ts';
import type { agentInput, agentPatch } from '../agents/agent-input.ts';
import type { PageFinding, PageReport } from '../doctor/finding.ts';
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
import type { ConversationOutcome } from '../records/conversation-summary.ts';
import type { WebhookEvent } from '../records/webhook.ts';
import type { Contact, Message, PublicAgent, Time } from './wire-chat.ts';

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
  PageFinding,
  PageReport,
  RateLimit,
  Role,
  Scope,
  WebhookEvent,
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
export type SettingsPatch = Sent<z.input<typeof settingsInput>>;
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
  /** Reading and exporting conversations is in the audit log. */
  readonly auditReading: boolean;
  /** So many days after a conversation was last active it is deleted. */
  readonly retentionDays: number;
  /** Where visitors turn to when an agent finds nothing; null: they are told of none. */
  readonly contact: Contact | null;
  /** Its privacy notice; null: none is known. */
  readonly privacyUrl: string | null;
}

/** `organization.json` of an archive. */
export interface ArchivedOrganization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Time;
  readonly auditReading: boolean;
  /** Null: as long as the server keeps those of everybody. */
  readonly retentionDays: number | null;
  readonly contact: Contact | null;
  readonly privacyUrl: string | null;
  readonly credits: OrganizationCredits;
  readonly exportedAt: Time;
}

/** A line of `agents.ndjson`. */
export interface ArchivedAgent extends Agent {
  readonly synonyms: AgentWithQuestions['synonyms'];
  readonly faq: readonly Question[];
}

/** A line of `usage.ndjson`: what one key did on one day. */
export interface ArchivedUsageDay extends UsageDay {
  readonly keyId: string;
  readonly origins: readonly (Omit<OriginUsage, 'allowed'> & { readonly versions: readonly string[] })[];
  /** Null: nothing of the kind was counted. */
  readonly evidence: Omit<DayEvidence, 'date' | 'groups'> | null;
}

/** A line of `deliveries.ndjson`. */
export interface ArchivedDelivery extends Delivery {
  readonly webhookId: string;
}

export interface DeletedConversations {
  /** How many of them the organization had. */
  readonly deleted: number;
}

/** Why the settings were not changed. */
export interface SettingsConflict {
  /** So many conversations would be deleted at once; 10,000 stands for more as well. */
  readonly deletes?: number;
}

export interface Session {
  readonly user: { readonly id: string; readonly email: string };
  readonly organizations: readonly SessionOrganization[];
}

export interface SetupState {
  /** False while only the link that the server printed lets anybody in. */
  readonly isSetUp: boolean;
  /** Whether a link for a forgotten password can be mailed. */
  readonly isMailOn: boolean;
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

/** An allowed domain, with what is noted about it. */
export interface KeyDomain {
  readonly pattern: string;
  readonly label: string | null;
  /** It admits nobody from then on, and is listed for 30 days more; null: it stays. */
  readonly expiresAt: Time | null;
  /** Null: it is not known. */
  readonly addedAt: Time | null;
  readonly addedBy: Actor | null;
  /** When it last admitted a call, as the first of the list that fits; null: not since that is counted. */
  readonly lastMatchedAt: Time | null;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  /** For people of the organization alone; empty: nothing is noted. */
  readonly notes: string;
  readonly tags: readonly string[];
  readonly publicKey: string;
  /** The secret's last four characters. */
  readonly secretHint: string;
  /** Those in force. */
  readonly allowedDomains: readonly string[];
  /** The same, and those that ended lately. */
  readonly domains: readonly KeyDomain[];
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
  readonly tag?: string;
  readonly status?: KeyFilter;
  readonly sort?: KeyOrder;
}

/** What a list shows of a conversation. */
export interface ConversationLine {
  readonly id: string;
  readonly agentId: string;
  readonly keyId: string;
  readonly mode: CallMode;
  /** The page that began it; null for secret calls. */
  readonly origin: string | null;
  /** Of a call of the OpenAI interface: how many messages, by the caller's word, came before the one that is kept. */
  readonly earlierMessages?: number;
  readonly startedAt: Time;
  readonly lastActiveAt: Time;
  /** Questions, each with its reply. */
  readonly turns: number;
  /** Of a conversation that began with a message for people: its words. Cut to 200 characters. */
  readonly firstQuestion: string;
  /**
   * `unanswered`: at least one question had no answer. `failed`: the last message got no reply. `nearest`: at least one question had only
   * near ones. Null: nothing was answered yet.
   */
  readonly outcome: ConversationOutcome | null;
  /** The worst that one of its replies was given. */
  readonly rating: 1 | -1 | null;
  /** A visitor left a message in it. */
  readonly contact: boolean;
}

/** What a visitor left for the people behind an agent. */
export interface LeftMessage {
  readonly id: string;
  /** As the visitor says, as is the address. */
  readonly name: string | null;
  readonly email: string;
  readonly text: string;
  readonly createdAt: Time;
}

/** What of conversations is looked for. */
export interface ConversationSearch {
  readonly agent?: string;
  readonly key?: string;
  readonly origin?: string;
  readonly outcome?: ConversationOutcome;
  readonly rating?: '1' | '-1';
  readonly contact?: 'true';
  readonly from?: string;
  readonly to?: string;
  readonly q?: string;
}

export type ConversationList = Listing<ConversationLine>;

export interface ConversationThread extends ConversationLine {
  readonly messages: readonly Message[];
  /** At most three, on each page. */
  readonly leftMessages: readonly LeftMessage[];
  /** Where the page before ends; null: this is the first one. */
  readonly nextBefore: string | null;
}

/** A line of an export. */
export interface WholeConversation extends ConversationLine {
  readonly messages: readonly Message[];
  readonly leftMessages: readonly LeftMessage[];
}

/** What an agent had no answer to: asked in these words or in others that its search takes for the same. */
export interface UnansweredQuestion {
  /** As it was asked last, cut to 300 characters. */
  readonly question: string;
  readonly count: number;
  readonly lastAskedAt: Time;
  /** The newest 20. */
  readonly conversationIds: readonly string[];
  /** What the agent knows by now has an answer. */
  readonly answeredNow: boolean;
  /** Where it has none: the questions that it would offer instead, the nearest first. */
  readonly nearest: readonly string[];
}

/** The most asked first, 100 at most. */
export type UnansweredQuestions = readonly UnansweredQuestion[];

export interface AddedAnswer extends Question {
  /** The agent's, with this answer. */
  readonly revision: number;
}

export interface KeyPage extends Listing<Key> {
  /** How many there are on all pages. */
  readonly total: number;
  /** Those of all keys of the organization, from A to Z. */
  readonly tags: readonly string[];
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

/** An origin whose chat said which version of its script it has. */
export interface Installation {
  readonly origin: string;
  /** The first day of the range on which it did, in UTC: `2026-11-24`. */
  readonly firstSeenOn: string;
  readonly lastSeenAt: Time;
  /** At most three, newest first. Nothing vouches for them. */
  readonly versions: readonly string[];
}

export interface KeyUsage {
  /** Every day of the range, oldest first. */
  readonly days: readonly UsageDay[];
  /** Busiest first. */
  readonly origins: readonly OriginUsage[];
  /** Where the chat is, as it says itself; the one seen last first. */
  readonly installations: readonly Installation[];
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
  /** Other wordings of it. */
  readonly aliases: readonly string[];
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
export interface Agent extends Omit<PublicAgent, 'contact' | 'privacyUrl'> {
  readonly public: boolean;
  /** Null: it answers from its questions alone. */
  readonly model: AgentModel | null;
  readonly createdAt: Time;
  readonly revision: number;
}

export interface AgentWithQuestions extends Agent {
  readonly faq: readonly Question[];
  /** Groups of words that mean the same to it. */
  readonly synonyms: readonly (readonly string[])[];
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
  /** Shown this once, also when it was mailed. */
  readonly url: string;
  /** What came of mailing it; null: it was not tried. */
  readonly mail: { readonly sent: boolean; readonly failure: string | null } | null;
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

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly enabled: boolean;
  /** Since when nothing got through; null: the last message did, or none was sent. */
  readonly failingSince: Time | null;
  /** When it was switched off because nothing got through; null: it was not. */
  readonly disabledAt: Time | null;
  /** Until then messages are signed with the secret before too. */
  readonly previousSecretUntil: Time | null;
  readonly createdAt: Time;
}

export interface Webhooks {
  readonly data: readonly Webhook[];
}

export interface CreatedWebhook {
  readonly webhook: Webhook;
  /** `whsec_…`, shown this once. Absent: it is a mailbox, and mail is not signed. */
  readonly secret?: string;
}

export interface ChangedWebhook {
  readonly webhook: Webhook;
  /** `whsec_…`, where a new one was asked for, or a mailbox became another address. */
  readonly secret?: string;
}

/** The last try to bring a message. */
export interface DeliveryAttempt {
  readonly at: Time;
  readonly durationMs: number;
  /** Null: no answer came. */
  readonly status: number | null;
  /** Why no answer came. */
  readonly failure: string | null;
  /** Its first 2,000 characters. */
  readonly answer: string;
}

export interface Delivery {
  /** The message's `webhook-id`. */
  readonly id: string;
  readonly event: WebhookEvent | 'test';
  /** As it is sent. */
  readonly body: string;
  readonly createdAt: Time;
  readonly state: 'waiting' | 'delivered' | 'given_up';
  /** Null: it is not tried again. */
  readonly nextAttemptAt: Time | null;
  readonly attempts: number;
  readonly lastAttempt: DeliveryAttempt | null;
}

export type DeliveryPage = Listing<Delivery>;

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

/** A file of the widget whose content never changes. */
export interface PinnedWidget {
  /** Below the server's origin. */
  readonly path: string;
  /** `sha384-…` */
  readonly integrity: string;
}
