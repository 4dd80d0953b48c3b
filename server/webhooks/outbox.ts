/**
 * Brings the messages that wait: each at least once, tried again over a day with growing pauses. A process that takes one has
 * it for some seconds; where that process dies, another one tries again. Each webhook gets one message at a time of each process, so
 * that a slow receiver holds up its own alone.
 */
import { createAudit, serverItself } from '../audit/audit.ts';
import { dayMs, type Clock } from '../gate/clock.ts';
import type { Delivery, DeliveryAttempt, Webhook } from '../records/webhook.ts';
import { StoreUnavailableError, type Store } from '../store/port.ts';
import { auditTargetOf } from './audit-target.ts';
import type { WebhookSecrets } from './secrets.ts';
import type { Sender } from './send.ts';
import type { Subscribers } from './subscribers.ts';

const lookEveryMs = 1_000;
/** Longer than a message takes to send. */
const leaseMs = 20_000;
/** At the same time, in this process. */
const sendingMax = 200;
const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
/** After each try that failed; together a day. */
const pausesMs = [
  5 * seconds,
  30 * seconds,
  2 * minutes,
  10 * minutes,
  30 * minutes,
  hours,
  2 * hours,
  4 * hours,
  8 * hours,
  8 * hours,
];
/** Pauses differ by so much, so that not all come at once to who was away. */
const jitter = 0.2;
/** A webhook is switched off with a message that was tried for a day, when nothing got through for so long. */
const failingMaxMs = 3 * dayMs;

export type DeliveryOutcome = 'delivered' | 'failed' | 'given_up';

export interface Outbox {
  /** Looks every second from now on. */
  start(): void;
  /** Takes what is due and begins to send it. */
  look(): Promise<void>;
  /** Resolves when all that was taken has ended. */
  settle(): Promise<void>;
  /** Waits so long for what is being sent, then breaks it off: it is tried again later. */
  stop(graceMs: number): Promise<void>;
}

interface OutboxParts {
  readonly store: Pick<Store, 'claimDeliveries' | 'endAttempt' | 'findWebhook' | 'changeWebhook' | 'addAuditEvent'>;
  readonly clock: Clock;
  readonly secrets: WebhookSecrets;
  readonly sender: Sender;
  readonly subscribers: Subscribers;
  readonly onOutcome: (outcome: DeliveryOutcome) => void;
  readonly onError: (error: unknown) => void;
}

export function createOutbox(parts: OutboxParts): Outbox {
  const { store, clock, secrets, sender, subscribers, onOutcome, onError } = parts;
  const recordAudit = createAudit({ store, clock });
  const stopping = new AbortController();
  /** By webhook. */
  const sending = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let claiming: Promise<boolean> = Promise.resolve(false);

  /** Whether there was something to take. */
  async function claim(): Promise<boolean> {
    const room = sendingMax - sending.size;
    if (room <= 0 || stopping.signal.aborted) return false;
    const nowMs = clock();
    try {
      const claimed = await store.claimDeliveries(nowMs, nowMs + leaseMs, room, [...sending.keys()]);
      for (const delivery of claimed) begin(delivery);
      return claimed.length > 0;
    } catch (error) {
      report(error);
      return false;
    }
  }

  /** One claim after the other, so that each knows what the one before took. */
  async function look(): Promise<void> {
    do claiming = claiming.then(claim);
    while (await claiming);
  }

  function begin(delivery: Delivery): void {
    const { webhookId } = delivery;
    const ended = attempt(delivery)
      .catch(report)
      // The webhook may have more.
      .then(() => void sending.delete(webhookId))
      .then(look);
    sending.set(webhookId, ended);
  }

  async function settle(): Promise<void> {
    await claiming;
    while (sending.size > 0) await Promise.all(sending.values());
  }

  function report(error: unknown): void {
    // That the store is away is said once, by itself.
    if (!(error instanceof StoreUnavailableError)) onError(error);
  }

  async function attempt(delivery: Delivery): Promise<void> {
    const { organizationId, webhookId } = delivery;
    const webhook = await store.findWebhook(organizationId, webhookId);
    const at = clock();
    if (webhook === undefined || (!webhook.enabled && delivery.event !== 'test')) {
      const failure = webhook === undefined ? 'The webhook was deleted.' : 'The webhook is switched off.';
      return end(delivery, 'given_up', { at, durationMs: 0, status: null, failure, answer: '' });
    }
    const headers = secrets.sign(webhook, delivery.id, delivery.body, at);
    const { end: ending, ...sent } = await sender.send({ url: webhook.url, headers, delivery }, stopping.signal);
    const isTaken = sent.status !== null && sent.status >= 200 && sent.status < 300;
    const isGone = ending === 'gone';
    const isWornOut = ending === 'refused' || delivery.attempts > pausesMs.length;
    await note(webhook, isTaken, isGone, isWornOut);
    const isLast = delivery.event === 'test' || isWornOut || isGone;
    await end(delivery, isTaken ? 'delivered' : isLast ? 'given_up' : 'failed', { at, ...sent });
  }

  async function end(delivery: Delivery, outcome: DeliveryOutcome, lastAttempt: DeliveryAttempt): Promise<void> {
    const nowMs = clock();
    const state = outcome === 'failed' ? 'waiting' : outcome;
    const dueAt = outcome === 'failed' ? nowMs + pauseAfter(delivery.attempts) : nowMs;
    const ended = await store.endAttempt(delivery, { state, dueAt, lastAttempt }, nowMs);
    if (ended === 'ended') onOutcome(outcome);
  }

  /** What a try says of the webhook itself. */
  async function note(webhook: Webhook, isTaken: boolean, isGone: boolean, isWornOut: boolean): Promise<void> {
    const { organizationId, id, url, failingSince } = webhook;
    const nowMs = clock();
    if (isTaken && failingSince === null) return;
    const isGivenUp =
      !isTaken && (isGone || (isWornOut && failingSince !== null && nowMs - failingSince > failingMaxMs));
    if (!isTaken && failingSince !== null && !isGivenUp) return;
    const since = isTaken ? null : (failingSince ?? nowMs);
    const off = isGivenUp ? { enabled: false, disabledAt: nowMs } : {};
    // It may have another address by now, of which this try says nothing.
    const changed = await store.changeWebhook(organizationId, id, { failingSince: since, ...off }, { url });
    if (!isGivenUp || changed === 'not_found' || !changed.before.enabled) return;
    subscribers.forget(organizationId);
    await recordAudit(serverItself, {
      organizationId,
      action: 'webhook.changed',
      target: auditTargetOf(webhook),
      before: { enabled: true },
      after: { enabled: false },
    });
  }

  return {
    look,
    settle,
    start() {
      timer ??= setInterval(() => void look(), lookEveryMs).unref();
    },
    async stop(graceMs) {
      clearInterval(timer);
      const late = setTimeout(() => stopping.abort(), graceMs);
      await settle();
      clearTimeout(late);
      stopping.abort();
      await sender.close();
    },
  };
}

function pauseAfter(attempts: number): number {
  const pauseMs = pausesMs[attempts - 1] ?? 0;
  return Math.round(pauseMs * (1 - jitter + 2 * jitter * Math.random()));
}
