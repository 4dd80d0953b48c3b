import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { LightElement } from '../../ui/light-element.ts';
import type { PageFinding, PageReport } from '../../server/http/wire.ts';
import { checkPage } from '../api.ts';
import { failureBlock } from '../components/failure-block.ts';
import { field } from '../components/field.ts';
import { icon, type IconName } from '../components/icons.ts';

const marks: Readonly<Record<PageFinding['result'], { readonly name: IconName; readonly words: string }>> = {
  ok: { name: 'check', words: 'Good:' },
  wrong: { name: 'cross', words: 'Wrong:' },
  unknown: { name: 'warning', words: 'Not seen:' },
};

/** The most urgent first. */
const order: readonly PageFinding['result'][] = ['wrong', 'unknown', 'ok'];

/**
 * `<check-page>`: an address, and why the chat doesn't work there, a line each with the one thing to change.
 *
 * @prop {string} organizationId
 * @prop {string} seen - The page's origin that the address begins with; '': none was seen.
 * @prop {string} reason - Why nothing can be checked here; empty when it can.
 */
export class CheckPage extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) seen = '';
  @property({ attribute: false }) reason = '';
  /** Undefined: nobody has typed anything. */
  @state() typed: string | undefined;
  @state() isChecking = false;
  @state() problem = '';
  @state() report: PageReport | undefined;
  @state() failure: ApiError | undefined;
  #leave = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = new AbortController();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave.abort();
  }

  protected override render(): TemplateResult {
    return html`<section class="card stack check-page" aria-labelledby="check-page-heading">
      <h2 id="check-page-heading">Check a page</h2>
      <form class="check-page-form" novalidate @submit=${this.#check}>
        ${field({
          id: 'check-page-url',
          label: 'Address of a page with the tag',
          error: this.problem,
          hint:
            this.reason === ''
              ? 'This server opens it as a visitor would, and says what keeps the chat from working.'
              : this.reason,
          control: ({ id, describedBy, invalid }) =>
            html`<input
              id=${id}
              type="url"
              inputmode="url"
              autocomplete="url"
              maxlength="2000"
              placeholder="https://shop.example.com/"
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              ?disabled=${this.reason !== ''}
              .value=${this.#address}
              @input=${({ currentTarget }: InputEvent) => (this.typed = (currentTarget as HTMLInputElement).value)}
            />`,
        })}
        <button class="button" type="submit" aria-busy=${this.isChecking} ?disabled=${this.reason !== ''}>
          ${this.isChecking ? 'Checking' : 'Check'}
        </button>
      </form>
      ${this.failure ? failureBlock(this.failure, () => void this.#run()) : nothing}
      <div role="status">
        ${this.isChecking ? html`<p class="hint">Opening the page. It takes up to twenty seconds.</p>` : nothing}
        ${this.report ? renderReport(this.report) : nothing}
      </div>
    </section>`;
  }

  get #address(): string {
    return this.typed ?? (this.seen === '' ? '' : `${this.seen}/`);
  }

  readonly #check = (event: SubmitEvent): void => {
    event.preventDefault();
    void this.#run();
  };

  async #run(): Promise<void> {
    if (this.isChecking) return;
    const url = readAddress(this.#address);
    this.problem = url === undefined ? 'Give the address of a page, such as https://shop.example.com/.' : '';
    if (url === undefined) return this.querySelector('input')?.focus();
    this.typed = url;
    this.isChecking = true;
    this.report = undefined;
    this.failure = undefined;
    const { signal } = this.#leave;
    try {
      this.report = await checkPage(this.organizationId, url, signal);
    } catch (error) {
      if (!signal.aborted) this.failure = toApiError(error);
    }
    this.isChecking = false;
  }
}

/** As people type it: `shop.example.com` too. */
function readAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(address)) return undefined;
  const { protocol, username, password, href } = new URL(address);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? href : undefined;
}

function renderReport({ findings, finalUrl }: PageReport): TemplateResult {
  const wrong = findings.filter(({ result }) => result === 'wrong').length;
  const sorted = findings.toSorted((one, other) => order.indexOf(one.result) - order.indexOf(other.result));
  return html`<p class="check-page-sum">
      <strong>
        ${wrong === 0 ? 'Nothing wrong was found on' : wrong === 1 ? 'One thing is wrong on' : `${wrong} things are wrong on`}
      </strong>
      <span>${finalUrl}</span>
    </p>
    <ul class="check-page-list">
      ${sorted.map(renderFinding)}
    </ul>`;
}

function renderFinding({ result, sentence, fix, paste }: PageFinding): TemplateResult {
  const { name, words } = marks[result];
  return html`<li class=${`check-page-line ${result}`}>
    ${icon(name)}
    <div class="stack tight">
      <p><span class="unseen">${words}</span> ${sentence}</p>
      ${fix === null ? nothing : html`<p><strong>${fix}</strong></p>`}
      ${
        paste === null
          ? nothing
          : html`<div class="row between">
              <code>${paste}</code>
              <ui-copy-button .text=${paste} what="what to paste"></ui-copy-button>
            </div>`
      }
    </div>
  </li>`;
}
