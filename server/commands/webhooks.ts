import { setTimeout as pause } from 'node:timers/promises';
import { commandLine } from '../audit/audit.ts';
import { systemClock } from '../gate/clock.ts';
import { presentDelivery, presentWebhook } from '../http/present.ts';
import { webhookEvents, type Delivery, type Webhook } from '../records/webhook.ts';
import { createWebhookManager, type WebhookManager } from '../webhooks/manage.ts';
import { createSubscribers } from '../webhooks/subscribers.ts';
import { webhookInput } from '../webhooks/webhook-input.ts';
import { allowed, check, given, listOf, refusedBy, type Command, type Outcome, type Tools } from './command.ts';
import { findOrganization, findOrganizationOfWebhook, org, orgOf } from './find.ts';
import { table } from './table.ts';

/** The server tries a message once, for ten seconds at most, a second after it is there. */
const waitMs = 12_000;
const lookEveryMs = 200;

export const webhookCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'webhooks list',
    about: 'where an organization is told what happens',
    options: { org },
    async run(tools) {
      const { id: organizationId } = await findOrganization(tools);
      const webhooks = await tools.store.listWebhooks(organizationId);
      const rows = webhooks.map((webhook) => [webhook.id, stateOf(webhook), webhook.url, webhook.events.join(',')]);
      return { json: { data: webhooks.map(presentWebhook) }, text: table(rows, 'No webhooks yet.') };
    },
  },

  {
    kind: 'records',
    name: 'webhooks create',
    about: 'make a webhook; its secret is shown this once, and a mailbox has none',
    options: {
      url: { takes: 'URL', about: 'where messages are sent', isRequired: true },
      event: {
        takes: 'EVENT',
        about: `what it is told: ${webhookEvents.join(', ')} (all unless given)`,
        isList: true,
        field: 'events',
      },
      org,
    },
    async run(tools) {
      const events = listOf(tools.values, 'event') ?? webhookEvents;
      const input = check(webhookInput, { url: given(tools.values, 'url'), events });
      const { id: organizationId } = await findOrganization(tools);
      const { webhook, secret } = allowed(await managerOf(tools).create(organizationId, input));
      return {
        json: { webhook: presentWebhook(webhook), secret },
        text: [
          `Webhook ${webhook.id} sends to ${webhook.url}.`,
          ...(secret === undefined ? [] : ['Its secret, shown this once:', secret]),
        ].join('\n'),
      };
    },
  },

  {
    kind: 'records',
    name: 'webhooks delete',
    about: 'delete a webhook for good',
    words: { WEBHOOKID: 'whk_…' },
    options: { org: orgOf },
    async run(tools) {
      const [webhookId = ''] = tools.words;
      const refusal = await managerOf(tools).remove(await findOrganizationOfWebhook(tools, webhookId), webhookId);
      if (refusal !== undefined) throw refusedBy(refusal);
      return { json: { id: webhookId, deleted: true }, text: `Webhook ${webhookId} is deleted.` };
    },
  },

  {
    kind: 'records',
    name: 'webhooks test',
    about: 'let the running server send a test, and say what came of it',
    words: { WEBHOOKID: 'whk_…' },
    options: { org: orgOf },
    async run(tools) {
      const [webhookId = ''] = tools.words;
      const organizationId = await findOrganizationOfWebhook(tools, webhookId);
      const { id } = allowed(await managerOf(tools).test(organizationId, webhookId));
      return describe(await waitFor(tools.store, webhookId, id));
    },
  },
];

/** Its end; or as it is when the time is over. */
async function waitFor(store: Tools['store'], webhookId: string, deliveryId: string): Promise<Delivery | undefined> {
  const endsAt = systemClock() + waitMs;
  for (;;) {
    const { items } = await store.listDeliveries(webhookId, { limit: 20 });
    const found = items.find(({ id }) => id === deliveryId);
    if (found?.state !== 'waiting' || systemClock() >= endsAt) return found;
    await pause(lookEveryMs);
  }
}

function describe(delivery: Delivery | undefined): Outcome {
  if (delivery === undefined)
    return { json: { state: 'gone' }, text: 'The webhook was deleted meanwhile.', isNo: true };
  const { state, lastAttempt } = delivery;
  const why = lastAttempt?.failure ?? `The answer had status ${lastAttempt?.status ?? 'none'}.`;
  const text =
    state === 'waiting'
      ? 'Nothing was sent yet: no server runs on this store, or it is busy.'
      : `${state === 'delivered' ? 'Delivered.' : 'Not delivered.'} ${why}`;
  return { json: presentDelivery(delivery), text, isNo: state !== 'delivered' };
}

function managerOf({ store, readWebhookRules }: Tools): WebhookManager {
  return createWebhookManager({
    ...readWebhookRules(),
    store,
    clock: systemClock,
    actor: commandLine,
    subscribers: createSubscribers(store),
    // The running server looks every second.
    onWritten: () => undefined,
  });
}

function stateOf({ enabled, disabledAt, failingSince }: Webhook): string {
  if (disabledAt !== null) return 'switched off by itself';
  if (!enabled) return 'off';
  return failingSince === null ? 'ok' : 'failing';
}
