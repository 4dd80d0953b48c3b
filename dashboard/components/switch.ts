import { html, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { LightElement } from '../../ui/light-element.ts';

/**
 * `<ui-switch>`: a `<button role="switch">`. It does not flip by itself: its user sets `checked` when it hears the wish.
 *
 * @prop {boolean} checked
 * @prop {string} label - Its name. Not seen: words stand beside it.
 * @prop {boolean} disabled - It stays reachable, so that the reason can be read.
 * @prop {string} reason - Why it is disabled.
 *
 * @fires {CustomEvent<boolean>} switch-change - What the person wants it to be.
 */
export class Switch extends LightElement {
  @property({ type: Boolean }) checked = false;
  @property() label = '';
  @property({ type: Boolean }) disabled = false;
  @property() reason = '';

  protected override render(): TemplateResult {
    return html`<button
      class="switch"
      type="button"
      role="switch"
      aria-checked=${this.checked}
      aria-label=${this.disabled && this.reason !== '' ? `${this.label}. ${this.reason}` : this.label}
      aria-disabled=${this.disabled ? 'true' : nothing}
      title=${this.disabled && this.reason !== '' ? this.reason : nothing}
      @click=${this.#change}
    >
      <span class="switch-knob"></span>
    </button>`;
  }

  readonly #change = (): void => {
    if (!this.disabled) this.dispatchEvent(new CustomEvent('switch-change', { detail: !this.checked }));
  };
}
