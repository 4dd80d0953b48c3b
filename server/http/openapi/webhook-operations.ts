/** `/api/org/{organizationId}/webhooks`, for owners. */
import { webhookInput, webhookPatch } from '../../webhooks/webhook-input.ts';
import { pageQuery } from '../request-input.ts';
import type { Caller, Operation } from './operation.ts';

const asOwner: Caller = { kind: 'member', role: 'owner' };
const tag = 'Webhooks';

const webhooks = '/api/org/{organizationId}/webhooks';
const webhook = `${webhooks}/{webhookId}`;

export const webhookOperations: readonly Operation[] = [
  {
    method: 'get',
    path: webhooks,
    id: 'listWebhooks',
    tag,
    summary: 'The webhooks, newest first',
    caller: asOwner,
    answers: { 200: { description: 'All of them; there are 20 at most.', type: 'Webhooks' } },
  },
  {
    method: 'post',
    path: webhooks,
    id: 'createWebhook',
    tag,
    summary: 'Make a webhook',
    description: 'The only time that the secret is sent. A mailbox (`mailto:`) has none: mail is not signed.',
    caller: asOwner,
    body: webhookInput,
    answers: { 201: { description: 'The webhook and its secret.', type: 'CreatedWebhook' } },
    refusals: ['conflict'],
  },
  {
    method: 'patch',
    path: webhook,
    id: 'changeWebhook',
    tag,
    summary: 'Change a webhook, or give it a new secret',
    caller: asOwner,
    body: webhookPatch,
    answers: { 200: { description: 'The webhook, and its secret where that is new.', type: 'ChangedWebhook' } },
    refusals: ['conflict'],
  },
  {
    method: 'delete',
    path: webhook,
    id: 'deleteWebhook',
    tag,
    summary: 'Delete a webhook and its messages',
    caller: asOwner,
    answers: { 204: { description: 'Done. No body.' } },
  },
  {
    method: 'post',
    path: `${webhook}/test`,
    id: 'testWebhook',
    tag,
    summary: 'Send a test message',
    description: 'It is tried once, also while the webhook is switched off.',
    caller: asOwner,
    answers: { 202: { description: 'The message, which is on its way.', type: 'Delivery' } },
  },
  {
    method: 'get',
    path: `${webhook}/deliveries`,
    id: 'listDeliveries',
    tag,
    summary: 'The messages of the last 7 days, newest first',
    caller: asOwner,
    query: pageQuery,
    answers: { 200: { description: 'A page of messages with what was answered.', type: 'DeliveryPage' } },
  },
  {
    method: 'post',
    path: `${webhook}/deliveries/{deliveryId}/retry`,
    id: 'retryDelivery',
    tag,
    summary: 'Send a message again',
    description: 'Whatever came of it, under the same `webhook-id`.',
    caller: asOwner,
    answers: { 202: { description: 'The message, which is on its way again.', type: 'Delivery' } },
  },
];
