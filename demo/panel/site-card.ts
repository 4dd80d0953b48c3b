/** One site: its page in a frame, and below it what the server decides about its origin and what this browser got. */
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { hostOf, nearMiss } from '../../server/gate/domain-hint.ts';
import type { BrowserVerdict } from '../messages.ts';
import type { ExplainedOrigin } from '../../server/http/wire.ts';

interface SiteView {
  readonly origin: string;
  readonly domains: readonly string[];
  readonly explanation: ExplainedOrigin | undefined;
  /** Undefined while the frame asks; `silent` when it does not answer. */
  readonly browser: BrowserVerdict | 'silent' | undefined;
  /** Who may answer on this page, when there is a choice. */
  readonly answering:
    { readonly model: string; readonly isModel: boolean; readonly choose: (isModel: boolean) => void } | undefined;
  /** Only for sites that the person added. */
  readonly remove: (() => void) | undefined;
  readonly allow: (host: string) => void;
  readonly loaded: () => void;
}

type VerdictState = 'pending' | 'allowed' | 'refused';

export function verdictState(explanation: ExplainedOrigin | undefined): VerdictState {
  if (explanation === undefined) return 'pending';
  return explanation.allowed ? 'allowed' : 'refused';
}

const stateWords = { pending: '…', allowed: 'Allowed', refused: 'Refused' } as const;

/** A mark and a word, in the colour of the verdict. */
export function verdictBadge(state: VerdictState): TemplateResult {
  return html`<span class="badge ${state}">
    ${
      state === 'pending'
        ? nothing
        : html`<svg viewBox="0 0 20 20" aria-hidden="true">
            <path d=${state === 'allowed' ? 'm4.5 10.5 4 4 7-9' : 'M5.5 5.5l9 9m0-9-9 9'} />
          </svg>`
    }
    ${stateWords[state]}
  </span>`;
}

export function siteCard(site: SiteView): TemplateResult {
  const { origin, explanation, answering, remove, loaded } = site;
  const address = answering?.isModel ? `${origin}/?agent=model` : origin;
  const { protocol, hostname, port } = new URL(origin);
  const state = verdictState(explanation);
  return html`<article class="site ${state}" id=${`site-${hostname}`} data-host=${hostname} tabindex="-1">
    <header>
      <a href=${address} target="_blank" rel="noopener" title="Open in a tab of its own">
        <span>${protocol}//</span><b>${hostname}</b><span>${port === '' ? '' : `:${port}`}</span>
      </a>
      ${verdictBadge(state)}
      ${
        remove
          ? html`<button class="icon" type="button" aria-label=${`Remove the site ${hostname}`} @click=${remove}>
              <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8m0-8-8 8" /></svg>
            </button>`
          : nothing
      }
    </header>
    ${answering ? renderAnswering(answering) : nothing}
    <iframe src=${address} title=${`The page on ${hostname}`} @load=${loaded}></iframe>
    <div class="verdict">${explanation ? renderVerdict(site, explanation) : html`<p>Asking the server…</p>`}</div>
  </article>`;
}

function renderAnswering({ model, isModel, choose }: NonNullable<SiteView['answering']>): TemplateResult {
  const choice = (words: unknown, isThis: boolean): TemplateResult =>
    html`<label>
      <input type="radio" name="answering" .checked=${live(isModel === isThis)} @change=${() => choose(isThis)} />
      <span>${words}</span>
    </label>`;
  return html`<fieldset class="answering">
    <legend>Who answers</legend>
    ${choice('The FAQ', false)} ${choice(html`The model <code>${model}</code>`, true)}
  </fieldset>`;
}

function renderVerdict({ origin, domains, browser, allow }: SiteView, explanation: ExplainedOrigin): TemplateResult {
  const { allowed, code, pattern, detail, fix, checks } = explanation;
  const host = hostOf(origin);
  const failed = checks.findIndex(({ result }) => result === 'failed');
  const summary =
    failed === -1
      ? `All ${checks.length} checks passed`
      : `Stopped at check ${failed + 1} of ${checks.length}: ${checks[failed]?.check ?? ''}`;
  const near = allowed ? undefined : nearMiss(domains, origin);
  return html`
    <h3>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d=${allowed ? 'm4.5 10.5 4 4 7-9' : 'M5.5 5.5l9 9m0-9-9 9'} />
      </svg>
      ${allowed ? html`Allowed ${pattern === null ? nothing : html`by <code>${pattern}</code>`}` : html`Refused <code>${code}</code>`}
    </h3>
    ${detail === null ? nothing : html`<p>${detail}</p>`} ${near === undefined ? nothing : html`<p>${near}</p>`}
    ${
      fix === null
        ? nothing
        : html`<p class="fix"><b>Fix:</b> ${fix}</p>
            ${code === 'origin_not_allowed' ? html`<button class="quiet" type="button" @click=${() => allow(host)}>Add ${host}</button>` : nothing}`
    }
    <p class="browser">${browserWords(browser)}</p>
    <details>
      <summary>${summary}</summary>
      <ol>
        ${checks.map(
          ({ check, result }) => html`<li class=${result.replace(' ', '-')}>${check} <small>${result}</small></li>`,
        )}
      </ol>
    </details>
  `;
}

function browserWords(browser: SiteView['browser']): TemplateResult {
  if (browser === undefined) return html`The page is asking <code>GET /api/v1/key</code>…`;
  if (browser === 'silent') return html`The page does not answer: this browser may not reach names under .localhost.`;
  const { status, code } = browser;
  if (status === 0) return html`This browser, on this page: <code>GET /api/v1/key</code> could not be read.`;
  return html`This browser, on this page: <code>GET /api/v1/key</code> → <code>${status} ${code}</code>`;
}
