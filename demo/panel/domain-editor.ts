/**
 * The demo key's domains as a list, and a field with hints as one types, from the server's own parser.
 *
 * @fires {CustomEvent<readonly string[]>} domains-change - The list that the person wants.
 */
import { html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { LightElement } from '../../ui/light-element.ts';
import { hintOn, hostOf, isAdmitted } from '../../server/gate/domain-hint.ts';
import { parsePatternList } from '../../server/gate/domain-pattern.ts';

export class DomainEditor extends LightElement {
  @property({ attribute: false }) domains: readonly string[] = [];
  @property({ attribute: false }) defaults: readonly string[] = [];
  /** The sites that are shown, to say what a pattern does to them. */
  @property({ attribute: false }) origins: readonly string[] = [];
  @state() draft = '';

  protected override render(): unknown {
    const hint = hintOn(this.draft, this.domains, { origins: this.origins, name: 'these sites' });
    const isDefault = this.domains.join() === this.defaults.join();
    return html`
      <div class="row">
        <h2>Allowed domains</h2>
        <button class="quiet" type="button" ?disabled=${isDefault} @click=${() => this.#want(this.defaults)}>
          Reset
        </button>
      </div>
      ${
        this.domains.length === 0
          ? html`<p class="empty">The list is empty: no page may use this key, only a server with its secret.</p>`
          : html`<ul class="patterns">
              ${this.domains.map((domain) => this.#renderPattern(domain))}
            </ul>`
      }
      <form @submit=${this.#submit}>
        <label for="pattern">Add a domain pattern</label>
        <div class="field">
          <input
            id="pattern"
            type="text"
            placeholder="*.evil.localhost"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="done"
            aria-describedby="pattern-hint"
            aria-invalid=${hint?.kind === 'problem' ? 'true' : nothing}
            .value=${live(this.draft)}
            @input=${({ currentTarget }: InputEvent) => (this.draft = (currentTarget as HTMLInputElement).value)}
          />
          <button class="main" type="submit">Add</button>
        </div>
        <div id="pattern-hint" class="hint ${hint?.kind ?? ''}" aria-live="polite">
          ${
            hint
              ? html`<p>${hint.sentence}</p>
                  ${hint.warnings.map(({ message }) => html`<p>${message}</p>`)}
                  ${hint.offers.map(
                    ({ label, text }) =>
                      html`<button class="quiet" type="button" @click=${() => this.#take(text)}>${label}</button>`,
                  )}`
              : html`<p>
                  Such as <code>example.com</code>, <code>*.example.com</code> or <code>https://example.com</code>.
                </p>`
          }
        </div>
      </form>
    `;
  }

  #renderPattern(domain: string): unknown {
    const admitted = this.origins.filter((origin) => isAdmitted([domain], origin)).map(hostOf);
    const count = admitted.length === 1 ? '1 site' : `${admitted.length} sites`;
    const remove = (): void => {
      this.#want(this.domains.filter((other) => other !== domain));
      // The button goes with its pattern; the focus must not fall back to the page.
      this.querySelector('input')?.focus();
    };
    return html`<li>
      <code>${domain}</code>
      <small title=${admitted.join('\n')}>${count}</small>
      <button class="icon" type="button" aria-label=${`Remove ${domain}`} @click=${remove}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8m0-8-8 8" /></svg>
      </button>
    </li>`;
  }

  #take(text: string): void {
    this.draft = text;
    this.querySelector('input')?.focus();
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const { patterns, problems, isTooLong } = parsePatternList(this.draft);
    if (problems.length > 0 || isTooLong || patterns.length === 0) {
      this.querySelector('input')?.focus();
      return;
    }
    this.#want([...new Set([...this.domains, ...patterns.map(({ text }) => text)])]);
    this.draft = '';
  };

  #want(domains: readonly string[]): void {
    this.dispatchEvent(new CustomEvent('domains-change', { detail: domains }));
  }
}
