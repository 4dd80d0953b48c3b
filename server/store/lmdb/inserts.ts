/**
 * Puts a new record of each kind, with everything that finds it, inside a write transaction. False: its id, or what else
 * must be its own (an e-mail, a token, a public key), is taken, or it is a member of nothing; and nothing changes.
 */
import type { Organization } from '../../records/organization.ts';
import type { RecordKind, RecordsByKind } from '../../records/record-kinds.ts';
import type { Turn } from '../../records/turn.ts';
import { facetsOf } from './audit-facets.ts';
import type { LmdbDatabases } from './databases.ts';
import { put } from './entries.ts';

type Insert<Kind extends RecordKind> = (db: LmdbDatabases, record: RecordsByKind[Kind]) => boolean;

export const inserts: { readonly [Kind in RecordKind]: Insert<Kind> } = {
  organizations(db, { organization, credits, holds }) {
    if (db.organizations.get(organization.id) !== undefined) return false;
    put(db.organizations, organization.id, { organization, credits });
    putOwnRetention(db, organization);
    for (const hold of holds) put(db.holds, [organization.id, hold.id], hold);
    return true;
  },

  users(db, user) {
    if ((db.users.get(user.id) ?? db.emails.get(user.email)) !== undefined) return false;
    put(db.users, user.id, user);
    put(db.emails, user.email, user.id);
    return true;
  },

  members(db, membership) {
    const { organizationId, userId } = membership;
    if (db.organizations.get(organizationId) === undefined) return false;
    if (db.members.get([organizationId, userId]) !== undefined) return false;
    put(db.members, [organizationId, userId], membership);
    put(db.memberships, [userId, organizationId], true);
    return true;
  },

  links(db, link) {
    if ((db.links.get(link.id) ?? db.linkTokens.get(link.tokenDigest)) !== undefined) return false;
    put(db.links, link.id, link);
    put(db.linkTokens, link.tokenDigest, link.id);
    return true;
  },

  keys(db, key) {
    if ((db.keys.get(key.publicKey) ?? db.publicKeys.get([key.organizationId, key.id])) !== undefined) return false;
    put(db.keys, key.publicKey, key);
    put(db.publicKeys, [key.organizationId, key.id], key.publicKey);
    for (const tag of key.tags) put(db.keyTags, [key.organizationId, tag, key.id], true);
    return true;
  },

  usageDays(db, day) {
    if (db.usageDays.get([day.keyId, day.date]) !== undefined) return false;
    put(db.usageDays, [day.keyId, day.date], day);
    return true;
  },

  agents(db, { agent, knowledge }) {
    const id: [string, string] = [agent.organizationId, agent.id];
    if (db.agents.get(id) !== undefined) return false;
    put(db.agents, id, agent);
    put(db.knowledge, id, knowledge);
    return true;
  },

  conversations(db, conversation) {
    if (db.conversations.get(conversation.id) !== undefined) return false;
    put(db.conversations, conversation.id, conversation);
    put(db.activeConversations, [conversation.lastActiveAt, conversation.id], true);
    put(db.idleConversations, [conversation.organizationId, conversation.lastActiveAt, conversation.id], true);
    return true;
  },

  turns(db, turn) {
    if (db.turns.get([turn.conversationId, turn.messageId]) !== undefined) return false;
    put(db.turns, [turn.conversationId, turn.messageId], turn);
    put(db.askedTurns, [turn.conversationId, turn.askedAt, turn.messageId], true);
    putUnanswered(db, turn);
    return true;
  },

  receipts(db, receipt) {
    const id: [string, string] = [receipt.organizationId, receipt.id];
    if (db.receipts.get(id) !== undefined) return false;
    put(db.receipts, id, receipt);
    put(db.receiptEnds, [receipt.endsAt, ...id], true);
    return true;
  },

  spendings(db, spending) {
    if (db.spendings.get(spending.id) !== undefined) return false;
    put(db.spendings, spending.id, spending);
    put(db.spendingEnds, [spending.endsAt, spending.id], true);
    return true;
  },

  webhooks(db, webhook) {
    const id: [string, string] = [webhook.organizationId, webhook.id];
    if (db.webhooks.get(id) !== undefined) return false;
    put(db.webhooks, id, webhook);
    return true;
  },

  notices(db, notice) {
    const id: [string, string] = [notice.organizationId, notice.name];
    if (db.notices.get(id) !== undefined) return false;
    put(db.notices, id, notice);
    put(db.noticeEnds, [notice.endsAt, ...id], true);
    return true;
  },

  deliveries(db, delivery) {
    const id: [string, string] = [delivery.webhookId, delivery.id];
    if (db.deliveries.get(id) !== undefined) return false;
    put(db.deliveries, id, delivery);
    put(db.deliveryTimes, [delivery.createdAt, ...id], true);
    if (delivery.state !== 'waiting') return true;
    put(db.waitingDeliveries, id, delivery.subject);
    put(db.dueDeliveries, [delivery.dueAt, ...id], true);
    return true;
  },

  auditEvents(db, event) {
    const id: [string, string] = [event.organizationId, event.id];
    if (db.auditEvents.get(id) !== undefined) return false;
    put(db.auditEvents, id, event);
    put(db.auditTimes, [event.at, event.organizationId, event.id], true);
    for (const facet of facetsOf(event)) put(db.auditFacets, [event.organizationId, facet, event.id], true);
    return true;
  },
};

/** Inside a write: so that those that chose a retention are found. */
export function putOwnRetention(db: LmdbDatabases, { id, retentionDays }: Organization): void {
  if (retentionDays !== undefined) put(db.ownRetentions, id, retentionDays);
}

/** Inside a write: so that the questions of its agent are found. */
export function putUnanswered(db: LmdbDatabases, turn: Turn): void {
  const { unansweredOf, askedAt, conversationId, messageId } = turn;
  if (unansweredOf !== undefined) put(db.unansweredTurns, [unansweredOf, askedAt, conversationId, messageId], true);
}
