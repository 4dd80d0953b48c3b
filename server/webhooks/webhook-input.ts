/** What may be said about a webhook, checked strictly. */
import { z } from 'zod';
import { webhookEvents } from '../records/webhook.ts';
import { findUrlProblem } from './webhook-url.ts';

const urlLengthMax = 2_000;

const url = z
  .string()
  .max(urlLengthMax)
  .superRefine((text, context) => {
    const message = findUrlProblem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const events = z
  .array(z.enum(webhookEvents))
  .min(1)
  .max(webhookEvents.length)
  .transform((list) => webhookEvents.filter((event) => list.includes(event)));

export const webhookInput = z.strictObject({ url, events });

export const webhookPatch = z.strictObject({
  url: url.optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
  rotateSecret: z
    .literal(true)
    .optional()
    .describe(
      'Answers with a new secret. For a day messages are signed with the one before too. A mailbox has none (`conflict`).',
    ),
});

export type WebhookInput = z.output<typeof webhookInput>;
export type WebhookPatch = z.output<typeof webhookPatch>;
