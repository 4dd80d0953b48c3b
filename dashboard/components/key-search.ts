import { html, nothing, type TemplateResult } from 'lit';
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

/** Of the server's: a longer one would be refused, and no key has it. */
const tagLengthMax = 30;

/** What somebody pasted into the search may be a whole pair: the secret goes nowhere. */
const secretPattern = /:?\bsk_[0-9a-z]+/gi;

/** What an address asks for; what is not known there is left out. */
export function parseKeySearch(query: URLSearchParams): KeySearch {
  const [status, sort] = [query.get('status'), query.get('sort')];
  const isOne = <Value extends string>(all: readonly Value[], text: string | null): text is Value =>
    all.some((one) => one === text);
  return toKeySearch({
    q: query.get('q') ?? '',
    tag: query.get('tag') ?? '',
    status: isOne(filters, status) ? status : 'all',
    sort: isOne(orders, sort) ? sort : 'created',
  });
}

/** As the fields have it. */
interface Fields {
  readonly q: string;
  /** Empty: with any tags, or none. */
  readonly tag: string;
  readonly status: KeyFilter | 'all';
  readonly sort: KeyOrder;
}

function toKeySearch({ q, tag, status, sort }: Fields): KeySearch {
  const words = q.replace(secretPattern, '').trim().slice(0, 200);
  const wanted = tag.trim();
  return {
    ...(words !== '' && { q: words }),
    ...(wanted !== '' && wanted.length <= tagLengthMax && !wanted.includes(',') && { tag: wanted }),
    ...(status !== 'all' && { status }),
    ...(sort !== 'created' && { sort }),
  };
}

interface KeySearchBar {
  readonly search: KeySearch;
  readonly find: (search: KeySearch) => void;
  /** Those in use. */
  readonly tags: readonly string[];
}

/** Words, a tag where there is one, a state and an order. */
export function keySearchBar({ search, find, tags }: KeySearchBar): TemplateResult {
  const { q = '', tag = '', status = 'all', sort = 'created' } = search;
  const set = (change: Partial<Fields>): void => find(toKeySearch({ q, tag, status, sort, ...change }));
  return html`<search class="key-search">
    <input
      type="search"
      name="q"
      class="input"
      aria-label="Search by name, public key, tag or domain"
      aria-keyshortcuts="/"
      placeholder="Name, public key, tag or domain"
      autocomplete="off"
      spellcheck="false"
      maxlength="200"
      .value=${q}
      @input=${({ target }: Event) => set({ q: (target as HTMLInputElement).value })}
    />
    <div class="key-orders">
      ${tags.length === 0 && tag === '' ? nothing : tagChoice(tag, tags, (chosen) => set({ tag: chosen }))}
      <label class="key-order">
        <span class="soft">Order</span>
        <select
          class="input"
          .value=${sort}
          @change=${({ target }: Event) => set({ sort: (target as HTMLSelectElement).value as KeyOrder })}
        >
          ${orders.map((order) => html`<option value=${order} ?selected=${order === sort}>${orderWords[order]}</option>`)}
        </select>
      </label>
    </div>
    ${choice({
      name: 'key-filter',
      legend: 'State of the keys',
      options: filters.map((value) => ({ value, words: filterWords[value] })),
      value: status,
      choose: (chosen) => set({ status: chosen }),
    })}
  </search>`;
}

/** One that no key has any more stays, as long as it is looked for. */
function tagChoice(tag: string, tags: readonly string[], choose: (tag: string) => void): TemplateResult {
  const chosen = tags.find((one) => one.toLowerCase() === tag.toLowerCase()) ?? tag;
  const all = chosen === '' || tags.includes(chosen) ? tags : [...tags, chosen];
  return html`<label class="key-order">
    <span class="soft">Tag</span>
    <select
      class="input"
      .value=${chosen}
      @change=${({ target }: Event) => choose((target as HTMLSelectElement).value)}
    >
      <option value="" ?selected=${chosen === ''}>Any</option>
      ${all.map((one) => html`<option value=${one} ?selected=${one === chosen}>${one}</option>`)}
    </select>
  </label>`;
}
