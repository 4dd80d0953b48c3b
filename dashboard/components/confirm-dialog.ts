import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import type { Confirmation, ConfirmationRequest } from './ask-to-confirm.ts';
import { failureBlock } from './failure-block.ts';
import { field } from './field.ts';
import { LightElement } from '../../ui/light-element.ts';

/** `<ui-confirm-dialog>`: draws what `askToConfirm` asks. One for the whole dashboard. */
export class ConfirmDialog extends LightElement {
  @state() request: ConfirmationRequest | undefined;
  @state() typed = '';
  @state() isRunning = false;
  @state() failure: ApiError | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('dashboard-confirm', this.#ask);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('dashboard-confirm', this.#ask);
  }

  protected override render(): TemplateResult {
    const { request } = this;
    return html`<ui-dialog
      .open=${request !== undefined}
      .heading=${request?.confirmation.heading ?? ''}
      .holds=${this.isRunning}
      .content=${request && this.#renderContent(request.confirmation)}
      @dialog-close=${() => this.#answer(false)}
    ></ui-dialog>`;
  }

  #renderContent(confirmation: Confirmation): TemplateResult {
    const { content, confirmLabel, cancelLabel = 'Cancel', isDanger = false, typed } = confirmation;
    return html`<form class="stack" @submit=${this.#submit}>
      <div class="prose">${typeof content === 'string' ? html`<p>${content}</p>` : content}</div>
      ${
        typed === undefined
          ? nothing
          : field({
              id: 'confirm-typed',
              label: html`Type <b class="as-typed">${typed}</b> to confirm`,
              control: ({ id }) =>
                html`<input
                  id=${id}
                  type="text"
                  autocomplete="off"
                  autocapitalize="off"
                  spellcheck="false"
                  autofocus
                  .value=${this.typed}
                  @input=${({ currentTarget }: InputEvent) => (this.typed = (currentTarget as HTMLInputElement).value)}
                />`,
            })
      }
      ${this.failure ? failureBlock(this.failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isRunning} @click=${() => this.#answer(false)}>
          ${cancelLabel}
        </button>
        <button
          class="button ${isDanger ? 'danger' : 'primary'}"
          type="submit"
          ?disabled=${!this.#isTyped}
          aria-busy=${this.isRunning}
        >
          ${confirmLabel}
        </button>
      </div>
    </form>`;
  }

  get #isTyped(): boolean {
    const wanted = this.request?.confirmation.typed;
    return wanted === undefined || this.typed.trim() === wanted.trim();
  }

  readonly #ask = (event: Event): void => {
    this.request?.answer(false);
    this.typed = '';
    this.failure = undefined;
    this.isRunning = false;
    this.request = (event as CustomEvent<ConfirmationRequest>).detail;
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { request } = this;
    if (!request || this.isRunning || !this.#isTyped) return;
    this.isRunning = true;
    this.failure = undefined;
    try {
      await request.confirmation.run?.();
      if (this.request === request) this.#answer(true);
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isRunning = false;
  };

  #answer(isConfirmed: boolean): void {
    const { request } = this;
    this.request = undefined;
    request?.answer(isConfirmed);
  }
}
