/**
 * A whole server process whose disk takes nothing more. Fails for a store that leaves one rejection of a commit to nobody:
 * Node then ends the process, by a single read whose figures can't be written.
 */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLmdbStore } from '../../server/store/lmdb/store.ts';
import { canLimitFiles, canMount, limitFiles, mountSmallDisk, type FullDisk } from '../support/full-disk.ts';
import { makeFixture, makeKey, origin, type Fixture } from '../support/outage.ts';
import { send, type Reply } from '../support/requests.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

const diskBytes = 2_000_000;
const changesAtOnce = 40;
const stopped = /"msg":"the store can't write: ([^"]+)"/;
const again = '"msg":"the store can write again"';
/** Starting a process takes long where others do the same. */
const limit = { timeout: 60_000 };

interface Under extends Fixture {
  readonly disk: FullDisk;
  readonly server: ServerProcess;
  readonly path: string;
  read(): Promise<Reply>;
  change(name: string): Promise<Reply>;
  /** More than a disk has in free pages, whatever happened before. */
  addLarge(): Promise<Reply>;
  stateLines(): readonly string[];
}

async function start(disk: FullDisk): Promise<Under> {
  const path = join(disk.folder, 'store');
  const store = openLmdbStore(path);
  const fixture = await makeFixture(store);
  await store.close();
  const server = await startServerProcess(`lmdb:${path}`, { LOG_LEVEL: 'info' });
  onTestFinished(() => server.signal('SIGKILL'));
  await server.ready;
  const { organizationId, edited, pair, doomed } = fixture;
  const asPair = { headers: { authorization: pair } };
  return {
    ...fixture,
    disk,
    server,
    path,
    read: () => send(server, '/api/v1/agents', { headers: { authorization: `Bearer ${doomed.publicKey}`, origin } }),
    change: (name) =>
      send(server, `/api/org/${organizationId}/api-keys/${edited.id}`, { ...asPair, method: 'PATCH', body: { name } }),
    addLarge: () =>
      send(server, `/api/org/${organizationId}/agents`, {
        ...asPair,
        body: {
          name: 'Large',
          faq: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ question: `${n}?`, answer: 'x'.repeat(9_999) })),
        },
      }),
    stateLines: () => server.lines.filter((line) => stopped.test(line) || line.includes(again)),
  };
}

/** Everything that was counted for the key of `read`. */
async function countedReads({ path, organizationId, doomed }: Under): Promise<number> {
  const store = openLmdbStore(path);
  const days = await store.listUsage(organizationId, [doomed.id], '0000-00-00', '9999-99-99');
  await store.close();
  return days.reduce((sum, { accepted }) => sum + accepted, 0);
}

async function unwritten(server: ServerProcess): Promise<number> {
  const { text } = await send(server, '/metrics');
  return Number(/unwritten_total\{outcome="kept"\} (\d+)/.exec(text)?.[1]);
}

function expectAway(reply: Reply): void {
  expect([reply.status, reply.problem().code]).toEqual([503, 'store_unavailable']);
  expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
}

describe.skipIf(!canLimitFiles)('a process whose files may not grow (skipped where there is no prlimit)', () => {
  test('many changes at once are 503, look-ups go on, figures are kept, and it heals by itself', limit, async () => {
    const disk = limitFiles();
    onTestFinished(() => disk.remove());
    const under = await start(disk);
    const { server } = under;
    expect((await under.change('before')).status).toBe(200);
    disk.fill(server.pid);
    const refused = await Promise.all(Array.from({ length: changesAtOnce }, (_, n) => under.change(`lost ${n}`)));
    for (const reply of refused) expectAway(reply);
    let reads = 0;
    await expect
      .poll(async () => {
        const { status } = await under.read();
        if (status === 200) reads++;
        return [status, (await unwritten(server)) > 0];
      })
      .toEqual([200, true]);
    expectAway(await under.change('lost too'));
    expect((await send(server, '/readyz')).status).toBe(200);
    disk.makeRoom(server.pid);
    await expect.poll(async () => (await under.change('after')).status).toBe(200);
    await expect.poll(() => under.stateLines().map((line) => line.includes(again))).toEqual([false, true]);
    expect(await server.stop()).toBe(0);
    expect(await countedReads(under)).toBe(reads);
    const store = openLmdbStore(under.path);
    expect((await store.findKey(under.organizationId, under.edited.id))?.name).toBe('after');
    const audit = await store.listAudit(under.organizationId, { limit: 100 });
    expect(audit.items.filter(({ action }) => action === 'key.changed')).toHaveLength(2);
    await store.close();
  });

  test('one read, whose figures can not be written, ends nothing', limit, async () => {
    const disk = limitFiles();
    onTestFinished(() => disk.remove());
    const under = await start(disk);
    const { server } = under;
    disk.fill(server.pid);
    expect((await under.read()).status).toBe(200);
    await expect.poll(() => under.stateLines()).toHaveLength(1);
    // As long as another batch takes, which is where the rejection that nobody waited for came out.
    await expect.poll(() => unwritten(server)).toBeGreaterThan(1);
    expect((await under.read()).status).toBe(200);
    disk.makeRoom(server.pid);
    await expect.poll(() => under.stateLines()).toHaveLength(2);
    expect(await server.stop()).toBe(0);
    expect(await countedReads(under)).toBe(2);
  });
});

describe.skipIf(!canMount())('a disk that is full (skipped where nobody may mount one)', () => {
  test('the reason is in the log, and what was there before still is when there is room again', limit, async () => {
    const disk = mountSmallDisk(diskBytes);
    onTestFinished(() => disk.remove());
    const under = await start(disk);
    const { server } = under;
    expect((await under.change('before')).status).toBe(200);
    disk.fill(server.pid);
    expectAway(await under.addLarge());
    expectAway(await under.change('lost'));
    expect((await under.read()).status).toBe(200);
    expect(under.stateLines().map((line) => stopped.exec(line)?.[1])).toEqual(['no space left on the disk']);
    disk.makeRoom(server.pid);
    await expect.poll(async () => (await under.change('after')).status).toBe(200);
    expect((await under.addLarge()).status).toBe(201);
    expect(under.stateLines()).toHaveLength(2);
    expect(await server.stop()).toBe(0);
    expect(await countedReads(under)).toBe(1);
  });

  test('a server starts on it, lets keys in, and stops', limit, async () => {
    const disk = mountSmallDisk(diskBytes);
    onTestFinished(() => disk.remove());
    const path = join(disk.folder, 'again');
    const store = openLmdbStore(path);
    const fixture = await makeFixture(store);
    const key = await makeKey(store, fixture.organizationId);
    await store.close();
    disk.fill(0);
    const server = await startServerProcess(`lmdb:${path}`, { LOG_LEVEL: 'info' });
    onTestFinished(() => server.signal('SIGKILL'));
    await server.ready;
    const headers = { authorization: `Bearer ${key.publicKey}`, origin };
    expect((await send(server, '/api/v1/agents', { headers })).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});
