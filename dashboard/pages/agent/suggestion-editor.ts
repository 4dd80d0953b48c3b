import { html, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { announce } from '../../components/announce.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { agentLimits as limits } from '../../../server/agents/agent-limits.ts';
import type { DraftProblems } from './draft-problems.ts';
import { newSuggestion, type DraftSuggestion } from './draft.ts';

/**
 * `<agent-suggestions>`: up to six questions that the chat offers at its start. They are moved with their buttons, or with Alt
 * and the up and down arrows while one is typed into.
 *
 * @prop {DraftSuggestion[]} suggestions
 * @prop {DraftProblems} problems
 * @prop {boolean} readOnly
 *
 * @fires {CustomEvent<DraftSuggestion[]>} suggestions-change
 */
export class SuggestionEditor extends LightElement {
  @property({ attribute: false }) suggestions: readonly DraftSuggestion[] = [];
  @property({ attribute: false }) problems: DraftProblems = new Map();
  @property({ attribute: false }) readOnly = false;

  protected override render(): TemplateResult {
    const { suggestions, problems } = this;
    const isFull = suggestions.length >= limits.suggestions;
    return html`<fieldset class="plain-fieldset">
      <legend>Suggested questions <span class="optional">optional</span></legend>
      <p class="hint" id="suggestions-hint">
        The chat offers them at its start, up to ${limits.suggestions}. One tap asks one.
      </p>
      ${
        suggestions.length === 0
          ? this.readOnly
            ? html`<p class="soft">None.</p>`
            : nothing
          : html`<ol class="suggestion-list">
              ${repeat(
                suggestions,
                ({ id }) => id,
                (suggestion, index) => this.#renderOne(suggestion, index),
              )}
            </ol>`
      }
      <p class="field-error" role="alert">${problems.get('suggestions') ?? ''}</p>
      ${
        this.readOnly
          ? nothing
          : html`<button
              class="button small"
              type="button"
              aria-disabled=${isFull ? 'true' : nothing}
              aria-describedby="suggestions-hint"
              @click=${this.#add}
            >
              ${icon('plus')} ${isFull ? `All ${limits.suggestions} are there` : 'Add a suggestion'}
            </button>`
      }
    </fieldset>`;
  }

  #renderOne({ id, text }: DraftSuggestion, index: number): TemplateResult {
    const place = `suggestion-${id}`;
    const problem = this.problems.get(`suggestion.${id}`) ?? '';
    const last = this.suggestions.length - 1;
    return html`<li>
      <div class="suggestion">
        <input
          id=${place}
          type="text"
          maxlength=${limits.suggestion}
          aria-label=${`Suggestion ${index + 1}`}
          aria-invalid=${problem === '' ? nothing : 'true'}
          aria-describedby=${problem === '' ? nothing : `${place}-error`}
          ?readonly=${this.readOnly}
          .value=${text}
          @input=${({ currentTarget }: InputEvent) => this.#type(id, (currentTarget as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => this.#steer(event, index)}
        />
        ${
          this.readOnly
            ? nothing
            : html`
                ${this.#renderButton('up', `Move suggestion ${index + 1} up`, index === 0, () => this.#move(index, -1, 'up'))}
                ${this.#renderButton('down', `Move suggestion ${index + 1} down`, index === last, () => this.#move(index, 1, 'down'))}
                ${this.#renderButton('cross', `Remove suggestion ${index + 1}`, false, () => this.#remove(index))}
              `
        }
      </div>
      <p id=${`${place}-error`} class="field-error" role="alert">${problem}</p>
    </li>`;
  }

  #renderButton(picture: 'up' | 'down' | 'cross', label: string, isHeld: boolean, act: () => void): TemplateResult {
    return html`<button
      class=${`icon-button ${picture}`}
      type="button"
      aria-label=${label}
      title=${label}
      aria-disabled=${isHeld ? 'true' : nothing}
      @click=${isHeld ? nothing : act}
    >
      ${icon(picture)}
    </button>`;
  }

  readonly #add = (): void => {
    if (this.suggestions.length >= limits.suggestions) return;
    const added = newSuggestion();
    this.#change([...this.suggestions, added]);
    this.#focus(`#suggestion-${added.id}`);
  };

  #type(id: number, text: string): void {
    this.#change(this.suggestions.map((one) => (one.id === id ? { ...one, text } : one)));
  }

  #remove(index: number): void {
    const rest = this.suggestions.toSpliced(index, 1);
    const next = rest[Math.min(index, rest.length - 1)];
    this.#change(rest);
    announce(`Removed. ${rest.length} left.`);
    this.#focus(next ? `#suggestion-${next.id}` : '.button');
  }

  /** The focus goes along: to the same button, or to what it was on. */
  #move(index: number, by: -1 | 1, focusOn: 'up' | 'down' | 'input'): void {
    const moved = this.suggestions[index];
    const other = this.suggestions[index + by];
    if (!moved || !other) return;
    this.#change(this.suggestions.with(index, other).with(index + by, moved));
    announce(`Moved to ${index + by + 1} of ${this.suggestions.length}.`);
    const input = `#suggestion-${moved.id}`;
    this.#focus(focusOn === 'input' ? input : `.suggestion:has(${input}) .${focusOn}`);
  }

  /** Enter adds another one instead of saving the whole form. */
  #steer(event: KeyboardEvent, index: number): void {
    if (event.key === 'Enter') {
      event.preventDefault();
      if (!this.readOnly) this.#add();
    } else if (event.altKey && !this.readOnly && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      this.#move(index, event.key === 'ArrowUp' ? -1 : 1, 'input');
    }
  }

  #change(detail: readonly DraftSuggestion[]): void {
    this.suggestions = detail;
    this.dispatchEvent(new CustomEvent('suggestions-change', { detail }));
  }

  #focus(selector: string): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(selector)?.focus());
  }
}
