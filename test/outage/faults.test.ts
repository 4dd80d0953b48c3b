/**
 * A whole server whose MongoDB is not there, is killed, is swallowed or reset by the network. While that lasts every
 * request is answered 503 within 2.5 seconds; afterwards everything goes on and nothing acknowledged is lost.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { MongoMemoryServer } from 'mongodb-memory-server-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createPublicKey } from '../../server/gate/key-format.ts';
import { openMongoStore } from '../../server/store/mongo/store.ts';
import type { Store } from '../../server/store/port.ts';
import { findFreePort } from '../support/free-port.ts';
import { startMongod } from '../support/mongod.ts';
import {
  answerMsMax,
  expectFailedClosed,
  expectNeverAcceptedAfter,
  expectNothingLost,
  expectSoundEnd,
  makeFixture,
  makeKey,
  recovery,
  recoveryMsMax,
  report,
  startOutageLoad,
  type Fixture,
} from '../support/outage.ts';
import { send } from '../support/requests.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { measure } from '../support/stalls.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const { binary } = inject('mongod');
const faultMs = 3_000;

// Not on a server that was only lent (TEST_MONGODB_URI): these tests kill it.
describe.skipIf(binary === undefined)('a server whose MongoDB', { timeout: 60_000 }, () => {
  let place: { dbPath: string; port: number };
  let mongod: MongoMemoryServer | undefined;
  let proxy: TcpProxy;
  let server: ServerProcess;
  /** Past the proxy: the database as it is. */
  let direct: Store;
  let fixture: Fixture;

  beforeAll(async () => {
    place = { dbPath: await mkdtemp(join(tmpdir(), 'postern-mongod-')), port: await findFreePort() };
    proxy = await startTcpProxy(place.port);
    server = await startServerProcess(`mongodb://127.0.0.1:${proxy.port}/postern`);
  });

  afterAll(async () => {
    await expectSoundEnd(server);
    await direct.close();
    await proxy.close();
    await mongod?.stop();
    await rm(place.dbPath, { recursive: true, force: true });
  });

  /** A load that has seen everything succeed. */
  async function startWarmLoad() {
    fixture = { ...fixture, doomed: await makeKey(direct, fixture.organizationId) };
    const load = startOutageLoad(server, fixture);
    await expect.poll(() => load.asked.filter(({ status }) => status === 200).length).toBeGreaterThan(100);
    return load;
  }

  async function disable(): Promise<number> {
    const { organizationId, doomed } = fixture;
    await direct.changeKey(organizationId, doomed.id, { enabled: false });
    return performance.now();
  }

  // Fails for a server that gives up when the database is not there at the start (it ends), and for a store that does not
  // try its first connection again (never ready).
  test('is not there at the start lives, is not ready, answers 503, and serves when it comes', async () => {
    await expect.poll(async () => (await send(server, '/healthz').catch(() => undefined))?.status).toBe(200);
    const headers = { authorization: `Bearer ${createPublicKey()}` };
    const ask = () =>
      Promise.all([send(server, '/readyz'), send(server, '/healthz'), send(server, '/api/v1/agents', { headers })]);
    const { ms, result } = await measure(ask);
    expect(ms).toBeLessThan(answerMsMax);
    const [ready, health, call] = result;
    expect([ready.status, ready.problem().code]).toEqual([503, 'store_unavailable']);
    expect(health.status).toBe(200);
    expect([call.status, call.problem().code]).toEqual([503, 'store_unavailable']);
    expect(server.lines.join()).not.toContain('listening on');

    mongod = await startMongod(binary!, place);
    const cameAt = performance.now();
    await server.ready;
    expect(performance.now() - cameAt).toBeLessThan(recoveryMsMax);
    expect((await send(server, '/readyz')).status).toBe(200);
    direct = await openMongoStore(`mongodb://127.0.0.1:${place.port}/postern`);
    fixture = await makeFixture(direct);
    const asPair = { headers: { authorization: fixture.pair } };
    expect((await send(server, '/api/v1/key', asPair)).status).toBe(200);
  });

  // Fails for changes acknowledged before they are in the journal: the key that was disabled just before is let in again.
  test('is killed under load', async () => {
    const load = await startWarmLoad();
    const disabledAt = await disable();
    const { mongodProcess } = mongod!.instanceInfo!.instance;
    const exited = once(mongodProcess!, 'exit');
    mongodProcess!.kill('SIGKILL');
    await exited;
    const beganAt = performance.now();
    await sleep(faultMs);
    const starting = startMongod(binary!, place);
    const endedAt = performance.now();
    mongod = await starting;
    const tookMs = await recovery(load, { endedAt: performance.now() });
    await load.stop();
    report('killed', load, { beganAt, endedAt }, tookMs);
    expect(tookMs).toBeLessThan(recoveryMsMax);
    expectFailedClosed(load, { beganAt, endedAt });
    expectNeverAcceptedAfter(load.asked, disabledAt);
    await expectNothingLost(direct, fixture);
  });

  // Fails for a change of a key that is not guarded by what was read before it: the late one enables the key again.
  test('gets a change long after it was answered 503: it undoes no change that was acknowledged meanwhile', async () => {
    const { organizationId, pair } = fixture;
    const key = await makeKey(direct, organizationId);
    const watcher = await mongoose.createConnection(`mongodb://127.0.0.1:${place.port}/postern`).asPromise();
    await watcher.db!.command({ profile: 2 });
    // Those of this key: the server goes on with what the test before broke off.
    const ofKey = { 'command.findAndModify': 'postern_keys', 'command.query._id': key.id };
    const countChanges = () => watcher.db!.collection('system.profile').countDocuments(ofKey);
    const patch = (enabled: boolean) =>
      send(server, `/api/org/${organizationId}/api-keys/${key.id}`, {
        method: 'PATCH',
        headers: { authorization: pair },
        body: { enabled },
      });
    expect((await patch(false)).status).toBe(200);
    proxy.holdWhere((bytes) => bytes.includes('findAndModify') && bytes.includes(key.id));
    const late = await patch(true);
    expect([late.status, late.problem().code]).toEqual([503, 'store_unavailable']);
    expect(await direct.changeKey(organizationId, key.id, { enabled: false })).toMatchObject({
      after: { enabled: false },
    });
    const before = await countChanges();
    expect(before).toBe(2);
    proxy.set('pass');
    await expect.poll(countChanges).toBe(before + 1);
    expect(await direct.findKey(organizationId, key.id)).toMatchObject({ enabled: false });
    const headers = { authorization: `Bearer ${key.publicKey}`, origin: 'https://shop.example' };
    const refused = await send(server, '/api/v1/agents', { headers });
    expect([refused.status, refused.problem().code]).toEqual([401, 'key_disabled']);
    await watcher.db!.command({ profile: 0 });
    await watcher.close();
  });

  // The black hole fails for a store without time limits of its own (503 after three seconds), and for one that falls back
  // on the last record it saw (a call then waits twice). The reset fails when a broken connection is not known as "away"
  // (500), and when a message that was broken off keeps its lease (409).
  for (const mode of ['black hole', 'reset'] as const) {
    test(`is cut off by the network (${mode})`, async () => {
      const load = await startWarmLoad();
      proxy.set(mode);
      const beganAt = performance.now();
      const disabledAt = await disable();
      await sleep(faultMs);
      const endedAt = performance.now();
      proxy.set('pass');
      const tookMs = await recovery(load, { endedAt });
      await load.stop();
      report(mode, load, { beganAt, endedAt }, tookMs);
      expect(tookMs).toBeLessThan(recoveryMsMax);
      expectFailedClosed(load, { beganAt, endedAt });
      expectNeverAcceptedAfter(load.asked, disabledAt);
      await expectNothingLost(direct, fixture);
    });
  }
});
