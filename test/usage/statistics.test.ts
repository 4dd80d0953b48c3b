/** What a crash, or a store that does not answer, means for statistics, and that it means nothing for requests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openLmdbStore } from '../../server/store/lmdb/store.ts';
import { send } from '../support/requests.ts';
import { sampleKey, sampleOrganization } from '../support/sample-records.ts';
import { startTestServer } from '../support/server.ts';
import { watchStalls } from '../support/stalls.ts';

const everySecondMs = 1_000;
/** For the write itself, and for a machine that has other things to do. */
const leewayMs = 750;

// Fails for a meter that writes less often, or only when it stops.
test('a process that is killed has lost at most the last second of its figures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const store = openLmdbStore(folder);
  const { id: organizationId } = sampleOrganization();
  const key = sampleKey(organizationId);
  await store.createOrganization({ id: organizationId, name: 'Example', createdAt: 0, reservedCredits: null }, 0);
  await store.createKey(key);
  const script = join(import.meta.dirname, '../support/serving-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, `lmdb:${folder}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const headers = { authorization: `Bearer ${key.publicKey}`, origin: 'https://example.com' };

  const answeredAt: number[] = [];
  const countStored = async (): Promise<number> => {
    const days = await store.listUsage(organizationId, [key.id], '0000-00-00', '9999-99-99');
    return days.reduce((sum, { accepted }) => sum + accepted, 0);
  };
  /** When this process stands still, so does most likely the other. */
  const stalls = watchStalls();
  onTestFinished(() => stalls.end());
  /** Of the requests answered by now, those that a crash must not lose. */
  const countOld = (nowMs: number) => {
    const lateMs = leewayMs + stalls.longest(0, nowMs);
    return answeredAt.filter((at) => at < nowMs - everySecondMs - lateMs).length;
  };

  let writes = 0;
  let stored = 0;
  let writtenAt = 0;
  const isEnoughOld = (): boolean => countOld(performance.now()) > 10;
  // Ends in the middle between two writes, when there is something to lose and, however slow the machine, enough to keep.
  while (writes < 2 || performance.now() - writtenAt < everySecondMs / 2 || !isEnoughOld()) {
    expect((await send({ port: Number(line) }, '/api/v1/agents', { headers })).status).toBe(200);
    const askedAt = performance.now();
    answeredAt.push(askedAt);
    const now = await countStored();
    expect(now).toBeGreaterThanOrEqual(countOld(askedAt));
    if (now === stored) continue;
    writes++;
    stored = now;
    writtenAt = performance.now();
  }
  child.kill('SIGKILL');
  const killedAt = performance.now();
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(countOld(killedAt)).toBeGreaterThan(10);
  expect(await countStored()).toBeGreaterThanOrEqual(countOld(killedAt));
  expect(await countStored()).toBeLessThan(answeredAt.length);
  const { lastUsedOrigin, lastUsedAt } = (await store.findKey(organizationId, key.id))!;
  expect(lastUsedOrigin).toBe('https://example.com');
  expect(Date.now() - lastUsedAt!).toBeLessThan(60_000);
  await store.close();
  rmSync(folder, { recursive: true });
});

// Fails for a request that waits for its figures.
test('a request never waits for figures to be written, also when the store never answers', async () => {
  const server = await startTestServer();
  const key = await server.createKey(await server.createOrganization());
  let answer = (): void => undefined;
  const never = new Promise<void>((resolve) => (answer = resolve));
  const addUsage = vi.spyOn(server.store, 'addUsage').mockReturnValue(never);
  const call = async () => (await send(server, '/api/v1/agents', { headers: key.from('https://shop.example') })).status;
  expect(await call()).toBe(200);
  await expect.poll(() => addUsage.mock.calls.length).toBe(1);
  expect([await call(), await call(), await call()]).toEqual([200, 200, 200]);
  expect(addUsage).toHaveBeenCalledTimes(1);
  answer();
  await server.stop();
  expect(addUsage.mock.calls.map(([{ days }]) => days.map(({ accepted }) => accepted))).toEqual([[1], [3]]);
});
