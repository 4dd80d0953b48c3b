/** The webhooks of an organization, as they were at most some seconds ago. */
import { LRUCache } from 'lru-cache';
import type { Webhook, WebhookEvent } from '../records/webhook.ts';
import type { Store } from '../store/port.ts';

const keptMs = 10_000;
const organizationsMax = 1_000;

export interface Subscribers {
  /** Those that are switched on and want one of these. */
  find(organizationId: string, events: readonly WebhookEvent[]): Promise<readonly Webhook[]>;
  /** They were changed here. */
  forget(organizationId: string): void;
}

export function createSubscribers(store: Pick<Store, 'listWebhooks'>): Subscribers {
  const kept = new LRUCache<string, readonly Webhook[]>({ max: organizationsMax, ttl: keptMs });
  return {
    async find(organizationId, events) {
      const known = kept.get(organizationId) ?? (await store.listWebhooks(organizationId));
      if (!kept.has(organizationId)) kept.set(organizationId, known);
      return known.filter((webhook) => webhook.enabled && webhook.events.some((event) => events.includes(event)));
    },
    forget: (organizationId) => void kept.delete(organizationId),
  };
}
