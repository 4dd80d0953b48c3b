/**
 * The way into the outbox: what happened becomes a message to each webhook that wants it, once, however many processes see it and
 * wherever one of them dies. The notice comes first, its messages get their ids from it, and only then it counts as told.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { toIsoTime, type Clock } from '../gate/clock.ts';
import type { Notice, WebhookEvent } from '../records/webhook.ts';
import type { Store } from '../store/port.ts';
import type { Subscribers } from './subscribers.ts';

/** Of one webhook. */
export const deliveryBounds = { waiting: 500, kept: 2_000 } as const;

const rememberedMax = 20_000;

export interface Happening {
  readonly organizationId: string;
  readonly event: WebhookEvent;
  /** What it is about: a key's id, an organization's. */
  readonly subject: string;
  /** It is told once under this name until `endsAt`. */
  readonly name: string;
  readonly endsAt: number;
  /** Goes out as it is. */
  readonly data: object;
}

type Named = Pick<Happening, 'organizationId' | 'name' | 'endsAt'>;

export interface Teller {
  /**
   * before: it was told already. partly: another process told it at the same time, maybe with other data. unwanted: no webhook
   * wants it, and nothing was kept.
   */
  tell(happening: Happening): Promise<'told' | 'before' | 'partly' | 'unwanted'>;
  /** Whether it was told, by any process. */
  isTold(happening: Named): Promise<boolean>;
  /** From now on it counts as told. */
  pass(happening: Named): Promise<void>;
  /** Whether it is known here to have been told. */
  isKnown(name: string): boolean;
}

export function createTeller(parts: {
  readonly store: Pick<Store, 'keepNotice' | 'markTold' | 'createDelivery' | 'boundDeliveries'>;
  readonly subscribers: Subscribers;
  readonly clock: Clock;
  /** There is something to send. */
  readonly onWritten: () => void;
}): Teller {
  const { store, subscribers, clock, onWritten } = parts;
  /** Name → when it ends: what is asked about every few seconds costs no call of the store. */
  const told = new LRUCache<string, number>({ max: rememberedMax });
  const isKnown = (name: string): boolean => (told.get(name) ?? 0) > clock();

  return {
    isKnown,

    async isTold({ organizationId, name, endsAt }) {
      if (isKnown(name)) return true;
      const notice = await store.keepNotice({ organizationId, name, at: clock(), endsAt, isTold: false });
      if (notice.isTold) told.set(name, notice.endsAt);
      return notice.isTold;
    },

    async pass({ organizationId, name, endsAt }) {
      if (isKnown(name)) return;
      const notice = await store.keepNotice({ organizationId, name, at: clock(), endsAt, isTold: true });
      if (!notice.isTold) await store.markTold(organizationId, name);
      told.set(name, notice.endsAt);
    },

    async tell({ organizationId, event, subject, name, endsAt, data }) {
      if (isKnown(name)) return 'before';
      const webhooks = await subscribers.find(organizationId, [event]);
      if (webhooks.length === 0) return 'unwanted';
      const nowMs = clock();
      const notice = await store.keepNotice({ organizationId, name, at: nowMs, endsAt, isTold: false });
      told.set(name, notice.endsAt);
      if (notice.isTold) return 'before';
      let isWhole = true;
      try {
        const body = JSON.stringify({ type: event, timestamp: toIsoTime(notice.at), data });
        for (const { id: webhookId } of webhooks) {
          const delivery = { id: deliveryId(notice, webhookId), organizationId, webhookId, event, subject, body };
          const made = await store.createDelivery({ ...delivery, ...waitingFrom(nowMs) });
          if (made === 'conflict') isWhole = false;
          await store.boundDeliveries(webhookId, deliveryBounds);
        }
        await store.markTold(organizationId, name);
      } catch (error) {
        told.delete(name);
        throw error;
      }
      onWritten();
      return isWhole ? 'told' : 'partly';
    },
  };
}

export function waitingFrom(nowMs: number) {
  return { createdAt: nowMs, state: 'waiting', dueAt: nowMs, attempts: 0, lastAttempt: null } as const;
}

/** As `createId` makes them, but the same for the same notice and webhook. */
function deliveryId({ organizationId, name, at }: Notice, webhookId: string): string {
  const digest = createHash('sha256').update(`${organizationId} ${name} ${at} ${webhookId}`).digest('hex');
  const random = BigInt(`0x${digest.slice(0, 20)}`)
    .toString(36)
    .padStart(16, '0')
    .slice(-16);
  return `dlv_${at.toString(36).padStart(9, '0')}${random}`;
}
