import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { readConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import { startServer } from '../../server/start.ts';
import { startMongod } from '../support/mongod.ts';
import { makeFixture } from '../support/outage.ts';
import { send } from '../support/requests.ts';
import { findFreePort } from '../support/free-port.ts';
import { testSessionSecret } from '../support/server.ts';
import { isRefusal } from '../../server/gate/problem.ts';

const { binary } = inject('mongod');

describe.skipIf(binary === undefined)('a MongoDB that comes, goes and comes back', () => {
  // Fails for a server that logs each call that failed, and nothing when it can go on.
  test('is one line each time, with its host and without a stack', { timeout: 60_000 }, async () => {
    const port = await findFreePort();
    const DATABASE_URL = `mongodb://127.0.0.1:${port}/postern`;
    const read = readConfig({ PORT: '0', DEMO: 'off', DATABASE_URL, SESSION_SECRET: testSessionSecret });
    if (isRefusal(read)) throw new Error(read.problems.join());
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const running = await startServer({ config: read.config, logger });
    const server = { port: Number(new URL(running.url).port) };
    const stateLines = () =>
      lines
        .map((line) => (JSON.parse(line) as { msg: string }).msg)
        .filter((message) => /^(still waiting for )?the store/.test(message));
    expect(stateLines()).toEqual([
      // Another test's server may just have left that port.
      expect.stringMatching(new RegExp(`^the store is away: 127\\.0\\.0\\.1:${port}: .*(ECONNREFUSED|closed)`)),
    ]);

    const first = await startMongod(binary!, { port });
    const { dbPath } = first.instanceInfo!;
    await running.ready;
    expect(stateLines().slice(1)).toEqual(['the store is back']);
    const { pair } = await makeFixture(running.store);
    const call = async () => (await send(server, '/api/v1/agents', { headers: { authorization: pair } })).status;
    expect(await call()).toBe(200);

    await first.stop({ doCleanup: false });
    expect([await call(), await call(), await call()]).toEqual([503, 503, 503]);
    expect(stateLines()).toHaveLength(3);
    const second = await startMongod(binary!, { port, dbPath });
    onTestFinished(() => second.stop().then(() => undefined));
    await expect.poll(() => stateLines().at(-1)).toBe('the store is back');
    expect(await call()).toBe(200);
    await running.stop();
    expect(stateLines()).toHaveLength(4);
    // A line for each call says why in a few words.
    expect(lines.filter((line) => line.includes('"stack"'))).toEqual([]);
    expect(lines.filter((line) => line.includes('"status":503') && line.includes('"reason"'))).toHaveLength(3);
  });
});
