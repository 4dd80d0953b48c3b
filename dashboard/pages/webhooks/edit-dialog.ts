import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { findUrlProblem, mailAddressOf } from '../../../server/webhooks/webhook-url.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { LightElement } from '../../../ui/light-element.ts';
import type { ChangedWebhook, Webhook, WebhookEvent } from '../../../server/http/wire.ts';
import { changeWebhook, createWebhook } from '../../api.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { addressWords, readAddress } from './address.ts';
import { allEvents, wordsOf } from './event-words.ts';

const urlLengthMax = 2_000;
const fields = ['url', 'events'];

/**
 * `<webhook-edit-dialog>`: the address and the events of a webhook, new or known.
 *
 * @prop {Webhook | 'new' | undefined} webhook - Undefined: closed.
 * @prop {string} organizationId
 *
 * @fires {CustomEvent<ChangedWebhook>} webhook-saved - With its secret, where it is new.
 * @fires edit-close - Set `webhook` to undefined.
 */
export class WebhookEditDialog extends LightElement {
  @property({ attribute: false }) webhook: Webhook | 'new' | undefined;
  @property({ attribute: false }) organizationId = '';
  @state() url = '';
  @state() events: readonly WebhookEvent[] = allEvents;
  /** From the first time that it was left or sent. */
  @state() isChecked = false;
  @state() isSaving = false;
  @state() failure: ApiError | undefined;

  constructor() {
    super();
    new LeaveGuard(this, () => this.#isChanged);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('webhook') || this.webhook === undefined) return;
    const { url, events } = this.#before;
    this.url = url;
    this.events = events;
    this.isChecked = false;
    this.failure = undefined;
  }

  get #before(): Pick<Webhook, 'url' | 'events'> {
    if (typeof this.webhook !== 'object') return { url: '', events: allEvents };
    const { url, events } = this.webhook;
    return { url: addressWords(url), events };
  }

  get #isChanged(): boolean {
    if (this.webhook === undefined) return false;
    const { url, events } = this.#before;
    return this.url !== url || this.events.join() !== events.join();
  }

  protected override render(): TemplateResult {
    const isNew = this.webhook === 'new';
    return html`<ui-dialog
      .open=${this.webhook !== undefined}
      .heading=${isNew ? 'New webhook' : 'Edit the webhook'}
      .holds=${this.isSaving}
      .content=${this.webhook && this.#renderForm(isNew)}
      @dialog-close=${this.#close}
    ></ui-dialog>`;
  }

  get #urlProblem(): string {
    return findUrlProblem(readAddress(this.url)) ?? '';
  }

  get #eventsProblem(): string {
    return this.events.length === 0 ? 'Choose at least one event.' : '';
  }

  #renderForm(isNew: boolean): TemplateResult {
    const { failure } = this;
    const urlError = (this.isChecked ? this.#urlProblem : '') || (failure?.problemAt('url') ?? '');
    const isPlain = this.url.trim().startsWith('http://');
    return html`<form class="stack" novalidate @submit=${this.#submit}>
      ${field({
        id: 'webhook-url',
        label: 'Address',
        hint: isPlain
          ? 'In production the address must begin with https://.'
          : mailAddressOf(readAddress(this.url)) !== undefined
            ? 'A member’s mailbox gets it in words. This server must be set up to send mail (SMTP_URL).'
            : 'A web address gets a signed POST with JSON and must be reachable from the internet; a member’s e-mail address gets it in words.',
        error: urlError,
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            class="code"
            inputmode="url"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            maxlength=${urlLengthMax}
            placeholder="https://example.com/hooks"
            autofocus
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(this.url)}
            @input=${this.#type}
            @change=${() => (this.isChecked = this.url !== '')}
          />`,
      })}
      <fieldset class="plain-fieldset stack tight" aria-describedby="webhook-events-error">
        <legend>Tell it when</legend>
        <label class="check">
          <input
            type="checkbox"
            .checked=${this.events.length === allEvents.length}
            .indeterminate=${this.events.length > 0 && this.events.length < allEvents.length}
            @change=${({ currentTarget }: Event) =>
              (this.events = (currentTarget as HTMLInputElement).checked ? allEvents : [])}
          />
          <b>Select all</b>
        </label>
        ${allEvents.map((event) => this.#renderEvent(event))}
        <p id="webhook-events-error" class="field-error" role="alert">${this.isChecked ? this.#eventsProblem : ''}</p>
      </fieldset>
      ${failure && failure.generalProblem(fields) !== '' ? failureBlock(failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isSaving} @click=${this.#close}>Cancel</button>
        <button class="button primary" type="submit" aria-busy=${this.isSaving}>
          ${isNew ? 'Create webhook' : 'Save'}
        </button>
      </div>
    </form>`;
  }

  #renderEvent(event: WebhookEvent): TemplateResult {
    const { name, when } = wordsOf(event);
    const choose = ({ currentTarget }: Event): void => {
      const { checked } = currentTarget as HTMLInputElement;
      this.events = allEvents.filter((other) => (other === event ? checked : this.events.includes(other)));
    };
    return html`<label class="check">
      <input type="checkbox" .checked=${this.events.includes(event)} @change=${choose} />
      <span>${name} <span class="soft">${when}</span></span>
    </label>`;
  }

  readonly #type = ({ currentTarget }: InputEvent): void => {
    this.url = (currentTarget as HTMLInputElement).value;
    this.failure = undefined;
  };

  readonly #close = (): void => {
    this.dispatchEvent(new CustomEvent('edit-close'));
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { webhook, organizationId, events } = this;
    if (this.isSaving || webhook === undefined) return;
    this.isChecked = true;
    this.failure = undefined;
    if (this.#urlProblem !== '') return this.#focus('#webhook-url');
    if (this.#eventsProblem !== '') return this.#focus('fieldset input');
    this.isSaving = true;
    const input = { url: readAddress(this.url), events };
    try {
      const saved: ChangedWebhook =
        webhook === 'new'
          ? await createWebhook(organizationId, input)
          : await changeWebhook(organizationId, webhook.id, input);
      this.isSaving = false;
      this.dispatchEvent(new CustomEvent('webhook-saved', { detail: saved }));
    } catch (error) {
      this.failure = toApiError(error);
      this.isSaving = false;
      if (this.failure.problemAt('url') !== '') this.#focus('#webhook-url');
    }
  };

  #focus(selector: string): void {
    void this.updateComplete.then(() => setTimeout(() => this.querySelector<HTMLElement>(selector)?.focus()));
  }
}
