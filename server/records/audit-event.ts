import type { Actor } from './actor.ts';

export const auditActions = [
  'key.created',
  'key.changed',
  'key.rotated',
  'key.deleted',
  'agent.created',
  'agent.changed',
  'agent.deleted',
  'member.invited',
  'member.joined',
  'member.changed',
  'member.removed',
  'invitation.revoked',
  'organization.created',
  'organization.changed',
  'organization.exported',
  'conversation.read',
  'conversation.deleted',
  'conversations.deleted',
  'conversations.exported',
  'conversations.listed',
  'credits.granted',
  'credits.reserved',
  'webhook.created',
  'webhook.changed',
  'webhook.deleted',
] as const;

export type AuditAction = (typeof auditActions)[number];

/** Named facts about a thing, as texts, numbers, lists; never a secret or anything made from one but its hint. */
export type AuditFacts = Readonly<Record<string, unknown>>;

export interface AuditEvent {
  readonly id: string;
  readonly organizationId: string;
  readonly at: number;
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: {
    readonly kind: 'key' | 'agent' | 'member' | 'organization' | 'conversation' | 'webhook';
    readonly id: string;
    readonly name: string;
  };
  /** What was different before; null when there was nothing. */
  readonly before: AuditFacts | null;
  readonly after: AuditFacts | null;
}
