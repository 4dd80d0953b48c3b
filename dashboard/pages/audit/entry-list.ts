import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { AuditEntry } from '../../../server/http/wire.ts';
import { icon } from '../../components/icons.ts';
import { exactDay, exactTime } from '../../components/time-words.ts';
import { sectionPath } from '../../route.ts';
import { factList } from './facts.ts';
import { actionWords, actorWords, kindOf, kindPictures } from './words.ts';

const clockTime = new Intl.DateTimeFormat('en', { timeStyle: 'medium' });

interface EntryListOptions {
  readonly organizationId: string;
  /** Only owners see webhooks. */
  readonly isOwner: boolean;
  /** Whether the thing of that id is deleted. */
  readonly isGone: (id: string) => boolean;
  /** Narrows the list down to the thing of that id; undefined: it is. */
  readonly only: ((id: string) => void) | undefined;
}

/** Entries under the day on which they happened, newest first. */
export function entryList(entries: readonly AuditEntry[], options: EntryListOptions): TemplateResult {
  return html`<div class="stack">
    ${repeat(
      byDay(entries),
      ([day]) => day,
      ([day, ofDay]) =>
        html`<section class="stack tight" aria-label=${day}>
          <h2 class="audit-day">${day}</h2>
          <ul class="table-card audit-list">
            ${repeat(
              ofDay,
              ({ id }) => id,
              (entry) => renderEntry(entry, options),
            )}
          </ul>
        </section>`,
    )}
  </div>`;
}

function byDay(entries: readonly AuditEntry[]): readonly (readonly [string, readonly AuditEntry[]])[] {
  const days = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const day = exactDay(entry.at);
    const known = days.get(day);
    if (known) known.push(entry);
    else days.set(day, [entry]);
  }
  return [...days];
}

/** The page of a thing that is there. */
function thingPath({ target }: AuditEntry, { organizationId, isOwner, isGone }: EntryListOptions): string | undefined {
  if (isGone(target.id)) return undefined;
  switch (target.kind) {
    case 'key':
      return `${sectionPath(organizationId, 'api-keys')}/${target.id}`;
    case 'agent':
      return `${sectionPath(organizationId, 'agents')}/${target.id}`;
    case 'member':
    case 'organization':
      return sectionPath(organizationId, 'members');
    case 'conversation':
      return undefined;
    case 'webhook':
      return isOwner ? sectionPath(organizationId, 'webhooks') : undefined;
  }
}

function renderEntry(entry: AuditEntry, options: EntryListOptions): TemplateResult {
  const { at, action, actor, target, before, after } = entry;
  const { only } = options;
  return html`<li class="audit-entry">
    <span class="audit-picture">${icon(kindPictures[kindOf(action)])}</span>
    <p class="audit-sentence">${actorWords(actor)} ${actionWords(entry, thingPath(entry, options))}</p>
    <p class="audit-time soft">
      <ui-time at=${at}></ui-time>
      <small><time datetime=${at} title=${exactTime(at)}>${clockTime.format(new Date(at))}</time></small>
      ${
        only
          ? html`<button
              class="link-button"
              type="button"
              aria-label=${`Only this: ${target.name}`}
              @click=${() => only(target.id)}
            >
              Only this
            </button>`
          : nothing
      }
    </p>
    ${
      hasMoreToSay(entry)
        ? html`<details class="audit-facts">
            <summary>${before && after ? 'What changed' : before ? 'What it was' : 'Details'}</summary>
            ${factList(before, after)}
          </details>`
        : nothing
    }
  </li>`;
}

/** A role alone stands in the sentence already. */
function hasMoreToSay({ before, after }: AuditEntry): boolean {
  return [...Object.keys(before ?? {}), ...Object.keys(after ?? {})].some((field) => field !== 'role');
}
