import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { reserveCredits } from '../../api.ts';
import type { OrganizationCredits } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { count, plural } from '../../components/number-words.ts';

const reserveMax = 1_000_000_000;

/**
 * `<usage-reserve-dialog>`: how many credits pages must leave for calls with a secret.
 *
 * @prop {boolean} open
 * @prop {string} organizationId
 * @prop {OrganizationCredits} credits - As they are now.
 *
 * @fires reserve-close - It was closed without a change.
 * @fires {CustomEvent<OrganizationCredits>} reserve-done - As they are then.
 */
export class ReserveDialog extends LightElement {
  @property({ attribute: false }) open = false;
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) credits: OrganizationCredits = {
    granted: 0,
    spent: 0,
    reserved: 0,
    reservedCredits: null,
  };
  /** A fifth of what was granted, however much that becomes. */
  @state() isShare = true;
  /** What is typed. */
  @state() amount = '';
  @state() isWrong = false;
  @state() isSending = false;
  @state() failure: ApiError | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('open') || !this.open) return;
    this.isShare = this.credits.reservedCredits === null;
    this.amount = String(this.credits.reserved);
    this.isWrong = false;
    this.failure = undefined;
  }

  protected override render(): TemplateResult {
    return html`<ui-dialog
      .open=${this.open}
      .heading=${'Keep credits back'}
      .holds=${this.isSending}
      .content=${this.#renderForm()}
      @dialog-close=${this.#close}
    ></ui-dialog>`;
  }

  #renderForm(): TemplateResult {
    const { failure } = this;
    return html`<form class="stack" novalidate @submit=${this.#submit}>
      <p class="soft">
        Pages are refused when only these credits are left. So a public key that somebody copied can not stop what your
        own servers do.
      </p>
      <fieldset class="option-list">
        <legend>Kept back for your servers</legend>
        <label class="check">
          <input type="radio" name="reserve" .checked=${live(this.isShare)} @change=${() => this.#choose(true)} />
          <span>A fifth of what was granted, and of what will be</span>
        </label>
        <label class="check">
          <input type="radio" name="reserve" .checked=${live(!this.isShare)} @change=${() => this.#choose(false)} />
          <span>A number of your own</span>
        </label>
      </fieldset>
      ${this.isShare ? nothing : this.#renderAmount()}
      ${failure && failure.generalProblem(['reservedCredits']) !== '' ? failureBlock(failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isSending} @click=${this.#close}>Cancel</button>
        <button class="button primary" type="submit" aria-busy=${this.isSending}>Save</button>
      </div>
    </form>`;
  }

  #renderAmount(): TemplateResult {
    const problem = this.isWrong
      ? `Write a whole number from 0 to ${count(reserveMax)}.`
      : this.failure?.problemAt('reservedCredits');
    return field({
      id: 'reserve-amount',
      label: 'How many credits',
      hint: this.#meaning,
      error: problem,
      control: ({ id, describedBy, invalid }) =>
        html`<input
          id=${id}
          type="number"
          inputmode="numeric"
          min="0"
          max=${reserveMax}
          step="1"
          aria-describedby=${describedBy}
          aria-invalid=${invalid}
          .value=${live(this.amount)}
          @input=${this.#type}
        />`,
    });
  }

  get #meaning(): string {
    const { granted, spent } = this.credits;
    const left = Math.max(0, granted - spent);
    const amount = this.#amount ?? 0;
    if (amount === 0) return 'With 0, pages can spend every credit, and then your servers are refused too.';
    if (amount >= left) return `Only ${plural(left, 'credit')} are left: pages are refused at once.`;
    return `${plural(left, 'credit')} are left: pages can spend ${count(left - amount)} of them.`;
  }

  /** Undefined: what is typed is no such number. */
  get #amount(): number | undefined {
    const amount = Number(this.amount);
    const isFine = this.amount !== '' && Number.isInteger(amount) && amount >= 0 && amount <= reserveMax;
    return isFine ? amount : undefined;
  }

  #choose(isShare: boolean): void {
    this.isShare = isShare;
    this.isWrong = false;
    this.failure = undefined;
  }

  readonly #type = ({ currentTarget }: InputEvent): void => {
    this.amount = (currentTarget as HTMLInputElement).value;
    this.isWrong = false;
  };

  readonly #close = (): void => {
    this.dispatchEvent(new CustomEvent('reserve-close'));
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    const wanted = this.isShare ? null : this.#amount;
    this.failure = undefined;
    this.isWrong = wanted === undefined;
    if (wanted === undefined) return this.querySelector<HTMLElement>('#reserve-amount')?.focus();
    this.isSending = true;
    try {
      const detail = await reserveCredits(this.organizationId, wanted);
      this.dispatchEvent(new CustomEvent<OrganizationCredits>('reserve-done', { detail }));
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSending = false;
  };
}
