/** What a key's usage shows of who sent its publishable calls, from real requests. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { dayMs, toUtcDate } from '../../server/gate/clock.ts';
import { sweep } from '../../server/sweep.ts';
import type { KeyEvidence } from '../../server/http/wire.ts';
import { describeStore } from '../support/every-record.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { sampleDigestKey } from '../support/sample-records.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { describeOnBothStores } from '../support/stores.ts';

const shop = 'https://shop.example';
const asBrowser = { 'sec-fetch-site': 'cross-site' };
const visitor = '203.0.113.7';

async function withServer(
  environment: Readonly<Record<string, string>>,
  run: (server: TestServer, key: TestKey) => Promise<void>,
): Promise<void> {
  const server = await startTestServer({ environment });
  try {
    const key = await server.createKey(await server.createOrganization(), {
      scopes: ['agents:read', 'messages:write', 'keys:manage', 'keys:verify'],
    });
    await run(server, key);
  } finally {
    await server.stop();
  }
}

const call = (server: TestServer, key: TestKey, more: Readonly<Record<string, string>> = {}, host = 'localhost') =>
  send(server, '/api/v1/agents', { headers: { ...key.from(shop), ...more }, host });

/** Waits until so many calls are written. */
async function readEvidence(server: TestServer, key: TestKey, written: number): Promise<KeyEvidence> {
  const read = async () => {
    const path = `/api/org/${key.organizationId}/api-keys/${key.id}/usage?days=1`;
    const reply = await send(server, path, { headers: key.asSecret });
    return reply.json().evidence as KeyEvidence;
  };
  await expect.poll(async () => (await read()).days[0]!.addressedCalls, { timeout: 5_000 }).toBe(written);
  return read();
}

describe('whether a browser sent it can be told', () => {
  test.each([
    ['https://gate.example.com', 'gate.example.com'],
    // A proxy that does not pass the host on.
    ['https://gate.example.com', 'upstream'],
    ['http://localhost:3000', 'localhost'],
    ['http://localhost:3000', '127.0.0.1'],
  ])('where browsers come to %s, by the host %s', async (url, host) => {
    await withServer({ PUBLIC_URL: url }, async (server, key) => {
      await call(server, key, asBrowser, host);
      await call(server, key, {}, host);
      await call(server, key, { 'sec-fetch-mode': 'cors' }, host);
      expect(await readEvidence(server, key, 3)).toMatchObject({ calls: 3, withoutBrowserHeaders: 2 });
    });
  });

  // It sends `Sec-Fetch-Mode: cors` whatever it is asked for.
  test('of Node’s own fetch with an Origin that is made up: none did', async () => {
    await withServer({ PUBLIC_URL: 'https://gate.example.com' }, async (server, key) => {
      const url = `http://localhost:${server.port}/api/v1/agents`;
      const replies = await Promise.all(Array.from({ length: 12 }, () => fetch(url, { headers: key.from(shop) })));
      expect(replies.map(({ status }) => status)).toEqual(Array(12).fill(200));
      expect(await readEvidence(server, key, 12)).toMatchObject({ calls: 12, withoutBrowserHeaders: 12 });
    });
  });

  // Browsers send no Sec-Fetch-… there, so every visitor would look like a script.
  test.each([
    ['http://gate.internal', 'gate.internal'],
    ['http://localhost:3000', '192.168.1.5'],
  ])('and not where they come to %s, by the host %s', async (url, host) => {
    await withServer({ PUBLIC_URL: url }, async (server, key) => {
      await call(server, key, {}, host);
      await call(server, key, asBrowser, host);
      const { calls, withoutBrowserHeaders, days } = await readEvidence(server, key, 2);
      expect([calls, withoutBrowserHeaders, days[0]!.groups.length]).toEqual([0, 0, 1]);
    });
  });
});

describe('a visitor of somebody else’s API', () => {
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': visitor };

  /** Those that are told of and those without, after calls that came through the proxy with these headers. */
  async function authorize(
    trust: string,
    ...calls: readonly Readonly<Record<string, string>>[]
  ): Promise<readonly number[]> {
    const counted: number[] = [];
    await withServer({ ...(trust !== '' && { TRUST_PROXY: trust }) }, async (server, key) => {
      const ask = (of: RequestHeaders) =>
        send(server, `/api/v1/authorize?organization=${key.organizationId}`, { headers: of });
      for (const headers of calls) expect((await ask({ ...key.from(shop), ...headers })).status).toBe(200);
      const evidence = await readEvidence(server, key, calls.length);
      counted.push(evidence.calls, evidence.withoutBrowserHeaders);
    });
    return counted;
  }

  // Fails for one that takes another header for a sign that the proxy leaves none out: scripts send what they like.
  test('is told once a trusted proxy has passed on what a browser sent, when it came by https', async () => {
    expect(await authorize('1', https, { ...https, ...asBrowser }, https, https)).toEqual([3, 2]);
  });

  test.each([
    ['a proxy that is not trusted', '', { ...https, ...asBrowser }],
    ['a way by http', '1', { ...https, ...asBrowser, 'x-forwarded-proto': 'http' }],
    // What the script did not send and what the proxy left out look the same.
    ['a proxy that picks headers', '1', { ...https, accept: '*/*' }],
  ])('can’t be told behind %s', async (_name, trust, headers) => {
    expect(await authorize(trust, headers, { ...https, accept: '*/*' })).toEqual([0, 0]);
  });

  // Counting only those that are said to be browsers would make everything look fine.
  test('can’t be told of a call to verify; the address that is said counts', async () => {
    await withServer({ PUBLIC_URL: 'https://gate.example.com' }, async (server, key) => {
      const verify = (ip: string) =>
        send(server, '/api/v1/keys/verify', {
          headers: { ...key.asSecret, ...asBrowser },
          body: { authorization: `Bearer ${key.publicKey}`, origin: shop, ip },
        });
      expect((await verify(visitor)).json()).toMatchObject({ valid: true });
      await verify('198.51.100.9');
      await verify(visitor);
      const { calls, days } = await readEvidence(server, key, 3);
      expect([calls, days[0]!.groups.map((group) => group.calls)]).toEqual([0, [2, 1]]);
    });
  });
});

describe('what is counted', () => {
  test('calls that a limit or a budget refused, and none that an origin was', async () => {
    const limits = { RATE_LIMIT_PER_KEY_IP: '4/60', TRUST_PROXY: '1', PUBLIC_URL: 'https://gate.example.com' };
    await withServer(limits, async (server, key) => {
      const agent = await server.createAgent(key.organizationId, { creditsPerMessage: 2 });
      await server.keys.edit(key.organizationId, key.id, { budget: { credits: 3, per: 'day' } });
      const from = { ...key.from(shop), 'x-forwarded-for': visitor };
      const ask = () =>
        send(server, `/api/v1/agents/${agent.id}/messages`, { headers: from, body: { message: 'Hello?' } });
      const statuses = [];
      for (let time = 0; time < 5; time++) statuses.push((await ask()).status);
      expect(statuses).toEqual([200, 402, 402, 402, 429]);
      await call(server, key, { origin: 'https://evil.example' });
      const { calls, withoutBrowserHeaders, days } = await readEvidence(server, key, 5);
      expect([calls, withoutBrowserHeaders]).toEqual([5, 5]);
      expect(days[0]!.groups).toEqual([{ id: expect.any(String) as string, calls: 5 }]);
    });
  });
});

describeOnBothStores('an address', ({ databaseUrl, open }) => {
  test('is nowhere but in memory; the key of the day is in no export, and is gone after the day after', async () => {
    const server = await startTestServer({ database: databaseUrl, environment: { TRUST_PROXY: '1' } });
    const store = await open();
    onTestFinished(async () => {
      await store.close();
      await server.stop();
    });
    const key = await server.createKey(await server.createOrganization(), { scopes: ['agents:read', 'usage:read'] });
    for (let time = 0; time < 3; time++) await call(server, key, { 'x-forwarded-for': visitor });
    const { days } = await readEvidence(server, key, 3);
    const [group] = days[0]!.groups;
    const today = toUtcDate(server.clock());
    const another = sampleDigestKey('a');
    const digestKey = await server.store.keepDigestKey(today, another);
    expect(digestKey).toMatch(/^[\w-]{43}$/);
    const told = JSON.stringify([days, server.logLines, await describeStore(store)]);
    expect(told).toContain(group!.id);
    for (const hidden of [visitor, digestKey]) expect(told).not.toContain(hidden);
    expect(group!.calls).toBe(3);
    server.clock.advance(dayMs);
    await sweep(server.store, server.clock);
    expect(await server.store.keepDigestKey(today, another)).toBe(digestKey);
    server.clock.advance(dayMs);
    await sweep(server.store, server.clock);
    expect(await server.store.keepDigestKey(today, another)).toBe(another);
  });
});
