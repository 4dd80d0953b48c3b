import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { mailAddressOf } from '../../../server/webhooks/webhook-url.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { LightElement } from '../../../ui/light-element.ts';
import type { Delivery, Webhook } from '../../../server/http/wire.ts';
import { changeWebhook, deleteWebhook, listDeliveries, resendDelivery, testWebhook } from '../../api.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { loadMore } from '../../components/load-more.ts';
import { skeleton } from '../../components/skeleton.ts';
import { toast } from '../../components/toast.ts';
import { PagedList } from '../../controllers/paged-list.ts';
import { unlessGone } from '../../unless-gone.ts';
import { addressWords } from './address.ts';
import { deliveryBadge, deliveryList } from './delivery-list.ts';
import { eventName, eventsLine } from './event-words.ts';
import { stateBadge, stateReason } from './webhook-state.ts';

const deliveriesPerPage = 20;
const refreshEveryMs = 30_000;
/** After a message was handed over, it is looked after so often. */
const looksAfterMs = [700, 1_500, 3_000, 6_000, 12_000];

/**
 * `<webhook-card>`: one webhook with its messages, and all that an owner does with it.
 *
 * @prop {Webhook} webhook
 * @prop {string} organizationId
 *
 * @fires {CustomEvent<Webhook>} webhook-changed - As it is now.
 * @fires webhook-deleted
 * @fires webhook-tried - A message was sent to it, so its state may be another.
 * @fires webhook-edit - The person wants to change its address or events.
 * @fires {CustomEvent<string>} webhook-secret - Its new secret, to be shown this once.
 */
export class WebhookCard extends LightElement {
  @property({ attribute: false }) webhook!: Webhook;
  @property({ attribute: false }) organizationId = '';
  @state() failure: ApiError | undefined;
  @state() isTesting = false;
  @state() isSwitching = false;
  /** The message that is being sent again. */
  @state() sendingId: string | undefined;
  #looking: ReturnType<typeof setTimeout> | undefined;
  readonly #deliveries = new PagedList<Delivery>(
    this,
    (cursor, signal) =>
      listDeliveries(this.organizationId, this.webhook.id, { limit: deliveriesPerPage, cursor }, signal),
    { refreshEveryMs },
  );

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#looking);
  }

  protected override render(): TemplateResult {
    const { webhook } = this;
    const name = addressWords(webhook.url);
    return html`<article class="card stack webhook" aria-label=${`Webhook to ${name}`}>
      <header class="webhook-head">
        <div class="stack tight">
          <h2 class="webhook-url break">${name}</h2>
          <p class="soft">${eventsLine(webhook.events)}</p>
          <p class="row">${stateBadge(webhook)} ${this.#renderLast()}</p>
        </div>
        <ui-switch
          label=${`Send messages to ${name}`}
          .checked=${webhook.enabled}
          @switch-change=${({ detail }: CustomEvent<boolean>) => void this.#switch(detail)}
        ></ui-switch>
      </header>
      ${stateReason(webhook) ?? nothing} ${this.failure ? failureBlock(this.failure) : nothing}
      <div class="row">
        <button
          class="button small"
          type="button"
          aria-label=${`Send test to ${name}`}
          aria-busy=${this.isTesting}
          @click=${() => void this.#test()}
        >
          Send test
        </button>
        <button
          class="button small"
          type="button"
          aria-label=${`Edit the webhook to ${name}`}
          @click=${() => this.dispatchEvent(new CustomEvent('webhook-edit'))}
        >
          Edit…
        </button>
        ${mailAddressOf(webhook.url) === undefined ? this.#renderNewSecret(name) : nothing}
        <button
          class="button small quiet-danger"
          type="button"
          aria-label=${`Delete the webhook to ${name}`}
          @click=${() => void this.#delete()}
        >
          Delete…
        </button>
      </div>
      <details class="disclosure">
        <summary>Messages</summary>
        ${this.#renderDeliveries()}
      </details>
    </article>`;
  }

  #renderNewSecret(name: string): TemplateResult {
    return html`<button
      class="button small"
      type="button"
      aria-label=${`New secret for ${name}`}
      @click=${() => void this.#rotate()}
    >
      New secret…
    </button>`;
  }

  #renderLast(): TemplateResult | typeof nothing {
    const { items } = this.#deliveries;
    const [last] = items ?? [];
    if (items === undefined) return nothing;
    if (last === undefined) return html`<span class="soft">Nothing was sent yet.</span>`;
    return html`<span class="soft"> Last: ${eventName(last.event)}, <ui-time at=${last.createdAt}></ui-time> </span>
      ${deliveryBadge(last)}`;
  }

  #renderDeliveries(): TemplateResult {
    const { items, failure } = this.#deliveries;
    if (!items) {
      return failure ? failureBlock(failure, () => void this.#deliveries.load()) : skeleton('Loading the messages', 2);
    }
    if (items.length === 0) return html`<p class="soft">No message yet. Send a test to see one.</p>`;
    return html`<div class="stack">
      ${deliveryList({
        deliveries: items,
        sendingId: this.sendingId,
        resend: (delivery) => void this.#resend(delivery),
      })}
      ${loadMore(this.#deliveries, 'message')}
      <p class="hint">Messages are kept for 7 days.</p>
    </div>`;
  }

  async #switch(enabled: boolean): Promise<void> {
    if (this.isSwitching) return;
    this.isSwitching = true;
    await this.#try(async () => {
      const { webhook } = await changeWebhook(this.organizationId, this.webhook.id, { enabled });
      this.#tell('webhook-changed', webhook);
      toast({ subject: webhook.id, message: `The webhook is ${enabled ? 'on' : 'off'} now.` });
    });
    this.isSwitching = false;
  }

  async #test(): Promise<void> {
    if (this.isTesting) return;
    this.isTesting = true;
    await this.#try(async () => {
      await testWebhook(this.organizationId, this.webhook.id);
      toast({ subject: this.webhook.id, message: 'A test is on its way: see under Messages what came of it.' });
      this.#lookAfter();
    });
    this.isTesting = false;
  }

  async #resend({ id }: Delivery): Promise<void> {
    if (this.sendingId !== undefined) return;
    this.sendingId = id;
    await this.#try(async () => {
      await resendDelivery(this.organizationId, this.webhook.id, id);
      toast({ subject: this.webhook.id, message: 'The message is sent again.' });
      this.#lookAfter();
    });
    this.sendingId = undefined;
  }

  async #rotate(): Promise<void> {
    let secret: string | undefined;
    const isDone = await askToConfirm({
      heading: 'Make a new secret?',
      content: html`<p>For a day each message is signed with both, so that you can exchange it without a gap.</p>
        <p>The new one is shown once.</p>`,
      confirmLabel: 'Make a new secret',
      run: async () => {
        const changed = await changeWebhook(this.organizationId, this.webhook.id, { rotateSecret: true });
        secret = changed.secret;
        this.#tell('webhook-changed', changed.webhook);
      },
    });
    if (isDone && secret !== undefined) this.#tell('webhook-secret', secret);
  }

  async #delete(): Promise<void> {
    const isDone = await askToConfirm({
      heading: 'Delete this webhook?',
      content: html`<p class="break">
        <b>${addressWords(this.webhook.url)}</b> is told nothing more, and what waits for it is given up. Its messages
        can not be looked at any more.
      </p>`,
      confirmLabel: 'Delete',
      isDanger: true,
      run: () => unlessGone(deleteWebhook(this.organizationId, this.webhook.id)),
    });
    if (!isDone) return;
    toast({ message: 'The webhook is deleted.' });
    this.#tell('webhook-deleted', undefined);
  }

  async #try(act: () => Promise<void>): Promise<void> {
    this.failure = undefined;
    try {
      await act();
    } catch (error) {
      this.failure = toApiError(error);
    }
  }

  /** Until the newest message has an end, for some seconds at most. */
  #lookAfter(turn = 0): void {
    clearTimeout(this.#looking);
    const pauseMs = looksAfterMs[turn];
    if (pauseMs === undefined || !this.isConnected) return;
    this.#looking = setTimeout(() => void this.#look(turn), pauseMs);
  }

  async #look(turn: number): Promise<void> {
    await this.#deliveries.reload();
    this.#tell('webhook-tried', undefined);
    if (this.#deliveries.items?.some(({ state: its }) => its === 'waiting')) this.#lookAfter(turn + 1);
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
