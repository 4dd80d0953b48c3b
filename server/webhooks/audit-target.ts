import type { AuditEvent } from '../records/audit-event.ts';
import type { Webhook } from '../records/webhook.ts';
import { mailAddressOf } from './webhook-url.ts';

/** By its host, as the rest of an address may be as good as a password; or by its mailbox. */
export function auditTargetOf({ id, url }: Pick<Webhook, 'id' | 'url'>): AuditEvent['target'] {
  return { kind: 'webhook', id, name: mailAddressOf(url) ?? new URL(url).host };
}
