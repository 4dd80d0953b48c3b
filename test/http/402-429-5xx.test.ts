import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPublicKey, createSecretKey } from '../../server/gate/key-format.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import { expectProblem } from '../support/problem.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const get = (server: TestServer, headers: RequestHeaders, path = '/api/v1/agents') => send(server, path, { headers });

describe('credits_exhausted: 402', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.stop());

  test('when less is left than the agent costs; nothing is taken', async () => {
    const key = await server.createKey(await server.createOrganization(4));
    const { id } = await server.createAgent(key.organizationId, { creditsPerMessage: 3 });
    const path = `/api/v1/agents/${id}/messages`;
    const body = { message: 'When do you open?' };
    expect((await send(server, path, { headers: key.asSecret, body })).status).toBe(200);
    const reply = await send(server, path, { headers: key.asSecret, body });
    const fix = 'Grant credits to the organization in Settings → Usage.';
    expectProblem(reply, server.publicOrigin, 'credits_exhausted', { fix });
    expect(await server.store.findCredits(key.organizationId)).toEqual({ granted: 4, spent: 3 });
  });

  test('a free agent answers without credits', async () => {
    const key = await server.createKey(await server.createOrganization(0));
    const { id } = await server.createAgent(key.organizationId, { creditsPerMessage: 0 });
    const path = `/api/v1/agents/${id}/messages`;
    const reply = await send(server, path, { headers: key.asSecret, body: { message: 'When do you open?' } });
    expect(reply.json().credits).toEqual({ spent: 0, remaining: 0 });
  });

  test('20 clients racing for the last 5 credits get exactly 5 answers', async () => {
    const key = await server.createKey(await server.createOrganization(5));
    const path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
    const race = () => send(server, path, { headers: key.asSecret, body: { message: 'When do you open?' } });
    const statuses = (await Promise.all(Array.from({ length: 20 }, race))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 402)).toHaveLength(15);
    expect(await server.store.findCredits(key.organizationId)).toEqual({ granted: 5, spent: 5 });
  });
});

describe('rate_limited: 429', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      environment: {
        RATE_LIMIT_PER_KEY: '6/60',
        RATE_LIMIT_PER_KEY_IP: '3/30',
        RATE_LIMIT_REFUSED_PER_IP: '4/60',
        TRUST_PROXY: '1',
      },
    });
  });
  afterAll(() => server.stop());

  const from = (ip: string) => ({ 'x-forwarded-for': ip });

  function expectLimited(reply: Awaited<ReturnType<typeof send>>, requests: number, windowSeconds: number): void {
    const seconds = Number(reply.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(windowSeconds);
    expectProblem(reply, server.publicOrigin, 'rate_limited', {
      detail: `More than ${requests} requests in ${windowSeconds} seconds.`,
      fix: `Wait ${seconds} seconds, then try again.`,
    });
  }

  test('RATE_LIMIT_PER_KEY_IP: publishable calls of one address; another address goes on', async () => {
    const key = await server.createKey(await server.createOrganization());
    const page = key.from('https://shop.example');
    const first = await get(server, { ...page, ...from('192.0.2.1') });
    expect(first.headers['ratelimit-policy']).toBe('"key-ip";q=3;w=30, "key";q=6;w=60');
    expect(first.headers.ratelimit).toMatch(/^"key-ip";r=2;t=(30|29), "key";r=5;t=(60|59)$/);
    await get(server, { ...page, ...from('192.0.2.1') });
    await get(server, { ...page, ...from('192.0.2.1') });
    const refused = await get(server, { ...page, ...from('192.0.2.1') });
    expectLimited(refused, 3, 30);
    expect(refused.headers['ratelimit-policy']).toBe('"key-ip";q=3;w=30');
    expect(refused.headers.ratelimit).toMatch(/^"key-ip";r=0;t=\d+$/);
    // The refused call took nothing of what the key's other visitors share: 6 - 3 - 1 are left.
    const other = await get(server, { ...page, ...from('192.0.2.2') });
    expect([other.status, other.headers.ratelimit]).toEqual([200, expect.stringContaining('"key";r=2;')]);
  });

  // What `X-Forwarded-For` may hold: four calls of one visitor, and one of another, with a limit of three.
  test.each<[string, readonly string[], string]>([
    ['IPv4 and a port', ['192.0.2.10:1', '192.0.2.10:2', '192.0.2.10', '::FFFF:192.0.2.10'], '192.0.2.11:1'],
    [
      'IPv6 and a port',
      ['[2001:db8:1::7]:51234', '[2001:db8:1::7]:1', '2001:0db8:0001::8', '[2001:DB8:1::9]'],
      '[2001:db8:2::7]:51234',
    ],
    ['a proxy after it, with a port', ['192.0.2.20, 10.0.0.5:1', '192.0.2.20, 10.0.0.6:2'], '192.0.2.21, 10.0.0.5:1'],
    ['an IPv6 proxy after it', ['192.0.2.30, [fd00::5]:1', '192.0.2.30,[fd00::6]'], '192.0.2.31, [fd00::5]:9'],
  ])('one visitor is one address, however a proxy writes it: %s', async (_name, same, other) => {
    const limited = await startTestServer({
      environment: { RATE_LIMIT_PER_KEY_IP: `${same.length}/60`, TRUST_PROXY: 'loopback, 10.0.0.0/8, fd00::/8' },
    });
    const key = await limited.createKey(await limited.createOrganization());
    const ask = async (ip: string) =>
      (await get(limited, { ...key.from('https://shop.example'), ...from(ip) })).headers.ratelimit;
    for (const [index, ip] of same.entries()) {
      expect(await ask(ip)).toContain(`"key-ip";r=${same.length - 1 - index};`);
    }
    expect(await ask(other)).toContain(`"key-ip";r=${same.length - 1};`);
    await limited.stop();
  });

  test('RATE_LIMIT_PER_KEY: secret and publishable calls of every address together', async () => {
    const key = await server.createKey(await server.createOrganization());
    for (let count = 1; count <= 6; count++) {
      const headers = count % 2 === 0 ? key.asSecret : key.from('https://shop.example');
      expect((await get(server, { ...headers, ...from(`198.51.100.${count}`) })).status).toBe(200);
    }
    const refused = await get(server, key.asSecret);
    expectLimited(refused, 6, 60);
    expect(refused.headers['ratelimit-policy']).toBe('"key";q=6;w=60');
  });

  test('a key’s own limit stands in place of the server’s', async () => {
    const rateLimit = { requests: 1, windowSeconds: 10 };
    const key = await server.createKey(await server.createOrganization(), { rateLimit });
    expect((await get(server, key.asSecret)).headers['ratelimit-policy']).toBe('"key";q=1;w=10');
    expectLimited(await get(server, key.asSecret), 1, 10);
    await server.keys.edit(key.organizationId, key.id, { rateLimit: { requests: 8, windowSeconds: 10 } });
    expect((await get(server, key.asSecret)).headers['ratelimit-policy']).toBe('"key";q=8;w=10');
  });

  test('RATE_LIMIT_REFUSED_PER_IP: guessing is answered 429, and a good call from that address still passes', async () => {
    const key = await server.createKey(await server.createOrganization());
    const guesses: Readonly<Record<string, string>>[] = [
      {},
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer ${createPublicKey()}` },
      { authorization: `Bearer ${key.publicKey}:${createSecretKey()}` },
    ];
    const address = from('203.0.113.7');
    for (const guess of guesses) expect((await get(server, { ...guess, ...address })).status).toBe(401);
    for (const guess of guesses) {
      const refused = await get(server, { ...guess, ...address });
      expectLimited(refused, 4, 60);
      expect(refused.headers['ratelimit-policy']).toBe('"refused-ip";q=4;w=60');
    }
    expect((await get(server, { ...key.asSecret, ...address })).status).toBe(200);
    expect((await get(server, { ...key.from('https://shop.example'), ...address })).status).toBe(200);
    expect((await get(server, from('203.0.113.8'))).status).toBe(401);
  });

  test('refusals that are no guess of a key are not counted as guesses', async () => {
    const key = await server.createKey(await server.createOrganization());
    for (let count = 0; count < 8; count++) {
      const reply = await get(server, { ...key.from('https://evil.example'), ...from('203.0.113.9') });
      expect([reply.status, reply.headers.ratelimit]).toEqual([403, undefined]);
    }
  });

  test('the addresses of one IPv6 /64 are one; the next /64 is another', async () => {
    for (const last of ['1', '2', 'ffff', 'a:b:c:d'])
      await get(server, from(`2001:db8:0:1:${last === 'a:b:c:d' ? last : `:${last}`}`));
    expect((await get(server, from('2001:db8:0:1::9'))).status).toBe(429);
    expect((await get(server, from('2001:db8:0:2::9'))).status).toBe(401);
  });

  test('a rate-limited message costs no credit', async () => {
    const rateLimit = { requests: 1, windowSeconds: 60 };
    const key = await server.createKey(await server.createOrganization(0), { rateLimit });
    const path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
    const ask = async () => (await send(server, path, { headers: key.asSecret, body: { message: 'x' } })).status;
    expect([await ask(), await ask()]).toEqual([402, 429]);
  });
});

describe('limits that are off', () => {
  test('no RateLimit headers', async () => {
    const server = await startTestServer();
    const key = await server.createKey(await server.createOrganization());
    const reply = await get(server, key.from('https://shop.example'));
    expect(reply.status).toBe(200);
    expect(reply.headers).not.toHaveProperty('ratelimit');
    expect(reply.headers).not.toHaveProperty('ratelimit-policy');
    await server.stop();
  });

  test('a forwarded address is not believed without TRUST_PROXY', async () => {
    const server = await startTestServer({ environment: { RATE_LIMIT_REFUSED_PER_IP: '1/60' } });
    expect((await get(server, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(401);
    expect((await get(server, { 'x-forwarded-for': '192.0.2.2' })).status).toBe(429);
    await server.stop();
  });
});

describe('agent_failed: 502', () => {
  test('an agent that throws, that says nothing, that is gone: the credit is back and the reason is in the log', async () => {
    let answer: (() => AsyncIterable<string>) | undefined;
    const server = await startTestServer({ openAgent: () => Promise.resolve(answer && { answer }) });
    const key = await server.createKey(await server.createOrganization(1));
    const path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
    const answers: [typeof answer, string][] = [
      [
        () => {
          throw new Error('upstream is down');
        },
        'upstream is down',
      ],
      [
        // eslint-disable-next-line @typescript-eslint/require-await -- an agent that says nothing
        async function* () {
          return;
        },
        'The agent gave an empty answer.',
      ],
      [undefined, 'The agent has nothing to answer from.'],
    ];
    for (const [next, reason] of answers) {
      answer = next;
      const reply = await send(server, path, { headers: key.asSecret, body: { message: 'x' } });
      const fix = 'Send the same message again; nothing was charged.';
      expectProblem(reply, server.publicOrigin, 'agent_failed', { fix });
      expect(await server.store.findCredits(key.organizationId)).toEqual({ granted: 1, spent: 0 });
      expect(server.logLines.find((line) => line.includes(reason))).toContain('"level":"error"');
    }
    await server.stop();
  });
});

describe('store_unavailable: 503', () => {
  test('every call fails closed with Retry-After, and /readyz says so, until the store is back', async () => {
    const server = await startTestServer();
    const key = await server.createKey(await server.createOrganization());
    const away = () => Promise.reject(new StoreUnavailableError('away'));
    const broken = [vi.spyOn(server.store, 'findKeyByPublicKey'), vi.spyOn(server.store, 'ping')];
    for (const method of broken) method.mockImplementation(away);
    for (const headers of [
      key.asSecret,
      key.from('https://shop.example'),
      { authorization: `Bearer ${createPublicKey()}` },
    ]) {
      const reply = await get(server, headers);
      expectProblem(reply, server.publicOrigin, 'store_unavailable', { fix: 'Try again in a few seconds.' });
      expect(reply.headers['retry-after']).toBe('2');
    }
    const ready = await get(server, {}, '/readyz');
    expect([ready.status, ready.headers['retry-after']]).toEqual([503, '2']);
    expect((await get(server, {}, '/healthz')).status).toBe(200);
    // What needs no store is decided without it.
    expect((await get(server, { authorization: 'Bearer nonsense' })).status).toBe(401);
    for (const method of broken) method.mockRestore();
    expect((await get(server, key.asSecret)).status).toBe(200);
    expect((await get(server, {}, '/readyz')).status).toBe(200);
    await server.stop();
  });

  test('a closed embedded store is away, never an unknown key', async () => {
    const server = await startTestServer();
    const key = await server.createKey(await server.createOrganization());
    await server.store.close();
    expect((await get(server, key.asSecret)).status).toBe(503);
    await server.stop();
  });
});

describe('internal: 500', () => {
  test('one bland sentence and the request id; the reason is in the log under it', async () => {
    const server = await startTestServer();
    const key = await server.createKey(await server.createOrganization());
    vi.spyOn(server.store, 'listAgents').mockRejectedValue(new TypeError('a private reason'));
    const reply = await get(server, key.asSecret);
    expectProblem(reply, server.publicOrigin, 'internal');
    const id = String(reply.headers['x-request-id']);
    await expect.poll(() => server.logLines.find((line) => line.includes(id))).toContain('a private reason');
    expect(server.logLines.find((line) => line.includes(id))).toContain('"level":"error"');
    await server.stop();
  });
});
