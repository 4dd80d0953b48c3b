import { Agent, request } from 'node:http';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { freshDatabase } from '../support/mongod.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const { url: mongod } = inject('mongod');

describe.skipIf(mongod === undefined)('the whole server on MongoDB', () => {
  const url = freshDatabase(mongod ?? 'mongodb://127.0.0.1');
  const watcher = mongoose.createConnection();
  const connections = new Agent({ keepAlive: true, maxSockets: 32 });
  let server: TestServer;
  let key: TestKey;

  beforeAll(async () => {
    await watcher.openUri(url);
    server = await startTestServer({ database: url });
    key = await server.createKey(await server.createOrganization());
  });
  afterAll(async () => {
    connections.destroy();
    await server.stop();
    await watcher.dropDatabase();
    await watcher.close();
  });

  const status = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = { port: server.port, path: '/api/v1/key', headers: key.asSecret, agent: connections };
      request(options, (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)))
        .once('error', reject)
        .end();
    });
  const statuses = (): Promise<number[]> => Promise.all(Array.from({ length: 32 }, status));

  // Fails without the joining: 160 queries.
  test('32 simultaneous requests make far fewer queries than 32', async () => {
    await statuses();
    const queries = { op: 'query', ns: `${watcher.name}.postern_keys` };
    await watcher.db!.command({ profile: 2 });
    const rounds = [];
    for (let round = 0; round < 5; round++) rounds.push(await statuses());
    await watcher.db!.command({ profile: 0 });
    expect(rounds.flat()).toEqual(Array(160).fill(200));
    expect(await watcher.db!.collection('system.profile').countDocuments(queries)).toBeLessThan(80);
  });

  test('a key that is disabled is refused at the next request, and enabled it works at the next one', async () => {
    const other = await server.createKey(key.organizationId);
    for (let round = 0; round < 20; round++) {
      await server.keys.edit(key.organizationId, other.id, { enabled: false });
      const refused = await send(server, '/api/v1/key', { headers: other.asSecret });
      expect([refused.status, refused.problem().code]).toEqual([401, 'key_disabled']);
      await server.keys.edit(key.organizationId, other.id, { enabled: true });
      expect((await send(server, '/api/v1/key', { headers: other.asSecret })).status).toBe(200);
    }
  });
});
