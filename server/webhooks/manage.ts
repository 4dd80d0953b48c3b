/** An organization's webhooks: made, changed, tried and deleted for one actor, and every change is written down. */
import { createAudit, differing } from '../audit/audit.ts';
import { dayMs, toIsoTime, type Clock } from '../gate/clock.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { AuditAction, AuditFacts } from '../records/audit-event.ts';
import { createId } from '../records/id.ts';
import type { Delivery, Webhook, WebhookChange } from '../records/webhook.ts';
import type { Page, PageRequest, Store } from '../store/port.ts';
import { auditTargetOf } from './audit-target.ts';
import { isMembersAddress } from './members-address.ts';
import { mailAddressOf } from './webhook-url.ts';
import { isPublicAddress } from '../network/public-address.ts';
import type { WebhookSecrets } from './secrets.ts';
import type { Subscribers } from './subscribers.ts';
import { deliveryBounds, waitingFrom } from './tell.ts';
import type { WebhookInput, WebhookPatch } from './webhook-input.ts';

const webhooksMax = 20;
/** The secret before goes on working for so long. */
const graceMs = dayMs;

interface MadeWebhook {
  readonly webhook: Webhook;
  /** Undefined: it is a mailbox, and mail is not signed. */
  readonly secret: string | undefined;
}

interface ChangedWebhook {
  readonly webhook: Webhook;
  /** Undefined: it stayed as it was, or there is none. */
  readonly secret: string | undefined;
}

export interface WebhookManager {
  list(organizationId: string): Promise<readonly Webhook[]>;
  create(organizationId: string, input: WebhookInput): Promise<MadeWebhook | Refusal>;
  change(organizationId: string, webhookId: string, patch: WebhookPatch): Promise<ChangedWebhook | Refusal>;
  remove(organizationId: string, webhookId: string): Promise<Refusal | undefined>;
  /** Sends a message that says nothing, also to one that is switched off. */
  test(organizationId: string, webhookId: string): Promise<Delivery | Refusal>;
  listDeliveries(organizationId: string, webhookId: string, page: PageRequest): Promise<Page<Delivery> | Refusal>;
  resend(organizationId: string, webhookId: string, deliveryId: string): Promise<Delivery | Refusal>;
}

/** What all that is about webhooks shares in one server. */
export interface WebhookParts {
  readonly secrets: WebhookSecrets;
  readonly subscribers: Subscribers;
  /** Whether an address must begin with https. */
  readonly isHttpsOnly: boolean;
  readonly isPrivateAllowed: boolean;
  /** Whether an address may be a mailbox. */
  readonly isMailOn: boolean;
  /** There is something to send. */
  readonly onWritten: () => void;
}

const noSuchWebhook = refuse('not_found', { detail: 'This organization has no such webhook.' });
const noSecretOfMail = refuse('conflict', {
  detail: 'Mail is not signed, so this webhook has no secret.',
  fix: 'Leave rotateSecret out; or give the webhook an address that begins with https://, and it gets a secret with that.',
});
const noSuchDelivery = refuse('not_found', { detail: 'This webhook has no such message.' });

export function createWebhookManager(
  parts: WebhookParts & { readonly store: Store; readonly clock: Clock; readonly actor: Actor },
): WebhookManager {
  const { store, clock, actor, secrets, subscribers, isHttpsOnly, isPrivateAllowed, isMailOn, onWritten } = parts;
  const recordAudit = createAudit({ store, clock });

  function record(action: AuditAction, webhook: Webhook, before: AuditFacts | null, after: AuditFacts | null) {
    const { organizationId } = webhook;
    return recordAudit(actor, { organizationId, action, target: auditTargetOf(webhook), before, after });
  }

  /** Names are judged when they are connected to. */
  async function refuseUrl(organizationId: string, text: string): Promise<Refusal | undefined> {
    const to = mailAddressOf(text);
    if (to !== undefined && !isMailOn) return wrongUrl('This server sends no mail: whoever runs it sets SMTP_URL.');
    if (to !== undefined && !(await isMembersAddress(store, organizationId, to)))
      return wrongUrl('Mail goes to members of this organization alone: write a member’s e-mail address.');
    if (to !== undefined) return undefined;
    const { protocol, hostname } = new URL(text);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isAddress = /^[\d.]+$|:/.test(host);
    if (isHttpsOnly && protocol !== 'https:') return wrongUrl('The address must begin with https://.');
    if (isPrivateAllowed || !isAddress || isPublicAddress(host)) return undefined;
    return wrongUrl('The address is not a public one.');
  }

  return {
    list: (organizationId) => store.listWebhooks(organizationId),

    async create(organizationId, { url, events }) {
      const wrong = await refuseUrl(organizationId, url);
      if (wrong !== undefined) return wrong;
      if ((await store.listWebhooks(organizationId)).length >= webhooksMax) {
        return refuse('conflict', {
          detail: `An organization has at most ${webhooksMax} webhooks.`,
          fix: 'Delete one that is not needed.',
        });
      }
      const nowMs = clock();
      const webhook: Webhook = {
        id: createId('whk', nowMs),
        organizationId,
        url: keptUrl(url),
        events,
        enabled: true,
        failingSince: null,
        disabledAt: null,
        secretVersion: 1,
        previousSecretUntil: null,
        createdAt: nowMs,
      };
      await store.createWebhook(webhook);
      subscribers.forget(organizationId);
      await record('webhook.created', webhook, null, factsOf(webhook));
      return { webhook, secret: isMailbox(webhook) ? undefined : secrets.secretOf(webhook) };
    },

    async change(organizationId, webhookId, { url, events, enabled, rotateSecret }) {
      const wrong = url === undefined ? undefined : await refuseUrl(organizationId, url);
      if (wrong !== undefined) return wrong;
      const found = await store.findWebhook(organizationId, webhookId);
      if (found === undefined) return noSuchWebhook;
      const isMail = isMailbox({ url: url ?? found.url });
      if (rotateSecret && isMail) return noSecretOfMail;
      // Who had a mailbox was shown no secret, or one of before: what is shown now is new.
      const isNewSecret = rotateSecret === true || (isMailbox(found) && !isMail);
      const change: WebhookChange = {
        ...(url !== undefined && { url: keptUrl(url) }),
        ...(events !== undefined && { events }),
        ...(enabled !== undefined && { enabled, disabledAt: null }),
        ...(enabled === true && { failingSince: null }),
        ...(isNewSecret && {
          secretVersion: found.secretVersion + 1,
          previousSecretUntil: isMailbox(found) ? null : clock() + graceMs,
        }),
      };
      const changed = await store.changeWebhook(organizationId, webhookId, change);
      if (changed === 'not_found') return noSuchWebhook;
      subscribers.forget(organizationId);
      const { before, after } = changed;
      const facts = differing(factsOf(before), factsOf(after));
      if (facts !== undefined) await record('webhook.changed', after, facts.before, facts.after);
      return { webhook: after, secret: isNewSecret ? secrets.secretOf(after) : undefined };
    },

    async remove(organizationId, webhookId) {
      const found = await store.findWebhook(organizationId, webhookId);
      if (found === undefined || (await store.deleteWebhook(organizationId, webhookId)) === 'not_found')
        return noSuchWebhook;
      subscribers.forget(organizationId);
      await record('webhook.deleted', found, factsOf(found), null);
      return undefined;
    },

    async test(organizationId, webhookId) {
      if ((await store.findWebhook(organizationId, webhookId)) === undefined) return noSuchWebhook;
      const nowMs = clock();
      const delivery: Delivery = {
        id: createId('dlv', nowMs),
        organizationId,
        webhookId,
        event: 'test',
        subject: 'test',
        body: JSON.stringify({ type: 'test', timestamp: toIsoTime(nowMs), data: { organizationId } }),
        ...waitingFrom(nowMs),
      };
      await store.createDelivery(delivery);
      await store.boundDeliveries(webhookId, deliveryBounds);
      onWritten();
      return delivery;
    },

    async listDeliveries(organizationId, webhookId, page) {
      if ((await store.findWebhook(organizationId, webhookId)) === undefined) return noSuchWebhook;
      return store.listDeliveries(webhookId, page);
    },

    async resend(organizationId, webhookId, deliveryId) {
      if ((await store.findWebhook(organizationId, webhookId)) === undefined) return noSuchWebhook;
      const delivery = await store.resendDelivery(webhookId, deliveryId, clock());
      if (delivery === 'not_found') return noSuchDelivery;
      onWritten();
      return delivery;
    },
  };
}

function isMailbox({ url }: Pick<Webhook, 'url'>): boolean {
  return mailAddressOf(url) !== undefined;
}

function keptUrl(url: string): string {
  return isMailbox({ url }) ? url.toLowerCase() : new URL(url).href;
}

function wrongUrl(message: string): Refusal {
  return refuse('request_invalid', { problems: [{ path: 'url', message }] });
}

/** Without the address behind the host, which may be as good as a password. */
function factsOf(webhook: Webhook): AuditFacts {
  const { events, enabled, secretVersion } = webhook;
  return { host: auditTargetOf(webhook).name, events, enabled, secretVersion };
}
