/** How every store gives out all that it keeps, and takes it in: run over each adapter. */
import { unbound, windowAt } from '../../server/records/budget.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordKey, recordKinds } from '../../server/records/record-kinds.ts';
import {
  describeEvery,
  describeRecords,
  describeStore,
  exportAll,
  importEvery,
  sampleEveryRecord,
} from '../support/every-record.ts';
import { openWhole } from '../support/open-whole.ts';
import {
  sampleActivity,
  sampleAgent,
  sampleAuditEvent,
  sampleConversation,
  sampleDelivery,
  sampleHold,
  sampleKey,
  sampleLink,
  sampleMembership,
  sampleOrganization,
  sampleSession,
  sampleTime,
  sampleTurn,
  sampleUsageDay,
  sampleUser,
  sampleWebhook,
} from '../support/sample-records.ts';

type OpenedStore = Awaited<ReturnType<typeof openWhole>>;

/** `databaseUrl` makes the URL of another empty database each time. */
export function testTransfer(databaseUrl: () => Promise<string>): void {
  const every = sampleEveryRecord();
  let store: OpenedStore;
  const opened: OpenedStore[] = [];

  async function openEmpty(): Promise<OpenedStore> {
    const fresh = await openWhole(await databaseUrl());
    opened.push(fresh);
    return fresh;
  }

  beforeAll(async () => {
    store = await openEmpty();
    await importEvery(store, every);
  });

  afterAll(async () => {
    for (const one of opened) await one.close();
  });

  test('an empty store gives nothing', async () => {
    const empty = await openEmpty();
    for (const kind of recordKinds) {
      expect(await empty.exportRecords(kind, null, 5)).toStrictEqual({ records: [], next: null });
      expect(await empty.importRecords(kind, [])).toBe(0);
    }
  });

  test.each(recordKinds)('%s come out as they went in, in the order of their keys, whatever the page', async (kind) => {
    const wanted = describeRecords(kind, every[kind]);
    for (const limit of [1, 2, 3, wanted.length, 100])
      expect(describeRecords(kind, await exportAll(store, kind, limit))).toStrictEqual(wanted);
  });

  test.each(recordKinds)('%s go on after any key', async (kind) => {
    for (const [index, record] of every[kind].entries()) {
      const { records } = await store.exportRecords(kind, recordKey(kind, record), 100);
      expect(describeRecords(kind, records)).toStrictEqual(describeRecords(kind, every[kind].slice(index + 1)));
    }
  });

  test('what the port made comes out', async () => {
    const made = await openEmpty();
    const organization = sampleOrganization();
    const [hold, later] = [sampleHold({ amount: 2 }), sampleHold()];
    await made.createOrganization(organization, 9);
    await made.holdCredits(organization.id, later, unbound);
    await made.holdCredits(organization.id, hold, unbound);
    const user = sampleUser();
    const session = sampleSession();
    await made.createUser(user);
    await made.addSession(user.id, user.passwordHash, session);
    const members = [sampleMembership(organization.id), sampleMembership(organization.id, { role: 'owner' })];
    for (const member of members.toReversed()) await made.addMember(member);
    const link = sampleLink(organization.id);
    await made.createLink(link);
    const key = sampleKey(organization.id);
    await made.createKey(key);
    await made.changeKey(organization.id, key.id, { name: 'Other' });
    const day = sampleUsageDay(key);
    await made.addUsage({ days: [day], activities: [sampleActivity(key, { lastUsedAt: 5, lastUsedOrigin: 'o' })] });
    const agent = sampleAgent(organization.id);
    const knowledge = { entries: [{ question: '?', aliases: [], answer: '!' }] };
    await made.createAgent(agent, knowledge);
    const conversation = sampleConversation(organization.id);
    const turn = sampleTurn(conversation.id, { askedAt: sampleTime + 9 });
    await made.createConversation(conversation);
    await made.createTurn(turn);
    const event = sampleAuditEvent(organization.id);
    await made.addAuditEvent(event);
    const window = windowAt(key, 'month', sampleTime);
    const bound = { leavesReserve: true, budget: { window, credits: 2 } };
    const receipt = { id: 'receipt', at: sampleTime, endsAt: sampleTime + 9 };
    expect(await made.takeCredits(organization.id, 2, receipt, bound)).toMatchObject({ isRepeated: false });
    const webhook = sampleWebhook(organization.id);
    await made.createWebhook(webhook);
    const notice = { organizationId: organization.id, name: 'once', at: 1, endsAt: 2, isTold: false };
    await made.keepNotice(notice);
    const delivery = sampleDelivery({ organizationId: organization.id, webhookId: webhook.id });
    await made.createDelivery(delivery);
    expect(await describeStore(made)).toStrictEqual(
      describeEvery({
        organizations: [
          {
            organization,
            credits: { granted: 9, spent: 5 },
            holds: [hold, later].sort((a, b) => (a.id < b.id ? -1 : 1)),
          },
        ],
        users: [{ ...user, sessions: [session] }],
        members,
        links: [link],
        keys: [{ ...key, name: 'Other', revision: 2, lastUsedAt: 5, lastUsedOrigin: 'o' }],
        usageDays: [day],
        agents: [{ agent, knowledge }],
        conversations: [{ ...conversation, lastActiveAt: sampleTime + 9 }],
        turns: [turn],
        auditEvents: [event],
        receipts: [{ organizationId: organization.id, id: 'receipt', amount: 2, endsAt: sampleTime + 9 }],
        spendings: [{ ...window, spent: 2 }],
        webhooks: [webhook],
        notices: [notice],
        deliveries: [delivery],
      }),
    );
  });

  test('what was taken in is found by everything that finds it', async () => {
    const { organization, credits, holds } = every.organizations.at(-1)!;
    expect(await store.findOrganization(organization.id)).toStrictEqual(organization);
    expect(await store.findCredits(organization.id)).toStrictEqual(credits);
    expect((await store.listHolds(sampleTime + 1, 100)).map(({ hold }) => hold.id).toSorted()).toStrictEqual(
      every.organizations.flatMap((one) => one.holds.map(({ id }) => id)).toSorted(),
    );
    expect(await store.holdCredits(organization.id, holds[0]!, unbound)).toStrictEqual(credits);
    for (const { organizationId, id, amount, endsAt } of every.receipts) {
      const taken = await store.takeCredits(organizationId, amount, { id, at: sampleTime, endsAt }, unbound);
      expect(taken).toMatchObject({ isRepeated: true });
    }
    for (const user of every.users) {
      expect(await store.findUserByEmail(user.email)).toStrictEqual(user);
      expect((await store.listMembershipsOf(user.id)).length).toBe(
        every.members.filter(({ userId }) => userId === user.id).length,
      );
    }
    for (const member of every.members) {
      expect(await store.findMember(member.organizationId, member.userId)).toStrictEqual(member);
      const members = await store.listMembers(member.organizationId);
      expect(members.map(({ createdAt }) => createdAt)).toStrictEqual(
        members.map(({ createdAt }) => createdAt).toSorted((a, b) => a - b),
      );
    }
    for (const link of every.links) expect(await store.findLink(link.tokenDigest)).toStrictEqual(link);
    for (const key of every.keys) {
      expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(key);
      expect(await store.findKey(key.organizationId, key.id)).toStrictEqual(key);
      expect(await store.listUsage(key.organizationId, [key.id], '2000-01-01', '2099-01-01')).toStrictEqual(
        every.usageDays.filter(({ keyId }) => keyId === key.id),
      );
    }
    for (const { agent, knowledge } of every.agents) {
      expect(await store.findAgent(agent.organizationId, agent.id)).toStrictEqual(agent);
      expect(await store.findAgentKnowledge(agent.organizationId, agent.id)).toStrictEqual(knowledge);
    }
    for (const conversation of every.conversations) {
      expect(await store.findConversation(conversation.organizationId, conversation.id)).toStrictEqual(conversation);
      expect(await store.listTurns(conversation.id, 2)).toStrictEqual(
        every.turns
          .filter(({ conversationId }) => conversationId === conversation.id)
          .toSorted((a, b) => a.askedAt - b.askedAt)
          .slice(-2),
      );
    }
  });

  test('what was taken in is changed and swept like anything else', async () => {
    const copy = await openEmpty();
    await importEvery(copy, every);
    const [key] = every.keys;
    await copy.addUsage({ days: [sampleUsageDay(key!)], activities: [] });
    expect(await copy.listUsage(key!.organizationId, [key!.id], '2026-11-23', '2026-11-23')).toMatchObject([
      { accepted: 4, refused: { origin_not_allowed: 2 } },
    ]);
    expect(await copy.deleteKey(key!.organizationId, key!.id)).toBe('deleted');
    const { organization, holds } = every.organizations.at(-1)!;
    expect(await copy.settleHold(organization.id, holds[0]!, 0)).toMatchObject({ spent: 23 });
    expect(await copy.deleteIdleConversations(sampleTime + 1)).toBe(2);
    expect(await exportAll(copy, 'conversations')).toHaveLength(1);
    expect(await exportAll(copy, 'turns')).toHaveLength(4);
    expect(await copy.deleteExpiredLinks(Number.MAX_SAFE_INTEGER)).toBe(3);
    expect(await exportAll(copy, 'links')).toStrictEqual([]);
  });

  describe('taken in again', () => {
    test('all of it changes nothing, alone or among new ones', async () => {
      const copy = await openEmpty();
      await importEvery(copy, every);
      for (const kind of recordKinds) expect(await copy.importRecords(kind, every[kind])).toBe(0);
      expect(await describeStore(copy)).toStrictEqual(describeEvery(every));
      const [first, last] = [sampleUser(), sampleUser()];
      expect(await copy.importRecords('users', [first, ...every.users, last, first])).toBe(2);
      expect(await copy.findUserByEmail(last.email)).toStrictEqual(last);
    });

    // Fails for a store that overwrites.
    test('another record under the same key leaves the first', async () => {
      const copy = await openEmpty();
      await importEvery(copy, every);
      const before = await describeStore(copy);
      const { organizations, members, usageDays, agents, turns, conversations, auditEvents, receipts } = every;
      expect(
        await copy.importRecords(
          'organizations',
          organizations.map((one) => ({ ...one, credits: { granted: 0, spent: 0 }, holds: [] })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'members',
          members.map((one) => ({ ...one, role: 'viewer' })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'usageDays',
          usageDays.map((one) => ({ ...one, accepted: 99 })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'agents',
          agents.map(({ agent }) => ({ agent, knowledge: { entries: [] } })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'turns',
          turns.map((one) => ({ ...one, message: '' })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'conversations',
          conversations.map((one) => ({ ...one, lastActiveAt: 1 })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'auditEvents',
          auditEvents.map((one) => ({ ...one, before: null })),
        ),
      ).toBe(0);
      expect(
        await copy.importRecords(
          'receipts',
          receipts.map((one) => ({ ...one, amount: 99 })),
        ),
      ).toBe(0);
      expect(await describeStore(copy)).toStrictEqual(before);
      expect(await copy.deleteIdleConversations(sampleTime)).toBe(0);
    });

    test('a taken e-mail, token or public key leaves nothing half', async () => {
      const copy = await openEmpty();
      await importEvery(copy, every);
      const before = await describeStore(copy);
      const [user, link, key] = [every.users[0]!, every.links[0]!, every.keys[0]!];
      expect(await copy.importRecords('users', [sampleUser({ email: user.email })])).toBe(0);
      expect(await copy.importRecords('links', [sampleLink('org_1', { tokenDigest: link.tokenDigest })])).toBe(0);
      const twin = sampleKey(key.organizationId, { publicKey: key.publicKey });
      expect(await copy.importRecords('keys', [twin])).toBe(0);
      expect(await copy.findKey(twin.organizationId, twin.id)).toBeUndefined();
      expect(await copy.importRecords('members', [sampleMembership('org_none')])).toBe(0);
      expect(await describeStore(copy)).toStrictEqual(before);
    });

    test('by two at once, each record is added by one of them', async () => {
      const url = await databaseUrl();
      const both = await Promise.all([openWhole(url), openWhole(url)]);
      opened.push(...both);
      for (const kind of recordKinds) {
        const added = await Promise.all(both.map((one) => one.importRecords(kind, every[kind])));
        expect(added[0]! + added[1]!).toBe(every[kind].length);
      }
      expect(await describeStore(both[0])).toStrictEqual(describeEvery(every));
    });
  });
}
