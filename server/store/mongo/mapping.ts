/**
 * Between what MongoDB keeps and the domain's records. Each field is named, so that nothing else in a document gets out;
 * text that people may choose as a name (refusal codes, audit facts) goes in as a value.
 */
import { compareTexts, type KeptAgent, type KeptOrganization } from '../../records/record-kinds.ts';
import type { AgentKnowledge, AgentModel, AgentRecord } from '../../records/agent.ts';
import type { AuditEvent, AuditFacts } from '../../records/audit-event.ts';
import type { Spending } from '../../records/budget.ts';
import type { Conversation } from '../../records/conversation.ts';
import type { CreditHold, Credits, Receipt } from '../../records/credits.ts';
import type { KeyChange, KeyRecord } from '../../records/key.ts';
import type { Membership } from '../../records/membership.ts';
import type { Organization } from '../../records/organization.ts';
import type { SetupLink } from '../../records/setup-link.ts';
import type { Turn, TurnReply } from '../../records/turn.ts';
import type { UsageDay } from '../../records/usage-day.ts';
import type { UsageEvidence } from '../../records/usage-evidence.ts';
import type { User } from '../../records/user.ts';
import type { Budget, KeyMetadata, StoredSecret } from '../../gate/ports.ts';
import type {
  AgentDocument,
  AuditEventDocument,
  ConversationDocument,
  HoldDocument,
  KeyDocument,
  LinkDocument,
  MemberDocument,
  OrganizationDocument,
  ReceiptDocument,
  SpendingDocument,
  TurnDocument,
  UsageDayDocument,
  UserDocument,
} from './models.ts';

export function toCredits({ granted, spent }: Credits): Credits {
  return { granted, spent };
}

export function toHold({ id, amount, heldAt, windowId, conversationId, messageId }: HoldDocument): CreditHold {
  return { id, amount, heldAt, windowId: windowId ?? null, conversationId, messageId };
}

/** Of whoever took it first. */
export function fromReceipt({ id, ...receipt }: Receipt, takingId = ''): ReceiptDocument {
  return { ...receipt, receiptId: id, takingId };
}

export function toReceipt({ organizationId, receiptId, amount, endsAt }: ReceiptDocument): Receipt {
  return { organizationId, id: receiptId, amount, endsAt };
}

/** Without members: they come one by one. */
export function fromOrganization({ organization, credits, holds }: KeptOrganization): OrganizationDocument {
  const { id, name, createdAt, reservedCredits } = organization;
  return { _id: id, name, createdAt, reservedCredits, ...toCredits(credits), holds: holds.map(toHold), members: [] };
}

/** With the holds by id. */
export function toKeptOrganization(kept: OrganizationDocument): KeptOrganization {
  const holds = kept.holds.map(toHold).sort((a, b) => compareTexts(a.id, b.id));
  return { organization: toOrganization(kept), credits: toCredits(kept), holds };
}

export function toOrganization({
  _id,
  name,
  createdAt,
  reservedCredits,
}: Pick<OrganizationDocument, '_id' | 'name' | 'createdAt' | 'reservedCredits'>): Organization {
  return { id: _id, name, createdAt, reservedCredits: reservedCredits ?? null };
}

export function fromMembership({ userId, role, createdAt }: Membership): MemberDocument {
  return { userId, role, createdAt };
}

/** A document from before there were members has none. */
export function toMemberships({
  _id,
  members = [],
}: Pick<OrganizationDocument, '_id' | 'members'>): readonly Membership[] {
  return members.map(({ userId, role, createdAt }) => ({ organizationId: _id, userId, role, createdAt }));
}

/** A record whose id is the document's `_id` is kept as it is. */
export function fromIdentified<Item extends { readonly id: string }>({ id, ...item }: Item) {
  return { _id: id, ...item };
}

export function toUser(kept: UserDocument): User {
  return {
    id: kept._id,
    email: kept.email,
    passwordHash: kept.passwordHash,
    sessions: kept.sessions.map(({ id, createdAt, expiresAt }) => ({ id, createdAt, expiresAt })),
    createdAt: kept.createdAt,
  };
}

export function toLink(kept: LinkDocument): SetupLink {
  return {
    id: kept._id,
    tokenDigest: kept.tokenDigest,
    purpose: kept.purpose,
    organizationId: kept.organizationId,
    email: kept.email,
    role: kept.role,
    passwordHash: kept.passwordHash,
    createdAt: kept.createdAt,
    expiresAt: kept.expiresAt,
  };
}

export function fromAuditEvent({ id, before, after, ...event }: AuditEvent): AuditEventDocument {
  return { _id: id, ...event, before: before && JSON.stringify(before), after: after && JSON.stringify(after) };
}

export function toAuditEvent(kept: AuditEventDocument): AuditEvent {
  const { actor, target } = kept;
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    at: kept.at,
    actor: { kind: actor.kind, id: actor.id, name: actor.name },
    action: kept.action,
    target: { kind: target.kind, id: target.id, name: target.name },
    before: toFacts(kept.before),
    after: toFacts(kept.after),
  };
}

function toFacts(json: string | null): AuditFacts | null {
  return json === null ? null : (JSON.parse(json) as AuditFacts);
}

export function fromKey({ id, metadata, ...key }: KeyRecord): KeyDocument {
  return { _id: id, ...key, metadata: JSON.stringify(metadata) };
}

export function fromKeyChange({ metadata, ...change }: KeyChange): Partial<KeyDocument> {
  return metadata === undefined ? change : { ...change, metadata: JSON.stringify(metadata) };
}

export function toKey(kept: KeyDocument): KeyRecord {
  const { secret, previousSecret, rateLimit, createdBy } = kept;
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    name: kept.name,
    publicKey: kept.publicKey,
    secret: toSecret(secret),
    previousSecret: previousSecret && { ...toSecret(previousSecret), expiresAt: previousSecret.expiresAt },
    allowedDomains: kept.allowedDomains,
    enabled: kept.enabled,
    expiresAt: kept.expiresAt,
    scopes: kept.scopes,
    publishableScopes: kept.publishableScopes ?? [],
    externalId: kept.externalId ?? null,
    metadata: kept.metadata === undefined ? {} : (JSON.parse(kept.metadata) as KeyMetadata),
    rateLimit: rateLimit && { requests: rateLimit.requests, windowSeconds: rateLimit.windowSeconds },
    budget: toBudget(kept.budget),
    visitorBudget: toBudget(kept.visitorBudget),
    refuseSecretInBrowser: kept.refuseSecretInBrowser,
    learningUntil: kept.learningUntil,
    createdAt: kept.createdAt,
    createdBy: createdBy ? { kind: createdBy.kind, id: createdBy.id, name: createdBy.name } : null,
    revision: kept.revision ?? 0,
    lastUsedAt: kept.lastUsedAt,
    lastUsedOrigin: kept.lastUsedOrigin,
    previousSecretUsedAt: kept.previousSecretUsedAt,
    secretSeenInBrowserAt: kept.secretSeenInBrowserAt,
    secretSeenInBrowserOrigin: kept.secretSeenInBrowserOrigin,
  };
}

function toBudget(kept: Budget | null | undefined): Budget | null {
  return kept ? { credits: kept.credits, per: kept.per } : null;
}

function toSecret({ hash, fingerprint, digest, hint }: StoredSecret): StoredSecret {
  return { hash, fingerprint, digest, hint };
}

export function toAgent(kept: Omit<AgentDocument, 'entries'>): AgentRecord {
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    kind: kept.kind,
    name: kept.name,
    description: kept.description,
    greeting: kept.greeting,
    suggestions: kept.suggestions,
    creditsPerMessage: kept.creditsPerMessage,
    public: kept.public,
    knowledgeId: kept.knowledgeId,
    disclosure: kept.disclosure ?? true,
    disclosureText: kept.disclosureText ?? null,
    model: kept.model ? toModel(kept.model) : null,
    createdAt: kept.createdAt,
    revision: kept.revision ?? 0,
  };
}

function toModel(kept: AgentModel): AgentModel {
  return {
    upstream: kept.upstream,
    name: kept.name,
    instructions: kept.instructions,
    outputTokensMax: kept.outputTokensMax,
    creditsPer1000Tokens: kept.creditsPer1000Tokens,
    answersOnlyFromKnowledge: kept.answersOnlyFromKnowledge,
    allowCallerInstructions: kept.allowCallerInstructions,
  };
}

export function toKnowledge({ entries }: Pick<AgentDocument, 'entries'>): AgentKnowledge {
  return { entries: entries.map(({ question, answer }) => ({ question, answer })) };
}

export function fromAgent({ agent, knowledge }: KeptAgent): AgentDocument {
  return { ...fromIdentified(agent), entries: knowledge.entries };
}

export function toKeptAgent(kept: AgentDocument): KeptAgent {
  return { agent: toAgent(kept), knowledge: toKnowledge(kept) };
}

/** Field by field, so that nothing else is kept. */
export function fromConversation(conversation: Conversation): ConversationDocument {
  const { id, organizationId, agentId, keyId, mode, origin, earlierMessages, createdAt, lastActiveAt } = conversation;
  return {
    _id: id,
    organizationId,
    agentId,
    keyId,
    mode,
    origin,
    ...(earlierMessages !== undefined && { earlierMessages }),
    createdAt,
    lastActiveAt,
    isDeleting: false,
  };
}

export function toConversation(kept: ConversationDocument): Conversation {
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    agentId: kept.agentId,
    keyId: kept.keyId,
    mode: kept.mode,
    origin: kept.origin,
    ...(kept.earlierMessages !== undefined && { earlierMessages: kept.earlierMessages }),
    createdAt: kept.createdAt,
    lastActiveAt: kept.lastActiveAt,
  };
}

/** Field by field, so that nothing else is kept. */
export function fromTurn(turn: Turn): TurnDocument {
  return toTurn(turn);
}

export function toTurn(kept: TurnDocument): Turn {
  const { reply } = kept;
  return {
    conversationId: kept.conversationId,
    messageId: kept.messageId,
    message: kept.message,
    ...(typeof kept.questionId === 'string' && { questionId: kept.questionId }),
    askedAt: kept.askedAt,
    price: kept.price,
    windowId: kept.windowId ?? null,
    state: kept.state,
    attemptId: kept.attemptId,
    leaseUntil: kept.leaseUntil,
    isCharged: kept.isCharged,
    attempts: kept.attempts,
    reply: reply && toReply(reply),
  };
}

function toReply({ id, text, createdAt, isGenerated, isCutShort }: TurnReply): TurnReply {
  return { id, text, createdAt, ...(isGenerated && { isGenerated }), ...(isCutShort && { isCutShort }) };
}

/** Without its holds: they are part of the organization's too. */
export function toSpending(kept: Omit<SpendingDocument, 'holds'>): Spending {
  const { _id, organizationId, keyId, startsAt, endsAt, spent } = kept;
  return { id: _id, organizationId, keyId, startsAt, endsAt, spent };
}

export function fromSpending(spending: Spending): SpendingDocument {
  return { ...fromIdentified(spending), holds: [] };
}

export function toUsageDay(kept: UsageDayDocument): UsageDay {
  return {
    organizationId: kept.organizationId,
    keyId: kept.keyId,
    date: kept.date,
    accepted: kept.accepted,
    refused: Object.fromEntries(kept.refused.map(({ code, count }) => [code, count])),
    origins: kept.origins.map(({ origin, accepted, refused, lastSeenAt }) => ({
      origin,
      accepted,
      refused,
      lastSeenAt,
    })),
    ...(kept.evidence && { evidence: toEvidence(kept.evidence) }),
  };
}

function toEvidence({ calls, withoutBrowserHeaders, addressedCalls, groups }: UsageEvidence): UsageEvidence {
  return {
    calls,
    withoutBrowserHeaders,
    addressedCalls,
    groups: groups.map(({ digest, calls, overcount }) => ({ digest, calls, overcount })),
  };
}

export function fromUsageDay({ refused, ...day }: UsageDay, revision: number): UsageDayDocument {
  return { ...day, refused: Object.entries(refused).map(([code, count]) => ({ code, count })), revision };
}
