/** What goes out, but for refusals (`errors.ts`): each field by name. A stored record is never spread into an answer. */
import type { ServerResponse } from 'node:http';
import { toIsoTime } from '../gate/clock.ts';
import { domainsInForce } from '../gate/domains-in-force.ts';
import { keyStatus } from '../gate/key-status.ts';
import type { Budget } from '../gate/ports.ts';
import type { Actor } from '../records/actor.ts';
import type { AgentModel, AgentRecord, FaqEntry } from '../records/agent.ts';
import type { AuditEvent } from '../records/audit-event.ts';
import { periodAt } from '../records/budget.ts';
import type { Contact } from '../records/contact.ts';
import type { DomainEntry } from '../records/domain-entry.ts';
import type { Credits } from '../records/credits.ts';
import type { Conversation } from '../records/conversation.ts';
import type { KeyRecord } from '../records/key.ts';
import type { LeftMessage } from '../records/left-message.ts';
import type { Membership, Role } from '../records/membership.ts';
import { reserveOf, type Organization } from '../records/organization.ts';
import type { Invitation } from '../records/setup-link.ts';
import { hideSecrets } from '../records/secret-text.ts';
import type { Turn, TurnReply } from '../records/turn.ts';
import type { UsageDay } from '../records/usage-day.ts';
import type { User } from '../records/user.ts';
import { shownEntries } from '../keys/changed-domains.ts';
import type { Delivery, Webhook } from '../records/webhook.ts';
import type { Charged } from '../credits/take.ts';
import type { Accepted, Verdict } from '../gate/verdict.ts';
import type { Answer as ChatAnswer } from '../chat/converse.ts';
import type { TokenUse } from '../agents/port.ts';
import type { UnansweredGroup } from '../agents/unanswered.ts';
import type { AgentTrouble } from '../agents/troubles.ts';
import type { Upstream } from '../agents/upstream.ts';
import { presentRefusal } from './errors.ts';
import type * as Wire from './wire.ts';

/** `response.json` without what an API call has no use for: content negotiation of a body that was just made. */
// The route names the type of its answer, so that the answer is checked against it.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function answerJson<Answer extends object>(response: ServerResponse, value: Answer): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // As text: Node then sends head and body in one write.
  response.end(JSON.stringify(value));
}

function toTime(timeMs: number | null): string | null {
  return timeMs === null ? null : toIsoTime(timeMs);
}

function fieldsOf(agent: AgentRecord) {
  const { id, kind, name, description, greeting, suggestions, creditsPerMessage, disclosure, disclosureText } = agent;
  return { id, kind, name, description, greeting, suggestions, creditsPerMessage, disclosure, disclosureText };
}

/** With what its organization tells visitors. */
export function presentAgent(
  agent: AgentRecord,
  organization: Pick<Organization, 'contact' | 'privacyUrl'> = {},
): Wire.PublicAgent {
  const { contact, privacyUrl = null } = organization;
  return { ...fieldsOf(agent), contact: contact ? presentContact(contact) : null, privacyUrl };
}

export function presentContact({ text, email, url, phone, leaveMessage }: Contact): Wire.Contact {
  return {
    ...(text !== undefined && { text }),
    ...(email !== undefined && { email }),
    ...(url !== undefined && { url }),
    ...(phone !== undefined && { phone }),
    leaveMessage,
  };
}

/** `spent`: of its budget, in the present window. */
export function presentKey(key: KeyRecord, nowMs: number, spent: number): Wire.Key {
  return {
    id: key.id,
    name: key.name,
    notes: key.notes,
    tags: key.tags,
    publicKey: key.publicKey,
    secretHint: `sk_…${key.secret.hint}`,
    allowedDomains: domainsInForce(key, nowMs),
    domains: shownEntries(key, nowMs).map(presentDomain),
    enabled: key.enabled,
    expiresAt: toTime(key.expiresAt),
    scopes: key.scopes,
    publishableScopes: key.publishableScopes,
    externalId: key.externalId,
    metadata: key.metadata,
    rateLimit: key.rateLimit,
    budget: key.budget && presentBudget(key.budget),
    visitorBudget: key.visitorBudget && presentBudget(key.visitorBudget),
    spent: key.budget && { credits: spent, since: toIsoTime(periodAt(key.budget.per, nowMs).startsAt) },
    refuseSecretInBrowser: key.refuseSecretInBrowser,
    learningUntil: toTime(key.learningUntil),
    createdAt: toIsoTime(key.createdAt),
    createdBy: key.createdBy && presentActor(key.createdBy),
    revision: key.revision,
    lastUsedAt: toTime(key.lastUsedAt),
    lastUsedOrigin: key.lastUsedOrigin,
    previousSecret: presentPreviousSecret(key, nowMs),
    secretSeenInBrowser: presentSeenInBrowser(key),
    status: keyStatus(key, nowMs),
  };
}

function presentDomain({ pattern, label, expiresAt, addedAt, addedBy, lastMatchedAt }: DomainEntry): Wire.KeyDomain {
  return {
    pattern,
    label,
    expiresAt: toTime(expiresAt),
    addedAt: toTime(addedAt),
    addedBy: addedBy && presentActor(addedBy),
    lastMatchedAt: toTime(lastMatchedAt),
  };
}

function presentBudget({ credits, per }: Budget): Budget {
  return { credits, per };
}

function presentActor({ kind, id, name }: Actor): Actor {
  return { kind, id, name };
}

function presentPreviousSecret({ previousSecret, previousSecretUsedAt }: KeyRecord, nowMs: number) {
  if (previousSecret === null || previousSecret.expiresAt <= nowMs) return null;
  return { expiresAt: toIsoTime(previousSecret.expiresAt), lastUsedAt: toTime(previousSecretUsedAt) };
}

function presentSeenInBrowser({ secretSeenInBrowserAt: at, secretSeenInBrowserOrigin: origin }: KeyRecord) {
  return at === null ? null : { at: toIsoTime(at), origin };
}

/** `credits`: only for secret calls. */
export function presentCaller({ principal, key }: Accepted, nowMs: number, credits?: Credits): Wire.AnyCaller {
  const { organizationId, keyId, mode, scopes, origin } = principal;
  const base = { organizationId, keyId, mode, scopes, origin };
  if (credits === undefined) return base;
  const { granted, spent } = credits;
  return {
    ...base,
    name: key.name,
    allowedDomains: domainsInForce(key, nowMs),
    expiresAt: toTime(key.expiresAt),
    credits: { granted, spent },
  };
}

/** For whoever asks about a visitor's key: what their own API should answer, and whose key it is. */
export function presentVerdict(verdict: Verdict, credits: Charged | null): Wire.KeyVerdict {
  const limits = verdict.limits.map(({ name, remaining, resetSeconds }) => ({ name, remaining, resetSeconds }));
  if (!verdict.ok) {
    const { fix = null, retryAfterSeconds = null } = verdict.refusal;
    return { valid: false, ...presentRefusal(verdict.refusal), fix, retryAfterSeconds, limits };
  }
  const { organizationId, mode, scopes, origin } = verdict.principal;
  const { id, name, externalId, metadata, expiresAt } = verdict.key;
  return {
    valid: true,
    code: 'ok',
    status: 200,
    organizationId,
    mode,
    scopes,
    origin,
    key: { id, name, externalId, metadata, expiresAt: toTime(expiresAt) },
    limits,
    credits: credits && { spent: credits.spent, remaining: credits.remaining },
  };
}

/** `remaining` only for secret calls: a stranger's browser need not know how much is left. */
export function presentAnswer(
  { conversationId, messageId, reply, use, credits }: ChatAnswer,
  isSecretCall: boolean,
): Wire.Reply {
  return {
    conversationId,
    messageId,
    reply: {
      id: reply.id,
      text: reply.text,
      createdAt: toIsoTime(reply.createdAt),
      ...findingsOf(reply),
      ...markOf(reply),
    },
    ...(reply.isGenerated && isCounted(use) && { usage: use }),
    credits: { spent: credits.spent, ...(isSecretCall && { remaining: credits.remaining }) },
  };
}

/** Nobody has looked at what was reported. */
function isCounted(use: TokenUse | undefined): use is TokenUse {
  const counts = use === undefined ? [] : [use.inputTokens, use.outputTokens];
  return counts.length > 0 && counts.every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0);
}

/** The newest of these turns that have at most `limit` messages together, and where the page before it ends. */
export function presentConversation(
  { id, agentId, earlierMessages }: Conversation,
  turns: readonly Turn[],
  limit: number,
): Wire.ConversationPage {
  let messages: readonly Wire.Message[] = [];
  let first = turns.length;
  // A question and its reply stay together, so that no page begins with an answer.
  for (; first > 0; first--) {
    const turn = turns[first - 1];
    const more = turn === undefined ? [] : presentTurn(turn);
    if (messages.length > 0 && messages.length + more.length > limit) break;
    messages = [...more, ...messages];
  }
  const earlier = earlierMessages !== undefined && { earlierMessages };
  return { id, agentId, ...earlier, messages, nextBefore: first === 0 ? null : (turns[first]?.messageId ?? null) };
}

/** Nothing of its text but the beginning of its first question. */
export function presentConversationLine(conversation: Conversation): Wire.ConversationLine {
  const { id, agentId, keyId, mode, origin, earlierMessages, createdAt, lastActiveAt, summary, leftMessages } =
    conversation;
  return {
    id,
    agentId,
    keyId,
    mode,
    origin,
    ...(earlierMessages !== undefined && { earlierMessages }),
    startedAt: toIsoTime(createdAt),
    lastActiveAt: toIsoTime(lastActiveAt),
    turns: summary?.turns ?? 0,
    firstQuestion: summary?.firstQuestion ?? '',
    outcome: summary?.outcome ?? null,
    rating: summary?.rating ?? null,
    contact: (leftMessages?.length ?? 0) > 0,
  };
}

export function presentLeftMessages({ leftMessages = [] }: Conversation): readonly Wire.LeftMessage[] {
  return leftMessages.map(presentLeftMessage);
}

function presentLeftMessage({ id, name, email, text, createdAt }: LeftMessage): Wire.LeftMessage {
  return { id, name, email, text, createdAt: toIsoTime(createdAt) };
}

/** As a line of an export. */
export function presentWholeConversation(conversation: Conversation, turns: readonly Turn[]): Wire.WholeConversation {
  return {
    ...presentConversationLine(conversation),
    messages: turns.flatMap(presentTurn),
    leftMessages: presentLeftMessages(conversation),
  };
}

export function presentUnanswered(group: UnansweredGroup): Wire.UnansweredQuestion {
  const { question, count, lastAskedAt, ...others } = group;
  const { conversationIds, answeredNow, nearest } = others;
  const asked = { question: hideSecrets(question), count, lastAskedAt: toIsoTime(lastAskedAt) };
  return { ...asked, conversationIds, answeredNow, nearest };
}

function presentTurn({ messageId, message, askedAt, reply }: Turn): readonly Wire.Message[] {
  const question: Wire.Message = { id: messageId, role: 'user', text: message, createdAt: toIsoTime(askedAt) };
  if (reply === null) return [question];
  const { id, text, createdAt } = reply;
  const rated = reply.rating ? { rating: reply.rating } : {};
  const answer = { id, text, createdAt: toIsoTime(createdAt), ...findingsOf(reply), ...markOf(reply), ...rated };
  return [question, { ...answer, role: 'agent' }];
}

function markOf({ isGenerated }: TurnReply) {
  return isGenerated === true ? ({ generated: true } as const) : {};
}

/** Replies of before outcomes were kept say nothing of it. */
function findingsOf({ findings }: TurnReply): Wire.ReplyFindings {
  return findings ?? { outcome: 'answered', suggestions: [], sources: [] };
}

/** An agent as its organization sees it. */
export function presentOwnAgent(agent: AgentRecord): Wire.Agent {
  const { createdAt, revision } = agent;
  const model = agent.model && presentModel(agent.model);
  return { ...fieldsOf(agent), public: agent.public, model, createdAt: toIsoTime(createdAt), revision };
}

export function presentQuestion({ question, aliases, answer }: FaqEntry): Wire.Question {
  return { question, aliases, answer };
}

function presentModel(model: AgentModel): Wire.AgentModel {
  const { upstream, name, instructions, outputTokensMax, creditsPer1000Tokens, ...switches } = model;
  const { answersOnlyFromKnowledge, allowCallerInstructions } = switches;
  const answering = { instructions, outputTokensMax, creditsPer1000Tokens };
  return { upstream, name, ...answering, answersOnlyFromKnowledge, allowCallerInstructions };
}

export function presentTrouble({ trouble, status, count, lastAt }: AgentTrouble): Wire.AgentTrouble {
  return { trouble, status, count, lastAt: toIsoTime(lastAt) };
}

/** Neither its address nor its key. */
export function presentUpstream({ name, models }: Upstream): Wire.AgentUpstream {
  return { name, models };
}

export function presentMember({
  userId,
  email,
  role,
  createdAt,
}: Membership & { readonly email: string }): Wire.Member {
  return { userId, email, role, createdAt: toIsoTime(createdAt) };
}

/** Without its token, which only its maker was shown. */
export function presentInvitation({ id, email, role, createdAt, expiresAt }: Invitation): Wire.Invitation {
  return { id, email, role, createdAt: toIsoTime(createdAt), expiresAt: toIsoTime(expiresAt) };
}

export function presentAuditEvent({ id, at, actor, action, target, before, after }: AuditEvent): Wire.AuditEntry {
  return {
    id,
    at: toIsoTime(at),
    actor: presentActor(actor),
    action,
    target: { kind: target.kind, id: target.id, name: target.name },
    before,
    after,
  };
}

/** Without its secret, which only its maker was shown. */
export function presentWebhook(webhook: Webhook): Wire.Webhook {
  const { id, url, events, enabled, failingSince, disabledAt, previousSecretUntil, createdAt } = webhook;
  return {
    id,
    url,
    events,
    enabled,
    failingSince: toTime(failingSince),
    disabledAt: toTime(disabledAt),
    previousSecretUntil: toTime(previousSecretUntil),
    createdAt: toIsoTime(createdAt),
  };
}

export function presentDelivery(delivery: Delivery): Wire.Delivery {
  const { id, event, body, createdAt, state, dueAt, attempts, lastAttempt } = delivery;
  return {
    id,
    event,
    body,
    createdAt: toIsoTime(createdAt),
    state,
    nextAttemptAt: state === 'waiting' ? toIsoTime(dueAt) : null,
    attempts,
    lastAttempt: lastAttempt && {
      at: toIsoTime(lastAttempt.at),
      durationMs: lastAttempt.durationMs,
      status: lastAttempt.status,
      failure: lastAttempt.failure,
      answer: lastAttempt.answer,
    },
  };
}

export function presentArchivedOrganization(
  organization: Organization,
  { granted, spent }: Credits,
  nowMs: number,
): Wire.ArchivedOrganization {
  const {
    id,
    name,
    createdAt,
    auditReading = false,
    retentionDays,
    reservedCredits,
    contact,
    privacyUrl,
  } = organization;
  return {
    id,
    name,
    createdAt: toIsoTime(createdAt),
    auditReading,
    retentionDays: retentionDays ?? null,
    contact: contact ? presentContact(contact) : null,
    privacyUrl: privacyUrl ?? null,
    credits: { granted, spent, reserved: reserveOf(reservedCredits, granted), reservedCredits },
    exportedAt: toIsoTime(nowMs),
  };
}

/** Without what stands for the addresses of visitors. */
export function presentArchivedUsage(day: UsageDay): Wire.ArchivedUsageDay {
  const { keyId, date, accepted, refused, origins, evidence } = day;
  return {
    keyId,
    date,
    accepted,
    refused,
    origins: origins.map((usage) => ({
      origin: usage.origin,
      accepted: usage.accepted,
      refused: usage.refused,
      lastSeenAt: toIsoTime(usage.lastSeenAt),
      versions: usage.widgets ?? [],
    })),
    evidence: evidence
      ? {
          calls: evidence.calls,
          withoutBrowserHeaders: evidence.withoutBrowserHeaders,
          addressedCalls: evidence.addressedCalls,
        }
      : null,
  };
}

/** Who is signed in, and where they belong. */
export function presentSession(
  { id, email }: User,
  organizations: readonly { readonly organization: Organization; readonly role: Role }[],
): Wire.Session {
  return {
    user: { id, email },
    organizations: organizations.map(({ organization, role }) => ({
      id: organization.id,
      name: organization.name,
      role,
    })),
  };
}
