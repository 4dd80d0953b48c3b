/**
 * The same call with the pair and with the publishable key alone, for any Origin that the person types. A browser lets no
 * page choose its Origin, so the demo's server makes the call, over HTTP and to itself.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { LightElement } from '../../ui/light-element.ts';
import type { DemoCall, DemoKey } from '../../server/http/wire.ts';
import { callWith, type Credentials } from './api.ts';
import { toApiError } from '../../ui/api-error.ts';
import { curlLines } from './curl-lines.ts';

interface Round {
  readonly origin: string;
  readonly publishable: DemoCall;
  readonly pair: DemoCall;
}

const roundsMax = 6;
const examples = ['http://shop.example.localhost', 'http://evil.localhost', 'https://anywhere.example', 'null', ''];

export class SecretCalls extends LightElement {
  @property({ attribute: false }) key: DemoKey | undefined;
  @property({ attribute: false }) isShown = false;
  @state() origin = 'http://evil.localhost';
  @state() rounds: readonly Round[] = [];
  @state() isCalling = false;
  @state() trouble = '';

  protected override render(): TemplateResult | typeof nothing {
    if (!this.key) return nothing;
    return html`
      <div class="intro">
        <h1>With the secret, Origin makes no difference</h1>
        <p>
          A server sends the pair and is let in from anywhere. The publishable key alone is let in only from the allowed
          domains. Type any Origin and compare.
        </p>
      </div>
      <section class="card">
        <form @submit=${this.#submit}>
          <label for="origin">Origin header</label>
          <div class="field">
            <input
              id="origin"
              type="text"
              placeholder="No Origin header"
              maxlength="300"
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              .value=${live(this.origin)}
              @input=${({ currentTarget }: InputEvent) => (this.origin = (currentTarget as HTMLInputElement).value)}
            />
            <button class="main" type="submit" aria-busy=${this.isCalling}>Send both calls</button>
          </div>
          <p class="examples">
            ${examples.map(
              (example) =>
                html`<button class="quiet" type="button" @click=${() => this.#try(example)}>
                  ${example === '' ? 'none' : example}
                </button>`,
            )}
          </p>
          <p class="hint">
            A browser lets no page choose its Origin. So the server of this demo makes both calls, over HTTP and to
            itself.
          </p>
        </form>
        ${this.trouble === '' ? nothing : html`<p class="trouble" role="alert">${this.trouble}</p>`}
      </section>
      <div class="calls">
        ${this.#renderCall('pair', 'The pair', this.key)}
        ${this.#renderCall('publishable', 'The publishable key alone', this.key)}
      </div>
      ${this.rounds.length > 1 ? this.#renderRounds() : nothing} ${curlLines(this.key)}
    `;
  }

  protected override updated(): void {
    // The first look shows an answer, not an empty form.
    if (this.isShown && this.key && this.rounds.length === 0 && !this.isCalling && this.trouble === '')
      void this.#call();
  }

  #renderCall(credentials: Credentials, title: string, { publicKey, secretKey }: DemoKey): TemplateResult {
    const [round] = this.rounds;
    const answer = round?.[credentials];
    const bearer = credentials === 'pair' ? `${publicKey}:${secretKey}` : publicKey;
    const request = [
      'GET /api/v1/key HTTP/1.1',
      `Host: ${location.host}`,
      ...(round && round.origin !== '' ? [`Origin: ${round.origin}`] : []),
      `Authorization: Bearer ${bearer}`,
    ].join('\n');
    const state = answer === undefined ? 'pending' : answer.status === 200 ? 'allowed' : 'refused';
    return html`<section class="card call ${state}" data-credentials=${credentials} aria-live="polite">
      <h2>${title}</h2>
      <pre tabindex="0" aria-label="Request"><code>${request}</code></pre>
      ${
        answer === undefined
          ? html`<p>Waiting for the answer…</p>`
          : html`<h3>${answer.status} ${answer.status === 200 ? 'Accepted' : 'Refused'}</h3>
              <pre tabindex="0" aria-label="Answer"><code>${indent(answer.body)}</code></pre>`
      }
    </section>`;
  }

  #renderRounds(): TemplateResult {
    return html`<section class="card">
      <h2>Calls so far</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Origin</th>
            <th scope="col">Pair</th>
            <th scope="col">Publishable key</th>
          </tr>
        </thead>
        <tbody>
          ${this.rounds.map(
            ({ origin, pair, publishable }) =>
              html`<tr>
                <th scope="row"><code>${origin === '' ? 'none' : origin}</code></th>
                <td>${statusWords(pair)}</td>
                <td>${statusWords(publishable)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void this.#call();
  };

  #try(origin: string): void {
    this.origin = origin;
    void this.#call();
  }

  async #call(): Promise<void> {
    if (this.isCalling) return;
    const { origin } = this;
    this.isCalling = true;
    this.trouble = '';
    try {
      const [pair, publishable] = await Promise.all([callWith(origin, 'pair'), callWith(origin, 'publishable')]);
      this.rounds = [{ origin, pair, publishable }, ...this.rounds].slice(0, roundsMax);
    } catch (error) {
      this.trouble = toApiError(error).generalProblem([]);
    }
    this.isCalling = false;
  }
}

function statusWords({ status, body }: DemoCall): TemplateResult {
  const { code = 'ok' } = parse(body) as { code?: string };
  return html`<span class=${status === 200 ? 'good' : 'bad'}>${status}</span> <code>${code}</code>`;
}

function indent(body: string): string {
  return JSON.stringify(parse(body), null, 2);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { body };
  }
}
