/**
 * A copied publishable key in a script: the server of this demo makes the calls, over HTTP and to itself, and the page shows how the
 * key's budget stops them while calls with the pair go on.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { DemoKey } from '../../server/http/wire.ts';
import { toApiError } from '../../ui/api-error.ts';
import { LightElement } from '../../ui/light-element.ts';
import { runStolenKey } from './api.ts';
import { evidenceCard } from './evidence-card.ts';
import { originOf } from './site-names.ts';
import { applyEvent, newRun, refusedCalls, type StolenKeyRun } from './stolen-key-run.ts';

export class StolenKey extends LightElement {
  @property({ attribute: false }) key: DemoKey | undefined;
  /** Undefined: none was started. */
  @state() run: StolenKeyRun | undefined;
  @state() isRunning = false;
  /** What a screen reader is told, at the ends of its parts. */
  @state() news = '';
  #left = new AbortController();

  protected override render(): TemplateResult | typeof nothing {
    if (!this.key) return nothing;
    const { stolenKey } = this.key;
    const { calls, budget, mayRun } = stolenKey;
    const { run = newRun } = this;
    return html`
      <div class="intro">
        <h1>A stolen key is worth its budget, and no more</h1>
        <p>
          Somebody copied the <code>pk_</code> from a page’s source and runs a script with it. The script writes the
          Origin of an allowed site into its calls, which no check of origins can stop. The key’s budget does.
        </p>
      </div>
      <section class="card start">
        <button
          class="main"
          type="button"
          ?disabled=${!mayRun}
          aria-busy=${this.isRunning}
          aria-describedby="run-hint"
          @click=${() => void this.#start()}
        >
          ${this.isRunning ? 'Running…' : this.run ? 'Run it again' : `Run ${calls} calls`}
        </button>
        <p class="hint" id="run-hint">
          ${
            mayRun
              ? html`The server of this demo is the script, over HTTP and to itself. Each run makes a key of its own
                with ${budget.credits} credits a ${budget.per} and deletes the one before, so the shop’s chat goes on.`
              : html`<b>Not from here.</b> The calls are made by the server’s own machine, so only a browser on that
                  machine, with no proxy between, may start them.`
          }
        </p>
      </section>
      ${run.trouble === '' ? nothing : html`<p class="trouble" role="alert">${run.trouble}</p>`}
      <p class="unseen" role="status">${this.news}</p>
      <div class="calls">${this.#renderScript(run, this.key)} ${this.#renderOwner(run, this.key)}</div>
      ${evidenceCard(run)}
    `;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#left.abort();
  }

  #renderScript(run: StolenKeyRun, { agentId, stolenKey: { calls } }: DemoKey): TemplateResult {
    const { key, script } = run;
    const request = [
      `POST /api/v1/agents/${agentId}/messages HTTP/1.1`,
      `Host: ${location.host}`,
      `Origin: ${key?.origin ?? originOf('shop.example')}`,
      `Authorization: Bearer ${key?.publicKey ?? 'pk_…'}`,
    ].join('\n');
    const refused = Object.entries(script.refused).sort(([, a], [, b]) => b - a);
    return html`<section class="card call ${refused.length > 0 ? 'refused' : ''}" aria-labelledby="script-heading">
      <div class="row">
        <h2 id="script-heading">The thief’s script</h2>
        <span class="soft">${script.sent} of ${calls} calls</span>
      </div>
      <pre tabindex="0" aria-label="Request of the script"><code>${request}</code></pre>
      <div class="cells" aria-hidden="true">
        ${Array.from({ length: calls }, (_, index) => html`<i class=${cellOf(index, script)}></i>`)}
      </div>
      <dl class="counts">
        <div>
          <dt>answered</dt>
          <dd class="good" data-count="answered">${script.answered}</dd>
        </div>
        ${
          refused.length === 0
            ? html`<div>
                <dt>refused</dt>
                <dd data-count="refused">0</dd>
              </div>`
            : refused.map(
                ([code, count]) =>
                  html`<div>
                    <dt>refused <code>${code}</code></dt>
                    <dd class="bad" data-count=${code}>${count}</dd>
                  </div>`,
              )
        }
      </dl>
      ${script.told === null ? nothing : html`<p class="hint">The script is told: “${script.told}”</p>`}
    </section>`;
  }

  #renderOwner({ script, pair }: StolenKeyRun, { stolenKey }: DemoKey): TemplateResult {
    const { budget, pairCalls } = stolenKey;
    const words = `${script.spent} of ${budget.credits} credits spent`;
    const isOut = script.spent >= budget.credits;
    return html`<section class="card call ${pair.length > 0 ? 'allowed' : ''}" aria-labelledby="owner-heading">
      <h2 id="owner-heading">The key’s owner</h2>
      <div class="meter">
        <p class="row">
          <span><b>${script.spent}</b> of ${budget.credits} credits spent</span>
          <span class="soft">${{ hour: 'this hour', day: 'today', month: 'this month' }[budget.per]}</span>
        </p>
        <progress
          class=${isOut ? 'out' : ''}
          max=${budget.credits}
          .value=${script.spent}
          aria-label=${words}
        ></progress>
      </div>
      <h3>The owner’s server goes on, with the pair</h3>
      <ol class="pair">
        ${Array.from({ length: pairCalls }, (_, index) => {
          const answer = pair[index];
          return html`<li>
            <code>Bearer pk_…:sk_…</code>
            ${
              answer === undefined
                ? html`<span class="soft">not yet</span>`
                : html`<span class=${answer.status === 200 ? 'good' : 'bad'}
                    >${answer.status} <code>${answer.code}</code></span
                  >`
            }
          </li>`;
        })}
      </ol>
      <p class="hint">A budget bounds what pages may spend. It never stops the pair.</p>
    </section>`;
  }

  async #start(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    this.run = newRun;
    this.news = 'The script runs.';
    this.#left = new AbortController();
    const { signal } = this.#left;
    try {
      for await (const event of runStolenKey(signal)) this.#take(applyEvent(this.run, event));
    } catch (error) {
      if (!signal.aborted) this.run = { ...this.run, trouble: toApiError(error).generalProblem([]) };
    }
    this.isRunning = false;
  }

  #take(run: StolenKeyRun): void {
    this.run = run;
    const { calls, pairCalls } = this.key?.stolenKey ?? { calls: 0, pairCalls: 0 };
    const { script, pair } = run;
    if (script.sent < calls || this.news.startsWith('The pair')) return;
    const accepted = pair.filter(({ status }) => status === 200).length;
    this.news =
      pair.length < pairCalls
        ? `The script sent ${calls} calls: ${script.answered} were answered, ${refusedCalls(run)} refused.`
        : `The pair made ${pairCalls} calls: ${accepted} were answered.`;
  }
}

function cellOf(index: number, { sent, answered }: StolenKeyRun['script']): string {
  if (index >= sent) return '';
  return index < answered ? 'good' : 'bad';
}
