/** What time ends: holds whose process died, receipts, windows of budgets, idle conversations, old audit events, one-time links, messages to webhooks, what addresses were made digests with. Safe to run in every process at once. */
import { endStaleHolds } from './credits/end-stale-holds.ts';
import { dayMs, toUtcDate, type Clock } from './gate/clock.ts';
import type { OwnRetention } from './records/organization.ts';
import type { Store } from './store/port.ts';

/** The rest comes with the next sweep. */
const batchesMax = 20;
/** Of 200 conversations or more. */
const conversationBatchesMax = 200;
const organizationsAtOnce = 100;
/** So long a message to a webhook can be looked at and sent again. */
const deliveryDays = 7;

export interface Retention {
  /** A conversation goes when it was idle for so long, if its organization chose nothing else. */
  readonly conversationDays: number;
  readonly auditDays: number;
}

export const defaultRetention: Retention = { conversationDays: 30, auditDays: 365 };

export async function sweep(store: Store, clock: Clock, retention = defaultRetention): Promise<void> {
  const nowMs = clock();
  try {
    await store.deleteDigestKeys(toUtcDate(nowMs - dayMs));
  } finally {
    await sweepRecords(store, nowMs, retention);
  }
}

async function sweepRecords(store: Store, nowMs: number, retention: Retention): Promise<void> {
  for (let batch = 0; batch < batchesMax && (await endStaleHolds(store, nowMs)) > 0; batch++);
  for (let batch = 0; batch < batchesMax && (await store.sweepReceipts(nowMs)) > 0; batch++);
  for (let batch = 0; batch < batchesMax && (await store.deleteEndedSpendings(nowMs - dayMs)) > 0; batch++);
  await sweepConversations(store, nowMs, retention.conversationDays);
  const oldest = nowMs - retention.auditDays * dayMs;
  for (let batch = 0; batch < batchesMax && (await store.deleteOldAuditEvents(oldest)) > 0; batch++);
  await store.deleteExpiredLinks(nowMs);
  for (
    let batch = 0;
    batch < batchesMax && (await store.deleteOldDeliveries(nowMs - deliveryDays * dayMs)) > 0;
    batch++
  );
  for (let batch = 0; batch < batchesMax && (await store.deleteEndedNotices(nowMs)) > 0; batch++);
}

/** `days`: of organizations that chose no retention. Only those that chose one are gone through. */
export async function sweepConversations(store: Store, nowMs: number, days: number): Promise<void> {
  let batch = 0;
  for (let after: string | null = null; ;) {
    const chosen: readonly OwnRetention[] = await store.listOwnRetentions(after, organizationsAtOnce);
    const idle = chosen.map(({ organizationId, retentionDays }) => ({
      organizationId,
      lastActiveBefore: nowMs - retentionDays * dayMs,
    }));
    while (batch < conversationBatchesMax && (await store.deleteIdleConversationsOf(idle)) > 0) batch++;
    if (chosen.length < organizationsAtOnce || batch === conversationBatchesMax) break;
    after = chosen.at(-1)?.organizationId ?? null;
  }
  for (
    batch = 0;
    batch < conversationBatchesMax && (await store.deleteIdleConversations(nowMs - days * dayMs)) > 0;
    batch++
  );
}
