/** The audit log in plain English. Names are the log's own texts and are drawn as text. */
import { html, type TemplateResult } from 'lit';
import type { Actor, AuditAction, AuditEntry } from '../../../server/http/wire.ts';
import type { IconName } from '../../components/icons.ts';
import { plural } from '../../components/number-words.ts';
import { retentionWords } from '../../components/retention-words.ts';
import { durationWords } from '../../components/time-left.ts';
import { domainChangeWords, isAboutDomains } from './domain-words.ts';
import { nameOf } from './facts.ts';

/** What entries can be narrowed down to. */
export const kinds = ['all', 'keys', 'agents', 'conversations', 'members', 'credits', 'webhooks'] as const;
export type Kind = (typeof kinds)[number];

export const kindWords: Readonly<Record<Kind, string>> = {
  all: 'All',
  keys: 'Keys',
  agents: 'Agents',
  conversations: 'Conversations',
  members: 'Members',
  credits: 'Credits',
  webhooks: 'Webhooks',
};

export const kindPictures: Readonly<Record<Exclude<Kind, 'all'>, IconName>> = {
  keys: 'key',
  agents: 'agent',
  conversations: 'conversation',
  members: 'members',
  credits: 'coins',
  webhooks: 'bell',
};

/** An action that this version does not know counts as one on a key: it is shown, whatever it is. */
export function kindOf(action: AuditAction): Exclude<Kind, 'all'> {
  if (action.startsWith('agent.')) return 'agents';
  if (action.startsWith('conversation')) return 'conversations';
  if (action.startsWith('member.') || action.startsWith('invitation.')) return 'members';
  if (action.startsWith('webhook.')) return 'webhooks';
  return action.startsWith('credits.') || action.startsWith('organization.') ? 'credits' : 'keys';
}

export function actorWords({ kind, name }: Actor): TemplateResult {
  switch (kind) {
    case 'user':
      return html`<b>${name ?? 'Somebody'}</b>`;
    case 'key':
      return html`The key <b>${name ?? 'without a name'}</b>`;
    case 'command_line':
      return html`<b>The command line</b>`;
    case 'demo':
      return html`<b>The demo page</b>`;
    case 'server':
      return html`<b>The server</b>`;
  }
}

/** As one of a list of those who did something. */
export function actorName({ kind, name }: Actor): string {
  switch (kind) {
    case 'user':
      return name ?? 'Somebody';
    case 'key':
      return `Key ${name ?? 'without a name'}`;
    case 'command_line':
      return 'The command line';
    case 'demo':
      return 'The demo page';
    case 'server':
      return 'The server';
  }
}

/** Goes on after the actor: "created the key Production Website". With a path, the thing's name leads there. */
export function actionWords(entry: AuditEntry, path?: string): TemplateResult {
  const { action, target } = entry;
  const name =
    path === undefined ? html`<b>${target.name}</b>` : html`<a class="audit-thing" href=${path}>${target.name}</a>`;
  switch (action) {
    case 'key.created':
      return html`created the key ${name}`;
    case 'key.changed':
      return changedKeyWords(entry, name);
    case 'key.rotated':
      return html`rotated the secret of the key ${name}`;
    case 'key.deleted':
      return html`deleted the key ${name}`;
    case 'agent.created':
      return html`created the agent ${name}`;
    case 'agent.changed':
      return html`changed the agent ${name} ${changedFields(entry)}`;
    case 'agent.deleted':
      return html`deleted the agent ${name}`;
    case 'member.invited':
      return html`invited ${name} as ${roleIn(entry.after)}`;
    case 'member.joined':
      return isOwnDoing(entry)
        ? html`joined as ${roleIn(entry.after)}`
        : html`let ${name} in as ${roleIn(entry.after)}`;
    case 'member.changed':
      return html`changed the role of ${name} from ${roleIn(entry.before)} to ${roleIn(entry.after)}`;
    case 'member.removed':
      return isOwnDoing(entry) ? html`left the organization` : html`removed the member ${name}`;
    case 'invitation.revoked':
      return html`revoked the invitation of ${name}`;
    case 'organization.created':
      return html`made the organization ${name}`;
    case 'organization.changed':
      return changedOrganizationWords(entry, name);
    case 'organization.exported':
      return html`downloaded everything of the organization ${name}`;
    case 'conversation.read':
      return html`read the conversation ${name}`;
    case 'conversation.deleted':
      return html`deleted the conversation ${name}`;
    case 'conversations.deleted':
      return html`deleted ${plural(Number(entry.after?.conversations ?? 0), 'conversation')} by their ids`;
    case 'conversations.exported':
      return html`exported conversations`;
    case 'conversations.listed':
      return target.kind === 'agent'
        ? html`looked at what ${name} had no answer to`
        : html`looked through the conversations`;
    case 'webhook.created':
      return html`made a webhook to ${name}`;
    case 'webhook.changed':
      return changedWebhookWords(entry, name);
    case 'webhook.deleted':
      return html`deleted the webhook to ${name}`;
    case 'credits.granted':
      return grantWords(entry);
    case 'credits.reserved':
      return reserveWords(entry);
    default:
      return html`did ${String(action satisfies never)} to ${name}`;
  }
}

function changedOrganizationWords({ before, after }: AuditEntry, name: TemplateResult): TemplateResult {
  if (typeof before?.name === 'string') return html`renamed the organization from <b>${before.name}</b> to ${name}`;
  if (typeof after?.retentionDays === 'number')
    return html`keeps conversations for <b>${retentionWords(after.retentionDays)}</b> after they were last active`;
  if (typeof after?.auditReading !== 'boolean')
    return html`changed what visitors of ${name} are told ${changedFields({ after })}`;
  const isWritten = after.auditReading;
  return html`chose that reading conversations is ${isWritten ? 'written down here' : 'no longer written down here'}`;
}

function changedWebhookWords({ after }: AuditEntry, name: TemplateResult): TemplateResult {
  if (after?.enabled === false) return html`switched the webhook to ${name} off`;
  if (after?.enabled === true) return html`switched the webhook to ${name} on`;
  if (after?.secretVersion !== undefined) return html`gave the webhook to ${name} a new secret`;
  return html`changed the webhook to ${name} ${changedFields({ after })}`;
}

function reserveWords({ after }: AuditEntry) {
  const kept = after?.reservedCredits;
  return typeof kept === 'number'
    ? html`keeps ${kept.toLocaleString()} credits back for secret calls`
    : html`keeps a fifth of the credits back for secret calls`;
}

function changedKeyWords({ at, before, after }: AuditEntry, name: TemplateResult): TemplateResult {
  const fields = Object.keys(after ?? {});
  if (isAboutDomains(after)) return html`${domainChangeWords(before, after)} ${name}`;
  if (fields.length !== 1) return html`changed the key ${name} ${changedFields({ after })}`;
  if (after?.enabled === true) return html`enabled the key ${name}`;
  if (after?.enabled === false) return html`disabled the key ${name}`;
  if (typeof before?.name === 'string') return html`renamed the key <b>${before.name}</b> to ${name}`;
  if (fields[0] === 'learningUntil')
    return html`turned learning mode of the key ${name} ${learningWords(at, after?.learningUntil)}`;
  return html`changed the key ${name} ${changedFields({ after })}`;
}

/** `on for 1 day`: for how long from then on. It is written down a moment after it was asked for. */
function learningWords(at: string, until: unknown): string {
  if (typeof until !== 'string') return 'off';
  const minutes = Math.max(1, Math.round((Date.parse(until) - Date.parse(at)) / 60_000));
  if (minutes % 1_440 === 0) return `on for ${plural(minutes / 1_440, 'day')}`;
  if (minutes % 60 === 0) return `on for ${plural(minutes / 60, 'hour')}`;
  return `on for ${durationWords(60 * minutes)}`;
}

/** `(name, greeting)`. */
function changedFields({ after }: Pick<AuditEntry, 'after'>): TemplateResult {
  const names = Object.keys(after ?? {}).map((name) => (name === 'knowledgeId' ? 'answers' : name));
  const words = [...new Set(names)].map((name) => (name === 'answers' ? 'answers' : nameOf(name).toLowerCase()));
  return html`<span class="soft">(${words.join(', ')})</span>`;
}

function grantWords({ before, after }: AuditEntry): TemplateResult {
  const [was, is] = [before?.granted, after?.granted];
  if (typeof was !== 'number' || typeof is !== 'number') return html`granted credits`;
  return html`granted <b>${plural(is - was, 'credit')}</b>`;
}

function isOwnDoing({ actor, target }: AuditEntry): boolean {
  return actor.kind === 'user' && actor.id === target.id;
}

function roleIn(facts: AuditEntry['after']): string {
  return typeof facts?.role === 'string' ? facts.role : 'member';
}
