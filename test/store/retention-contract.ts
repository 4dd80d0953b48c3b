/** What every store must do with how long organizations keep conversations, run over each adapter. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import type { Organization } from '../../server/records/organization.ts';
import { sweepConversations } from '../../server/sweep.ts';
import type { CopyableStore, Store } from '../../server/store/port.ts';
import { openWhole } from '../support/open-whole.ts';
import { sampleConversation, sampleOrganization, sampleTurn } from '../support/sample-records.ts';

/** Long before what other tests make, so that a sweep meets nothing of theirs. */
const began = Date.UTC(1999, 0, 1);
const hourMs = dayMs / 24;

/** `databaseUrl` makes the URL of a database. */
export function testRetention(databaseUrl: () => Promise<string>): void {
  let store: Store & CopyableStore;

  beforeAll(async () => {
    store = await openWhole(await databaseUrl());
  });

  afterAll(async () => {
    await store.close();
  });

  async function found(retentionDays?: number): Promise<Organization> {
    const organization = sampleOrganization();
    await store.createOrganization(organization, 10);
    if (retentionDays !== undefined) await store.changeOrganization(organization.id, { retentionDays });
    return organization;
  }

  async function talk({ id }: Organization, lastActiveAt: number, count = 1): Promise<readonly string[]> {
    const made = Array.from({ length: count }, () => sampleConversation(id, { lastActiveAt }));
    await store.importRecords('conversations', made);
    return made.map((conversation) => conversation.id);
  }

  async function isThere({ id }: Organization, [conversationId = '']: readonly string[]): Promise<boolean> {
    return (await store.findConversation(id, conversationId)) !== undefined;
  }

  const sweepAt = (nowMs: number) => sweepConversations(store, nowMs, 30);

  describe('an organization’s retention', () => {
    let [hour, server, year]: Organization[] = [];

    beforeEach(async () => {
      [hour, server, year] = [await found(1 / 24), await found(), await found(365)];
    });

    test('ends its conversations with their turns, and nobody else’s', async () => {
      const all = [hour!, server!, year!];
      const talks = await Promise.all(all.map((organization) => talk(organization, began)));
      await store.createTurn(sampleTurn(talks[0]![0]!, { askedAt: began, messageId: 'msg_a' }));
      const left = async (nowMs: number) => {
        await sweepAt(nowMs);
        return Promise.all(all.map((organization, index) => isThere(organization, talks[index]!)));
      };
      expect(await left(began + hourMs)).toStrictEqual([true, true, true]);
      expect(await left(began + hourMs + 1)).toStrictEqual([false, true, true]);
      expect(await store.findTurn(talks[0]![0]!, 'msg_a')).toBeUndefined();
      expect(await left(began + 30 * dayMs)).toStrictEqual([false, true, true]);
      expect(await left(began + 30 * dayMs + 1)).toStrictEqual([false, false, true]);
      expect(await left(began + 365 * dayMs)).toStrictEqual([false, false, true]);
      expect(await left(began + 365 * dayMs + 1)).toStrictEqual([false, false, false]);
    });

    // Fails for a store that looks at each of the kept ones in every sweep.
    test('leaves nothing to go through again for the server’s own', async () => {
      const kept = await talk(year!, began, 3);
      const before = began + 30 * dayMs + 1;
      expect(await store.deleteIdleConversations(before)).toBe(3);
      expect(await store.deleteIdleConversations(before)).toBe(0);
      expect(await isThere(year!, kept)).toBe(true);
      const idle = { organizationId: year!.id, lastActiveBefore: before };
      expect(await store.deleteIdleConversationsOf([idle])).toBe(3);
      expect(await store.deleteIdleConversationsOf([idle])).toBe(0);
      expect(await store.deleteIdleConversationsOf([])).toBe(0);
    });

    test('that becomes shorter takes effect on what is there, and a message keeps a conversation', async () => {
      const [idle, active] = [await talk(year!, began), await talk(year!, began)];
      await sweepAt(began + 31 * dayMs);
      await store.createTurn(sampleTurn(active[0]!, { askedAt: began + 31 * dayMs }));
      const lastActiveBefore = began + 31 * dayMs;
      const inAll = { organizationId: year!.id, lastActiveBefore };
      expect(await store.countIdleConversations(inAll, 10)).toBe(1);
      expect(await store.changeOrganization(year!.id, { retentionDays: 1 })).toMatchObject({
        before: { retentionDays: 365 },
        after: { retentionDays: 1 },
      });
      await sweepAt(began + 32 * dayMs);
      expect([await isThere(year!, idle), await isThere(year!, active)]).toStrictEqual([false, true]);
      await sweepAt(began + 32 * dayMs + 1);
      expect(await isThere(year!, active)).toBe(false);
    });

    test('is kept by every process’s sweep at once, and more than one batch goes', async () => {
      const talks = await talk(hour!, began, 1_100);
      const kept = await talk(year!, began, 5);
      const nowMs = began + hourMs + 1;
      expect(await store.countIdleConversations({ organizationId: hour!.id, lastActiveBefore: nowMs }, 1_000)).toBe(
        1_000,
      );
      await Promise.all([sweepAt(nowMs), sweepAt(nowMs), sweepAt(nowMs)]);
      expect(await store.countIdleConversations({ organizationId: hour!.id, lastActiveBefore: nowMs }, 10)).toBe(0);
      expect(await isThere(hour!, talks.slice(-1))).toBe(false);
      expect(await store.countIdleConversations({ organizationId: year!.id, lastActiveBefore: nowMs }, 10)).toBe(5);
      await store.deleteConversations(year!.id, kept);
    });

    test('is listed for the sweep in the order of ids, and kept with the organization', async () => {
      const listed = async (after: string | null) =>
        (await store.listOwnRetentions(after, 1_000)).filter(({ organizationId }) =>
          [hour!.id, server!.id, year!.id].includes(organizationId),
        );
      expect(await listed(null)).toStrictEqual([
        { organizationId: hour!.id, retentionDays: 1 / 24 },
        { organizationId: year!.id, retentionDays: 365 },
      ]);
      expect(await listed(hour!.id)).toStrictEqual([{ organizationId: year!.id, retentionDays: 365 }]);
      expect(await store.listOwnRetentions(null, 1)).toHaveLength(1);
      expect(await store.findOrganization(hour!.id)).toStrictEqual({ ...hour, retentionDays: 1 / 24 });
      expect(await store.findOrganization(server!.id)).toStrictEqual(server);
    });
  });
}
