import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { hostOf, nearMiss } from '../../../server/gate/domain-hint.ts';
import { isPattern, parseDomainPattern } from '../../../server/gate/domain-pattern.ts';
import type { OriginUsage } from '../../../server/http/wire.ts';
import { badge } from '../../components/badge.ts';
import { count } from '../../components/number-words.ts';

interface OriginTable {
  readonly origins: readonly OriginUsage[];
  /** The key's allowed domains. */
  readonly domains: readonly string[];
  /** Where a browser sent the secret from: no page to allow, but one to take the secret out of. */
  readonly secretOrigin: string | null;
  /** Adds a host to them; absent where nothing can be changed. */
  readonly allow: ((host: string) => void) | undefined;
}

const columns = ['Origin', 'Accepted', 'Refused', 'Last seen', 'Allowed'] as const;

/** The pages that a key saw, busiest first; cards on a narrow screen. */
export function originTable({ origins, ...rest }: OriginTable): TemplateResult {
  return html`<div class="table-card">
    <table class="table cards origins" role="table">
      <caption class="unseen">
        Origins, busiest first
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(
            (column, index) =>
              html`<th role="columnheader" scope="col" class=${index === 1 || index === 2 ? 'number' : ''}>
                ${column}
              </th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          origins,
          ({ origin }) => origin,
          (usage) => renderRow(usage, rest),
        )}
      </tbody>
    </table>
  </div>`;
}

function renderRow(
  { origin, accepted, refused, lastSeenAt, allowed }: OriginUsage,
  { domains, secretOrigin, allow }: Omit<OriginTable, 'origins'>,
): TemplateResult {
  const near = allowed ? undefined : nearMiss(domains, origin);
  return html`<tr role="row">
    <th role="rowheader" scope="row" class="origin-name">
      <div>
        <code>${origin}</code>
        ${near === undefined ? nothing : html`<small class="soft">${near}</small>`}
      </div>
    </th>
    ${cell(1, html`${count(accepted)}`, 'number')} ${cell(2, html`${count(refused)}`, 'number')}
    ${cell(3, html`<ui-time .at=${lastSeenAt}></ui-time>`)}
    ${cell(
      4,
      allowed
        ? badge('good', 'allowed')
        : origin === secretOrigin
          ? badge('bad', 'with the secret')
          : renderBlocked(origin, allow),
    )}
  </tr>`;
}

/** A host that is no pattern (a public suffix, say) has no button: the server would refuse it. */
function renderBlocked(origin: string, allow: OriginTable['allow']): TemplateResult {
  const host = hostOf(origin);
  if (!allow || !isPattern(parseDomainPattern(host))) return badge('bad', 'blocked');
  return html`<button
    class="button small"
    type="button"
    aria-label=${`Allow this domain: ${host}`}
    @click=${() => allow(host)}
  >
    Allow this domain
  </button>`;
}

function cell(column: number, content: TemplateResult, kind = ''): TemplateResult {
  return html`<td role="cell" class=${kind}>
    <span class="cell-label" aria-hidden="true">${columns[column]}</span>${content}
  </td>`;
}
