import { windowAt } from '../records/budget.ts';
import type { KeyRecord } from '../records/key.ts';
import type { Store } from '../store/port.ts';

/** Credits that publishable calls took from each key's budget in its present window, by key id; of one organization's keys. */
export async function readSpent(
  store: Pick<Store, 'listSpendings'>,
  organizationId: string,
  keys: readonly KeyRecord[],
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const windowIds = keys.flatMap((key) => (key.budget === null ? [] : [windowAt(key, key.budget.per, nowMs).id]));
  const spendings = windowIds.length === 0 ? [] : await store.listSpendings(organizationId, windowIds);
  return new Map(spendings.map(({ keyId, spent }) => [keyId, spent]));
}
