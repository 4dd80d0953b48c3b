import { html, nothing, type TemplateResult } from 'lit';
import type { KeyDomain } from '../../server/http/wire.ts';
import type { DomainWarning } from '../../server/gate/domain-advice.ts';
import { describePattern } from '../../server/gate/domain-hint.ts';
import { isPattern, parseDomainPattern } from '../../server/gate/domain-pattern.ts';
import { toUnicodeHost } from '../../server/gate/unicode-host.ts';
import { hasEnded } from './domain-end.ts';
import { badge } from './badge.ts';
import { icon } from './icons.ts';

interface PatternItem {
  readonly domain: string;
  readonly state: 'saved' | 'added' | 'removed';
  /** What is noted about it, if anything is. */
  readonly entry: Pick<KeyDomain, 'label' | 'expiresAt' | 'lastMatchedAt'> | undefined;
  readonly warnings: readonly DomainWarning[];
  /** Removes it, or puts it back; absent where nothing can be changed. */
  readonly toggle: (() => void) | undefined;
}

/** One allowed domain: how it is stored, how it reads in its own script, what it admits, what is odd about it. */
export function patternItem({ domain, state, entry, warnings, toggle }: PatternItem): TemplateResult {
  const pattern = parseDomainPattern(domain);
  const unicode = isPattern(pattern) ? toUnicodeHost(pattern.host) : undefined;
  return html`<li class="pattern ${state}" data-domain=${domain}>
    <div class="pattern-words">
      <p class="pattern-name">
        <code>${domain}</code>
        ${unicode === undefined ? nothing : html`<bdi class="soft">${unicode}</bdi>`}
        ${entry?.label ? html`<bdi class="pattern-label">${entry.label}</bdi>` : nothing}
        ${state === 'added' ? badge('accent', 'new') : nothing}
        ${state === 'removed' ? badge('bad', 'will be removed') : nothing}
      </p>
      ${
        isPattern(pattern)
          ? html`<p class="pattern-meaning">${describePattern(pattern)}</p>`
          : html`<p class="pattern-warning">${pattern.message} Until it is corrected, this entry admits nobody.</p>`
      }
      ${entry && state !== 'added' ? patternNotes(entry) : nothing}
      ${entry?.expiresAt && state === 'added' ? html`<p class="pattern-meaning">${endWords(entry.expiresAt)}</p>` : nothing}
      ${warnings.map(({ message }) => html`<p class="pattern-warning">${icon('warning')} ${message}</p>`)}
    </div>
    ${toggle ? renderToggle(domain, state, toggle) : nothing}
  </li>`;
}

/** Its end, and when it last let somebody in. */
export function patternNotes({
  expiresAt,
  lastMatchedAt,
}: Pick<KeyDomain, 'expiresAt' | 'lastMatchedAt'>): TemplateResult {
  const match = lastMatchedAt ? html`last match <ui-time at=${lastMatchedAt}></ui-time>` : 'no match yet';
  return html`<p class="pattern-meaning">
    ${expiresAt ? html`${endWords(expiresAt)} <span aria-hidden="true">·</span> ` : nothing}${match}
  </p>`;
}

function endWords(expiresAt: string): TemplateResult {
  const verb = hasEnded({ expiresAt }, Date.now()) ? 'ended' : 'ends';
  return html`${verb} <ui-time at=${expiresAt}></ui-time>`;
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
