import type { LmdbConnection } from './connection.ts';
import { afterAll, below, put, remove } from './entries.ts';
import { dropDelivery } from './deliveries.ts';
import type { WebhookStore } from '../port.ts';

export function createWebhooks({ db, read, write, create }: LmdbConnection): WebhookStore {
  const { webhooks, deliveries } = db;
  return {
    createWebhook: (webhook) => create('webhooks', webhook),
    findWebhook: (organizationId, webhookId) => read(() => webhooks.get([organizationId, webhookId])),

    listWebhooks: (organizationId) =>
      read(() => [...below(webhooks, organizationId)].map(({ value }) => value).reverse()),

    listWebhookOrganizations: (after, limit) =>
      read(() => {
        const found: string[] = [];
        let start = after;
        while (found.length < limit) {
          const [next] = webhooks.getKeys({ ...(start !== null && { start: [start, afterAll] }), limit: 1 });
          if (next === undefined) break;
          start = next[0];
          found.push(start);
        }
        return found;
      }),

    changeWebhook: (organizationId, webhookId, change, guard) =>
      write(() => {
        const before = webhooks.get([organizationId, webhookId]);
        if (before === undefined || (guard !== undefined && before.url !== guard.url)) return 'not_found';
        const after = { ...before, ...change };
        put(webhooks, [organizationId, webhookId], after);
        return { before, after };
      }),

    deleteWebhook: (organizationId, webhookId) =>
      write(() => {
        if (webhooks.get([organizationId, webhookId]) === undefined) return 'not_found';
        remove(webhooks, [organizationId, webhookId]);
        for (const { value } of [...below(deliveries, webhookId)]) dropDelivery(db, value);
        return 'deleted';
      }),
  };
}
