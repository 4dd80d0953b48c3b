/** Writes of each kind, each reported when the store has acknowledged it. Runs without vitest, in a process to kill. */
import { unbound } from '../../server/records/budget.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Membership } from '../../server/records/membership.ts';
import type { Turn } from '../../server/records/turn.ts';
import type { User } from '../../server/records/user.ts';
import type { Store } from '../../server/store/port.ts';
import {
  sampleConversation,
  sampleHold,
  sampleKey,
  sampleMembership,
  sampleOrganization,
  sampleTurn,
  sampleUser,
} from './sample-records.ts';

export type Written =
  | { readonly kind: 'key'; readonly key: KeyRecord }
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'member'; readonly membership: Membership }
  | { readonly kind: 'hold'; readonly organizationId: string; readonly spent: number }
  | { readonly kind: 'turn'; readonly organizationId: string; readonly turn: Turn }
  | { readonly kind: 'deleted'; readonly key: KeyRecord };

/**
 * Four writers at once, so that some write is under way at nearly any moment. Throws why one failed, once none writes any more. `signal`: they
 * end although none failed.
 */
export async function writeUntilItFails(
  store: Store,
  report: (written: Written) => void,
  signal?: AbortSignal,
): Promise<void> {
  let isOver = false;
  const writer = async (): Promise<void> => {
    const organization = sampleOrganization();
    const organizationId = organization.id;
    await store.createOrganization(organization, 1_000_000);
    for (let spent = 1; !isOver && signal?.aborted !== true; spent++) {
      const key = sampleKey(organizationId);
      await store.createKey(key);
      report({ kind: 'key', key });
      const doomed = sampleKey(organizationId);
      await store.createKey(doomed);
      await store.holdCredits(organizationId, sampleHold(), unbound);
      report({ kind: 'hold', organizationId, spent });
      await store.changeKey(organizationId, key.id, { name: 'changed' });
      report({ kind: 'key', key: { ...key, name: 'changed', revision: 2 } });
      const user = sampleUser();
      await store.createUser(user);
      report({ kind: 'user', user });
      const membership = sampleMembership(organizationId, { userId: user.id });
      await store.addMember(membership);
      report({ kind: 'member', membership });
      const conversation = sampleConversation(organizationId);
      const turn = sampleTurn(conversation.id, { askedAt: conversation.lastActiveAt + 1 });
      await store.createConversation(conversation);
      await store.createTurn(turn);
      report({ kind: 'turn', organizationId, turn });
      await store.deleteKey(organizationId, doomed.id);
      report({ kind: 'deleted', key: doomed });
    }
  };
  const untilItFails = (): Promise<void> =>
    writer().finally(() => {
      isOver = true;
    });
  const ends = await Promise.allSettled([untilItFails(), untilItFails(), untilItFails(), untilItFails()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
