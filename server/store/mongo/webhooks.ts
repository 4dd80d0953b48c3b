import mongoose from 'mongoose';
import type { MongoConnection } from './connection.ts';
import { fromIdentified, toWebhook } from './mapping.ts';
import type { WebhookDocument } from './models.ts';
import { bothAs, limited } from './queries.ts';
import type { WebhookStore } from '../port.ts';

const { trusted } = mongoose;

export function createWebhooks({ models, run, create, changeAsRead, confirmed }: MongoConnection): WebhookStore {
  const { webhooks, deliveries } = models;
  return {
    createWebhook: (webhook) => create(webhooks, fromIdentified(webhook)),

    findWebhook: (organizationId, webhookId) =>
      run(async () => {
        const found = await webhooks.findOne({ _id: webhookId, organizationId }, {}, confirmed()).lean();
        return found === null ? undefined : toWebhook(found);
      }),

    listWebhooks: (organizationId) =>
      run(async () =>
        (await webhooks.find({ organizationId }, {}, confirmed()).sort({ _id: -1 }).lean()).map(toWebhook),
      ),

    listWebhookOrganizations: (after, limit) =>
      run(async () => {
        const rest = after === null ? {} : { organizationId: { $gt: after } };
        const found = await webhooks
          .aggregate<{
            _id: string;
          }>([{ $match: rest }, { $group: { _id: '$organizationId' } }, { $sort: { _id: 1 } }, { $limit: limit }])
          .option(limited);
        return found.map(({ _id }) => _id);
      }),

    async changeWebhook(organizationId, webhookId, change, guard) {
      const changed = await changeAsRead<WebhookDocument, 'not_found'>(
        webhooks,
        { _id: webhookId, organizationId },
        {},
        ({ url }) => (guard !== undefined && url !== guard.url ? 'not_found' : change),
      );
      return typeof changed === 'string' ? changed : bothAs(toWebhook, changed);
    },

    deleteWebhook: (organizationId, webhookId) =>
      run(async () => {
        const { deletedCount } = await webhooks.deleteOne({ _id: webhookId, organizationId }, limited);
        if (deletedCount === 0) return 'not_found';
        // Those that are written later, or left here, find no webhook and go with the sweep.
        await deliveries.deleteMany({ webhookId: trusted({ $eq: webhookId }) }, limited);
        return 'deleted';
      }),
  };
}
