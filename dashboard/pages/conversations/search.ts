/** What conversations are looked for, in the address and in the fields above the list. */
import { html, type TemplateResult } from 'lit';
import type { Agent, ConversationSearch, Key } from '../../../server/http/wire.ts';
import { choice } from '../../components/choice.ts';

const outcomeWords = {
  all: 'All',
  unanswered: 'Unanswered',
  nearest: 'Only near answers',
  failed: 'Failed',
  answered: 'Answered',
} as const;

const ratingWords = { '': 'Any rating', '-1': 'Not helpful', '1': 'Helpful' } as const;

type Outcome = keyof typeof outcomeWords;

const contactWords = { '': 'Any', true: 'With a message left' } as const;

const names = ['q', 'agent', 'key', 'origin', 'outcome', 'rating', 'contact', 'from', 'to'] as const;
const patterns: Partial<Readonly<Record<(typeof names)[number], RegExp>>> = {
  agent: /^agt_[0-9a-z]{1,40}$/,
  key: /^key_[0-9a-z]{1,40}$/,
  outcome: /^(?:answered|nearest|unanswered|failed)$/,
  rating: /^-?1$/,
  contact: /^true$/,
  from: /^\d{4}-\d\d-\d\d$/,
  to: /^\d{4}-\d\d-\d\d$/,
};

/** The search also takes the ids of a hundred conversations. */
const lengthMax = (name: (typeof names)[number]): number => (name === 'q' ? 4_200 : 200);

/** The ids that are looked for, where it is nothing but ids. */
export function idsIn({ q = '' }: ConversationSearch): readonly string[] {
  const words = q.split(/[\s,;]/).filter((word) => word !== '');
  return words.every((word) => /^cnv_[0-9a-z]{1,40}$/.test(word)) ? [...new Set(words)] : [];
}

/** What an address asks for; what is not known there is left out. */
export function parseConversationSearch(query: URLSearchParams): ConversationSearch {
  const given = names.map((name) => [name, (query.get(name) ?? '').slice(0, lengthMax(name))] as const);
  const known = given.filter(([name, text]) => text !== '' && (patterns[name]?.test(text) ?? true));
  return Object.fromEntries(known);
}

/** What the server is asked for: what was typed may end in a space, or be nothing else. */
export function askedOf(search: ConversationSearch): ConversationSearch {
  const trimmed = Object.entries(search).map(([name, text]: [string, string]) => [name, text.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, text]) => text !== ''));
}

interface ConversationSearchBar {
  readonly search: ConversationSearch;
  readonly find: (search: ConversationSearch) => void;
  readonly agents: readonly Agent[];
  readonly keys: readonly Key[];
}

export function conversationSearchBar({ search, find, agents, keys }: ConversationSearchBar): TemplateResult {
  const set = (name: keyof ConversationSearch, text: string): void => {
    const entries = Object.entries({ ...search, [name]: text });
    find(Object.fromEntries(entries.filter(([, value]) => value !== '')));
  };
  const field = (name: 'q' | 'origin' | 'from' | 'to', type: string, label: string, placeholder = '') =>
    html`<label class="filter">
      <span>${label}</span>
      <input
        class="input"
        type=${type}
        name=${name}
        dir=${name === 'q' ? 'auto' : 'ltr'}
        placeholder=${placeholder}
        autocomplete="off"
        spellcheck="false"
        maxlength=${lengthMax(name)}
        .value=${search[name] ?? ''}
        @input=${({ target }: Event) => set(name, (target as HTMLInputElement).value)}
      />
    </label>`;
  const select = (
    name: 'agent' | 'key' | 'rating' | 'contact',
    label: string,
    options: readonly (readonly [value: string, words: string])[],
  ) => {
    const value = search[name] ?? '';
    const all =
      value === '' || options.some(([known]) => known === value) ? options : [...options, [value, value] as const];
    return html`<label class="filter">
      <span>${label}</span>
      <select
        class="input"
        name=${name}
        .value=${value}
        @change=${({ target }: Event) => set(name, (target as HTMLSelectElement).value)}
      >
        ${all.map(([one, words]) => html`<option value=${one} ?selected=${one === value}>${words}</option>`)}
      </select>
    </label>`;
  };
  return html`<search class="conversation-search">
    ${choice({
      name: 'conversation-outcome',
      legend: 'How well it was answered',
      options: (Object.keys(outcomeWords) as readonly Outcome[]).map((value) => ({
        value,
        words: outcomeWords[value],
      })),
      value: search.outcome ?? 'all',
      choose: (outcome) => set('outcome', outcome === 'all' ? '' : outcome),
    })}
    <div class="filters">
      ${field('q', 'search', 'First question, or ids', 'Words in it, or cnv_…')}
      ${select('agent', 'Agent', [['', 'Any agent'], ...agents.map(({ id, name }) => [id, name] as const)])}
      ${select('key', 'Key', [['', 'Any key'], ...keys.map(({ id, name }) => [id, name] as const)])}
      ${field('origin', 'text', 'Page', 'https://example.com')}
      ${select(
        'rating',
        'Rating',
        Object.entries(ratingWords).sort(([a], [b]) => a.length - b.length),
      )}
      ${select('contact', 'Left messages', Object.entries(contactWords))} ${field('from', 'date', 'From (UTC)')}
      ${field('to', 'date', 'To (UTC)')}
    </div>
  </search>`;
}
