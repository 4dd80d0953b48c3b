/** Calls that anybody can make with a publishable key, from origins that they invent: what they must not push out, and their limit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPublicKey } from '../../server/gate/key-format.ts';
import { send } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { describeOnBothStores } from '../support/stores.ts';

const shop = 'https://shop.example';
const blog = 'https://blog.example';
const floodOrigins = 60;
const floodEach = 7;

interface Usage {
  readonly days: readonly { readonly accepted: number; readonly refused: Readonly<Record<string, number>> }[];
  readonly origins: readonly { readonly origin: string; readonly accepted: number; readonly refused: number }[];
}

async function usageOf(server: TestServer, key: TestKey): Promise<Usage> {
  const path = `/api/org/${key.organizationId}/api-keys/${key.id}/usage?days=1`;
  return (await send(server, path, { headers: key.asSecret })).json() as unknown as Usage;
}

function refusedBy(usage: Usage, code: string): number {
  return usage.days.reduce((sum, { refused }) => sum + (refused[code] ?? 0), 0);
}

describeOnBothStores('a flood from invented origins', ({ databaseUrl }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ database: databaseUrl });
  });
  afterAll(() => server.stop());

  // Fails where one list of the busiest origins holds both: then the flood is all that is known of the key.
  test('pushes no real one out of the record, and a removal still warns', { timeout: 60_000 }, async () => {
    const scopes = ['agents:read', 'keys:manage', 'usage:read'];
    const key = await server.createKey(await server.createOrganization(), {
      allowedDomains: ['shop.example', 'blog.example'],
      scopes,
    });
    const call = async (origin: string) => (await send(server, '/api/v1/agents', { headers: key.from(origin) })).status;
    for (let visit = 0; visit < 5; visit++) expect([await call(shop), await call(blog)]).toEqual([200, 200]);
    const invented = Array.from({ length: floodOrigins }, (_, index) => `https://evil-${index}.example`);
    for (let round = 0; round < floodEach; round++) {
      const statuses = await Promise.all(invented.map(call));
      expect(new Set(statuses)).toEqual(new Set([403]));
    }
    await expect
      .poll(async () => refusedBy(await usageOf(server, key), 'origin_not_allowed'))
      .toBe(floodOrigins * floodEach);
    const { origins } = await usageOf(server, key);
    const real = origins.filter(({ accepted }) => accepted > 0).map(({ origin, accepted }) => [origin, accepted]);
    expect(real.toSorted()).toEqual([
      [blog, 5],
      [shop, 5],
    ]);
    expect(origins.filter(({ accepted }) => accepted === 0)).toHaveLength(50);

    const path = `/api/org/${key.organizationId}/api-keys/${key.id}`;
    const body = { allowedDomains: ['shop.example'] };
    const removal = await send(server, path, { method: 'PATCH', headers: key.asSecret, body });
    expect([removal.status, removal.problem().code]).toEqual([409, 'conflict']);
    const { replay } = removal.problem() as unknown as { replay: readonly { origin: string; allowed: boolean }[] };
    expect(replay).toContainEqual({ origin: blog, requests: 5, allowed: false });
  });

  // Fails for figures that are counted where the key was let in, before anybody looked for the agent.
  test('a page whose tag names an agent that is not there is refused in the figures, and answered as before', async () => {
    const key = await server.createKey(await server.createOrganization(), {
      scopes: ['agents:read', 'messages:write', 'usage:read'],
    });
    const hidden = await server.createAgent(key.organizationId, { public: false });
    const body = { message: 'Hello?' };
    const headers = key.from(shop);
    const calls = [
      await send(server, '/api/v1/agents/agt_0', { headers }),
      await send(server, `/api/v1/agents/${hidden.id}`, { headers }),
      await send(server, '/api/v1/agents/nonsense/messages', { headers, body }),
      await send(server, `/api/v1/agents/${hidden.id}/messages`, { headers, body }),
      await send(server, `/api/v1/agents/${hidden.id}/messages`, {
        headers: { ...headers, accept: 'text/event-stream' },
        body,
      }),
    ];
    expect(calls.map((reply) => [reply.status, reply.problem().code])).toEqual(calls.map(() => [404, 'not_found']));
    await expect.poll(async () => refusedBy(await usageOf(server, key), 'agent_not_found')).toBe(5);
    const { origins } = await usageOf(server, key);
    expect(origins).toMatchObject([{ origin: shop, accepted: 0, refused: 5 }]);
    // A server that names a wrong agent has a 404 of its own, and was let in.
    expect((await send(server, '/api/v1/agents/agt_0', { headers: key.asSecret })).status).toBe(404);
    expect(refusedBy(await usageOf(server, key), 'agent_not_found')).toBe(5);
  });
});

describe('the limit of refused origins', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      environment: {
        RATE_LIMIT_REFUSED_ORIGIN_PER_IP: '4/60',
        RATE_LIMIT_REFUSED_PER_IP: '4/60',
        TRUST_PROXY: 'loopback',
      },
    });
  });
  afterAll(() => server.stop());

  // Fails where only guesses of keys have a limit.
  test('is for each address, and takes nothing of its good calls and of its guesses', async () => {
    const key = await server.createKey(await server.createOrganization(), {
      scopes: ['agents:read', 'usage:read'],
    });
    const call = (headers: Readonly<Record<string, string>>, address = '203.0.113.7') =>
      send(server, '/api/v1/agents', { headers: { ...headers, 'x-forwarded-for': address } });
    const pk = { authorization: `Bearer ${key.publicKey}` };
    const refused = [pk, { ...pk, origin: 'null' }, { ...pk, origin: 'nonsense' }, key.from('https://evil.example')];
    for (const headers of refused) expect((await call(headers)).status).toBe(403);
    for (const headers of refused) {
      const reply = await call(headers);
      expect([reply.status, reply.problem().code]).toEqual([429, 'rate_limited']);
      expect(reply.headers['ratelimit-policy']).toBe('"refused-origin-ip";q=4;w=60');
      expect(reply.headers['retry-after']).toBe('60');
    }
    expect((await call(key.from(shop))).status).toBe(200);
    expect((await call({ authorization: `Bearer ${createPublicKey()}` })).status).toBe(401);
    expect((await call(key.from('https://evil.example'), '203.0.113.8')).status).toBe(403);
    // What was answered 429 is counted as what it was refused for.
    await expect.poll(async () => refusedBy(await usageOf(server, key), 'origin_not_allowed')).toBe(3);
    expect(refusedBy(await usageOf(server, key), 'rate_limited')).toBe(0);
  });

  test('is not for learning mode, which refuses no origin', async () => {
    const key = await server.createKey(await server.createOrganization());
    const learningUntil = new Date(server.clock() + 86_400_000).toISOString();
    await server.keys.edit(key.organizationId, key.id, { learningUntil: Date.parse(learningUntil) });
    for (let visit = 0; visit < 8; visit++) {
      const headers = { ...key.from(`https://new-${visit}.example`), 'x-forwarded-for': '203.0.113.9' };
      expect((await send(server, '/api/v1/agents', { headers })).status).toBe(200);
    }
  });
});
