import { html, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { announce } from './announce.ts';
import { copyText } from '../../ui/copy-text.ts';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';

const saidMs = 2_000;

/**
 * `<ui-copy-button>`: copies a text and says that it did.
 *
 * @prop {string} text - What is copied.
 * @prop {string} what - What that is, for the button's name: "Copy the public key".
 * @prop {string} words - What is seen; `Copy` by default.
 * @prop {boolean} compact - Only the picture is seen.
 * @prop {boolean} disabled - There is nothing to copy.
 */
export class CopyButton extends LightElement {
  @property({ attribute: false }) text = '';
  @property() what = 'this';
  @property() words = 'Copy';
  @property({ type: Boolean }) compact = false;
  @property({ type: Boolean }) disabled = false;
  @state() outcome: 'none' | 'copied' | 'failed' = 'none';
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected override render(): TemplateResult {
    const isCopied = this.outcome === 'copied';
    const words = { none: this.words, copied: 'Copied', failed: 'Not copied' }[this.outcome];
    const name = this.words === 'Copy' || this.outcome !== 'none' ? `${words} ${this.what}` : words;
    return html`<button
      class=${`${this.compact ? 'icon-button' : 'button small'} copy ${this.outcome}`}
      type="button"
      aria-label=${name}
      title=${name}
      ?disabled=${this.disabled}
      @click=${this.#copy}
    >
      ${icon(isCopied ? 'check' : 'copy')} ${this.compact ? '' : html`<span>${words}</span>`}
    </button>`;
  }

  readonly #copy = async (): Promise<void> => {
    const isCopied = await copyText(this.text, this);
    this.outcome = isCopied ? 'copied' : 'failed';
    announce(isCopied ? `Copied ${this.what}.` : 'The browser did not allow copying. Select the text instead.');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.outcome = 'none'), saidMs);
  };
}
