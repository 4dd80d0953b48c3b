/** What goes out: each field by name. A stored record is never spread into an answer. */
import type { ServerResponse } from 'node:http';
import { toIsoTime } from '../core/clock.ts';
import type { AgentRecord, Conversation, KeyRecord, Turn } from '../core/records.ts';
import type { Accepted } from '../core/verdict.ts';
import type { Answer } from '../chat/converse.ts';

/** `response.json` without what an API call has no use for: content negotiation of a body that was just made. */
export function answerJson(response: ServerResponse, value: object): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // As text: Node then sends head and body in one write.
  response.end(JSON.stringify(value));
}

function toTime(timeMs: number | null): string | null {
  return timeMs === null ? null : toIsoTime(timeMs);
}

export function presentAgent(agent: AgentRecord) {
  const { id, name, description, greeting, suggestions, creditsPerMessage } = agent;
  return { id, name, description, greeting, suggestions, creditsPerMessage };
}

export function presentKey(key: KeyRecord, nowMs: number) {
  const isExpired = key.expiresAt !== null && key.expiresAt <= nowMs;
  const previousExpiresAt = key.previousSecret?.expiresAt ?? null;
  return {
    id: key.id,
    name: key.name,
    publicKey: key.publicKey,
    secretHint: `sk_…${key.secret.hint}`,
    allowedDomains: key.allowedDomains,
    enabled: key.enabled,
    expiresAt: toTime(key.expiresAt),
    scopes: key.scopes,
    rateLimit: key.rateLimit,
    refuseSecretInBrowser: key.refuseSecretInBrowser,
    learningUntil: toTime(key.learningUntil),
    createdAt: toIsoTime(key.createdAt),
    lastUsedAt: toTime(key.lastUsedAt),
    lastUsedOrigin: key.lastUsedOrigin,
    previousSecretExpiresAt: previousExpiresAt !== null && previousExpiresAt > nowMs ? toTime(previousExpiresAt) : null,
    secretSeenInBrowserAt: toTime(key.secretSeenInBrowserAt),
    status: key.enabled ? (isExpired ? 'expired' : 'enabled') : 'disabled',
  };
}

/** `credits`: only for secret calls. */
export function presentCaller({ principal, key }: Accepted, credits?: { granted: number; spent: number }) {
  const { organizationId, keyId, mode, scopes, origin } = principal;
  const base = { organizationId, keyId, mode, scopes, origin };
  if (credits === undefined) return base;
  const { granted, spent } = credits;
  return {
    ...base,
    name: key.name,
    allowedDomains: key.allowedDomains,
    expiresAt: toTime(key.expiresAt),
    credits: { granted, spent },
  };
}

/** `remaining` only for secret calls: a stranger's browser need not know how much is left. */
export function presentAnswer({ conversationId, messageId, reply, credits }: Answer, isSecretCall: boolean) {
  return {
    conversationId,
    messageId,
    reply: { id: reply.id, text: reply.text, createdAt: toIsoTime(reply.createdAt) },
    credits: { spent: credits.spent, ...(isSecretCall && { remaining: credits.remaining }) },
  };
}

export function presentConversation({ id, agentId }: Conversation, turns: readonly Turn[]) {
  return { id, agentId, messages: turns.flatMap(presentTurn) };
}

function presentTurn({ messageId, message, askedAt, reply }: Turn) {
  const question = { id: messageId, role: 'user', text: message, createdAt: toIsoTime(askedAt) };
  if (reply === null) return [question];
  return [question, { id: reply.id, role: 'agent', text: reply.text, createdAt: toIsoTime(reply.createdAt) }];
}
