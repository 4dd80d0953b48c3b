import { html, nothing, type TemplateResult } from 'lit';
import type { Key } from '../../../server/http/wire.ts';
import { almostShare } from '../../../server/records/budget.ts';
import { budgetState } from '../../components/budget-state.ts';
import { budgetWords } from '../../components/budget-words.ts';
import { icon } from '../../components/icons.ts';
import { exactTime } from '../../components/time-words.ts';
import { dayMs } from '../../../server/gate/clock.ts';

/** What an owner should do something about, most urgent first. `rotate` is absent where nothing can be changed. */
export function keyNotices(key: Key, nowMs: number, rotate: (() => void) | undefined): TemplateResult | typeof nothing {
  const notices = [secretInBrowser(key, rotate), expiry(key, nowMs), budget(key, nowMs), learning(key, nowMs)].filter(
    (one) => one !== nothing,
  );
  return notices.length === 0 ? nothing : html`<div class="stack tight">${notices}</div>`;
}

function secretInBrowser(
  { secretSeenInBrowser }: Key,
  rotate: (() => void) | undefined,
): TemplateResult | typeof nothing {
  if (secretSeenInBrowser === null) return nothing;
  const { at, origin } = secretSeenInBrowser;
  return html`<div class="failure">
    ${icon('warning')}
    <div class="failure-words">
      <p>
        <b
          >This secret was used in a browser${origin === null ? nothing : html` at <code>${origin}</code>`}:
          ${rotate ? 'rotate it.' : 'ask a member to rotate it.'}</b
        >
        Everybody who opens that page can read it. Seen <ui-time .at=${at}></ui-time>.
      </p>
    </div>
    ${rotate ? html`<button class="button small" type="button" @click=${rotate}>Rotate secret…</button>` : nothing}
  </div>`;
}

function expiry({ expiresAt, status }: Key, nowMs: number): TemplateResult | typeof nothing {
  if (expiresAt === null) return nothing;
  if (status === 'expired') {
    return html`<div class="failure">
      ${icon('warning')}
      <p class="failure-words">
        <b>This key expired <ui-time .at=${expiresAt}></ui-time>.</b> Its requests are refused until you give it another
        expiry, or none.
      </p>
    </div>`;
  }
  if (Date.parse(expiresAt) - nowMs > 7 * dayMs) return nothing;
  return html`<div class="note warning">
    ${icon('warning')}
    <p>
      <b>This key expires <ui-time .at=${expiresAt}></ui-time>,</b> at ${exactTime(expiresAt)}.
    </p>
  </div>`;
}

function budget(key: Key, nowMs: number): TemplateResult | typeof nothing {
  const state = budgetState(key, nowMs);
  if (!key.budget || !state || state.share < almostShare) return nothing;
  const again = html`<ui-time .at=${state.until}></ui-time>, at ${exactTime(state.until)}`;
  const link = html`<a href="#budget-heading">See its budget</a>`;
  return state.share < 1
    ? html`<div class="note warning">
        ${icon('warning')}
        <p>
          <b>${Math.floor(100 * state.share)} % of ${budgetWords(key.budget)} is spent.</b> When all of it is, pages are
          refused. The next ${key.budget.per} begins ${again}. ${link}
        </p>
      </div>`
    : html`<div class="failure">
        ${icon('warning')}
        <p class="failure-words">
          <b>Its budget is used up: pages are refused.</b> Calls with the secret go on. The next ${key.budget.per}
          begins ${again}. ${link}
        </p>
      </div>`;
}

function learning({ learningUntil }: Key, nowMs: number): TemplateResult | typeof nothing {
  if (learningUntil === null || Date.parse(learningUntil) <= nowMs) return nothing;
  return html`<div class="note warning">
    ${icon('eye')}
    <p>
      <b>Learning mode is on: pages on every origin are let in</b> until ${exactTime(learningUntil)}.
      <a href="#learning-heading">See which came</a>
    </p>
  </div>`;
}
