import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { usageCsvPath } from '../../api.ts';
import type { KeyUsage as Usage } from '../../../server/http/wire.ts';
import { percent } from '../../../ui/percent.ts';
import { choice } from '../../components/choice.ts';
import { emptyState } from '../../components/empty-state.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { moreButton } from '../../components/more-button.ts';
import { count, plural } from '../../components/number-words.ts';
import { skeleton } from '../../components/skeleton.ts';
import { UsageChart } from '../../components/usage-chart.ts';
import { KeyPart } from './key-part.ts';
import { originTable } from './origin-table.ts';
import { refusalList, refusalsByCode } from './refusal-list.ts';
import type { UsageReading } from './usage-reading.ts';

const periods = [7, 30, 90] as const;
export type Period = (typeof periods)[number];

export function toPeriod(text: string | null): Period {
  return periods.find((period) => String(period) === text) ?? 30;
}

const originsAtFirst = 8;

/**
 * `<key-usage>`: what a key did: totals, by day, by refusal, by origin.
 *
 * @prop {UsageReading} reading - What was read, and how that goes.
 *
 * @fires {CustomEvent<readonly string[]>} domains-wanted - Hosts that should be allowed domains.
 * @fires {CustomEvent<Period>} period-change
 * @fires usage-retry
 */
export class KeyUsage extends KeyPart {
  static readonly elements = { 'ui-usage-chart': UsageChart };
  @property({ attribute: false }) reading!: UsageReading;
  @state() isWhole = false;

  protected override render(): TemplateResult {
    const { days, usage, failure, isLoading } = this.reading;
    return html`<section class="card stack" aria-labelledby="usage-heading" aria-busy=${isLoading}>
      <div class="row between">
        <h2 id="usage-heading">Usage</h2>
        <div class="row">
          ${choice({
            name: 'usage-period',
            legend: 'Period',
            options: periods.map((period) => ({ value: String(period), words: `${period} days` })),
            value: String(days),
            choose: (period) =>
              this.dispatchEvent(new CustomEvent<Period>('period-change', { detail: Number(period) as Period })),
          })}
          <a class="button small" href=${usageCsvPath(this.organizationId, days, this.key.id)} download>
            ${icon('download')} CSV
          </a>
        </div>
      </div>
      ${failure ? failureBlock(failure, () => this.dispatchEvent(new CustomEvent('usage-retry'))) : nothing}
      ${usage ? this.#renderUsage(usage) : failure ? nothing : skeleton('Loading the usage', 4)}
    </section>`;
  }

  #renderUsage(usage: Usage): TemplateResult {
    const refusals = refusalsByCode(usage.days);
    const accepted = sum(usage.days.map((day) => day.accepted));
    const refused = sum([...refusals.values()]);
    if (accepted + refused === 0) return this.#renderEmpty(usage.days.length);
    return html`
      <dl class="totals">
        ${total('Accepted', count(accepted), 'accepted')} ${total('Refused', count(refused), 'refused')}
        ${total('Share refused', percent(refused, accepted + refused))} ${total('Origins', count(usage.origins.length))}
      </dl>
      <ui-usage-chart .days=${usage.days}></ui-usage-chart>
      ${
        refusals.size === 0
          ? nothing
          : html`<div class="stack tight">
              <h3>Refused, by reason</h3>
              ${refusalList(refusals)}
            </div>`
      }
      <div class="stack tight">
        <h3>Origins</h3>
        ${
          usage.origins.length === 0
            ? html`<p class="soft">
                No page used it: ${plural(accepted + refused, 'request')} came without an origin.
              </p>`
            : originTable({
                origins: this.isWhole ? usage.origins : usage.origins.slice(0, originsAtFirst),
                domains: this.key.allowedDomains,
                secretOrigin: this.key.secretSeenInBrowser?.origin ?? null,
                allow: this.mayChange ? (host) => this.#allow(host) : undefined,
              })
        }
        ${
          usage.origins.length <= originsAtFirst
            ? nothing
            : moreButton({
                more: this.isWhole
                  ? undefined
                  : { words: `Show all ${usage.origins.length} origins`, act: () => (this.isWhole = true) },
                all: plural(usage.origins.length, 'origin'),
              })
        }
      </div>
    `;
  }

  #renderEmpty(days: number): TemplateResult {
    const { lastUsedAt } = this.key;
    return emptyState({
      picture: 'usage',
      heading: `No requests in ${days} days`,
      content:
        lastUsedAt === null
          ? 'Put the script tag into a page, or call the API with the secret: what comes is counted here within a second.'
          : html`It was last used <ui-time .at=${lastUsedAt}></ui-time>. A key that nobody uses can be disabled.`,
    });
  }

  #allow(host: string): void {
    this.dispatchEvent(new CustomEvent('domains-wanted', { detail: [host], bubbles: true }));
  }
}

function total(label: string, figure: string, kind = ''): TemplateResult {
  return html`<div class="total">
    <dt>${label}</dt>
    <dd class=${kind}>${figure}</dd>
  </div>`;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
