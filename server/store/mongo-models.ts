/**
 * What MongoDB keeps: one schema a collection, its indexes, and nothing that a schema does not name. Only `mongo.ts` uses
 * it. User text (origins, codes) is always a value and never a field's name.
 */
import { Schema, type Connection, type Model } from 'mongoose';
import type {
  AgentKnowledge,
  AgentRecord,
  Conversation,
  CreditHold,
  Credits,
  KeyRecord,
  Organization,
  Turn,
  UsageDay,
} from '../core/records.ts';

/** A record whose id is the document's `_id`. */
type Identified<Item extends { readonly id: string }> = Omit<Item, 'id'> & { readonly _id: string };

/** Holds live in the organization's document, so that a charge is one change of one document. */
export type OrganizationDocument = Identified<Organization> & Credits & { readonly holds: readonly CreditHold[] };
export type KeyDocument = Identified<KeyRecord>;
export type AgentDocument = Identified<AgentRecord> & AgentKnowledge;
/** `isDeleting`: its turns are being deleted, nobody finds it any more, and the next sweep finishes what this one began. */
export type ConversationDocument = Identified<Conversation> & { readonly isDeleting: boolean };
export type TurnDocument = Turn;
/** `revision` counts the changes: a writer who merged an older one writes nothing. */
export type UsageDayDocument = Omit<UsageDay, 'refused'> & {
  readonly refused: readonly { readonly code: string; readonly count: number }[];
  readonly revision: number;
};

export interface Models {
  readonly organizations: Model<OrganizationDocument>;
  readonly keys: Model<KeyDocument>;
  readonly agents: Model<AgentDocument>;
  readonly conversations: Model<ConversationDocument>;
  readonly turns: Model<TurnDocument>;
  readonly usageDays: Model<UsageDayDocument>;
}

const strict = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  minimize: false,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
} as const;
/** Of a part of a document: no id of its own. */
const part = { ...strict, _id: false } as const;

const holdSchema = new Schema(
  { id: String, amount: Number, heldAt: Number, conversationId: String, messageId: String },
  { ...part, id: false },
);

const organizationSchema = new Schema(
  { _id: String, name: String, createdAt: Number, granted: Number, spent: Number, holds: [holdSchema] },
  strict,
);
organizationSchema.index({ 'holds.heldAt': 1 });

const secret = { hash: String, fingerprint: String, hint: String };

const keySchema = new Schema(
  {
    _id: String,
    organizationId: String,
    name: String,
    publicKey: String,
    secret: new Schema(secret, part),
    previousSecret: new Schema({ ...secret, expiresAt: Number }, part),
    allowedDomains: [String],
    enabled: Boolean,
    expiresAt: Number,
    scopes: [String],
    rateLimit: new Schema({ requests: Number, windowSeconds: Number }, part),
    refuseSecretInBrowser: Boolean,
    learningUntil: Number,
    createdAt: Number,
    lastUsedAt: Number,
    lastUsedOrigin: String,
    previousSecretUsedAt: Number,
    secretSeenInBrowserAt: Number,
    secretSeenInBrowserOrigin: String,
  },
  strict,
);
keySchema.index({ publicKey: 1 }, { unique: true });
keySchema.index({ organizationId: 1, _id: 1 });

const agentSchema = new Schema(
  {
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
    createdAt: Number,
    entries: [new Schema({ question: String, answer: String }, part)],
  },
  strict,
);
agentSchema.index({ organizationId: 1, _id: 1 });

const conversationSchema = new Schema(
  {
    _id: String,
    organizationId: String,
    agentId: String,
    keyId: String,
    mode: String,
    origin: String,
    createdAt: Number,
    lastActiveAt: Number,
    isDeleting: Boolean,
  },
  strict,
);
conversationSchema.index({ lastActiveAt: 1 });
conversationSchema.index({ isDeleting: 1 }, { partialFilterExpression: { isDeleting: true } });

const turnSchema = new Schema(
  {
    conversationId: String,
    messageId: String,
    message: String,
    askedAt: Number,
    price: Number,
    state: String,
    attemptId: String,
    leaseUntil: Number,
    isCharged: Boolean,
    attempts: Number,
    reply: new Schema({ id: String, text: String, createdAt: Number }, { ...part, id: false }),
  },
  strict,
);
turnSchema.index({ conversationId: 1, messageId: 1 }, { unique: true });
turnSchema.index({ conversationId: 1, askedAt: 1, messageId: 1 });

const usageDaySchema = new Schema(
  {
    organizationId: String,
    keyId: String,
    date: String,
    accepted: Number,
    refused: [new Schema({ code: String, count: Number }, part)],
    origins: [new Schema({ origin: String, accepted: Number, refused: Number, lastSeenAt: Number }, part)],
    revision: Number,
  },
  strict,
);
usageDaySchema.index({ keyId: 1, date: 1 }, { unique: true });

/** The models on a connection of their own. */
export function createModels(connection: Connection): Models {
  // What a schema says is read by the compiler as looser than the records that it keeps.
  const model = <Kept>(name: string, schema: Schema): Model<Kept> =>
    connection.model(name, schema, name) as unknown as Model<Kept>;
  return {
    organizations: model('organizations', organizationSchema),
    keys: model('keys', keySchema),
    agents: model('agents', agentSchema),
    conversations: model('conversations', conversationSchema),
    turns: model('turns', turnSchema),
    usageDays: model('usageDays', usageDaySchema),
  };
}
