/**
 * What MongoDB keeps: one schema a collection, its indexes, and nothing that a schema does not name. Only the
 * `mongo-*.ts` files use it. User text (origins, codes) is always a value and never a field's name.
 */
import type { Connection, Model, Schema } from 'mongoose';
import type { Budget } from '../../gate/ports.ts';
import type { Actor } from '../../records/actor.ts';
import type { AgentModel, AgentRecord, FaqEntry } from '../../records/agent.ts';
import type { AuditEvent } from '../../records/audit-event.ts';
import type { Spending } from '../../records/budget.ts';
import type { Conversation } from '../../records/conversation.ts';
import type { CreditHold, Credits, Receipt } from '../../records/credits.ts';
import type { DomainEntry } from '../../records/domain-entry.ts';
import type { KeyRecord } from '../../records/key.ts';
import type { Membership } from '../../records/membership.ts';
import type { Organization } from '../../records/organization.ts';
import type { SetupLink } from '../../records/setup-link.ts';
import type { Turn } from '../../records/turn.ts';
import type { UsageDay } from '../../records/usage-day.ts';
import type { User } from '../../records/user.ts';
import type { Delivery, Notice, Webhook } from '../../records/webhook.ts';
import { schemaOf } from './fields.ts';

/** A record whose id is the document's `_id`. */
type Identified<Item extends { readonly id: string }> = Omit<Item, 'id'> & { readonly _id: string };

/**
 * `revision` counts the changes, from none: a writer who read an older one changes nothing. Of an organization it counts
 * those of its members.
 */
export interface Revised {
  readonly revision?: number | undefined;
}

export type MemberDocument = Omit<Membership, 'organizationId'>;
/**
 * Holds and members live in the organization's document, so that a charge, and "an owner stays", is one change of one
 * document. Documents from before there were members have none.
 */
export type OrganizationDocument = Omit<Identified<Organization>, 'reservedCredits'> &
  Credits &
  Revised & {
    readonly reservedCredits?: number | null | undefined;
    readonly holds: readonly HoldDocument[];
    readonly takings?: readonly Taking[] | undefined;
    readonly members?: readonly MemberDocument[] | undefined;
  };
/** One from before there were budgets is of none. */
export type HoldDocument = Omit<CreditHold, 'windowId'> & { readonly windowId?: string | null | undefined };
/** Credits that are taken already, and whose receipt may not be there yet. */
export interface Taking {
  readonly id: string;
  readonly receiptId: string;
  readonly amount: number;
  readonly takenAt: number;
  readonly endsAt: number;
}
/** `takingId`: of all that were taken under it, the one that counts. */
export type ReceiptDocument = Omit<Receipt, 'id'> & { readonly receiptId: string; readonly takingId: string };
export type UserDocument = Identified<User>;
export type LinkDocument = Identified<SetupLink>;
/** The facts as JSON: their names are people's text. */
export type AuditEventDocument = Omit<Identified<AuditEvent>, 'before' | 'after'> & {
  readonly before: string | null;
  readonly after: string | null;
};
/** The metadata as JSON: their names are people's text. What came later than the key may be missing. */
export type KeyDocument = Omit<
  Identified<KeyRecord>,
  | 'createdBy'
  | 'domains'
  | 'revision'
  | 'notes'
  | 'tags'
  | 'publishableScopes'
  | 'externalId'
  | 'metadata'
  | 'budget'
  | 'visitorBudget'
> &
  Revised & {
    readonly createdBy?: Actor | null | undefined;
    readonly domains?: readonly DomainEntry[] | undefined;
    readonly notes?: string | undefined;
    readonly tags?: readonly string[] | undefined;
    readonly publishableScopes?: readonly string[] | undefined;
    readonly externalId?: string | null | undefined;
    readonly metadata?: string | undefined;
    readonly budget?: Budget | null | undefined;
    readonly visitorBudget?: Budget | null | undefined;
  };
/** What came later than the agent may be missing. */
export type AgentDocument = Omit<
  Identified<AgentRecord>,
  'revision' | 'disclosure' | 'disclosureText' | 'synonyms' | 'model'
> &
  Revised & {
    readonly entries: readonly (Omit<FaqEntry, 'aliases'> & { readonly aliases?: readonly string[] | undefined })[];
    readonly disclosure?: boolean | undefined;
    readonly disclosureText?: string | null | undefined;
    readonly synonyms?: AgentRecord['synonyms'] | undefined;
    readonly model?: AgentModel | null | undefined;
  };
/**
 * `isDeleting`: its turns are being deleted, nobody finds it any more, and the next sweep finishes what this one began.
 * `hasOwnRetention`: a sweep found that its organization has one, so none looks at it again for the server's.
 */
export type ConversationDocument = Identified<Conversation> & {
  readonly isDeleting: boolean;
  readonly hasOwnRetention?: true | undefined;
};
export type TurnDocument = Omit<Turn, 'windowId'> & { readonly windowId?: string | null | undefined };
export type SpendingDocument = Identified<Spending> & { readonly holds: readonly HoldDocument[] };
/** `revision` counts the changes: a writer who merged an older one writes nothing. */
export type UsageDayDocument = Omit<UsageDay, 'refused'> & {
  readonly refused: readonly { readonly code: string; readonly count: number }[];
  readonly revision: number;
};
export type WebhookDocument = Identified<Webhook> & Revised;
export type NoticeDocument = Notice;
export type DeliveryDocument = Identified<Delivery>;
/** By date */
interface DigestKeyDocument {
  readonly _id: string;
  readonly digestKey: string;
}

export interface Models {
  readonly organizations: Model<OrganizationDocument>;
  readonly users: Model<UserDocument>;
  readonly links: Model<LinkDocument>;
  readonly auditEvents: Model<AuditEventDocument>;
  readonly keys: Model<KeyDocument>;
  readonly agents: Model<AgentDocument>;
  readonly conversations: Model<ConversationDocument>;
  readonly turns: Model<TurnDocument>;
  readonly usageDays: Model<UsageDayDocument>;
  readonly digestKeys: Model<DigestKeyDocument>;
  readonly receipts: Model<ReceiptDocument>;
  readonly spendings: Model<SpendingDocument>;
  readonly webhooks: Model<WebhookDocument>;
  readonly notices: Model<NoticeDocument>;
  readonly deliveries: Model<DeliveryDocument>;
}

const actor = { kind: String, id: String, name: String } as const;
const budget = { credits: Number, per: String } as const;
const hold = {
  id: String,
  amount: Number,
  heldAt: Number,
  windowId: String,
  conversationId: String,
  messageId: String,
} as const;
const secret = { hash: String, fingerprint: String, digest: String, hint: String } as const;

const organizationSchema = schemaOf<OrganizationDocument>({
  _id: String,
  name: String,
  createdAt: Number,
  granted: Number,
  spent: Number,
  reservedCredits: Number,
  auditReading: Boolean,
  retentionDays: Number,
  contact: { text: String, email: String, url: String, phone: String, leaveMessage: Boolean },
  privacyUrl: String,
  holds: [hold],
  takings: [{ id: String, receiptId: String, amount: Number, takenAt: Number, endsAt: Number }],
  members: [{ userId: String, role: String, createdAt: Number }],
  revision: Number,
});
organizationSchema.index({ 'holds.heldAt': 1 });
organizationSchema.index({ 'members.userId': 1 });
organizationSchema.index({ 'takings.takenAt': 1 });
organizationSchema.index({ _id: 1, retentionDays: 1 }, { partialFilterExpression: { retentionDays: { $gt: 0 } } });

const receiptSchema = schemaOf<ReceiptDocument>({
  organizationId: String,
  receiptId: String,
  amount: Number,
  endsAt: Number,
  takingId: String,
});
receiptSchema.index({ organizationId: 1, receiptId: 1 }, { unique: true });
receiptSchema.index({ endsAt: 1 });

const spendingSchema = schemaOf<SpendingDocument>({
  _id: String,
  organizationId: String,
  keyId: String,
  startsAt: Number,
  endsAt: Number,
  spent: Number,
  holds: [hold],
});
spendingSchema.index({ keyId: 1 });
spendingSchema.index({ endsAt: 1 });
spendingSchema.index({ 'holds.heldAt': 1 });

const userSchema = schemaOf<UserDocument>({
  _id: String,
  email: String,
  passwordHash: String,
  sessions: [{ id: String, createdAt: Number, expiresAt: Number }],
  createdAt: Number,
});
userSchema.index({ email: 1 }, { unique: true });

const linkSchema = schemaOf<LinkDocument>({
  _id: String,
  tokenDigest: String,
  purpose: String,
  organizationId: String,
  email: String,
  role: String,
  passwordHash: String,
  createdAt: Number,
  expiresAt: Number,
});
linkSchema.index({ tokenDigest: 1 }, { unique: true });
linkSchema.index({ organizationId: 1, _id: -1 });
linkSchema.index({ expiresAt: 1 });

const auditEventSchema = schemaOf<AuditEventDocument>({
  _id: String,
  organizationId: String,
  at: Number,
  actor,
  action: String,
  target: { kind: String, id: String, name: String },
  before: String,
  after: String,
});
auditEventSchema.index({ organizationId: 1, _id: 1 });
auditEventSchema.index({ at: 1 });
auditEventSchema.index({ organizationId: 1, 'actor.id': 1, _id: -1 });
auditEventSchema.index({ organizationId: 1, 'target.id': 1, _id: -1 });
auditEventSchema.index({ organizationId: 1, action: 1, _id: -1 });

const keySchema = schemaOf<KeyDocument>({
  _id: String,
  organizationId: String,
  name: String,
  publicKey: String,
  notes: String,
  tags: [String],
  secret,
  previousSecret: { ...secret, expiresAt: Number },
  allowedDomains: [String],
  domains: [
    { pattern: String, label: String, expiresAt: Number, addedAt: Number, addedBy: actor, lastMatchedAt: Number },
  ],
  enabled: Boolean,
  expiresAt: Number,
  scopes: [String],
  publishableScopes: [String],
  externalId: String,
  metadata: String,
  rateLimit: { requests: Number, windowSeconds: Number },
  budget,
  visitorBudget: budget,
  refuseSecretInBrowser: Boolean,
  learningUntil: Number,
  createdAt: Number,
  createdBy: actor,
  lastUsedAt: Number,
  lastUsedOrigin: String,
  previousSecretUsedAt: Number,
  secretSeenInBrowserAt: Number,
  secretSeenInBrowserOrigin: String,
  revision: Number,
});
keySchema.index({ publicKey: 1 }, { unique: true });
keySchema.index({ organizationId: 1, _id: 1 });

const agentSchema = schemaOf<AgentDocument>({
  _id: String,
  organizationId: String,
  kind: String,
  name: String,
  description: String,
  greeting: String,
  suggestions: [String],
  creditsPerMessage: Number,
  public: Boolean,
  knowledgeId: String,
  disclosure: Boolean,
  disclosureText: String,
  synonyms: [[String]],
  model: {
    upstream: String,
    name: String,
    instructions: String,
    outputTokensMax: Number,
    creditsPer1000Tokens: Number,
    answersOnlyFromKnowledge: Boolean,
    allowCallerInstructions: Boolean,
  },
  createdAt: Number,
  entries: [{ question: String, aliases: [String], answer: String }],
  revision: Number,
});
agentSchema.index({ organizationId: 1, _id: 1 });

const conversationSchema = schemaOf<ConversationDocument>({
  earlierMessages: Number,
  _id: String,
  organizationId: String,
  agentId: String,
  keyId: String,
  mode: String,
  origin: String,
  createdAt: Number,
  lastActiveAt: Number,
  summary: { firstQuestion: String, turns: Number, openTurns: Number, outcome: String, rating: Number },
  leftMessages: [{ id: String, name: String, email: String, text: String, createdAt: Number }],
  isDeleting: Boolean,
  hasOwnRetention: Boolean,
});
conversationSchema.index({ hasOwnRetention: 1, lastActiveAt: 1 });
conversationSchema.index({ organizationId: 1, lastActiveAt: 1, _id: 1 });
conversationSchema.index({ isDeleting: 1 }, { partialFilterExpression: { isDeleting: true } });

const turnSchema = schemaOf<TurnDocument>({
  conversationId: String,
  messageId: String,
  message: String,
  questionId: String,
  askedAt: Number,
  price: Number,
  windowId: String,
  state: String,
  attemptId: String,
  leaseUntil: Number,
  isCharged: Boolean,
  attempts: Number,
  reply: {
    id: String,
    text: String,
    createdAt: Number,
    findings: { outcome: String, suggestions: [String], sources: [{ title: String, url: String }] },
    isGenerated: Boolean,
    isCutShort: Boolean,
    rating: Number,
  },
  unansweredOf: String,
});
turnSchema.index({ conversationId: 1, messageId: 1 }, { unique: true });
turnSchema.index({ conversationId: 1, askedAt: 1, messageId: 1 });
turnSchema.index({ unansweredOf: 1, askedAt: 1 }, { partialFilterExpression: { unansweredOf: { $type: 'string' } } });

const usageDaySchema = schemaOf<UsageDayDocument>({
  organizationId: String,
  keyId: String,
  date: String,
  accepted: Number,
  refused: [{ code: String, count: Number }],
  origins: [
    {
      origin: String,
      accepted: Number,
      refused: Number,
      lastSeenAt: Number,
      widgets: [String],
    },
  ],
  evidence: {
    calls: Number,
    withoutBrowserHeaders: Number,
    addressedCalls: Number,
    groups: [{ digest: String, calls: Number, overcount: Number }],
  },
  revision: Number,
});
usageDaySchema.index({ keyId: 1, date: 1 }, { unique: true });

const digestKeySchema = schemaOf<DigestKeyDocument>({ _id: String, digestKey: String });

const webhookSchema = schemaOf<WebhookDocument>({
  _id: String,
  organizationId: String,
  url: String,
  events: [String],
  enabled: Boolean,
  failingSince: Number,
  disabledAt: Number,
  secretVersion: Number,
  previousSecretUntil: Number,
  createdAt: Number,
  revision: Number,
});
webhookSchema.index({ organizationId: 1, _id: 1 });

const noticeSchema = schemaOf<NoticeDocument>({
  organizationId: String,
  name: String,
  at: Number,
  endsAt: Number,
  isTold: Boolean,
});
noticeSchema.index({ organizationId: 1, name: 1 }, { unique: true });
noticeSchema.index({ endsAt: 1 });

const deliverySchema = schemaOf<DeliveryDocument>({
  _id: String,
  organizationId: String,
  webhookId: String,
  event: String,
  subject: String,
  body: String,
  createdAt: Number,
  state: String,
  dueAt: Number,
  attempts: Number,
  lastAttempt: { at: Number, durationMs: Number, status: Number, failure: String, answer: String },
});
const waiting = { partialFilterExpression: { state: 'waiting' } };
deliverySchema.index({ webhookId: 1, _id: 1 });
deliverySchema.index({ createdAt: 1 });
deliverySchema.index({ dueAt: 1 }, waiting);
deliverySchema.index({ webhookId: 1, subject: 1, _id: 1 }, waiting);

/** The database may be another program's too. */
export const collectionPrefix = 'postern_';

/** The models on a connection of their own. */
export function createModels(connection: Connection): Models {
  // What a schema says is read by the compiler as looser than the records that it keeps.
  const model = <Kept>(name: string, schema: Schema): Model<Kept> =>
    connection.model(name, schema, `${collectionPrefix}${name}`) as unknown as Model<Kept>;
  return {
    organizations: model('organizations', organizationSchema),
    users: model('users', userSchema),
    links: model('links', linkSchema),
    auditEvents: model('auditEvents', auditEventSchema),
    keys: model('keys', keySchema),
    agents: model('agents', agentSchema),
    conversations: model('conversations', conversationSchema),
    turns: model('turns', turnSchema),
    usageDays: model('usageDays', usageDaySchema),
    digestKeys: model('digestKeys', digestKeySchema),
    receipts: model('receipts', receiptSchema),
    spendings: model('spendings', spendingSchema),
    webhooks: model('webhooks', webhookSchema),
    notices: model('notices', noticeSchema),
    deliveries: model('deliveries', deliverySchema),
  };
}
