/** In a file of its own, because most of it is waiting: MongoDB hangs for half a minute, with its connections open. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openMongoStore } from '../../server/store/mongo/store.ts';
import { freshDatabase, startMongod } from '../support/mongod.ts';
import {
  expectFailedClosed,
  expectNeverAcceptedAfter,
  expectNothingLost,
  expectSoundEnd,
  makeFixture,
  recovery,
  recoveryMsMax,
  report,
  startOutageLoad,
} from '../support/outage.ts';
import { startServerProcess } from '../support/server-process.ts';

const { binary } = inject('mongod');
const faultMs = 30_000;

// Fails for a store without time limits of its own (503 only after many seconds), for an authenticator that takes a store
// which is away for one that has no such key (401), and for one that falls back on the last record it saw.
test.skipIf(binary === undefined)(
  'a server whose MongoDB is stopped (SIGSTOP) for 30 seconds under load answers 503 meanwhile, and then goes on',
  { timeout: 90_000 },
  async () => {
    const mongod = await startMongod(binary!);
    const { mongodProcess } = mongod.instanceInfo!.instance;
    onTestFinished(async () => {
      mongodProcess!.kill('SIGCONT');
      await mongod.stop();
    });
    const url = freshDatabase(mongod.getUri());
    const [server, direct] = await Promise.all([startServerProcess(url), openMongoStore(url)]);
    onTestFinished(() => direct.close());
    const fixture = await makeFixture(direct);
    await server.ready;
    const load = startOutageLoad(server, fixture);
    await expect.poll(() => load.asked.filter(({ status }) => status === 200).length).toBeGreaterThan(100);

    await direct.changeKey(fixture.organizationId, fixture.doomed.id, { enabled: false });
    const disabledAt = performance.now();
    mongodProcess!.kill('SIGSTOP');
    const beganAt = performance.now();
    await sleep(faultMs);
    const endedAt = performance.now();
    mongodProcess!.kill('SIGCONT');
    const recoveredMs = await recovery(load, { endedAt });
    await load.stop();

    report('SIGSTOP', load, { beganAt, endedAt }, recoveredMs);
    expect(recoveredMs).toBeLessThan(recoveryMsMax);
    expectFailedClosed(load, { beganAt, endedAt });
    expectNeverAcceptedAfter(load.asked, disabledAt);
    await expectNothingLost(direct, fixture);
    await expectSoundEnd(server);
  },
);
