import { expect } from 'vitest';
import type { Store } from '../../server/store/port.ts';
import type { Written } from './acknowledged-writes.ts';

/** Every acknowledged write is there and whole. */
export async function expectAll(store: Store, written: readonly Written[]): Promise<void> {
  const changed = new Set(
    written.flatMap((one) => (one.kind === 'key' && one.key.name === 'changed' ? one.key.id : [])),
  );
  for (const one of written) {
    switch (one.kind) {
      case 'key': {
        const kept = await store.findKeyByPublicKey(one.key.publicKey);
        // A change that was not acknowledged may have happened all the same, whole.
        const name = changed.has(one.key.id) ? 'changed' : (kept?.name ?? 'lost');
        expect(['Shop', 'changed']).toContain(name);
        const revision = name === 'changed' ? 2 : 1;
        expect(kept).toStrictEqual({ ...one.key, name, revision });
        expect(await store.findKey(one.key.organizationId, one.key.id)).toStrictEqual(kept);
        break;
      }
      case 'user':
        expect(await store.findUserByEmail(one.user.email)).toStrictEqual(one.user);
        break;
      case 'member': {
        const { organizationId, userId } = one.membership;
        expect(await store.findMember(organizationId, userId)).toStrictEqual(one.membership);
        expect(await store.listMembershipsOf(userId)).toStrictEqual([one.membership]);
        break;
      }
      case 'hold':
        expect((await store.findCredits(one.organizationId))?.spent).toBeGreaterThanOrEqual(one.spent);
        break;
      case 'turn': {
        const { conversationId, messageId, askedAt } = one.turn;
        expect(await store.findTurn(conversationId, messageId)).toStrictEqual(one.turn);
        const conversation = await store.findConversation(one.organizationId, conversationId);
        expect(conversation?.lastActiveAt).toBe(askedAt);
        break;
      }
      case 'deleted':
        expect(await store.findKeyByPublicKey(one.key.publicKey)).toBeUndefined();
        expect(await store.findKey(one.key.organizationId, one.key.id)).toBeUndefined();
        break;
    }
  }
}
