/**
 * A webhook's secret is made from `SESSION_SECRET` and the webhook's id, anew each time: the store has none that could be read
 * there. Signs as https://www.standardwebhooks.com says. Their library would bring SHA-256 and base64 in JavaScript for
 * the one line that Node has; the tests verify with it.
 */
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { Webhook } from '../records/webhook.ts';

type Signer = Pick<Webhook, 'id' | 'secretVersion' | 'previousSecretUntil'>;

export interface WebhookSecrets {
  /** `whsec_…` */
  secretOf(webhook: Pick<Webhook, 'id' | 'secretVersion'>): string;
  /** The headers of a message. While the secret before still counts, there is a signature with it too. */
  sign(webhook: Signer, messageId: string, body: string, nowMs: number): Readonly<Record<string, string>>;
}

export function createWebhookSecrets(sessionSecret: string): WebhookSecrets {
  const root = createSecretKey(Buffer.from(hkdfSync('sha256', sessionSecret, '', 'postern webhook secrets', 32)));
  const bytesOf = (id: string, version: number): Buffer =>
    createHmac('sha256', root).update(`${id} ${version}`).digest();

  return {
    secretOf: ({ id, secretVersion }) => `whsec_${bytesOf(id, secretVersion).toString('base64')}`,

    sign({ id, secretVersion, previousSecretUntil }, messageId, body, nowMs) {
      const timestamp = Math.floor(nowMs / 1_000);
      const versions = [secretVersion, ...((previousSecretUntil ?? 0) > nowMs ? [secretVersion - 1] : [])];
      const signatures = versions.map((version) => {
        const signed = createHmac('sha256', bytesOf(id, version)).update(`${messageId}.${timestamp}.${body}`);
        return `v1,${signed.digest('base64')}`;
      });
      return {
        'webhook-id': messageId,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures.join(' '),
      };
    },
  };
}
