import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { LightElement } from '../../../ui/light-element.ts';
import { announce } from '../../components/announce.ts';
import { icon } from '../../components/icons.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';

/**
 * `<webhook-secret-dialog>`: a webhook's secret, the only time that it is seen. Nothing closes it but its button.
 *
 * @prop {string | undefined} secret - Set it to show the dialog; nothing of it is kept after it is unset.
 *
 * @fires secret-stored - The person is done: forget the secret.
 */
export class WebhookSecretDialog extends LightElement {
  @property({ attribute: false }) secret: string | undefined;

  constructor() {
    super();
    new LeaveGuard(this, () => this.secret !== undefined, 'The secret is shown this once. Store it before you leave.');
  }

  protected override render(): TemplateResult {
    const { secret } = this;
    return html`<ui-dialog
      .open=${secret !== undefined}
      .heading=${'The secret of this webhook'}
      .holds=${true}
      .content=${secret === undefined ? undefined : this.#renderSecret(secret)}
      @dialog-held=${this.#remind}
    ></ui-dialog>`;
  }

  #renderSecret(secret: string): TemplateResult {
    return html`<div class="stack">
      <div class="note warning">
        ${icon('warning')}
        <p><b>The secret is shown this once.</b> Your receiver verifies with it that a message is from here.</p>
      </div>
      <div class="one-time-link">
        <code class="break">${secret}</code>
        <ui-copy-button .text=${secret} what="the secret" .words=${'Copy secret'}></ui-copy-button>
      </div>
      <div class="dialog-actions">
        <button
          class="button primary"
          type="button"
          @click=${() => this.dispatchEvent(new CustomEvent('secret-stored'))}
        >
          I have stored it
        </button>
      </div>
    </div>`;
  }

  readonly #remind = (): void => {
    announce('The secret is shown only now. Copy it, then press "I have stored it".');
    this.querySelector<HTMLElement>('ui-copy-button button')?.focus();
  };
}
