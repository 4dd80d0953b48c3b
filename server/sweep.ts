/** What time ends: holds whose process died, receipts, windows of budgets, idle conversations, old audit events, one-time links, what addresses were made digests with. Safe to run in every process at once. */
import { endStaleHolds } from './credits/end-stale-holds.ts';
import { dayMs, toUtcDate, type Clock } from './gate/clock.ts';
import type { Store } from './store/port.ts';

/** The rest comes with the next sweep. */
const batchesMax = 20;

export interface Retention {
  /** A conversation goes when it was idle for so long. */
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
  await store.deleteIdleConversations(nowMs - retention.conversationDays * dayMs);
  const oldest = nowMs - retention.auditDays * dayMs;
  for (let batch = 0; batch < batchesMax && (await store.deleteOldAuditEvents(oldest)) > 0; batch++);
  await store.deleteExpiredLinks(nowMs);
}
