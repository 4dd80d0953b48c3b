import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { adviseOn, type DomainWarning } from '../../server/gate/domain-advice.ts';
import { hintOn, type DomainHint, type KnownOrigins } from '../../server/gate/domain-hint.ts';
import { isPattern, parseDomainPattern, parsePatternList, patternsMax } from '../../server/gate/domain-pattern.ts';
import { dayMs } from '../../server/gate/clock.ts';
import type { KeyDomain } from '../../server/http/wire.ts';
import { announce } from './announce.ts';
import { endChoices, type DomainNotes } from './domain-end.ts';
import { patternItem } from './domain-pattern-item.ts';
import { LightElement } from '../../ui/light-element.ts';

type Noted = Pick<KeyDomain, 'pattern' | 'label' | 'expiresAt' | 'lastMatchedAt'>;

export interface NotedDomains {
  readonly patterns: readonly string[];
  readonly notes: DomainNotes;
}

/**
 * `<ui-domain-editor>`: a key's allowed domains as a list, and a field with the server's own parser behind it that says
 * what an entry means while it is typed. It changes nothing by itself: its user sets `domains` when it hears the wish.
 *
 * @prop {string[]} domains - The list as it would be saved.
 * @prop {string[]} saved - The list as it is; what is new and what is gone is marked.
 * @prop {KnownOrigins} known - Origins to say what an entry does to them.
 * @prop {KeyDomain[]} entries - What is noted about some of them.
 * @prop {boolean} takesNotes - A domain can be given a label and an end while it is added.
 * @prop {string} reason - Why nothing can be changed; empty when it can.
 *
 * @fires {CustomEvent<NotedDomains>} domain-notes - What is to be noted about domains; `domains-change` follows.
 * @fires {CustomEvent<readonly string[]>} domains-change - The list that the person wants.
 */
export class DomainEditor extends LightElement {
  @property({ attribute: false }) domains: readonly string[] = [];
  @property({ attribute: false }) saved: readonly string[] = [];
  @property({ attribute: false }) known: KnownOrigins = { origins: [], name: '' };
  @property({ attribute: false }) entries: readonly Noted[] = [];
  @property({ attribute: false }) takesNotes = false;
  @property({ attribute: false }) reason = '';
  @state() typed = '';
  @state() label = '';
  /** Days from now; empty: it stays. */
  @state() endsIn = '';
  /** Why what was entered was not added; the hint says more. */
  @state() refusal = '';
  /** The entry whose button gets the focus once the list is drawn anew. */
  #focusAfter: string | undefined;

  /** Something is typed that is in no list yet. */
  get isTyping(): boolean {
    return this.typed.trim() !== '';
  }

  protected override render(): TemplateResult {
    const warnings = adviseOn(this.domains.map(parseDomainPattern).filter(isPattern));
    const shown = [...this.saved, ...this.domains.filter((domain) => !this.saved.includes(domain))];
    return html`
      ${
        shown.length === 0
          ? nothing
          : html`<ul class="patterns">
              ${shown.map((domain) => this.#renderItem(domain, warnings))}
            </ul>`
      }
      ${this.reason === '' ? this.#renderForm() : nothing}
    `;
  }

  #renderItem(domain: string, warnings: readonly DomainWarning[]): TemplateResult {
    const isKept = this.domains.includes(domain);
    return patternItem({
      domain,
      state: isKept ? (this.saved.includes(domain) ? 'saved' : 'added') : 'removed',
      entry: this.entries.find(({ pattern }) => pattern === domain),
      warnings: warnings.filter(({ pattern }) => pattern === domain),
      toggle: this.reason === '' ? () => (isKept ? this.#remove(domain) : this.#putBack(domain)) : undefined,
    });
  }

  #renderForm(): TemplateResult {
    const hint = hintOn(this.typed, this.domains, this.known);
    const isProblem = hint?.kind === 'problem';
    return html`<form class="pattern-form" @submit=${this.#submit}>
      <label for="domain-entry">Add a domain</label>
      <div class="pattern-field">
        <input
          id="domain-entry"
          class="code"
          type="text"
          placeholder="*.example.com"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          enterkeyhint="done"
          aria-describedby="domain-hint"
          aria-invalid=${isProblem ? 'true' : nothing}
          .value=${live(this.typed)}
          @input=${this.#type}
        />
        <button class="button" type="submit">Add</button>
      </div>
      ${this.takesNotes ? this.#renderNotes() : nothing}
      <p class="field-error" role="alert">${this.refusal}</p>
      <div id="domain-hint" class="pattern-hint" role="status">${this.#renderHint(hint)}</div>
    </form>`;
  }

  #renderNotes(): TemplateResult {
    return html`<div class="pattern-notes">
      <div>
        <label for="domain-label">Label <span class="optional">optional</span></label>
        <input
          id="domain-label"
          type="text"
          maxlength="100"
          autocomplete="off"
          placeholder="PR 12"
          .value=${live(this.label)}
          @input=${({ currentTarget }: InputEvent) => (this.label = (currentTarget as HTMLInputElement).value)}
        />
      </div>
      <div>
        <label for="domain-end">Ends</label>
        <select
          id="domain-end"
          .value=${live(this.endsIn)}
          @change=${({ currentTarget }: Event) => (this.endsIn = (currentTarget as HTMLSelectElement).value)}
        >
          <option value="">never</option>
          ${endChoices.map(({ days, words }) => html`<option value=${days}>${words}</option>`)}
        </select>
      </div>
    </div>`;
  }

  #renderHint(hint: DomainHint | undefined): TemplateResult {
    if (!hint) {
      return html`<p class="hint">
        <code>example.com</code> is that host alone, <code>*.example.com</code> every name below it. Several at once go
        with commas or spaces between them.
      </p>`;
    }
    return html`<p class=${hint.kind === 'problem' ? 'field-error' : 'hint'}>${hint.sentence}</p>
      ${hint.warnings.map(({ message }) => html`<p class="hint pattern-warning">${message}</p>`)}
      ${
        hint.offers.length === 0
          ? nothing
          : html`<div class="row pattern-offers">
              ${hint.offers.map(
                ({ label, text }) =>
                  html`<button class="button small" type="button" @click=${() => this.#take(text)}>${label}</button>`,
              )}
            </div>`
      }`;
  }

  get #field(): HTMLInputElement | null {
    return this.querySelector('#domain-entry');
  }

  readonly #type = ({ currentTarget }: InputEvent): void => {
    this.typed = (currentTarget as HTMLInputElement).value;
    this.refusal = '';
  };

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const { patterns, problems, isTooLong } = parsePatternList(this.typed);
    const wanted = [...new Set([...this.domains, ...patterns.map(({ text }) => text)])];
    this.#field?.focus();
    if (problems.length > 0 || isTooLong) this.refusal = 'Not added yet:';
    else if (wanted.length > patternsMax) this.refusal = `A key has at most ${patternsMax} allowed domains.`;
    if (this.refusal !== '' || patterns.length === 0) return;
    this.typed = '';
    const notes = this.#takeNotes();
    if (notes) {
      const detail = { patterns: patterns.map(({ text }) => text), notes };
      this.dispatchEvent(new CustomEvent<NotedDomains>('domain-notes', { detail }));
    }
    const added = wanted.slice(this.domains.length);
    this.#want(wanted, addedWords(added, notes !== undefined));
  };

  #takeNotes(): DomainNotes | undefined {
    const label = this.label.trim();
    const expiresAt = this.endsIn && new Date(Date.now() + Number(this.endsIn) * dayMs).toISOString();
    this.label = '';
    this.endsIn = '';
    return label || expiresAt ? { ...(label && { label }), ...(expiresAt && { expiresAt }) } : undefined;
  }

  #take(text: string): void {
    this.typed = text;
    this.refusal = '';
    this.#field?.focus();
  }

  #remove(domain: string): void {
    this.#want(
      this.domains.filter((other) => other !== domain),
      `Removed ${domain}.`,
    );
    // The button goes, and with it the focus: on to the one that keeps the entry, or to the field.
    this.#focusAfter = domain;
  }

  #putBack(domain: string): void {
    this.#want([...this.domains, domain], `Kept ${domain}.`);
    this.#focusAfter = domain;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.#focusAfter === undefined || !changed.has('domains')) return;
    const item = [...this.querySelectorAll('li')].find(({ dataset }) => dataset.domain === this.#focusAfter);
    this.#focusAfter = undefined;
    (item?.querySelector('button') ?? this.#field)?.focus();
  }

  #want(domains: readonly string[], news: string): void {
    announce(news);
    this.dispatchEvent(new CustomEvent('domains-change', { detail: domains }));
  }
}

function addedWords(added: readonly string[], isNoted: boolean): string {
  if (added.length > 0) return `Added ${added.join(', ')}.`;
  return isNoted ? 'Noted.' : 'In the list already.';
}
