/**
 * The kinds of records that a store keeps, for copying all of them. Every store gives a kind's records in the order of
 * their keys, text by text as bytes, so that two stores can be walked side by side.
 */
import type { AgentKnowledge, AgentRecord } from './agent.ts';
import type { AuditEvent } from './audit-event.ts';
import type { Spending } from './budget.ts';
import type { Conversation } from './conversation.ts';
import type { CreditHold, Credits, Receipt } from './credits.ts';
import type { KeyRecord } from './key.ts';
import type { Membership } from './membership.ts';
import type { Organization } from './organization.ts';
import type { SetupLink } from './setup-link.ts';
import type { Turn } from './turn.ts';
import type { UsageDay } from './usage-day.ts';
import type { User } from './user.ts';
import type { Delivery, Notice, Webhook } from './webhook.ts';

/** With its credits and holds (by id), because they only mean something together. */
export interface KeptOrganization {
  readonly organization: Organization;
  readonly credits: Credits;
  readonly holds: readonly CreditHold[];
}

export interface KeptAgent {
  readonly agent: AgentRecord;
  readonly knowledge: AgentKnowledge;
}

export interface RecordsByKind {
  readonly organizations: KeptOrganization;
  readonly users: User;
  readonly members: Membership;
  readonly links: SetupLink;
  readonly keys: KeyRecord;
  readonly usageDays: UsageDay;
  readonly agents: KeptAgent;
  readonly conversations: Conversation;
  readonly turns: Turn;
  readonly auditEvents: AuditEvent;
  readonly receipts: Receipt;
  readonly spendings: Spending;
  readonly webhooks: Webhook;
  readonly notices: Notice;
  readonly deliveries: Delivery;
}

export type RecordKind = keyof RecordsByKind;

/** In this order they are copied: what belongs to something comes after it. */
export const recordKinds = [
  'organizations',
  'users',
  'members',
  'links',
  'keys',
  'usageDays',
  'agents',
  'conversations',
  'turns',
  'auditEvents',
  'receipts',
  'spendings',
  'webhooks',
  'notices',
  'deliveries',
] as const satisfies readonly RecordKind[];

/** What a record is found by, and its place among those of its kind. */
export type RecordKey = readonly [string] | readonly [string, string];

const keys: { readonly [Kind in RecordKind]: (record: RecordsByKind[Kind]) => RecordKey } = {
  organizations: ({ organization }) => [organization.id],
  users: ({ id }) => [id],
  members: ({ organizationId, userId }) => [organizationId, userId],
  links: ({ id }) => [id],
  keys: ({ organizationId, id }) => [organizationId, id],
  usageDays: ({ keyId, date }) => [keyId, date],
  agents: ({ agent }) => [agent.organizationId, agent.id],
  conversations: ({ id }) => [id],
  turns: ({ conversationId, messageId }) => [conversationId, messageId],
  auditEvents: ({ organizationId, id }) => [organizationId, id],
  receipts: ({ organizationId, id }) => [organizationId, id],
  spendings: ({ id }) => [id],
  webhooks: ({ organizationId, id }) => [organizationId, id],
  notices: ({ organizationId, name }) => [organizationId, name],
  deliveries: ({ webhookId, id }) => [webhookId, id],
};

export function recordKey<Kind extends RecordKind>(kind: Kind, record: RecordsByKind[Kind]): RecordKey {
  return keys[kind](record);
}

/** Below zero: the first comes first. Ids are ASCII, so the order of UTF-16 units is the order of bytes. */
export function compareRecordKeys(a: RecordKey, b: RecordKey): number {
  const [aFirst, aSecond = ''] = a;
  const [bFirst, bSecond = ''] = b;
  return compareTexts(aFirst, bFirst) || compareTexts(aSecond, bSecond);
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
