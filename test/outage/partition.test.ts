/**
 * A primary that is cut off from the others believes in itself for up to ten seconds more (`electionTimeoutMillis`), while
 * they may follow another one already. It can acknowledge no change, for no majority has it; but what it reads is old.
 * `readConcernLevel=linearizable` in DATABASE_URL makes it ask a majority before it answers.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openMongoStore } from '../../server/store/mongo/store.ts';
import type { Store } from '../../server/store/port.ts';
import { freshDatabase } from '../support/mongod.ts';
import { answerMsMax, makeKey } from '../support/outage.ts';
import { startReplicaSet, type ReplicaSet } from '../support/replica-set.ts';
import { send } from '../support/requests.ts';
import {
  sampleAgent,
  sampleConversation,
  sampleLink,
  sampleMembership,
  sampleOrganization,
  sampleSession,
  sampleTurn,
  sampleUsageDay,
  sampleUser,
} from '../support/sample-records.ts';
import { startServerProcess } from '../support/server-process.ts';
import { measure } from '../support/stalls.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const { binary, url: standalone } = inject('mongod');
const linearizable = '&readConcernLevel=linearizable';

describe.skipIf(binary === undefined)('on a replica set', { timeout: 120_000 }, () => {
  let replicaSet: ReplicaSet;
  let store: Store;

  beforeAll(async () => {
    replicaSet = await startReplicaSet(binary!, { isCuttable: true });
    store = await openMongoStore(replicaSet.url);
  });

  afterAll(async () => {
    await store.close();
    await replicaSet.stop();
  });

  test('linearizable reads find what is there, in lists of any length, and cost what they cost', async () => {
    const reader = await openMongoStore(`${replicaSet.url}${linearizable}`);
    const organization = sampleOrganization();
    await store.createOrganization(organization, 1);
    const keys = await Promise.all(Array.from({ length: 130 }, () => makeKey(store, organization.id)));
    expect(await Promise.all(keys.map((key) => reader.findKeyByPublicKey(key.publicKey)))).toStrictEqual(keys);
    expect((await reader.listKeys(organization.id, { limit: 120 })).items).toHaveLength(120);
    const agent = sampleAgent(organization.id);
    await store.createAgent(agent, { entries: [] });
    expect((await reader.listAgents(organization.id, { limit: 10 }, { public: true })).items).toStrictEqual([agent]);
    await store.addUsage({ days: keys.map((key) => sampleUsageDay(key)), activities: [] });
    const keyIds = keys.map(({ id }) => id);
    expect(await reader.listUsage(organization.id, keyIds, '2026-11-01', '2026-11-30')).toHaveLength(130);

    const figures = async (from: Store): Promise<string> => {
      let startedAt = performance.now();
      for (const key of keys) await from.findKeyByPublicKey(key.publicKey);
      const oneMs = (performance.now() - startedAt) / keys.length;
      let lookUps = 0;
      startedAt = performance.now();
      const client = async () => {
        for (; performance.now() - startedAt < 1_000; lookUps++) await from.findKeyByPublicKey(keys[0]!.publicKey);
      };
      await Promise.all(Array.from({ length: 32 }, client));
      return `one after the other ${oneMs.toFixed(1)} ms each, 32 at once ${lookUps} a second`;
    };
    console.log(`look-ups of keys: ${await figures(store)}; linearizable: ${await figures(reader)}`);
    await reader.close();
  });

  // Fails for each read of what the primary alone has: the same request again is told that it is done, and when another
  // primary is elected, the answer is lost, and the key, the member, the session and the link are back.
  test('what was not acknowledged is not taken for done until a majority has it', async () => {
    const organization = sampleOrganization();
    const [owner, leaver] = [sampleMembership(organization.id, { role: 'owner' }), sampleMembership(organization.id)];
    const session = sampleSession();
    const user = sampleUser({ sessions: [session] });
    const link = sampleLink(organization.id);
    const agent = sampleAgent(organization.id);
    const conversation = sampleConversation(organization.id);
    const turn = sampleTurn(conversation.id);
    await store.createOrganization(organization, 1);
    const key = await makeKey(store, organization.id);
    for (const member of [owner, leaver]) await store.addMember(member);
    await store.createUser(user);
    await store.createLink(link);
    await store.createAgent(agent, { entries: [] });
    await store.createConversation(conversation);
    await store.createTurn(turn);

    const { conversationId, messageId, attemptId } = turn;
    const answer = { state: 'answered', reply: { id: 'msg_alone', text: 'At nine.', createdAt: 1 } } as const;
    const changes = [
      () => store.removeMember(organization.id, leaver.userId),
      () => store.deleteKey(organization.id, key.id),
      () => store.deleteAgent(organization.id, agent.id),
      () => store.endSession(user.id, session.id),
      () => store.deleteLink(link.id),
      () => store.changeTurn(conversationId, messageId, attemptId, answer),
    ];
    const looks = [
      () => store.findMember(organization.id, leaver.userId),
      () => store.findKey(organization.id, key.id),
      () => store.findAgent(organization.id, agent.id),
      async () => (await store.findUser(user.id))?.sessions[0],
      () => store.findLink(link.tokenDigest),
      () => store.findTurn(conversationId, messageId),
    ];
    const all = (asked: readonly (() => Promise<unknown>)[]) => Promise.allSettled(asked.map((ask) => ask()));
    const away = { status: 'rejected', reason: { name: 'StoreUnavailableError' } };
    const found = (value: unknown) => ({ status: 'fulfilled', value });

    const primary = await replicaSet.primary();
    const others = replicaSet.members.filter((member) => member !== primary);
    const end = await Promise.all(others.map((member) => member.stopCopying()));
    // The second time each finds what it did the first time.
    for (let times = 0; times < 2; times++) expect(await all(changes)).toMatchObject(changes.map(() => away));
    expect(await all(looks)).toMatchObject(looks.map(() => away));
    // The gate refuses as soon as the primary knows.
    expect(await store.findKeyByPublicKey(key.publicKey)).toBe(undefined);

    await Promise.all(end.map((goOn) => goOn()));
    await expect.poll(() => store.findTurn(conversationId, messageId)).toStrictEqual({ ...turn, ...answer });
    const gone = Array.from({ length: 4 }, () => found(undefined));
    // Whoever could not be read was not removed either.
    expect(await all(looks)).toStrictEqual([found(leaver), ...gone, found({ ...turn, ...answer })]);
    const notFound = gone.map(() => found('not_found'));
    expect(await all(changes)).toStrictEqual([found('removed'), ...notFound, found({ ...turn, ...answer })]);
  });

  describe('whose primary is cut off', () => {
    let servers: { plain: TestServer; linearizable: TestServer };

    afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

    // Fails for the same server without readConcernLevel=linearizable: it is the other one here, and lets the key in.
    test('a server on it that reads linearizably refuses to say; one that does not lets a disabled key in', async () => {
      const organization = sampleOrganization();
      await store.createOrganization(organization, 1);
      const key = await makeKey(store, organization.id);
      const old = await replicaSet.primary();
      servers = {
        plain: await startTestServer({ database: old.directUrl }),
        linearizable: await startTestServer({ database: `${old.directUrl}${linearizable}` }),
      };
      const headers = { authorization: `Bearer ${key.publicKey}`, origin: 'https://shop.example' };
      const ask = (server: TestServer) => send(server, '/api/v1/agents', { headers });
      expect((await ask(servers.plain)).status).toBe(200);
      expect((await ask(servers.linearizable)).status).toBe(200);

      replicaSet.cutOff(old);
      const next = await replicaSet.elect(replicaSet.members.find((member) => member !== old)!);
      const elsewhere = await openMongoStore(next.directUrl);
      await expect
        .poll(() => elsewhere.changeKey(organization.id, key.id, { enabled: false }).catch(() => 0))
        .toBeTruthy();
      const isStillBelieving = async () => (await old.command({ hello: 1 })).isWritablePrimary;
      expect(await isStillBelieving()).toBe(true);

      const askAll = () =>
        Promise.allSettled([
          ask(servers.plain),
          ask(servers.linearizable),
          servers.linearizable.store.findTurn('cnv_none', 'msg_none'),
          servers.plain.store.findKey(organization.id, key.id),
          servers.plain.store.changeKey(organization.id, key.id, { name: 'changed there' }),
        ]);
      const { ms, result } = await measure(askAll);
      expect(ms).toBeLessThan(answerMsMax);
      const [stale, refused, turn, read, change] = result;
      expect(stale).toMatchObject({ value: { status: 200 } });
      expect(refused).toMatchObject({ value: { status: 503 } });
      for (const one of [turn, read, change]) expect(one).toMatchObject({ reason: { name: 'StoreUnavailableError' } });

      replicaSet.heal();
      await expect.poll(async () => (await ask(servers.plain)).status, { timeout: 30_000 }).toBe(401);
      expect(await store.findKey(organization.id, key.id)).toMatchObject({ enabled: false, name: key.name });
      await elsewhere.close();
    });
  });
});

// Fails when nothing is read before the server says that it serves: then every request is a 500.
test.skipIf(standalone === undefined)(
  'a server with linearizable reads does not start on a standalone MongoDB',
  async () => {
    const database = freshDatabase(standalone ?? 'mongodb://127.0.0.1');
    const server = await startServerProcess(`${database}?readConcernLevel=linearizable`);
    await expect(server.ready).rejects.toThrow('The server ended (1)');
  },
);
