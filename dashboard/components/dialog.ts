import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';

let dialogs = 0;

/**
 * `<ui-dialog>`: a modal native `<dialog>` around what its user draws. The focus goes to what is `autofocus` (else to the
 * first control) and back to where it was. Its user sets `open`; the dialog never changes it.
 *
 * @prop {boolean} open - Whether it is shown.
 * @prop {string} heading - Its name.
 * @prop {TemplateResult} content - What it is about. Drawn only while it is open.
 * @prop {boolean} holds - Escape, the cross and a click beside it do not ask for closing: there is no cross, and
 *   `dialog-held` is fired.
 * @prop {'narrow'|'wide'} size - `narrow` by default.
 *
 * @fires dialog-close - The person wants to close it: set `open` to false.
 * @fires dialog-held - The person tried to close a dialog that holds.
 */
export class Dialog extends LightElement {
  @property({ type: Boolean }) open = false;
  @property({ attribute: false }) heading = '';
  @property({ attribute: false }) content: TemplateResult | undefined;
  @property({ type: Boolean }) holds = false;
  @property({ attribute: false }) size: 'narrow' | 'wide' = 'narrow';
  readonly #headingId = `dialog-${(dialogs += 1)}`;
  #closesToHear = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close(this.#dialog);
  }

  protected override render(): TemplateResult {
    return html`<dialog
      class=${`dialog ${this.size}`}
      aria-labelledby=${this.#headingId}
      @keydown=${this.#holdEscape}
      @cancel=${this.#cancel}
      @close=${this.#closed}
      @pointerdown=${this.#pressBeside}
    >
      ${this.open ? this.#renderInside() : nothing}
    </dialog>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const dialog = this.#dialog;
    if (!changed.has('open') || !dialog) return;
    if (this.open && !dialog.open) void this.#show(dialog);
    else if (!this.open) this.#close(dialog);
  }

  /** The browser tells of it in a later task, when the dialog may be open anew. */
  #close(dialog: HTMLDialogElement | null): void {
    if (dialog?.open !== true) return;
    this.#closesToHear += 1;
    dialog.close();
  }

  /** Once the elements inside are drawn too: the first control may be one of theirs. */
  async #show(dialog: HTMLDialogElement): Promise<void> {
    const inside = [...dialog.querySelectorAll('*')].filter((element) => element instanceof LightElement);
    await Promise.all(inside.map(({ updateComplete }) => updateComplete));
    if (this.open && this.isConnected && !dialog.open) dialog.showModal();
  }

  #renderInside(): TemplateResult {
    return html`<div class="dialog-inside">
      <header class="dialog-head">
        <h2 id=${this.#headingId}>${this.heading}</h2>
        ${
          this.holds
            ? nothing
            : html`<button class="icon-button" type="button" aria-label="Close" @click=${this.#ask}>
                ${icon('cross')}
              </button>`
        }
      </header>
      ${this.content}
    </div>`;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector(':scope > dialog');
  }

  readonly #ask = (): void => {
    this.dispatchEvent(new CustomEvent(this.holds ? 'dialog-held' : 'dialog-close'));
  };

  /** Browsers let a second Escape close a dialog whatever `cancel` says; not when the key itself is taken. */
  readonly #holdEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.target instanceof HTMLSelectElement || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.#ask();
  };

  readonly #cancel = (event: Event): void => {
    if (event.target !== this.#dialog) return;
    event.preventDefault();
    this.#ask();
  };

  /** The browser closed it by itself, as a phone's Back may: open again unless its user agrees. */
  readonly #closed = (event: Event): void => {
    if (event.target !== this.#dialog) return;
    if (this.#closesToHear > 0) {
      this.#closesToHear -= 1;
      return;
    }
    if (!this.open) return;
    this.#ask();
    void this.updateComplete.then(() => {
      if (this.open && this.isConnected) this.#dialog?.showModal();
    });
  };

  readonly #pressBeside = ({ target, clientX, clientY }: PointerEvent): void => {
    const dialog = this.#dialog;
    if (!dialog || target !== dialog || this.holds) return;
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    if (clientX < left || clientX > right || clientY < top || clientY > bottom) this.#ask();
  };
}
