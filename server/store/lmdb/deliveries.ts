/** Messages to webhooks, and the notices that they come from. */
import type { RangeOptions } from 'lmdb';
import type { Delivery } from '../../records/webhook.ts';
import type { LmdbConnection } from './connection.ts';
import type { LmdbDatabases } from './databases.ts';
import { afterAll, below, listNewestFirst, put, remove } from './entries.ts';
import { inserts } from './inserts.ts';
import type { DeliveryStore } from '../port.ts';

/** One transaction for all would hold up every other writer. */
const deletedAtOnce = 500;
/** Looked at for one claim, which is made again soon. */
const lookedAtMax = 20_000;
const blockedMax = 500;

export function createDeliveries({ db, read, write, create }: LmdbConnection): DeliveryStore {
  const { notices, noticeEnds, deliveries, waitingDeliveries, dueDeliveries, deliveryTimes } = db;

  /** Inside a read or a write: due, one of each webhook, and whether an older one about the same thing waits. */
  function* findDue(nowMs: number, except: readonly string[]): Generator<{ delivery: Delivery; older?: Delivery }> {
    const seen = new Set(except);
    const olderOnes = new Map<string, Delivery>();
    const due = { end: [nowMs, afterAll], limit: lookedAtMax } as unknown as RangeOptions;
    for (const [, webhookId, id] of dueDeliveries.getKeys(due)) {
      if (seen.has(webhookId)) continue;
      const delivery = deliveries.get([webhookId, id]);
      if (delivery === undefined) continue;
      const line = `${webhookId} ${delivery.subject}`;
      const known = olderOnes.get(line);
      const older = known?.id === id ? undefined : (known ?? findOlder(delivery));
      if (older === undefined) seen.add(webhookId);
      else olderOnes.set(line, older);
      yield { delivery, ...(older !== undefined && { older }) };
    }
  }

  function findOlder({ webhookId, id, subject }: Delivery): Delivery | undefined {
    for (const { key, value } of waitingDeliveries.getRange({ start: [webhookId, ''], end: [webhookId, id] }))
      if (value === subject) return deliveries.get(key);
    return undefined;
  }

  function findNext({ webhookId, id, subject }: Delivery): Delivery | undefined {
    const after = { start: [webhookId, id], end: [webhookId, afterAll], exclusiveStart: true } as const;
    for (const { key, value } of waitingDeliveries.getRange(after as unknown as RangeOptions))
      if (value === subject) return deliveries.get(key);
    return undefined;
  }

  /** Inside a write. */
  function change(before: Delivery, more: Partial<Delivery>): Delivery {
    const after = { ...before, ...more };
    dropDelivery(db, before);
    inserts.deliveries(db, after);
    return after;
  }

  return {
    keepNotice: (notice) =>
      write(() => {
        const id: [string, string] = [notice.organizationId, notice.name];
        const kept = notices.get(id);
        if (kept !== undefined && kept.endsAt > notice.at) return kept;
        if (kept !== undefined) {
          remove(notices, id);
          remove(noticeEnds, [kept.endsAt, ...id]);
        }
        inserts.notices(db, notice);
        return notice;
      }),

    markTold: (organizationId, name) =>
      write(() => {
        const notice = notices.get([organizationId, name]);
        if (notice !== undefined) put(notices, [organizationId, name], { ...notice, isTold: true });
      }),

    deleteEndedNotices: (endedBefore) =>
      write(() => {
        const ended = { end: [endedBefore], limit: deletedAtOnce } as unknown as RangeOptions;
        const found = [...noticeEnds.getKeys(ended)];
        for (const [endsAt, organizationId, name] of found) {
          remove(noticeEnds, [endsAt, organizationId, name]);
          remove(notices, [organizationId, name]);
        }
        return found.length;
      }),

    createDelivery: (delivery) => create('deliveries', delivery),
    findDelivery: (webhookId, deliveryId) => read(() => deliveries.get([webhookId, deliveryId])),
    listDeliveries: (webhookId, page) => read(() => listNewestFirst(deliveries, webhookId, page)),

    async claimDeliveries(nowMs, leaseUntil, limit, except) {
      // Asked again and again, so it writes only where there is something to take.
      if (await read(() => findDue(nowMs, except).next().done === true)) return [];
      return write(() => {
        const found = [...findDue(nowMs, except)];
        for (const { delivery, older } of found.slice(0, limit + blockedMax))
          if (older !== undefined) change(delivery, { dueAt: Math.max(older.dueAt, nowMs + 1) });
        return found
          .filter(({ older }) => older === undefined)
          .slice(0, limit)
          .map(({ delivery }) => change(delivery, { dueAt: leaseUntil, attempts: delivery.attempts + 1 }));
      });
    },

    endAttempt: ({ webhookId, id, attempts }, ending, nowMs) =>
      write(() => {
        const delivery = deliveries.get([webhookId, id]);
        if (delivery?.state !== 'waiting' || delivery.attempts !== attempts) return 'conflict';
        const ended = change(delivery, ending);
        const next = ended.state === 'waiting' ? undefined : findNext(ended);
        if (next !== undefined) change(next, { dueAt: nowMs });
        return 'ended';
      }),

    resendDelivery: (webhookId, deliveryId, nowMs) =>
      write(() => {
        const delivery = deliveries.get([webhookId, deliveryId]);
        if (delivery === undefined) return 'not_found';
        return change(delivery, { state: 'waiting', dueAt: nowMs, attempts: 0 });
      }),

    boundDeliveries: (webhookId, bounds) =>
      write(() => {
        // Made anew each time: counting writes into the options.
        const all = (): RangeOptions => ({ start: [webhookId, ''], end: [webhookId, afterAll] });
        const tooManyWait = Math.max(0, waitingDeliveries.getKeysCount(all()) - bounds.waiting);
        const tooMany = Math.max(0, deliveries.getKeysCount(all()) - bounds.kept);
        const waiting = [...below(waitingDeliveries, webhookId)].slice(0, tooManyWait);
        for (const { key } of waiting) {
          const delivery = deliveries.get(key);
          if (delivery !== undefined) change(delivery, { state: 'given_up' });
        }
        const old = tooMany === 0 ? [] : [...deliveries.getRange({ ...all(), limit: tooMany })];
        for (const { value } of old) dropDelivery(db, value);
        return tooManyWait + tooMany;
      }),

    deleteOldDeliveries: (createdBefore) =>
      write(() => {
        const old = { end: [createdBefore], limit: deletedAtOnce } as unknown as RangeOptions;
        const found = [...deliveryTimes.getKeys(old)];
        for (const [createdAt, webhookId, id] of found) {
          const delivery = deliveries.get([webhookId, id]);
          if (delivery === undefined) remove(deliveryTimes, [createdAt, webhookId, id]);
          else dropDelivery(db, delivery);
        }
        return found.length;
      }),
  };
}

/** Inside a write. */
export function dropDelivery(db: LmdbDatabases, { webhookId, id, createdAt, dueAt }: Delivery): void {
  remove(db.deliveries, [webhookId, id]);
  remove(db.deliveryTimes, [createdAt, webhookId, id]);
  remove(db.waitingDeliveries, [webhookId, id]);
  remove(db.dueDeliveries, [dueAt, webhookId, id]);
}
