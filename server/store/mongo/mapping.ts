/**
 * Between what MongoDB keeps and the domain's records. Each field is named, so that nothing else in a document gets out;
 * text that people may choose as a name (refusal codes, audit facts) goes in as a value.
 */
import { compareTexts, type KeptAgent, type KeptOrganization } from '../../records/record-kinds.ts';
import type { AgentKnowledge, AgentModel, AgentRecord } from '../../records/agent.ts';
import type { Actor } from '../../records/actor.ts';
import type { AuditEvent, AuditFacts } from '../../records/audit-event.ts';
import type { Spending } from '../../records/budget.ts';
import type { Conversation } from '../../records/conversation.ts';
import type { ConversationSummary } from '../../records/conversation-summary.ts';
import type { CreditHold, Credits, Receipt } from '../../records/credits.ts';
import { entriesOf, type DomainEntry } from '../../records/domain-entry.ts';
import type { KeyChange, KeyRecord } from '../../records/key.ts';
import type { Contact } from '../../records/contact.ts';
import type { LeftMessage } from '../../records/left-message.ts';
import type { Membership } from '../../records/membership.ts';
import type { Organization } from '../../records/organization.ts';
import type { SetupLink } from '../../records/setup-link.ts';
import type { ReplyFindings, Turn, TurnReply } from '../../records/turn.ts';
import type { UsageDay } from '../../records/usage-day.ts';
import type { UsageEvidence } from '../../records/usage-evidence.ts';
import type { User } from '../../records/user.ts';
import type { Delivery, DeliveryAttempt, Notice, Webhook } from '../../records/webhook.ts';
import type { Budget, KeyMetadata, StoredSecret } from '../../gate/ports.ts';
import type {
  AgentDocument,
  AuditEventDocument,
  ConversationDocument,
  DeliveryDocument,
  HoldDocument,
  KeyDocument,
  LinkDocument,
  MemberDocument,
  NoticeDocument,
  OrganizationDocument,
  ReceiptDocument,
  SpendingDocument,
  TurnDocument,
  UsageDayDocument,
  UserDocument,
  WebhookDocument,
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
  const { id, ...fields } = organization;
  return { _id: id, ...fields, ...toCredits(credits), holds: holds.map(toHold), members: [] };
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
  auditReading,
  retentionDays,
  contact,
  privacyUrl,
}: Pick<OrganizationDocument, keyof Omit<Organization, 'id'> | '_id'>): Organization {
  return {
    id: _id,
    name,
    createdAt,
    reservedCredits: reservedCredits ?? null,
    ...(typeof auditReading === 'boolean' && { auditReading }),
    ...(typeof retentionDays === 'number' && { retentionDays }),
    ...(contact !== undefined && { contact: contact && toContact(contact) }),
    ...(privacyUrl !== undefined && { privacyUrl }),
  };
}

function toContact({ text, email, url, phone, leaveMessage }: Contact): Contact {
  return {
    ...(typeof text === 'string' && { text }),
    ...(typeof email === 'string' && { email }),
    ...(typeof url === 'string' && { url }),
    ...(typeof phone === 'string' && { phone }),
    leaveMessage,
  };
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
    notes: kept.notes ?? '',
    tags: kept.tags ?? [],
    publicKey: kept.publicKey,
    secret: toSecret(secret),
    previousSecret: previousSecret && { ...toSecret(previousSecret), expiresAt: previousSecret.expiresAt },
    allowedDomains: kept.allowedDomains,
    domains: entriesOf({ allowedDomains: kept.allowedDomains, domains: kept.domains?.map(toDomainEntry) ?? [] }),
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
    createdBy: toActor(createdBy),
    revision: kept.revision ?? 0,
    lastUsedAt: kept.lastUsedAt,
    lastUsedOrigin: kept.lastUsedOrigin,
    previousSecretUsedAt: kept.previousSecretUsedAt,
    secretSeenInBrowserAt: kept.secretSeenInBrowserAt,
    secretSeenInBrowserOrigin: kept.secretSeenInBrowserOrigin,
  };
}

function toDomainEntry({ pattern, label, expiresAt, addedAt, addedBy, lastMatchedAt }: DomainEntry): DomainEntry {
  return { pattern, label, expiresAt, addedAt, addedBy: toActor(addedBy), lastMatchedAt };
}

function toActor(kept: Actor | null | undefined): Actor | null {
  return kept ? { kind: kept.kind, id: kept.id, name: kept.name } : null;
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
    synonyms: kept.synonyms ?? [],
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
  return { entries: entries.map(({ question, aliases = [], answer }) => ({ question, aliases, answer })) };
}

export function fromAgent({ agent, knowledge }: KeptAgent): AgentDocument {
  return { ...fromIdentified(agent), entries: knowledge.entries };
}

export function toKeptAgent(kept: AgentDocument): KeptAgent {
  return { agent: toAgent(kept), knowledge: toKnowledge(kept) };
}

/** Field by field, so that nothing else is kept. */
export function fromConversation(conversation: Conversation): ConversationDocument {
  const { id, organizationId, agentId, keyId, mode, origin, earlierMessages, ...others } = conversation;
  const { summary, leftMessages, createdAt, lastActiveAt } = others;
  return {
    _id: id,
    organizationId,
    agentId,
    keyId,
    mode,
    origin,
    ...(earlierMessages !== undefined && { earlierMessages }),
    ...(summary && { summary: toSummary(summary) }),
    ...(leftMessages && { leftMessages: leftMessages.map(toLeftMessage) }),
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
    ...(kept.summary && { summary: toSummary(kept.summary) }),
    ...(kept.leftMessages && { leftMessages: kept.leftMessages.map(toLeftMessage) }),
    createdAt: kept.createdAt,
    lastActiveAt: kept.lastActiveAt,
  };
}

export function toLeftMessage({ id, name, email, text, createdAt }: LeftMessage): LeftMessage {
  return { id, name, email, text, createdAt };
}

function toSummary({ firstQuestion, turns, openTurns, outcome, rating }: ConversationSummary): ConversationSummary {
  return { firstQuestion, turns, openTurns, outcome, rating };
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
    ...(typeof kept.unansweredOf === 'string' && { unansweredOf: kept.unansweredOf }),
  };
}

function toReply({ id, text, createdAt, findings, isGenerated, isCutShort, rating }: TurnReply): TurnReply {
  return {
    id,
    text,
    createdAt,
    ...(findings && { findings: toFindings(findings) }),
    ...(isGenerated && { isGenerated }),
    ...(isCutShort && { isCutShort }),
    ...(rating !== undefined && { rating }),
  };
}

function toFindings({ outcome, suggestions, sources }: ReplyFindings): ReplyFindings {
  return { outcome, suggestions: [...suggestions], sources: sources.map(({ title, url }) => ({ title, url })) };
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
    origins: kept.origins.map(({ origin, accepted, refused, lastSeenAt, widgets }) => ({
      origin,
      accepted,
      refused,
      lastSeenAt,
      ...(widgets !== undefined && widgets.length > 0 && { widgets: [...widgets] }),
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

export function toWebhook(kept: WebhookDocument): Webhook {
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    url: kept.url,
    events: kept.events,
    enabled: kept.enabled,
    failingSince: kept.failingSince,
    disabledAt: kept.disabledAt,
    secretVersion: kept.secretVersion,
    previousSecretUntil: kept.previousSecretUntil,
    createdAt: kept.createdAt,
  };
}

export function toNotice({ organizationId, name, at, endsAt, isTold }: NoticeDocument): Notice {
  return { organizationId, name, at, endsAt, isTold };
}

export function toDelivery(kept: DeliveryDocument): Delivery {
  return {
    id: kept._id,
    organizationId: kept.organizationId,
    webhookId: kept.webhookId,
    event: kept.event,
    subject: kept.subject,
    body: kept.body,
    createdAt: kept.createdAt,
    state: kept.state,
    dueAt: kept.dueAt,
    attempts: kept.attempts,
    lastAttempt: kept.lastAttempt && toAttempt(kept.lastAttempt),
  };
}

function toAttempt({ at, durationMs, status, failure, answer }: DeliveryAttempt): DeliveryAttempt {
  return { at, durationMs, status, failure, answer };
}
