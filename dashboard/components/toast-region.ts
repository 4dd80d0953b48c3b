import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';
import type { Toast } from './toast.ts';

interface ShownToast extends Toast {
  readonly id: number;
}

const shownMs = 8_000;
const toastsMax = 3;

/**
 * Where toasts stand, and the live region that reads them out, with what `announce` says. One for the whole dashboard.
 * They stay while the pointer or the focus is on them, and go after eight seconds.
 */
export class ToastRegion extends LightElement {
  @state() toasts: readonly ShownToast[] = [];
  @state() sentence = '';
  #shown = 0;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('dashboard-toast', this.#add);
    addEventListener('dashboard-announce', this.#announce);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('dashboard-toast', this.#add);
    removeEventListener('dashboard-announce', this.#announce);
    this.#pause();
  }

  protected override render(): TemplateResult {
    return html`
      <p class="unseen" role="status">${this.sentence}</p>
      <div
        class="toasts"
        role="status"
        @pointerenter=${this.#pause}
        @pointerleave=${this.#resume}
        @focusin=${this.#pause}
        @focusout=${this.#resume}
      >
        ${repeat(
          this.toasts,
          ({ id }) => id,
          (toast) => this.#renderToast(toast),
        )}
      </div>
    `;
  }

  #renderToast({ id, message, kind = 'news', action }: ShownToast): TemplateResult {
    const act = (): void => {
      this.#remove(id);
      action?.run();
    };
    return html`<div class="toast ${kind}">
      <p>${message}</p>
      ${action ? html`<button class="toast-action" type="button" @click=${act}>${action.label}</button>` : nothing}
      <button class="icon-button" type="button" aria-label="Close" @click=${() => this.#remove(id)}>
        ${icon('cross')}
      </button>
    </div>`;
  }

  readonly #add = (event: Event): void => {
    const { detail } = event as CustomEvent<Toast>;
    const others = this.toasts.filter(({ subject }) => subject === undefined || subject !== detail.subject);
    const toast = { ...detail, id: (this.#shown += 1) };
    this.toasts = [...others, toast].slice(-toastsMax);
    this.#expire(toast.id);
  };

  /** Cleared first, so that the same sentence is read out again. */
  readonly #announce = (event: Event): void => {
    const { detail } = event as CustomEvent<string>;
    this.sentence = '';
    void this.updateComplete.then(() => (this.sentence = detail));
  };

  readonly #pause = (): void => {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  };

  readonly #resume = (): void => {
    this.#pause();
    for (const { id } of this.toasts) this.#expire(id);
  };

  #expire(id: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.#remove(id), shownMs),
    );
  }

  #remove(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}
