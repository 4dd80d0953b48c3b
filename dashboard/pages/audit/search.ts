/** What of the audit log is looked for: the address keeps it, and the server is asked for it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { AuditFilter } from '../../api.ts';
import { choice } from '../../components/choice.ts';
import { kinds, kindWords, type Kind } from './words.ts';

export interface AuditSearch {
  readonly kind?: Exclude<Kind, 'all'>;
  /** The id of a person or a key, or the kind of another actor. */
  readonly actor?: string;
  readonly target?: string;
  /** Days where the person is, both included. */
  readonly from?: string;
  readonly to?: string;
}

const actorPattern = /^((usr|key)_[0-9a-z]{1,40}|command_line|demo|server)$/;
const targetPattern = /^[a-z]{3}_[0-9a-z]{1,40}$/;
const dayPattern = /^\d{4}-\d\d-\d\d$/;
/** A field for a day takes six digits of a year without it. */
const lastDay = '9999-12-31';

/** What an address asks for; what is not understood there is left out. */
export function parseAuditSearch(query: URLSearchParams): AuditSearch {
  const read = (name: string, isFit: (text: string) => boolean): Readonly<Record<string, string>> => {
    const text = query.get(name);
    return text !== null && isFit(text) ? { [name]: text } : {};
  };
  return {
    ...read('kind', (text) => text !== 'all' && kinds.some((kind) => kind === text)),
    ...read('actor', (text) => actorPattern.test(text)),
    ...read('target', (text) => targetPattern.test(text)),
    ...read('from', isDay),
    ...read('to', isDay),
  };
}

const isDay = (text: string): boolean => dayPattern.test(text) && !Number.isNaN(Date.parse(text));

/** The actions of each kind, as the server's filter names them. */
const kindActions: Readonly<Record<Exclude<Kind, 'all'>, string>> = {
  keys: 'key',
  agents: 'agent',
  conversations: 'conversation,conversations',
  members: 'member,invitation',
  credits: 'credits,organization',
  webhooks: 'webhook',
};

export function toAuditFilter({ kind, actor, target, from, to }: AuditSearch): AuditFilter {
  return {
    actor,
    target,
    action: kind && kindActions[kind],
    from: from && new Date(`${from}T00:00`).toISOString(),
    to: to && new Date(`${to}T23:59:59.999`).toISOString(),
  };
}

interface AuditSearchBar {
  readonly search: AuditSearch;
  /** Who may be chosen, by id. */
  readonly people: ReadonlyMap<string, string>;
  /** What the thing is called that is looked for. */
  readonly targetName: string;
  readonly find: (search: AuditSearch) => void;
}

export function auditSearchBar({ search, people, targetName, find }: AuditSearchBar): TemplateResult {
  const { kind = 'all', actor = '', target, from, to } = search;
  const change = (name: keyof AuditSearch, value: string): void =>
    find(Object.fromEntries(Object.entries({ ...search, [name]: value }).filter(([, text]) => text !== '')));
  const day = (
    name: 'from' | 'to',
    words: string,
    value: string | undefined,
    limits: { min?: string | undefined; max?: string | undefined },
  ) =>
    html`<label class="audit-field">
      <span class="soft">${words}</span>
      <input
        class="input"
        type="date"
        min=${limits.min ?? nothing}
        max=${limits.max ?? lastDay}
        .value=${value ?? ''}
        @change=${({ target }: Event) => {
          const input = target as HTMLInputElement;
          if (input.value === '' || isDay(input.value)) change(name, input.value);
          else input.reportValidity();
        }}
      />
    </label>`;
  return html`<search class="audit-search">
    <label class="audit-field">
      <span class="soft">Who</span>
      <select
        class="input"
        @change=${({ target: select }: Event) => change('actor', (select as HTMLSelectElement).value)}
      >
        <option value="" .selected=${actor === ''}>Anybody</option>
        ${[...people].map(([id, name]) => html`<option value=${id} .selected=${id === actor}>${name}</option>`)}
      </select>
    </label>
    ${day('from', 'From', from, { max: to })} ${day('to', 'To', to, { min: from })}
    ${choice({
      name: 'audit-kind',
      legend: 'Kind of change',
      options: kinds.map((value) => ({ value, words: kindWords[value] })),
      value: kind,
      choose: (chosen) => change('kind', chosen === 'all' ? '' : chosen),
    })}
    ${
      target === undefined
        ? nothing
        : html`<p class="audit-target">
            <span>Only about <b>${targetName}</b></span>
            <button class="button small" type="button" @click=${() => change('target', '')}>Show all</button>
          </p>`
    }
  </search>`;
}
