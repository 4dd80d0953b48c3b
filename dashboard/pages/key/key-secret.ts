import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { rotateKey } from '../../api.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { SecretDialog, type ShownPair } from '../../components/secret-dialog.ts';
import { TimeLeft } from '../../components/time-left.ts';
import { exactTime } from '../../components/time-words.ts';
import { KeyPart } from './key-part.ts';

const graces = [
  { seconds: 0, label: 'Now', hint: 'It stops working at once. For a secret that leaked.' },
  { seconds: 3_600, label: 'In 1 hour', hint: 'Enough to restart a server.' },
  { seconds: 86_400, label: 'In 24 hours', hint: 'Enough for a deployment. The usual choice.' },
  { seconds: 604_800, label: 'In 7 days', hint: 'For servers that somebody else runs.' },
] as const;
const graceDefault = 86_400;

/** `<key-secret>`: rotates the secret, and shows what becomes of the previous one. */
export class KeySecret extends KeyPart {
  static readonly elements = { 'ui-secret-dialog': SecretDialog, 'ui-time-left': TimeLeft };
  /** The dialog is open. */
  @state() isAsking = false;
  @state() graceSeconds: number = graceDefault;
  @state() isRotating = false;
  @state() failure: ApiError | undefined;
  /** The pair with its new secret, until it is stored. */
  @state() pair: ShownPair | undefined;

  /** Opens the dialog. */
  ask(): void {
    if (!this.mayChange) return;
    this.graceSeconds = graceDefault;
    this.failure = undefined;
    this.isAsking = true;
  }

  protected override render(): TemplateResult {
    return html`<section class="card stack" aria-labelledby="secret-heading">
        <h2 id="secret-heading">Secret</h2>
        <p>
          <code>${this.key.secretHint}</code>
          <span class="soft">It can not be shown again, only replaced.</span>
        </p>
        ${this.#renderPrevious()}
        ${
          this.mayChange
            ? html`<div class="row">
                  <button class="button" type="button" @click=${() => this.ask()}>Rotate secret…</button>
                </div>
                <p class="hint">Rotate now and then, and whenever somebody leaves who could read it.</p>`
            : nothing
        }
      </section>
      <ui-dialog
        .open=${this.isAsking}
        .heading=${'Rotate the secret'}
        .holds=${this.isRotating}
        .content=${this.isAsking ? this.#renderQuestion() : undefined}
        @dialog-close=${() => (this.isAsking = false)}
      ></ui-dialog>
      <ui-secret-dialog
        .pair=${this.pair}
        .heading=${'Your new secret'}
        .organizationId=${this.organizationId}
        @secret-stored=${() => (this.pair = undefined)}
      ></ui-secret-dialog>`;
  }

  get #hasPrevious(): boolean {
    const { previousSecret } = this.key;
    return previousSecret !== null && Date.parse(previousSecret.expiresAt) > Date.now();
  }

  #renderPrevious(): TemplateResult | typeof nothing {
    const { previousSecret } = this.key;
    if (previousSecret === null || !this.#hasPrevious) return nothing;
    const { expiresAt, lastUsedAt } = previousSecret;
    return html`<div class="previous-secret">
      <p><b>The previous secret still works</b></p>
      <p class="countdown">
        <ui-time-left .at=${expiresAt} @time-over=${() => this.requestUpdate()}></ui-time-left> left
      </p>
      <p class=${lastUsedAt === null ? 'good-words' : 'warning-words'}>
        ${
          lastUsedAt === null
            ? html`${icon('check')} <span>Not used since the rotation.</span>`
            : html`${icon('warning')} <span>Still in use, last <ui-time .at=${lastUsedAt}></ui-time>.</span>`
        }
      </p>
      ${
        this.mayChange
          ? html`<p class="hint">
              To end it sooner, rotate again and choose “Now”: then only the newest secret works.
            </p>`
          : nothing
      }
    </div>`;
  }

  #renderQuestion(): TemplateResult {
    return html`<form class="stack" @submit=${this.#rotate}>
      <p>A new secret is made and works at once. The public key, the domains and the history stay.</p>
      <fieldset class="option-list">
        <legend>When does the present secret stop working?</legend>
        ${graces.map(
          ({ seconds, label, hint }) =>
            html`<label class="option">
              <input
                type="radio"
                name="grace"
                .checked=${this.graceSeconds === seconds}
                ?autofocus=${seconds === graceDefault}
                @change=${() => (this.graceSeconds = seconds)}
              />
              <span><b>${label}</b> <small class="soft">${hint}</small></span>
            </label>`,
        )}
      </fieldset>
      ${
        this.#hasPrevious
          ? html`<div class="note warning">
              ${icon('warning')}
              <p>The secret before the present one still works. It ends with this rotation.</p>
            </div>`
          : nothing
      }
      ${this.failure ? failureBlock(this.failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isRotating} @click=${() => (this.isAsking = false)}>
          Cancel
        </button>
        <button class="button primary" type="submit" aria-busy=${this.isRotating}>Make a new secret</button>
      </div>
    </form>`;
  }

  readonly #rotate = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isRotating) return;
    this.isRotating = true;
    this.failure = undefined;
    try {
      const { key, secretKey } = await rotateKey(this.organizationId, this.key.id, this.graceSeconds);
      const { name, publicKey, allowedDomains, previousSecret } = key;
      const note =
        previousSecret === null
          ? 'The previous secret does not work any more.'
          : `The previous secret works until ${exactTime(previousSecret.expiresAt)}.`;
      this.isAsking = false;
      this.pair = { name, publicKey, secretKey, allowedDomains, note };
      this.tell(key);
    } catch (error) {
      this.failure = toApiError(error);
      this.tellIfGone(this.failure);
    }
    this.isRotating = false;
  };
}
