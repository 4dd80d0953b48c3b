/** What an organization's keys were asked, by day and by key, and the credits that it has left. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { listUsage, usageCsvPath } from '../api.ts';
import { choice } from '../components/choice.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { icon } from '../components/icons.ts';
import { moreButton } from '../components/more-button.ts';
import { count, plural } from '../components/number-words.ts';
import { skeleton } from '../components/skeleton.ts';
import { UsageChart } from '../components/usage-chart.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { readPages } from '../read-pages.ts';
import { sectionPath } from '../route.ts';
import { CreditsCard } from './usage/credits-card.ts';
import { figuresOf, requestsOf, type UsageFigures } from './usage/figures.ts';
import { keyTable } from './usage/key-table.ts';

const ranges = ['7', '30', '90'] as const;
type Range = (typeof ranges)[number];

const keysPerPage = 100;
const rowsAtOnce = 50;
const refreshEveryMs = 30_000;

/** What was read, with the range that it is of: the range that is wanted may be another one already. */
interface Reading extends UsageFigures {
  readonly range: Range;
}

export class UsagePage extends Page {
  static readonly elements = { 'ui-usage-chart': UsageChart, 'usage-credits': CreditsCard };
  override readonly heading = 'Usage';
  /** Days back, today included. */
  @state() range: Range = '30';
  /** How many keys came so far, while more are to come. */
  @state() keysRead = 0;
  /** How many rows the table has at most. */
  @state() rows: number = rowsAtOnce;
  readonly #usage: Resource<Reading> = new Resource<Reading>(this, (signal) => this.#read(signal), {
    refreshEveryMs,
    mayRefresh: () => (this.#usage.value?.keys.length ?? 0) <= keysPerPage,
  });

  protected override render(): TemplateResult {
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Usage</h1>
          <p class="lead">What your keys were asked. A day is a day in UTC; today is still going on.</p>
        </div>
        <div class="row">
          ${choice({
            name: 'usage-range',
            legend: 'Days to show',
            options: ranges.map((value) => ({ value, words: `${value} days` })),
            value: this.range,
            choose: (value) => this.#choose(value),
          })}
          <a class="button" download href=${usageCsvPath(this.organizationId, Number(this.range))}>
            ${icon('download')} CSV
          </a>
        </div>
      </header>
      ${this.#renderUsage()}
      <usage-credits .organizationId=${this.organizationId} .isOwner=${this.isOwner}></usage-credits>
      ${this.#renderKeys()}
    </div>`;
  }

  #renderUsage(): TemplateResult {
    const { value, failure, isLoading } = this.#usage;
    if (failure) return failureBlock(failure, () => void this.#usage.load());
    if (!value) return html`${this.#renderProgress()} ${skeleton('Loading the usage')}`;
    if (value.keys.length === 0) return this.#renderNoKeys();
    return html`${isLoading ? this.#renderProgress() : nothing} ${this.#renderTotals(value)}
      <section class="card" aria-labelledby="days-heading">
        <div class="card-head"><h2 id="days-heading">All keys by day</h2></div>
        ${requestsOf(value) === 0 ? this.#renderNoRequests(value) : nothing}
        <ui-usage-chart .days=${value.days}></ui-usage-chart>
      </section>`;
  }

  /** Only many keys take long enough for it to be of use. */
  #renderProgress(): TemplateResult {
    return html`<div class="reading" role="status">
      ${
        this.keysRead === 0
          ? nothing
          : html`<progress aria-label="Reading the usage"></progress>
              <span class="soft">${plural(this.keysRead, 'key')} read, more to come…</span>`
      }
    </div>`;
  }

  #renderTotals({ accepted, refused, keys }: Reading): TemplateResult {
    const requests = accepted + refused;
    const [busiest] = keys;
    return html`<dl class="figures">
      <div class="card">
        <dt>Accepted</dt>
        <dd>
          <b class="figure">${count(accepted)}</b> <span class="soft">${accepted === 1 ? 'request' : 'requests'}</span>
        </dd>
      </div>
      <div class="card">
        <dt>Refused</dt>
        <dd>
          <b class="figure">${count(refused)}</b>
          <span class="soft">${requests === 0 ? 'requests' : `${shareOf(refused, requests)} of all`}</span>
        </dd>
      </div>
      <div class="card">
        <dt>Busiest key</dt>
        <dd>
          ${
            busiest && requestsOf(busiest) > 0
              ? html`<a class="figure-name" href=${`${sectionPath(this.organizationId, 'api-keys')}/${busiest.keyId}`}
                    >${busiest.name}</a
                  >
                  <span class="soft">${plural(requestsOf(busiest), 'request')}</span>`
              : html`<span class="soft">none yet</span>`
          }
        </dd>
      </div>
    </dl>`;
  }

  #renderNoKeys(): TemplateResult {
    return emptyState({
      picture: 'usage',
      heading: 'Nothing to count yet',
      content: 'Usage is counted by key, and this organization has no key. The first one is made in a minute.',
      action: html`<a class="button primary" href=${sectionPath(this.organizationId, 'api-keys')}>Go to API Keys</a>`,
    });
  }

  #renderNoRequests({ range }: Reading): TemplateResult {
    return html`<p class="soft">
      No request came in these ${range} days. Paste a key’s script tag into a page that it allows, and watch the bars
      grow.
    </p>`;
  }

  #renderKeys(): TemplateResult | typeof nothing {
    const { value, failure } = this.#usage;
    if (failure || !value || value.keys.length === 0) return nothing;
    return html`<section class="stack tight" aria-labelledby="keys-heading">
      <h2 id="keys-heading">By key</h2>
      ${keyTable(this.organizationId, value.keys.slice(0, this.rows))} ${this.#renderMoreRows(value.keys.length)}
    </section>`;
  }

  #renderMoreRows(keys: number): TemplateResult | typeof nothing {
    const hidden = keys - this.rows;
    if (keys <= rowsAtOnce) return nothing;
    const words = `Show ${count(Math.min(hidden, rowsAtOnce))} more of ${count(hidden)}`;
    return moreButton({
      more: hidden > 0 ? { words, act: () => (this.rows += rowsAtOnce) } : undefined,
      all: plural(keys, 'key'),
    });
  }

  #choose(range: Range): void {
    this.range = range;
    void this.#usage.load();
  }

  async #read(signal: AbortSignal): Promise<Reading> {
    const { range, organizationId } = this;
    this.keysRead = 0;
    const lines = await readPages(
      (cursor) => listUsage(organizationId, Number(range), { limit: keysPerPage, cursor }, signal),
      (soFar) => (this.keysRead = soFar),
    );
    return { range, ...figuresOf(lines) };
  }
}

function shareOf(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 1 ? 'less than 1 %' : `${Math.round(percent)} %`;
}
