import { endStaleHolds } from '../../../server/credits/end-stale-holds.ts';
import { unbound, windowAt } from '../../../server/records/budget.ts';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createModels, type Models } from '../../../server/store/mongo/models.ts';
import { openMongoStore } from '../../../server/store/mongo/store.ts';
import { StoreUnavailableError, type Store } from '../../../server/store/port.ts';
import { freshDatabase } from '../../support/mongod.ts';
import {
  sampleActivity,
  sampleAgent,
  sampleModel,
  sampleAuditEvent,
  sampleConversation,
  sampleDelivery,
  sampleHold,
  sampleKey,
  sampleLink,
  sampleMembership,
  sampleOrganization,
  sampleTime,
  sampleSession,
  sampleTurn,
  sampleUsageDay,
  sampleUser,
  sampleWebhook,
} from '../../support/sample-records.ts';
import { measure } from '../../support/stalls.ts';
import { testAccounts } from '../accounts-contract.ts';
import { testAudit } from '../audit-contract.ts';
import { testDomains } from '../domains-contract.ts';
import { bareEntry } from '../../../server/records/domain-entry.ts';
import { testStore } from '../contract.ts';
import { testConversations } from '../conversations-contract.ts';
import { testRetention } from '../retention-contract.ts';
import { testTransfer } from '../transfer-contract.ts';
import { testWebhooks } from '../webhooks-contract.ts';

const { url: server } = inject('mongod');

describe.skipIf(server === undefined)('the store on MongoDB', () => {
  const url = freshDatabase(server ?? 'mongodb://127.0.0.1');
  /** A second connection, to look at what the store did. */
  const watcher = mongoose.createConnection();

  beforeAll(async () => {
    await watcher.openUri(url);
  });

  afterAll(async () => {
    await watcher.dropDatabase();
    await watcher.close();
  });

  testStore(() => Promise.resolve(url));
  describe('for accounts', () => testAccounts(() => Promise.resolve(url)));
  describe('for what is shown of conversations', () => testConversations(() => Promise.resolve(url)));
  describe('for how long organizations keep conversations', () => testRetention(() => Promise.resolve(url)));
  describe('for the audit log', () => testAudit(() => Promise.resolve(url)));
  describe('for the domains of a key', () => testDomains(() => Promise.resolve(url)));
  describe('for webhooks', () => testWebhooks(() => Promise.resolve(url)));
  describe('for copying', () => {
    const urls: string[] = [];
    testTransfer(() => {
      const fresh = freshDatabase(server ?? 'mongodb://127.0.0.1');
      urls.push(fresh);
      return Promise.resolve(fresh);
    });
    afterAll(async () => {
      for (const fresh of urls) await watcher.useDb(new URL(fresh).pathname.slice(1)).dropDatabase();
    });
  });

  test('gives no conversation that is being deleted, and none of its turns', async () => {
    const fresh = freshDatabase(server ?? 'mongodb://127.0.0.1');
    const store = await openMongoStore(fresh);
    const [kept, going] = [sampleConversation('org_1'), sampleConversation('org_1')];
    const turns = [sampleTurn(kept.id), sampleTurn(going.id)];
    await store.importRecords('conversations', [kept, going]);
    await store.importRecords('turns', turns);
    const database = watcher.useDb(new URL(fresh).pathname.slice(1));
    await database
      .collection<{ _id: string }>('postern_conversations')
      .updateOne({ _id: going.id }, { $set: { isDeleting: true } });
    expect((await store.exportRecords('conversations', null, 10)).records).toStrictEqual([kept]);
    expect((await store.exportRecords('turns', null, 10)).records).toStrictEqual([turns[0]]);
    await store.close();
    await database.dropDatabase();
  });

  test('reads an organization from before there were members as having none', async () => {
    const store = await openMongoStore(url);
    const { id, ...organization } = sampleOrganization();
    const before = { _id: id, ...organization, granted: 1, spent: 0, holds: [] };
    await watcher.db!.collection<{ _id: string }>('postern_organizations').insertOne(before);
    const member = sampleMembership(id, { role: 'owner' });
    expect(await store.listMembers(id)).toStrictEqual([]);
    expect(await store.findMember(id, member.userId)).toBeUndefined();
    expect(await store.listMembershipsOf(member.userId)).toStrictEqual([]);
    expect(await store.changeMember(id, member.userId, 'viewer')).toBe('not_found');
    expect(await store.changeMember(id, member.userId, 'owner')).toBe('not_found');
    expect(await store.removeMember(id, member.userId)).toBe('not_found');
    expect(await store.addMember(member)).toBe('created');
    expect(await store.listMembers(id)).toStrictEqual([member]);
    expect(await store.findCredits(id)).toStrictEqual({ granted: 1, spent: 0 });
    await store.close();
  });

  // Fails for a sweep that looks for holds at the organizations alone.
  test('a hold that died between the budget and the credits is swept out of the window, or goes on', async () => {
    const store = await openMongoStore(url);
    const organization = sampleOrganization();
    await store.createOrganization(organization, 5);
    // Long ago, so that no other test's hold is among those that are swept.
    const heldAt = Date.UTC(2000, 0, 1);
    const window = windowAt({ id: 'key_dead', organizationId: organization.id }, 'day', heldAt);
    const { id, ...kept } = window;
    const hold = sampleHold({ amount: 3, windowId: id, conversationId: 'cnv_dead', heldAt });
    const windows = watcher.db!.collection<{ _id: string }>('postern_spendings');
    await windows.insertOne({ _id: id, ...kept, spent: 3, holds: [hold] } as { _id: string });
    const spent = async () => (await store.listSpendings(organization.id, [id]))[0]?.spent;
    const bound = { leavesReserve: true, budget: { window, credits: 3 } };
    expect(await store.holdCredits(organization.id, hold, bound)).toMatchObject({ spent: 3 });
    expect(await spent()).toBe(3);
    await store.settleHold(organization.id, hold, 0);
    expect(await spent()).toBe(0);
    await windows.updateOne({ _id: id }, { $set: { spent: 3, holds: [hold] } });
    await endStaleHolds(store, hold.heldAt + 600_000);
    expect(await spent()).toBe(3);
    await endStaleHolds(store, hold.heldAt + 600_001);
    expect(await spent()).toBe(0);
    expect(await store.findCredits(organization.id)).toStrictEqual({ granted: 5, spent: 0 });
    await store.close();
  });

  // Fails without the joining: ten times as many.
  test('takes the price of ten turns at once, and ends their holds, in as many operations as that of one', async () => {
    const store = await openMongoStore(url);
    const organization = sampleOrganization();
    await store.createOrganization(organization, 100);
    const window = windowAt({ id: 'key_joined', organizationId: organization.id }, 'day', sampleTime);
    const bound = { leavesReserve: true, budget: { window, credits: 50 } };
    const beginnings = Array.from({ length: 10 }, (_, index) => {
      const conversation = sampleConversation(organization.id);
      const turn = sampleTurn(conversation.id, { attemptId: `atm_joined_${index}`, windowId: window.id });
      return { conversation, begins: true, owned: {}, turn, bound };
    });
    const profile = watcher.db!.collection('system.profile');
    const countOn = (name: string) => profile.countDocuments({ ns: `${watcher.name}.postern_${name}` });
    const counts = () => Promise.all([countOn('organizations'), countOn('spendings')]);
    const operations = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
      await watcher.db!.command({ profile: 2 });
      const before = await counts();
      await work();
      await watcher.db!.command({ profile: 0 });
      return (await counts()).map((count, index) => count - before[index]!);
    };
    // What is left is read before.
    expect(await operations(() => Promise.all(beginnings.map((one) => store.beginTurn(one))))).toStrictEqual([2, 2]);
    expect(await store.findCredits(organization.id)).toStrictEqual({ granted: 100, spent: 10 });
    const change = { state: 'answered', isCharged: true } as const;
    const ending = { organizationId: organization.id, change, kept: 1 };
    const finish = () => Promise.all(beginnings.map(({ turn }) => store.finishTurn({ ...ending, turn })));
    expect(await operations(finish)).toStrictEqual([1, 1]);
    expect(await store.findCredits(organization.id)).toStrictEqual({ granted: 100, spent: 10 });
    await store.close();
  });

  describe('near the 16 MB that a document may have', () => {
    const long = (bytes: number) => ({ conversationId: 'c'.repeat(bytes) });
    const filling = () => Array.from({ length: 15 }, () => sampleHold(long(1_000_000)));

    // Fails when a change that is too large for the document is not tried in parts.
    test.each(['an organization', 'the window of a budget'])(
      'of %s, a call that fits is held beside one that does not',
      async (where) => {
        const store = await openMongoStore(url);
        const organization = sampleOrganization();
        await store.createOrganization(organization, 100);
        const window = windowAt({ id: organization.id, organizationId: organization.id }, 'day', sampleTime);
        const isWindow = where === 'the window of a budget';
        const bound = { leavesReserve: true, budget: isWindow ? { window, credits: 100 } : null };
        if (isWindow) await store.holdCredits(organization.id, sampleHold(), bound);
        const filled = watcher.db!.collection<{ _id: string }>(`postern_${isWindow ? 'spendings' : 'organizations'}`);
        await filled.updateOne({ _id: isWindow ? window.id : organization.id }, { $set: { holds: filling() } });
        const spent = (await store.findCredits(organization.id))!.spent;
        const sizes = [1, 10, 2_000_000, 10, 2_100_000, 10];
        const results = await Promise.allSettled(
          sizes.map((size) => store.holdCredits(organization.id, sampleHold(long(size)), bound)),
        );
        expect(results.map(({ status }) => status === 'fulfilled')).toStrictEqual(sizes.map((size) => size <= 10));
        expect((await store.findCredits(organization.id))!.spent).toBe(spent + 4);
        if (isWindow) expect((await store.listSpendings(organization.id, [window.id]))[0]?.spent).toBe(spent + 4);
        await watcher.db!.collection<{ _id: string }>('postern_organizations').deleteOne({ _id: organization.id });
        await filled.deleteMany({ 'holds.conversationId': long(1_000_000).conversationId });
        await store.close();
      },
    );

    // Fails when what one of them can't have is the trouble of all that are stored with it.
    test('of a turn, a reply that does not fit is no trouble for those that are stored with it', async () => {
      const store = await openMongoStore(url);
      const organization = sampleOrganization();
      await store.createOrganization(organization, 100);
      const turns = Array.from({ length: 3 }, (_, index) =>
        sampleTurn(sampleConversation(organization.id).id, { attemptId: `atm_large_${index}` }),
      );
      await Promise.all(turns.map((turn) => store.importRecords('turns', [turn])));
      const texts = ['a', 'x'.repeat(16 * 1024 * 1024 - 300), 'c'];
      const results = await Promise.allSettled(
        turns.map((turn, index) => {
          const reply = { id: 'msg_1', text: texts[index]!, createdAt: sampleTime };
          const change = { state: 'answered', isCharged: true, reply } as const;
          return store.finishTurn({ organizationId: organization.id, turn, change, kept: 1 });
        }),
      );
      expect(results.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
      const found = await Promise.all(turns.map((turn) => store.findTurn(turn.conversationId, turn.messageId)));
      expect(found.map((turn) => turn?.reply?.text)).toStrictEqual(['a', undefined, 'c']);
      await store.close();
    });
  });

  // Fails for a conversation that is stored with all that it came with.
  test('stores of a conversation what a conversation has, and nothing else', async () => {
    const store = await openMongoStore(url);
    const conversation = sampleConversation('org_named', { earlierMessages: 2 });
    const more = { ...conversation, isDeleting: true, secret: 'x', _id: 'cnv_other' };
    expect(await store.createConversation(more)).toBe('created');
    const { id, ...named } = conversation;
    const conversations = watcher.db!.collection<{ _id: string }>('postern_conversations');
    expect(await conversations.findOne({ _id: id })).toStrictEqual({ _id: id, ...named, isDeleting: false });
    await store.close();
  });

  describe('a taking that died halfway', () => {
    const endsAt = sampleTime + 86_400_000;
    const under = (id: string) => ({ id, at: sampleTime, endsAt });
    /** Noted at the organization, as the first of three changes leaves it; with the second, when it names the taking. */
    async function dieHalfway(store: Store, receiptOf?: string): Promise<{ org: string; receiptId: string }> {
      const organization = sampleOrganization();
      const [org, receiptId] = [organization.id, 'r'];
      await store.createOrganization(organization, 5);
      const taking = { id: 'atm_dead', receiptId, amount: 5, takenAt: sampleTime, endsAt };
      const organizations = watcher.db!.collection<{ _id: string; takings: object[] }>('postern_organizations');
      await organizations.updateOne({ _id: org }, { $inc: { spent: 5 }, $push: { takings: taking } });
      if (receiptOf !== undefined) {
        const receipt = { organizationId: org, receiptId, amount: 5, endsAt, takingId: receiptOf };
        await watcher.db!.collection('postern_receipts').insertOne(receipt);
      }
      return { org, receiptId };
    }
    async function expectNothingNoted(org: string): Promise<void> {
      const found = await watcher.db!.collection<{ _id: string }>('postern_organizations').findOne({ _id: org });
      expect(found).toMatchObject({ takings: [] });
    }

    test.each<[string, string | undefined, number]>([
      ['before its receipt: it counts', undefined, 5],
      ['after its receipt: it counts', 'atm_dead', 5],
      ['beside another one that counts: it is given back', 'atm_other', 0],
    ])('%s, whoever finds it', async (_name, receiptOf, spent) => {
      const store = await openMongoStore(url);
      const asked = await dieHalfway(store, receiptOf);
      expect(await store.takeCredits(asked.org, 5, under(asked.receiptId), unbound)).toMatchObject({
        isRepeated: true,
      });
      const swept = await dieHalfway(store, receiptOf);
      await store.sweepReceipts(sampleTime + 600_000);
      expect(await store.findCredits(swept.org)).toMatchObject({ spent: 5 });
      await store.sweepReceipts(sampleTime + 600_001);
      expect(await store.findCredits(swept.org)).toStrictEqual({ granted: 5, spent });
      await expectNothingNoted(swept.org);
      expect(await store.takeCredits(swept.org, 5, under(swept.receiptId), unbound)).toMatchObject({
        isRepeated: true,
      });
      await store.close();
    });
  });

  test('reads a key from before there was anything to note about it as having nothing noted', async () => {
    const store = await openMongoStore(url);
    const key = sampleKey('org_old');
    await store.createKey(key);
    const later = {
      notes: 1,
      tags: 1,
      publishableScopes: 1,
      externalId: 1,
      metadata: 1,
      createdBy: 1,
      domains: 1,
      revision: 1,
    };
    await watcher.db!.collection('postern_keys').updateOne({ publicKey: key.publicKey }, { $unset: later });
    const without = { notes: '', tags: [], publishableScopes: [], externalId: null };
    const noted = { ...without, metadata: {}, createdBy: null, revision: 0 };
    const domains = key.allowedDomains.map(bareEntry);
    const read = { ...key, ...noted, domains };
    expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(read);
    const changed = { ...read, externalId: 'c1', revision: 1 };
    expect(await store.changeKey('org_old', key.id, { externalId: 'c1' })).toStrictEqual({
      before: read,
      after: changed,
    });
    await store.close();
  });

  test('a match of a key from before there was something noted about domains is noted', async () => {
    const store = await openMongoStore(url);
    const key = sampleKey('org_older');
    await store.createKey(key);
    await watcher.db!.collection('postern_keys').updateOne({ publicKey: key.publicKey }, { $unset: { domains: 1 } });
    const matches = [{ pattern: 'example.com', at: 5 }];
    await store.addUsage({ days: [], activities: [sampleActivity(key, { matches })] });
    await store.addUsage({ days: [], activities: [sampleActivity(key, { matches })] });
    expect((await store.findKey('org_older', key.id))?.domains).toStrictEqual([
      { ...bareEntry('example.com'), lastMatchedAt: 5 },
      bareEntry('*.example.com'),
    ]);
    await store.close();
  });

  test('reads an agent from before it could say that no human answers, or have a model, as saying so and having none', async () => {
    const store = await openMongoStore(url);
    const agent = sampleAgent('org_old_agent', {
      disclosure: false,
      disclosureText: 'A robot.',
      synonyms: [['a', 'b']],
      model: sampleModel(),
    });
    await store.createAgent(agent, { entries: [{ question: 'Q', aliases: ['Q1'], answer: 'A' }] });
    const later = { disclosure: 1, disclosureText: 1, synonyms: 1, model: 1, 'entries.$[].aliases': 1 } as const;
    await watcher.db!.collection<{ _id: string }>('postern_agents').updateOne({ _id: agent.id }, { $unset: later });
    const read = { ...agent, disclosure: true, disclosureText: null, synonyms: [], model: null };
    expect(await store.findAgent('org_old_agent', agent.id)).toStrictEqual(read);
    expect((await store.listAgents('org_old_agent', { limit: 1 })).items).toStrictEqual([read]);
    const knowledge = { entries: [{ question: 'Q', aliases: [], answer: 'A' }] };
    expect(await store.findAgentKnowledge('org_old_agent', agent.id)).toStrictEqual(knowledge);
    await store.close();
  });

  describe('look-ups', () => {
    /** How many queries of a collection the server has answered. */
    async function countQueries(work: () => Promise<unknown>): Promise<number> {
      const queries = { op: 'query', ns: `${watcher.name}.postern_keys` };
      const count = (): Promise<number> => watcher.db!.collection('system.profile').countDocuments(queries);
      await watcher.db!.command({ profile: 2 });
      const before = await count();
      await work();
      await watcher.db!.command({ profile: 0 });
      return (await count()) - before;
    }

    // Fails without the joining: 32 queries.
    test('of one turn of the event loop are one query', async () => {
      const store = await openMongoStore(url);
      const keys = Array.from({ length: 32 }, () => sampleKey('org_joined'));
      for (const key of keys) await store.createKey(key);
      const publicKeys = [...keys.map(({ publicKey }) => publicKey), keys[0]!.publicKey, 'pk_none'];
      let found: unknown[] = [];
      const queries = await countQueries(async () => {
        found = await Promise.all(publicKeys.map((publicKey) => store.findKeyByPublicKey(publicKey)));
      });
      expect(found).toStrictEqual([...keys, keys[0], undefined]);
      expect(queries).toBe(1);
      await store.close();
    });

    // Fails when one record that can't be read is the trouble of all that are looked up with it.
    test('give the good records beside a damaged one', async () => {
      const store = await openMongoStore(url);
      const [good, damaged] = [sampleKey('org_damaged'), sampleKey('org_damaged')];
      await store.createKey(good);
      await store.createKey(damaged);
      await watcher
        .db!.collection('postern_keys')
        .updateOne({ publicKey: damaged.publicKey }, { $unset: { secret: 1 } });
      const found = await Promise.allSettled([damaged, good].map((key) => store.findKeyByPublicKey(key.publicKey)));
      expect(found).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: good }]);
      await store.close();
    });

    // Fails with the loader's cache on, and for a look-up that joins a query which was already sent.
    test('never give an older record than was acknowledged before they began, under load', async () => {
      const [store, writer] = await Promise.all([openMongoStore(url), openMongoStore(url)]);
      const key = sampleKey('org_fresh', { name: '0' });
      await store.createKey(key);
      let acknowledged = 0;
      let isWriting = true;
      let stale = 0;
      let lookUps = 0;
      const write = async () => {
        for (let version = 1; version <= 300; version++) {
          await writer.changeKey(key.organizationId, key.id, { name: String(version) });
          acknowledged = version;
        }
        isWriting = false;
      };
      const read = async () => {
        while (isWriting) {
          const atLeast = acknowledged;
          const found = await store.findKeyByPublicKey(key.publicKey);
          lookUps++;
          if (Number(found!.name) < atLeast) stale++;
        }
      };
      await Promise.all([write(), ...Array.from({ length: 32 }, read)]);
      expect(lookUps).toBeGreaterThan(1000);
      expect(stale).toBe(0);
      await Promise.all([store.close(), writer.close()]);
    });
  });

  describe('the schemas', () => {
    let models: Models;
    const connection = mongoose.createConnection();

    beforeAll(async () => {
      models = createModels(connection);
      await connection.openUri(url, { sanitizeFilter: true, autoIndex: false, autoCreate: false });
    });

    afterAll(() => connection.close());

    test('let no unknown field into a filter, a change or a record', async () => {
      const unknown = { nickname: 'x' } as object;
      await expect(models.keys.findOne({ ...unknown })).rejects.toThrow('strict');
      await expect(models.keys.updateOne({ _id: 'key_1' }, { $set: unknown })).rejects.toThrow('strict');
      await expect(models.keys.insertOne({ _id: 'key_1', ...unknown })).rejects.toThrow('strict');
      const nested = { 'secret.plain': 'x' } as object;
      await expect(models.keys.updateOne({ _id: 'key_1' }, { $set: nested })).rejects.toThrow('strict');
    });

    // Fails without sanitizeFilter: the operator would match every key.
    test('let no operator stand for a value', async () => {
      const operator = { $ne: '' } as unknown as string;
      await expect(models.keys.findOne({ _id: operator })).rejects.toThrow('Cast to string failed');
      await expect(models.keys.updateOne({ _id: 'key_1' }, { $set: { name: operator } })).rejects.toThrow('Cast');
      const store = await openMongoStore(url);
      await expect(store.findKeyByPublicKey(operator)).rejects.toThrow('Cast');
      await expect(store.findKey(operator, operator)).rejects.toThrow('Cast');
      await expect(store.deleteKey(operator, operator)).rejects.toThrow('Cast');
      await expect(store.findOrganization(operator)).rejects.toThrow('Cast');
      await expect(store.findTurn(operator, operator)).rejects.toThrow('Cast');
      await expect(store.findUserByEmail(operator)).rejects.toThrow('Cast');
      await expect(store.addSession(operator, operator, sampleSession())).rejects.toThrow('Cast');
      await expect(store.endSession(operator, operator)).rejects.toThrow('Cast');
      await expect(store.changeUser('usr_1', {}, { passwordHash: operator })).rejects.toThrow('Cast');
      await expect(store.findMember('org_1', operator)).rejects.toThrow('Cast');
      await expect(store.changeMember(operator, 'usr_1', 'owner')).rejects.toThrow('Cast');
      await expect(store.removeMember(operator, 'usr_1')).rejects.toThrow('Cast');
      await expect(store.findLink(operator)).rejects.toThrow('Cast');
      await expect(store.deleteLink(operator)).rejects.toThrow('Cast');
      await expect(store.deleteAgent('org_1', operator)).rejects.toThrow('Cast');
      await expect(store.listAudit('org_1', { limit: 1, cursor: operator })).rejects.toThrow('Cast');
      await expect(store.findAgent('org_1', operator)).rejects.toThrow('Cast');
      await expect(store.findCredits(operator)).rejects.toThrow('Cast');
      await expect(store.grantCredits(operator, 1)).rejects.toThrow('Cast');
      await expect(store.changeTurn(operator, 'msg_1', 'atm_1', {})).rejects.toThrow('Cast');
      await expect(store.changeTurn('cnv_1', 'msg_1', operator, {})).rejects.toThrow('Cast');
      await store.close();
    });

    // Fails for a call that is looked at only when it was joined with others.
    test('let no operator of one call be the trouble of those beside it', async () => {
      const operator = { $ne: '' } as unknown as string;
      const store = await openMongoStore(url);
      const organization = sampleOrganization();
      await store.createOrganization(organization, 5);
      const [good, bad] = [sampleHold(), sampleHold({ id: operator })];
      const conversation = sampleConversation(organization.id);
      const turn = sampleTurn(conversation.id);
      await store.createConversation(conversation);
      await store.createTurn(turn);
      const finish = (attemptId: string) =>
        store.finishTurn({
          organizationId: organization.id,
          turn: { ...turn, attemptId, price: 0 },
          change: { state: 'answered' },
          kept: 0,
        });
      const results = await Promise.allSettled([
        store.holdCredits(organization.id, good, unbound),
        store.holdCredits(organization.id, bad, unbound),
        store.holdCredits(operator, good, unbound),
        store.settleHold(organization.id, sampleHold(), 0),
        store.settleHold(organization.id, bad, 0),
        store.findCredits(organization.id),
        store.findCredits(operator),
        finish(turn.attemptId),
        finish(operator),
      ]);
      const rejected = results.map((result) => result.status === 'rejected' && String(result.reason));
      const cast = expect.stringContaining('Cast to string failed') as unknown;
      expect(rejected).toStrictEqual([false, cast, cast, false, cast, false, cast, false, cast]);
      expect(await store.findCredits(organization.id)).toStrictEqual({ granted: 5, spent: 1 });
      expect(await store.findTurn(turn.conversationId, turn.messageId)).toMatchObject({ state: 'answered' });
      await store.settleHold(organization.id, good, 0);
      await store.close();
    });

    test('are all that is stored: no other field, no secret', async () => {
      const store = await openMongoStore(url);
      const organization = sampleOrganization();
      const key = sampleKey(organization.id);
      const conversation = sampleConversation(organization.id);
      await store.createOrganization(organization, 5);
      await store.holdCredits(organization.id, sampleHold(), unbound);
      await store.addMember(sampleMembership(organization.id));
      await store.createUser(sampleUser({ sessions: [sampleSession()] }));
      await store.createLink(sampleLink(organization.id));
      await store.addAuditEvent(sampleAuditEvent(organization.id, { before: { $set: 'a.b' } }));
      await store.createKey(key);
      await store.changeKey(organization.id, key.id, { previousSecret: { ...key.secret, expiresAt: 1 } });
      await store.createAgent(sampleAgent(organization.id), { entries: [{ question: 'q', aliases: [], answer: 'a' }] });
      await store.createConversation(conversation);
      await store.createTurn(sampleTurn(conversation.id, { reply: { id: 'msg_r', text: 'x', createdAt: 1 } }));
      await store.addUsage({ days: [sampleUsageDay(key)], activities: [sampleActivity(key, { lastUsedAt: 1 })] });
      await store.addUsage({ days: [sampleUsageDay(key)], activities: [] });
      await store.keepDigestKey('2026-11-23', 'random');
      const webhook = sampleWebhook(organization.id);
      await store.createWebhook(webhook);
      await store.createDelivery(sampleDelivery({ organizationId: organization.id, webhookId: webhook.id }));
      await store.keepNotice({ organizationId: organization.id, name: 'a', at: 1, endsAt: 2, isTold: false });
      await store.close();
      for (const model of Object.values(models) as Models['keys'][]) {
        const documents = await watcher.db!.collection(model.collection.name).find().toArray();
        expect(documents, model.collection.name).not.toHaveLength(0);
        const named = Object.keys(model.schema.paths).filter((path) => !path.includes('$'));
        for (const document of documents) expect(named).toEqual(expect.arrayContaining(Object.keys(document)));
      }
      const stored = await watcher.db!.collection<{ _id: string }>('postern_keys').findOne({ _id: key.id });
      const { id, previousSecret, ...rest } = key;
      expect(previousSecret).toBeNull();
      expect(stored).toStrictEqual({
        _id: id,
        ...rest,
        metadata: '{}',
        previousSecret: { ...key.secret, expiresAt: 1 },
        lastUsedAt: 1,
        revision: 2,
      });
      const event = await watcher.db!.collection('postern_auditEvents').findOne({ organizationId: organization.id });
      expect(event).toMatchObject({ before: '{"$set":"a.b"}', after: '{"enabled":false}' });
      const [day] = await watcher.db!.collection('postern_usageDays').find({ keyId: key.id }).toArray();
      expect(Object.keys(day!).sort()).toStrictEqual(
        ['_id', 'accepted', 'date', 'keyId', 'organizationId', 'origins', 'refused', 'revision'].sort(),
      );
    });

    test('have their indexes', async () => {
      const indexes = async (name: string) =>
        (await watcher.db!.collection(`postern_${name}`).indexes()).map(({ key, unique }) => [
          Object.keys(key).join(),
          unique ?? false,
        ]);
      expect(await indexes('keys')).toStrictEqual([
        ['_id', false],
        ['publicKey', true],
        ['organizationId,_id', false],
      ]);
      expect(await indexes('turns')).toContainEqual(['conversationId,messageId', true]);
      expect(await indexes('usageDays')).toContainEqual(['keyId,date', true]);
      expect(await indexes('conversations')).toContainEqual(['hasOwnRetention,lastActiveAt', false]);
      expect(await indexes('organizations')).toContainEqual(['holds.heldAt', false]);
      expect(await indexes('organizations')).toContainEqual(['members.userId', false]);
      expect(await indexes('users')).toContainEqual(['email', true]);
      expect(await indexes('links')).toStrictEqual([
        ['_id', false],
        ['tokenDigest', true],
        ['organizationId,_id', false],
        ['expiresAt', false],
      ]);
      expect(await indexes('auditEvents')).toContainEqual(['organizationId,_id', false]);
    });
  });

  // Fails without the second `journal` of the options: what is in the URL wins over the one in the write concern.
  test('waits for a majority and the journal, whatever the URL says', async () => {
    const store = await openMongoStore(`${url}?w=0&journal=false&wtimeoutMS=1&readPreference=secondary`);
    const key = sampleKey('org_weakened');
    await watcher.db!.command({ profile: 2 });
    await store.createKey(key);
    await store.changeKey(key.organizationId, key.id, { name: 'x' });
    await store.deleteKey(key.organizationId, key.id);
    await watcher.db!.command({ profile: 0 });
    const changes = { ns: `${watcher.name}.postern_keys`, 'command.writeConcern': { $exists: true } };
    const seen = await watcher.db!.collection('system.profile').find(changes).toArray();
    const concerns = seen.map(({ command }) => (command as { writeConcern: object }).writeConcern);
    expect(concerns.length).toBeGreaterThanOrEqual(2);
    for (const concern of concerns) expect(concern).toMatchObject({ w: 'majority', j: true });
    await store.close();
  });

  // What other databases that speak its protocol lack, and what nobody needs.
  test('changes no record by a pipeline', async () => {
    const store = await openMongoStore(url);
    const organization = sampleOrganization();
    await store.createOrganization(organization, 10);
    const key = sampleKey(organization.id);
    await store.createKey(key);
    const conversation = sampleConversation(organization.id);
    const turn = (attemptId: string) => sampleTurn(conversation.id, { attemptId, price: 1 });
    await watcher.db!.command({ profile: 2 });
    const organizationId = organization.id;
    for (const [attemptId, begins] of [
      ['atm_p1', true],
      ['atm_p2', false],
    ] as const) {
      const begun = turn(attemptId);
      await store.beginTurn({ conversation, begins, owned: {}, turn: begun, bound: unbound });
      const reply = { id: `msg_${attemptId}`, text: 'So.', createdAt: sampleTime };
      await store.finishTurn({ organizationId, turn: begun, change: { state: 'answered', reply }, kept: 1 });
      await store.rateReply(conversation.id, reply.id, 1);
    }
    await store.addUsage({
      days: [],
      activities: [sampleActivity(key, { matches: [{ pattern: 'example.com', at: 5 }] })],
    });
    await watcher.db!.command({ profile: 0 });
    const updates = await watcher.db!.collection('system.profile').find({ op: 'update' }).toArray();
    const changes = updates.map(({ command }) => (command as { readonly u: unknown }).u);
    expect(changes.length).toBeGreaterThan(5);
    expect(changes.filter(Array.isArray)).toEqual([]);
    await store.close();
  });

  test('is unavailable once closed', async () => {
    const store = await openMongoStore(url);
    await store.close();
    await store.close();
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
    await expect(store.findKeyByPublicKey('pk_1')).rejects.toThrow(StoreUnavailableError);
  });

  test('whose URL can not be read says so without its password', async () => {
    for (const wrong of ['mongodb://me:hunter2@', 'mongodb://me:hunter2@a:port/', 'mongodb://me:hunter2@a/?none=1']) {
      const error: unknown = await openMongoStore(wrong).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(StoreUnavailableError);
      expect(
        JSON.stringify([String(error), Object.entries(error as object), (error as Error).cause ?? null]),
      ).not.toContain('hunter2');
    }
  });
});

describe('a MongoDB that does not answer', () => {
  // Takes connections and says nothing: worse than a refused one.
  test('makes every operation fail as unavailable within about two seconds, and the start succeed', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const opening = await measure(() => openMongoStore(`mongodb://me:hunter2@127.0.0.1:${port}/postern`));
    expect(opening.ms).toBeLessThan(3000);
    const store = opening.result;
    const asking = await measure(() =>
      Promise.allSettled([
        store.ping(),
        store.findKeyByPublicKey('pk_1'),
        store.listAgents('org_1', { limit: 1 }),
        store.createKey(sampleKey('org_1')),
        store.findUserByEmail('a@example.com'),
        store.removeMember('org_1', 'usr_1'),
        store.holdCredits('org_1', sampleHold(), unbound),
        store.addUsage({ days: [sampleUsageDay(sampleKey('org_1'))], activities: [] }),
      ]),
    );
    expect(asking.ms).toBeLessThan(3000);
    for (const result of asking.result) {
      const reason: unknown = (result as PromiseRejectedResult).reason;
      expect(reason).toBeInstanceOf(StoreUnavailableError);
      expect(String(reason) + String((reason as Error).cause)).not.toContain('hunter2');
    }
    await store.close();
    silent.close();
  });
});
