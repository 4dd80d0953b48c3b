import { openStore } from '../../server/store/open.ts';
import { StoreUnavailableError, type CopyableStore, type Store } from '../../server/store/port.ts';
import { databaseAt } from './database-at.ts';

/** Opens a store and waits until it answers, which a MongoDB on a busy machine does later; throws what it refuses with. */
export async function openWhole(url: string): Promise<Store & CopyableStore> {
  const store = await openStore(databaseAt(url));
  for (;;) {
    try {
      await store.ping();
      return store;
    } catch (error) {
      if (error instanceof StoreUnavailableError) continue;
      await store.close();
      throw error;
    }
  }
}
