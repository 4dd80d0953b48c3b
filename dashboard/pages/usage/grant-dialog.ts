import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { grantCredits } from '../../api.ts';
import type { Credits, OrganizationCredits } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { count, plural } from '../../components/number-words.ts';

const grantMax = 1_000_000_000;

/**
 * `<usage-grant-dialog>`: gives an organization credits. Its button says how many, so that pressing it is the confirmation.
 *
 * @prop {boolean} open
 * @prop {string} organizationId
 * @prop {Credits} credits - As they are now.
 *
 * @fires grant-close - It was closed without a grant.
 * @fires {CustomEvent<OrganizationCredits>} grant-done - As they are then.
 */
export class GrantDialog extends LightElement {
  @property({ attribute: false }) open = false;
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) credits: Credits = { granted: 0, spent: 0 };
  /** What is typed. */
  @state() amount = '';
  @state() isWrong = false;
  @state() isSending = false;
  @state() failure: ApiError | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('open') || !this.open) return;
    this.amount = '1000';
    this.isWrong = false;
    this.failure = undefined;
  }

  protected override render(): TemplateResult {
    return html`<ui-dialog
      .open=${this.open}
      .heading=${'Grant credits'}
      .holds=${this.isSending}
      .content=${this.#renderForm()}
      @dialog-close=${this.#close}
    ></ui-dialog>`;
  }

  #renderForm(): TemplateResult {
    const { failure } = this;
    const grant = this.#grant;
    const left = this.credits.granted - this.credits.spent;
    const problem = this.isWrong ? `Write a whole number from 1 to ${count(grantMax)}.` : failure?.problemAt('grant');
    return html`<form class="stack" novalidate @submit=${this.#submit}>
      ${field({
        id: 'grant-amount',
        label: 'How many credits',
        hint:
          grant === undefined
            ? `${plural(left, 'credit')} left now.`
            : `${plural(left, 'credit')} left now, ${count(left + grant)} then. Credits that were granted can not be taken back.`,
        error: problem,
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            type="number"
            inputmode="numeric"
            min="1"
            max=${grantMax}
            step="1"
            autofocus
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(this.amount)}
            @input=${this.#type}
          />`,
      })}
      ${failure && failure.generalProblem(['grant']) !== '' ? failureBlock(failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isSending} @click=${this.#close}>Cancel</button>
        <button class="button primary" type="submit" aria-busy=${this.isSending}>
          Grant ${grant === undefined ? 'credits' : plural(grant, 'credit')}
        </button>
      </div>
    </form>`;
  }

  get #grant(): number | undefined {
    const grant = Number(this.amount);
    return Number.isInteger(grant) && grant >= 1 && grant <= grantMax ? grant : undefined;
  }

  readonly #type = ({ currentTarget }: InputEvent): void => {
    this.amount = (currentTarget as HTMLInputElement).value;
    this.isWrong = false;
  };

  readonly #close = (): void => {
    this.dispatchEvent(new CustomEvent('grant-close'));
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    const grant = this.#grant;
    this.failure = undefined;
    this.isWrong = grant === undefined;
    if (grant === undefined) return this.querySelector('input')?.focus();
    this.isSending = true;
    try {
      const detail = await grantCredits(this.organizationId, grant);
      this.dispatchEvent(new CustomEvent<OrganizationCredits>('grant-done', { detail }));
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSending = false;
  };
}
