/** What a change of domains does to the origins that a key saw in the last 30 days. */
import { html, nothing, type TemplateResult } from 'lit';
import { isAdmitted } from '../../../server/gate/domain-hint.ts';
import type { OriginUsage, ReplayedOrigin } from '../../../server/http/wire.ts';
import { count, plural } from '../../components/number-words.ts';

interface ReplayEffect {
  /** Accepted until now, refused from then on. */
  readonly blocked: readonly ReplayedOrigin[];
  /** Refused until now, accepted from then on. */
  readonly admitted: readonly ReplayedOrigin[];
}

/** `saved`: the list that counts now. `seen`: the origins of the last 30 days, as far as they are known. */
export function effectOf(
  replay: readonly ReplayedOrigin[],
  saved: readonly string[],
  seen: readonly OriginUsage[],
): ReplayEffect {
  const neverAccepted = new Set(seen.filter(({ accepted }) => accepted === 0).map(({ origin }) => origin));
  const isAllowedNow = ({ origin }: ReplayedOrigin): boolean => isAdmitted(saved, origin);
  return {
    blocked: replay.filter((row) => !row.allowed && isAllowedNow(row) && !neverAccepted.has(row.origin)),
    admitted: replay.filter((row) => row.allowed && !isAllowedNow(row)),
  };
}

/** "This blocks 2 origins, 412 requests in the last 30 days." */
export function blockedSentence(blocked: readonly ReplayedOrigin[]): string {
  return `This blocks ${plural(blocked.length, 'origin')}, ${plural(sumOf(blocked), 'request')} in the last 30 days.`;
}

export function renderEffect({ blocked, admitted }: ReplayEffect): TemplateResult {
  return html`${
    blocked.length === 0
      ? nothing
      : html`<p class="replay-sentence bad">${blockedSentence(blocked)}</p>
          ${renderOrigins(blocked, 'Origins that this blocks')}`
  }
  ${
    admitted.length === 0
      ? nothing
      : html`<p class="replay-sentence good">
            This lets in ${plural(admitted.length, 'origin')} that ${admitted.length === 1 ? 'was' : 'were'} refused.
          </p>
          ${renderOrigins(admitted, 'Origins that this lets in')}`
  }`;
}

/** A long list scrolls, by keyboard too. */
export function renderOrigins(origins: readonly ReplayedOrigin[], label: string): TemplateResult {
  return html`<ul class="replay-origins" role="list" tabindex="0" aria-label=${label}>
    ${origins.map(
      ({ origin, requests }) =>
        html`<li>
          <code>${origin}</code>
          <span class="soft">${count(requests)} ${requests === 1 ? 'request' : 'requests'}</span>
        </li>`,
    )}
  </ul>`;
}

const sumOf = (rows: readonly ReplayedOrigin[]): number => rows.reduce((total, { requests }) => total + requests, 0);
