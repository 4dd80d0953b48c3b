/** `/api/org/{organizationId}/webhooks`: where an organization is told what happened. For its owners, because data leaves by them. */
import type { IRouter, Request, Response } from 'express';
import { isRefusal } from '../../../gate/problem.ts';
import { createWebhookManager, type WebhookManager, type WebhookParts } from '../../../webhooks/manage.ts';
import { webhookInput, webhookPatch } from '../../../webhooks/webhook-input.ts';
import { createJsonBody, isId, parseBody, parsePage } from '../../body.ts';
import { memberOf } from '../../locals.ts';
import { answerJson, presentDelivery, presentWebhook } from '../../present.ts';
import type { Webhook } from '../../../records/webhook.ts';
import type * as Wire from '../../wire.ts';
import type { OrgRouteParts } from './keys.ts';

export interface OrgWebhookParts extends OrgRouteParts {
  readonly webhooks: WebhookParts;
}

export function addOrgWebhookRoutes(routes: IRouter, parts: OrgWebhookParts): void {
  const { store, clock, requireMember, answers } = parts;
  const body = createJsonBody();
  const isOwner = requireMember('owner');
  const all = '/api/org/:organizationId/webhooks';
  const one = `${all}/:webhookId`;

  /** The webhooks as this caller changes them, and the one that the path names (a name that none has, otherwise). */
  function open(request: Request, response: Response): { webhooks: WebhookManager; ids: readonly [string, string] } {
    const { organizationId, actor } = memberOf(response);
    const { webhookId } = request.params;
    const webhooks = createWebhookManager({ ...parts.webhooks, store, clock, actor });
    return { webhooks, ids: [organizationId, isId(webhookId, 'whk') ? webhookId : ''] };
  }

  routes
    .route(all)
    .get(isOwner, async (request, response) => {
      const { webhooks, ids } = open(request, response);
      answerJson<Wire.Webhooks>(response, { data: (await webhooks.list(ids[0])).map(presentWebhook) });
    })
    .post(isOwner, body, async (request, response) => {
      const input = parseBody(webhookInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { webhooks, ids } = open(request, response);
      const made = await webhooks.create(ids[0], input.value);
      if (isRefusal(made)) return answers.answer(response, made);
      response.statusCode = 201;
      answerJson<Wire.CreatedWebhook>(response, presentWithSecret(made));
    })
    .all(answers.methodNotAllowed('GET', 'POST'));

  routes
    .route(one)
    .patch(isOwner, body, async (request, response) => {
      const input = parseBody(webhookPatch, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { webhooks, ids } = open(request, response);
      const changed = await webhooks.change(...ids, input.value);
      if (isRefusal(changed)) return answers.answer(response, changed);
      answerJson<Wire.ChangedWebhook>(response, presentWithSecret(changed));
    })
    .delete(isOwner, async (request, response) => {
      const { webhooks, ids } = open(request, response);
      const refusal = await webhooks.remove(...ids);
      if (refusal !== undefined) return answers.answer(response, refusal);
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('PATCH', 'DELETE'));

  routes
    .route(`${one}/test`)
    .post(isOwner, async (request, response) => {
      const { webhooks, ids } = open(request, response);
      const delivery = await webhooks.test(...ids);
      if (isRefusal(delivery)) return answers.answer(response, delivery);
      response.statusCode = 202;
      answerJson<Wire.Delivery>(response, presentDelivery(delivery));
    })
    .all(answers.methodNotAllowed('POST'));

  routes
    .route(`${one}/deliveries`)
    .get(isOwner, async (request, response) => {
      const page = parsePage(request);
      if (isRefusal(page)) return answers.answer(response, page);
      const { webhooks, ids } = open(request, response);
      const found = await webhooks.listDeliveries(...ids, page.value);
      if (isRefusal(found)) return answers.answer(response, found);
      const { items, nextCursor } = found;
      answerJson<Wire.DeliveryPage>(response, { data: items.map(presentDelivery), nextCursor });
    })
    .all(answers.methodNotAllowed('GET'));

  routes
    .route(`${one}/deliveries/:deliveryId/retry`)
    .post(isOwner, async (request, response) => {
      const { webhooks, ids } = open(request, response);
      const { deliveryId } = request.params;
      const delivery = await webhooks.resend(...ids, isId(deliveryId, 'dlv') ? deliveryId : '');
      if (isRefusal(delivery)) return answers.answer(response, delivery);
      response.statusCode = 202;
      answerJson<Wire.Delivery>(response, presentDelivery(delivery));
    })
    .all(answers.methodNotAllowed('POST'));
}

function presentWithSecret({ webhook, secret }: { readonly webhook: Webhook; readonly secret: string | undefined }) {
  return { webhook: presentWebhook(webhook), ...(secret !== undefined && { secret }) };
}
