import { html, nothing, type TemplateResult } from 'lit';
import type { DomainWarning } from '../../server/gate/domain-advice.ts';
import { describePattern } from '../../server/gate/domain-hint.ts';
import { isPattern, parseDomainPattern } from '../../server/gate/domain-pattern.ts';
import { toUnicodeHost } from '../../server/gate/unicode-host.ts';
import { badge } from './badge.ts';
import { icon } from './icons.ts';

interface PatternItem {
  readonly domain: string;
  readonly state: 'saved' | 'added' | 'removed';
  readonly warnings: readonly DomainWarning[];
  /** Removes it, or puts it back; absent where nothing can be changed. */
  readonly toggle: (() => void) | undefined;
}

/** One allowed domain: how it is stored, how it reads in its own script, what it admits, what is odd about it. */
export function patternItem({ domain, state, warnings, toggle }: PatternItem): TemplateResult {
  const pattern = parseDomainPattern(domain);
  const unicode = isPattern(pattern) ? toUnicodeHost(pattern.host) : undefined;
  return html`<li class="pattern ${state}" data-domain=${domain}>
    <div class="pattern-words">
      <p class="pattern-name">
        <code>${domain}</code>
        ${unicode === undefined ? nothing : html`<bdi class="soft">${unicode}</bdi>`}
        ${state === 'added' ? badge('accent', 'new') : nothing}
        ${state === 'removed' ? badge('bad', 'will be removed') : nothing}
      </p>
      ${
        isPattern(pattern)
          ? html`<p class="pattern-meaning">${describePattern(pattern)}</p>`
          : html`<p class="pattern-warning">${pattern.message} Until it is corrected, this entry admits nobody.</p>`
      }
      ${warnings.map(({ message }) => html`<p class="pattern-warning">${icon('warning')} ${message}</p>`)}
    </div>
    ${toggle ? renderToggle(domain, state, toggle) : nothing}
  </li>`;
}

function renderToggle(domain: string, state: PatternItem['state'], toggle: () => void): TemplateResult {
  if (state === 'removed') {
    return html`<button class="button small" type="button" aria-label=${`Keep ${domain}`} @click=${toggle}>
      Keep
    </button>`;
  }
  return html`<button
    class="icon-button"
    type="button"
    aria-label=${`Remove ${domain}`}
    title=${`Remove ${domain}`}
    @click=${toggle}
  >
    ${icon('cross')}
  </button>`;
}
