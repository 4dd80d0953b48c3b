/** The store on MongoDB behind a network that holds things back or breaks off. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { unbound } from '../../../server/records/budget.ts';
import { openMongoStore } from '../../../server/store/mongo/store.ts';
import { StoreUnavailableError, UsageLeftError, type CopyableStore, type Store } from '../../../server/store/port.ts';
import { freshDatabase } from '../../support/mongod.ts';
import { openWhole } from '../../support/open-whole.ts';
import {
  sampleActivity,
  sampleAgent,
  sampleHold,
  sampleKey,
  sampleMembership,
  sampleOrganization,
  sampleUsageDay,
} from '../../support/sample-records.ts';
import { againWhenStalled, measure } from '../../support/stalls.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const { binary, url: server } = inject('mongod');

// Not on a server that was only lent (TEST_MONGODB_URI): who knows how it is reached.
describe.skipIf(binary === undefined)('the store on MongoDB, over a bad network,', () => {
  const url = new URL(freshDatabase(server ?? 'mongodb://127.0.0.1'));
  const watcher = mongoose.createConnection();
  let proxy: TcpProxy;
  /** Through the proxy, and past it. */
  let cutOff: Store & CopyableStore;
  let direct: Store & CopyableStore;

  beforeAll(async () => {
    proxy = await startTcpProxy(Number(url.port));
    const through = new URL(url);
    through.port = String(proxy.port);
    direct = await openWhole(url.href);
    cutOff = await openMongoStore(through.href);
    await watcher.openUri(url.href);
    await watcher.db!.command({ profile: 2 });
  });

  afterAll(async () => {
    await watcher.db!.command({ profile: 0 });
    await watcher.dropDatabase();
    await Promise.all([cutOff.close(), direct.close(), watcher.close(), proxy.close()]);
  });

  const key = sampleKey('org_late');
  const agent = sampleAgent('org_late');
  const organization = sampleOrganization();
  const owner = sampleMembership(organization.id, { role: 'owner' });
  const viewer = sampleMembership(organization.id, { role: 'viewer' });
  const leaver = sampleMembership(organization.id, { role: 'owner' });

  const cases: readonly {
    readonly of: string;
    /** In the document that changes. */
    readonly id: string;
    readonly prepare: () => Promise<unknown>;
    readonly late: (store: Store) => Promise<unknown>;
    readonly meanwhile: () => Promise<unknown>;
    readonly look: () => Promise<unknown>;
  }[] = [
    {
      of: 'a key',
      id: key.id,
      prepare: () => direct.createKey(key),
      late: (store) => store.changeKey(key.organizationId, key.id, { enabled: true }),
      meanwhile: () => direct.changeKey(key.organizationId, key.id, { enabled: false }),
      look: async () => (await direct.findKey(key.organizationId, key.id))?.enabled,
    },
    {
      of: 'an agent',
      id: agent.id,
      prepare: () => direct.createAgent(agent, { entries: [] }),
      late: (store) => store.changeAgent(agent.organizationId, agent.id, { public: true }),
      meanwhile: () => direct.changeAgent(agent.organizationId, agent.id, { public: false }),
      look: async () => (await direct.findAgent(agent.organizationId, agent.id))?.public,
    },
    {
      of: 'a role',
      id: organization.id,
      prepare: async () => {
        await direct.createOrganization(organization, 0);
        await direct.addMember(owner);
        await direct.addMember(viewer);
      },
      late: (store) => store.changeMember(organization.id, viewer.userId, 'owner'),
      meanwhile: () => direct.changeMember(organization.id, viewer.userId, 'viewer'),
      look: async () => (await direct.findMember(organization.id, viewer.userId))?.role === 'owner',
    },
    {
      of: 'who belongs to an organization',
      id: organization.id,
      prepare: () => Promise.resolve(),
      late: (store) => store.addMember(leaver),
      meanwhile: async () => {
        await direct.addMember(leaver);
        await direct.removeMember(organization.id, leaver.userId);
      },
      look: async () => (await direct.findMember(organization.id, leaver.userId)) !== undefined,
    },
  ];

  // One that nobody waits for any more, because it was answered 503, may reach MongoDB long afterwards. Fails for changes that
  // are not guarded by what was read before them.
  test.each(cases)(
    'lets a late change of $of undo nothing that was acknowledged meanwhile',
    async ({ id, prepare, late, meanwhile, look }) => {
      await prepare();
      const countChanges = (): Promise<number> =>
        watcher.db!.collection('system.profile').countDocuments({
          $or: [{ 'command.query._id': id }, { op: 'update', 'command.q._id': id }],
        });
      proxy.holdWhere((bytes) => bytes.includes(id) && /findAndModify|updates/.test(bytes.toString('latin1')));
      await expect(late(cutOff)).rejects.toThrow(StoreUnavailableError);
      await meanwhile();
      expect(await look()).toBe(false);
      const before = await countChanges();
      expect(before).toBeGreaterThan(0);
      proxy.set('pass');
      await expect.poll(countChanges).toBe(before + 1);
      expect(await look()).toBe(false);
    },
  );

  // Fails for a store that says "all of it is left", or "all of it is in".
  test('says which figures are left when it is cut off in the middle of a batch', async () => {
    const [written, cut] = [sampleKey('org_late'), sampleKey('org_late')];
    await direct.createKey(written);
    await direct.createKey(cut);
    const days = [sampleUsageDay(written), sampleUsageDay(cut)];
    const activities = [sampleActivity(written)];
    proxy.holdWhere((bytes) => bytes.includes('usageDays') && bytes.includes(cut.id));
    const error: unknown = await cutOff.addUsage({ days, activities }).catch((caught: unknown) => caught);
    // What was held back is lost and not late.
    proxy.set('reset');
    proxy.set('pass');
    expect(error).toBeInstanceOf(UsageLeftError);
    const { left } = error as UsageLeftError;
    expect(left).toStrictEqual({ days: [days[1]], activities });
    await expect
      .poll(() =>
        cutOff.ping().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await cutOff.addUsage(left);
    const kept = await direct.listUsage('org_late', [written.id, cut.id], '0000-00-00', '9999-99-99');
    expect(kept.map(({ accepted }) => accepted)).toStrictEqual(days.map(({ accepted }) => accepted));
    expect((await direct.findKey('org_late', written.id))!.lastUsedAt).toBe(activities[0]!.lastUsedAt);
  });

  // Fails when what a bulk operation throws is not looked into: then the figures are lost, and a copy ends with a stack trace.
  test.each(['black hole', 'reset'] as const)('is unavailable in a bulk operation too (%s)', async (mode) => {
    const key = sampleKey('org_late');
    await direct.createKey(key);
    proxy.set(mode);
    await expect(cutOff.importRecords('keys', [sampleKey('org_late')])).rejects.toThrow(StoreUnavailableError);
    await expect(cutOff.addUsage({ days: [], activities: [sampleActivity(key)] })).rejects.toThrow(UsageLeftError);
    proxy.set('pass');
    await expect
      .poll(() =>
        cutOff.ping().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  // Fails for calls that wait behind one that hangs, and for what is joined and left without an answer.
  test('tells each of many calls at once that it is away, in the middle of them, within about two seconds', async () => {
    const busy = sampleOrganization();
    await direct.createOrganization(busy, 1_000);
    const take = () => cutOff.holdCredits(busy.id, sampleHold(), unbound);
    const early = await Promise.all(Array.from({ length: 20 }, take));
    expect(early.every((one) => typeof one === 'object')).toBe(true);
    const sent: Promise<unknown>[] = [];
    proxy.holdWhere((bytes) => bytes.includes('findAndModify') && bytes.includes(busy.id));
    const { ms, result } = await measure(async () => {
      // The first ones are sent, and the others wait for them.
      for (let round = 0; round < 5; round++) {
        sent.push(...Array.from({ length: 20 }, take));
        await setImmediate();
      }
      return Promise.allSettled(sent);
    });
    expect(ms).toBeLessThan(3_000);
    const unavailable = { status: 'rejected', reason: expect.any(StoreUnavailableError) as unknown };
    expect(result).toStrictEqual(sent.map(() => unavailable));
    // What was held back is lost and not late.
    proxy.set('reset');
    proxy.set('pass');
    await expect.poll(() => take().then((held) => typeof held, String)).toBe('object');
    const left = await direct.listHolds(Number.MAX_SAFE_INTEGER, 10_000);
    const { spent } = (await direct.findCredits(busy.id))!;
    expect(left.filter(({ organizationId }) => organizationId === busy.id)).toHaveLength(spent);
  });

  // Fails when what comes waits until the one before is answered: then all but the first ones are out of time.
  test('gives each of many calls its credits while each change takes more than a second', () =>
    againWhenStalled(600, async () => {
      const slow = sampleOrganization();
      await direct.createOrganization(slow, 1_000);
      proxy.delayWhere((bytes) => bytes.includes('findAndModify') && bytes.includes(slow.id), 1_200);
      const sent: Promise<unknown>[] = [];
      for (let call = 0; call < 40; call++) {
        sent.push(cutOff.holdCredits(slow.id, sampleHold(), unbound).catch(String));
        await setTimeout(50);
      }
      const results = await Promise.all(sent);
      proxy.set('pass');
      expect(results.filter((held) => typeof held !== 'object')).toStrictEqual([]);
      expect((await direct.findCredits(slow.id))!.spent).toBe(40);
    }));

  // Fails when all days of a batch are sent at once: a look-up then waits behind them for a connection.
  test('finds a key at once while the figures of 500 keys are being written', async () => {
    const keys = Array.from({ length: 500 }, () => sampleKey('org_busy'));
    await direct.importRecords('keys', keys);
    const startedAt = performance.now();
    const writing = direct.addUsage({ days: keys.map((key) => sampleUsageDay(key)), activities: [] });
    await direct.findKeyByPublicKey(keys[0]!.publicKey);
    const lookUpMs = performance.now() - startedAt;
    await writing;
    expect(lookUpMs).toBeLessThan((performance.now() - startedAt) / 4);
    const days = await direct.listUsage(
      'org_busy',
      keys.map(({ id }) => id),
      '0000-00-00',
      '9999-99-99',
    );
    expect(days).toHaveLength(500);
  });
});
