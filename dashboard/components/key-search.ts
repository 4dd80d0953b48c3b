import { html, type TemplateResult } from 'lit';
import type { KeyFilter, KeyOrder, KeySearch } from '../../server/http/wire.ts';
import { choice } from './choice.ts';

const filterWords: Readonly<Record<KeyFilter | 'all', string>> = {
  all: 'All',
  needs_attention: 'Needs a look',
  enabled: 'Enabled',
  disabled: 'Disabled',
  expiring: 'Expiring',
  expired: 'Expired',
  never_used: 'Never used',
  unused_30_days: 'Unused for 30 days',
};

const orderWords: Readonly<Record<KeyOrder, string>> = {
  created: 'Newest first',
  name: 'By name',
  last_used: 'Used last',
};

const filters = Object.keys(filterWords) as readonly (KeyFilter | 'all')[];
const orders = Object.keys(orderWords) as readonly KeyOrder[];

/** What somebody pasted into the search may be a whole pair: the secret goes nowhere. */
const secretPattern = /:?\bsk_[0-9a-z]+/gi;

/** What an address asks for; what is not known there is left out. */
export function parseKeySearch(query: URLSearchParams): KeySearch {
  const [status, sort] = [query.get('status'), query.get('sort')];
  const isOne = <Value extends string>(all: readonly Value[], text: string | null): text is Value =>
    all.some((one) => one === text);
  return toKeySearch(
    query.get('q') ?? '',
    isOne(filters, status) ? status : 'all',
    isOne(orders, sort) ? sort : 'created',
  );
}

function toKeySearch(q: string, status: KeyFilter | 'all', sort: KeyOrder): KeySearch {
  const words = q.replace(secretPattern, '').trim().slice(0, 200);
  return {
    ...(words !== '' && { q: words }),
    ...(status !== 'all' && { status }),
    ...(sort !== 'created' && { sort }),
  };
}

interface KeySearchBar {
  readonly search: KeySearch;
  readonly find: (search: KeySearch) => void;
}

/** Words, a state and an order. */
export function keySearchBar({ search, find }: KeySearchBar): TemplateResult {
  const { q = '', status = 'all', sort = 'created' } = search;
  return html`<search class="key-search">
    <input
      type="search"
      name="q"
      class="input"
      aria-label="Search by name, public key or domain"
      aria-keyshortcuts="/"
      placeholder="Name, public key or domain"
      autocomplete="off"
      spellcheck="false"
      maxlength="200"
      .value=${q}
      @input=${({ target }: Event) => find(toKeySearch((target as HTMLInputElement).value, status, sort))}
    />
    <label class="key-order">
      <span class="soft">Order</span>
      <select
        class="input"
        .value=${sort}
        @change=${({ target }: Event) => find(toKeySearch(q, status, (target as HTMLSelectElement).value as KeyOrder))}
      >
        ${orders.map((order) => html`<option value=${order} ?selected=${order === sort}>${orderWords[order]}</option>`)}
      </select>
    </label>
    ${choice({
      name: 'key-filter',
      legend: 'State of the keys',
      options: filters.map((value) => ({ value, words: filterWords[value] })),
      value: status,
      choose: (chosen) => find(toKeySearch(q, chosen, sort)),
    })}
  </search>`;
}
