/** The audit log in plain English. Names are the log's own texts and are drawn as text. */
import { html, type TemplateResult } from 'lit';
import type { Actor, AuditAction, AuditEntry } from '../../../server/http/wire.ts';
import type { IconName } from '../../components/icons.ts';
import { plural } from '../../components/number-words.ts';
import { nameOf } from './facts.ts';

/** What entries can be narrowed down to. */
export const kinds = ['all', 'keys', 'agents', 'members', 'credits'] as const;
export type Kind = (typeof kinds)[number];

export const kindWords: Readonly<Record<Kind, string>> = {
  all: 'All',
  keys: 'Keys',
  agents: 'Agents',
  members: 'Members',
  credits: 'Credits',
};

export const kindPictures: Readonly<Record<Exclude<Kind, 'all'>, IconName>> = {
  keys: 'key',
  agents: 'agent',
  members: 'members',
  credits: 'coins',
};

/** An action that this version does not know counts as one on a key: it is shown, whatever it is. */
export function kindOf(action: AuditAction): Exclude<Kind, 'all'> {
  if (action.startsWith('agent.')) return 'agents';
  if (action.startsWith('member.') || action.startsWith('invitation.')) return 'members';
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

/** Goes on after the actor: "created the key Production Website". */
export function actionWords(entry: AuditEntry): TemplateResult {
  const { action, target } = entry;
  const name = html`<b>${target.name}</b>`;
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
      return html`renamed the organization from <b>${String(entry.before?.name)}</b> to ${name}`;
    case 'credits.granted':
      return grantWords(entry);
    case 'credits.reserved':
      return reserveWords(entry);
    default:
      return html`did ${String(action satisfies never)} to ${name}`;
  }
}

function reserveWords({ after }: AuditEntry) {
  const kept = after?.reservedCredits;
  return typeof kept === 'number'
    ? html`keeps ${kept.toLocaleString()} credits back for secret calls`
    : html`keeps a fifth of the credits back for secret calls`;
}

function changedKeyWords({ before, after }: AuditEntry, name: TemplateResult): TemplateResult {
  const fields = Object.keys(after ?? {});
  if (fields.length !== 1) return html`changed the key ${name} ${changedFields({ after })}`;
  if (after?.enabled === true) return html`enabled the key ${name}`;
  if (after?.enabled === false) return html`disabled the key ${name}`;
  if (typeof before?.name === 'string') return html`renamed the key <b>${before.name}</b> to ${name}`;
  if (fields[0] === 'allowedDomains') return html`changed the allowed domains of the key ${name}`;
  return html`changed the key ${name} ${changedFields({ after })}`;
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
