/** Where an organization is told what happens to its keys, credits and agents. For its owners, because data leaves by it. */
import { html, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ChangedWebhook, Webhook } from '../../server/http/wire.ts';
import { listWebhooks } from '../api.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { icon } from '../components/icons.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { WebhookEditDialog } from './webhooks/edit-dialog.ts';
import { WebhookSecretDialog } from './webhooks/secret-dialog.ts';
import { WebhookCard } from './webhooks/webhook-card.ts';

const refreshEveryMs = 30_000;

export class WebhooksPage extends Page {
  static readonly elements = {
    'webhook-card': WebhookCard,
    'webhook-edit-dialog': WebhookEditDialog,
    'webhook-secret-dialog': WebhookSecretDialog,
  };
  override readonly heading = 'Webhooks';
  /** What the dialog is about. */
  @state() edited: Webhook | 'new' | undefined;
  @state() secret: string | undefined;
  readonly #webhooks = new Resource<readonly Webhook[]>(
    this,
    async (signal) => (this.isOwner ? (await listWebhooks(this.organizationId, signal)).data : []),
    { refreshEveryMs },
  );

  protected override render(): TemplateResult {
    const { value } = this.#webhooks;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Webhooks</h1>
          <p class="lead">
            Postern tells an address of yours when a key ends soon, a budget fills, or credits run low: a program by a
            signed message, a member by mail.
          </p>
        </div>
        ${this.isOwner && value && value.length > 0 ? this.#renderCreate() : ''}
      </header>
      ${this.isOwner ? this.#renderWebhooks() : this.#renderNoOwner()}
      <webhook-edit-dialog
        .webhook=${this.edited}
        .organizationId=${this.organizationId}
        @edit-close=${() => (this.edited = undefined)}
        @webhook-saved=${this.#saved}
      ></webhook-edit-dialog>
      <webhook-secret-dialog
        .secret=${this.secret}
        @secret-stored=${() => (this.secret = undefined)}
      ></webhook-secret-dialog>
    </div>`;
  }

  #renderNoOwner(): TemplateResult {
    return emptyState({
      picture: 'bell',
      heading: 'Only owners see webhooks',
      content: 'By a webhook data leaves the organization, so its owners alone make and read them. Ask one of them.',
    });
  }

  #renderCreate(): TemplateResult {
    return html`<button class="button primary" type="button" @click=${() => (this.edited = 'new')}>
      ${icon('plus')} Create webhook
    </button>`;
  }

  #renderWebhooks(): TemplateResult {
    const { value, failure } = this.#webhooks;
    if (!value) {
      return failure ? failureBlock(failure, () => void this.#webhooks.load()) : skeleton('Loading the webhooks');
    }
    if (value.length === 0) {
      return emptyState({
        picture: 'bell',
        heading: 'No webhooks yet',
        content: 'Give an address of yours, and choose what it is told.',
        action: this.#renderCreate(),
      });
    }
    return html`<div class="stack">
      ${repeat(
        value,
        ({ id }) => id,
        (webhook) =>
          html`<webhook-card
            .webhook=${webhook}
            .organizationId=${this.organizationId}
            @webhook-edit=${() => (this.edited = webhook)}
            @webhook-changed=${({ detail }: CustomEvent<Webhook>) => this.#put(detail)}
            @webhook-tried=${() => void this.#webhooks.refresh()}
            @webhook-deleted=${() => this.#drop(webhook)}
            @webhook-secret=${({ detail }: CustomEvent<string>) => (this.secret = detail)}
          ></webhook-card>`,
      )}
    </div>`;
  }

  readonly #saved = ({ detail: { webhook, secret } }: CustomEvent<ChangedWebhook>): void => {
    this.edited = undefined;
    this.secret = secret;
    this.#put(webhook);
    if (this.secret === undefined) toast({ message: 'The webhook is saved.' });
  };

  #put(webhook: Webhook): void {
    const before = this.#webhooks.value ?? [];
    const isKnown = before.some(({ id }) => id === webhook.id);
    this.#webhooks.set(isKnown ? before.map((one) => (one.id === webhook.id ? webhook : one)) : [...before, webhook]);
  }

  #drop({ id }: Webhook): void {
    this.#webhooks.set((this.#webhooks.value ?? []).filter((one) => one.id !== id));
    void this.updateComplete.then(() => this.querySelector('h1')?.focus());
  }
}
