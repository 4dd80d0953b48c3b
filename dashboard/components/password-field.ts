import { html, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { field } from './field.ts';
import { LightElement } from '../../ui/light-element.ts';

/**
 * `<ui-password-field>`: a password with a button that shows it.
 *
 * @attr {string} field-id - The id of the input; unique in the page.
 * @attr {string} label
 * @attr {string} hint
 * @attr {'current-password'|'new-password'} autocomplete - For password managers.
 * @prop {string} error - A sentence, or empty.
 * @prop {string} value - What is typed; setting it empties the field.
 *
 * @fires {CustomEvent<string>} password-input - What is typed.
 */
export class PasswordField extends LightElement {
  @property({ attribute: 'field-id' }) fieldId = 'password';
  @property() label = 'Password';
  @property() hint = '';
  @property() autocomplete: 'current-password' | 'new-password' = 'current-password';
  @property({ attribute: false }) error = '';
  @property({ attribute: false }) value = '';
  @state() isShown = false;

  override focus(): void {
    this.querySelector('input')?.focus();
  }

  protected override render(): TemplateResult {
    return field({
      id: this.fieldId,
      label: this.label,
      hint: this.hint === '' ? undefined : this.hint,
      error: this.error,
      control: ({ id, describedBy, invalid }) =>
        html`<div class="input-with-button">
          <input
            id=${id}
            name=${this.autocomplete}
            type=${this.isShown ? 'text' : 'password'}
            autocomplete=${this.autocomplete}
            autocapitalize="off"
            spellcheck="false"
            maxlength="200"
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(this.value)}
            @input=${this.#type}
          />
          <button
            class="input-button"
            type="button"
            aria-pressed=${this.isShown}
            aria-label="Show the password"
            @click=${() => (this.isShown = !this.isShown)}
          >
            ${this.isShown ? 'Hide' : 'Show'}
          </button>
        </div>`,
    });
  }

  readonly #type = ({ currentTarget }: InputEvent): void => {
    this.value = (currentTarget as HTMLInputElement).value;
    this.dispatchEvent(new CustomEvent('password-input', { detail: this.value }));
  };
}
