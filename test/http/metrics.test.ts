import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createPublicKey, createSecretKey } from '../../server/gate/key-format.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import { freshDatabase } from '../support/mongod.ts';
import { createPerson, openBrowser } from '../support/people.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { openStream, parseRaw, send, sendRaw } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function read(server: TestServer): Promise<readonly Series[]> {
  // They are made at most once a second.
  server.clock.advance(1_000);
  const { text } = await send(server, '/metrics');
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => [pair[1], pair[2]]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

/** The value of one series; 0 when it is not there. */
async function valueOf(server: TestServer, name: string, labels: Readonly<Record<string, string>> = {}) {
  const wanted = Object.entries(labels);
  const found = (await read(server)).filter(
    (series) => series.name === name && wanted.every(([label, value]) => series.labels[label] === value),
  );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value ?? 0;
}

const requests = 'postern_http_requests_total';
const verdicts = 'postern_verdicts_total';
const scryptRuns = 'postern_scrypt_runs_total';
const storeCalls = 'postern_store_duration_seconds_count';

describe('who may read /metrics', () => {
  const statusOf = async (server: TestServer, headers: Readonly<Record<string, string>> = {}, host = 'localhost') => {
    const { status, text } = await send(server, '/metrics', { headers, host });
    expect(text.includes('# TYPE')).toBe(status === 200);
    return status;
  };

  test.each<[string, Readonly<Record<string, string>>]>([
    ['without a proxy', {}],
    ['with TRUST_PROXY', { TRUST_PROXY: '1' }],
    ['with TRUST_PROXY of this machine', { TRUST_PROXY: 'loopback' }],
  ])('%s: this machine, and nobody whose request it forwards', async (_name, environment) => {
    const server = await startTestServer({ environment });
    expect(await statusOf(server)).toBe(200);
    for (const host of ['127.0.0.1', '[::1]']) expect(await statusOf(server, {}, host)).toBe(200);
    for (const name of ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Real-IP', 'Forwarded', 'Via']) {
      for (const value of ['198.51.100.7', '127.0.0.1', ''])
        expect(await statusOf(server, { [name]: value })).toBe(403);
    }
    // A name that leads here: a page of a stranger, whose browser is on this machine.
    for (const host of ['rebound.example', 'localhost.rebound.example', '127.0.0.1.rebound.example', '198.51.100.7']) {
      expect(await statusOf(server, {}, host)).toBe(403);
    }
    // As nginx forwards by itself.
    const raw = parseRaw(
      await sendRaw(server, `GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`).whole,
    );
    expect(raw.status).toBe(403);
    expect(JSON.parse(raw.body)).toMatchObject({
      code: 'forbidden',
      fix: expect.stringContaining('METRICS_TOKEN') as unknown,
    });
    await server.stop();
  });

  test('with METRICS_TOKEN whoever has it, from anywhere; this machine without it does not', async () => {
    const token = 'a-token-of-16-or-more';
    const server = await startTestServer({ environment: { METRICS_TOKEN: token } });
    const forwarded = { 'x-forwarded-for': '198.51.100.7' };
    expect(await statusOf(server, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await statusOf(server, { authorization: `bearer ${token}`, ...forwarded }, 'gate.example.com')).toBe(200);
    const missing = await send(server, '/metrics');
    expect([missing.status, missing.problem().code, missing.headers['www-authenticate']]).toEqual([
      401,
      'credentials_missing',
      'Bearer realm="postern"',
    ]);
    for (const wrong of [`Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token, 'Bearer ']) {
      const { status, text, headers } = await send(server, '/metrics', { headers: { authorization: wrong } });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="postern", error="invalid_token"']);
      expect(text).not.toContain(token.slice(1));
    }
    expect(server.logLines.join()).not.toContain(token);
    await server.stop();
  });

  test('they are made at most once a second, however many ask at once', async () => {
    const server = await startTestServer();
    const readOnce = async () => (await send(server, '/metrics')).text;
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, readOnce));
    expect(new Set([first, ...others]).size).toBe(1);
    server.clock.advance(999);
    expect(await readOnce()).toBe(first);
    server.clock.advance(1);
    expect(await readOnce()).not.toBe(first);
    server.clock.advance(-3_600_000);
    expect(await readOnce()).not.toBe(first);
    await server.stop();
  });
});

describe('/metrics', () => {
  let server: TestServer;
  let key: TestKey;
  let agentId: string;
  beforeAll(async () => {
    server = await startTestServer({ environment: { RATE_LIMIT_REFUSED_PER_IP: '100/60' } });
    key = await server.createKey(await server.createOrganization(), {
      scopes: ['agents:read', 'messages:write', 'keys:verify'],
    });
    agentId = (await server.createAgent(key.organizationId)).id;
  });
  afterAll(() => server.stop());

  test('is Prometheus text, read with GET or HEAD only, never stored, and not for other sites', async () => {
    const { status, headers, text } = await send(server, '/metrics', { headers: { origin: 'https://shop.example' } });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    for (const line of text.split('\n').filter((part) => part !== '')) {
      expect(line).toMatch(/^# (HELP|TYPE) \w+ .+$|^[a-z_0-9]+(\{[a-z]+="[^\n]*"\})? (\+Inf|Nan|[-+.e\d]+)$/);
    }
    const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map((match) => match[1]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(names).toContain('process_resident_memory_bytes');
    expect(names).not.toContain('postern_redis_up');
    expect((await send(server, '/metrics', { method: 'HEAD' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const refused = await send(server, '/metrics', { method });
      expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });

  test('say which version runs', async () => {
    const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string };
    expect(await valueOf(server, 'postern_build_info', { version })).toBe(1);
  });

  test('requests are counted by the pattern of their route and by status, and timed', async () => {
    const route = '/api/v1/agents/:agentId';
    const before = await read(server);
    for (const id of [agentId, agentId, 'agt_nobody']) {
      await send(server, `/api/v1/agents/${id}`, { headers: key.asSecret });
    }
    await send(server, `/api/v1/agents/${agentId}`, { method: 'PUT' });
    await expect.poll(() => valueOf(server, requests, { route, method: 'GET', status: '200' })).toBe(2);
    expect(await valueOf(server, requests, { route, method: 'GET', status: '404' })).toBe(1);
    expect(await valueOf(server, requests, { route, method: 'PUT', status: '405' })).toBe(1);
    const duration = 'postern_http_request_duration_seconds';
    expect(await valueOf(server, `${duration}_count`, { route, method: 'GET' })).toBe(3);
    expect(await valueOf(server, `${duration}_bucket`, { route, method: 'GET', le: '+Inf' })).toBe(3);
    const seconds = await valueOf(server, `${duration}_sum`, { route, method: 'GET' });
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(10);
    expect(before.some(({ labels }) => labels.route === route)).toBe(false);
  });

  test('what has no route is "other": paths and methods that somebody made up, and what is no HTTP', async () => {
    const other = { route: 'other', method: 'GET', status: '404' };
    const before = await valueOf(server, requests, other);
    for (const path of ['/made-up-1', '/api/v1/made-up-2', '/%zz', '/api/v1/agents/a/b/c']) await send(server, path);
    await expect.poll(() => valueOf(server, requests, other)).toBeGreaterThanOrEqual(before + 3);
    await send(server, '/made-up-3', { method: 'PROPFIND' });
    await expect.poll(() => valueOf(server, requests, { ...other, method: 'other' })).toBe(1);
    await sendRaw(server, 'no http at all\r\n\r\n').whole;
    await expect.poll(() => valueOf(server, requests, { route: 'other', method: 'other', status: '400' })).toBe(1);
    server.clock.advance(1_000);
    expect((await send(server, '/metrics')).text).not.toMatch(/made-up|PROPFIND/);
  });

  test('a visitor who leaves a stream is not counted as answered', async () => {
    let isAsked = false;
    const slow = await startTestServer({
      openAgent: () =>
        Promise.resolve({
          async *answer(_messages, signal) {
            yield 'first';
            isAsked = true;
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          },
        }),
    });
    const { asSecret, organizationId } = await slow.createKey(await slow.createOrganization());
    const path = `/api/v1/agents/${(await slow.createAgent(organizationId)).id}/messages`;
    const stream = await openStream(slow, path, { headers: asSecret, body: { message: 'Hello' } });
    await expect.poll(() => isAsked).toBe(true);
    stream.leave();
    const route = '/api/v1/agents/:agentId/messages';
    await expect.poll(() => valueOf(slow, requests, { route, method: 'POST', status: 'aborted' })).toBe(1);
    await slow.stop();
  });

  test('verdicts are counted by code, those about somebody else’s visitor apart', async () => {
    const wanted = [
      ...['accepted', 'credentials_missing', 'key_invalid', 'origin_not_allowed'].map((code) => ({
        asked: 'call',
        code,
      })),
      ...['verify', 'authorize'].map((asked) => ({ asked, code: 'key_invalid' })),
    ];
    const counts = () => Promise.all(wanted.map((labels) => valueOf(server, verdicts, labels)));
    const before = await counts();
    const path = '/api/v1/key';
    await send(server, path, { headers: key.asSecret });
    await send(server, path);
    await send(server, path, { headers: { authorization: `Bearer ${createPublicKey()}` } });
    await send(server, path, { headers: key.from('https://evil.example') });
    const credential = createPublicKey();
    await send(server, '/api/v1/keys/verify', { headers: key.asSecret, body: { credential } });
    const headers = { authorization: `Bearer ${credential}` };
    await send(server, `/api/v1/authorize?organization=${key.organizationId}`, { headers });
    const after = await counts();
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([2, 1, 1, 1, 1, 1]);
  });

  test('scrypt runs: one for a secret that has no digest yet, one for a password, none for a wrong secret', async () => {
    const counts = () =>
      Promise.all(['secret', 'password'].map((proven) => valueOf(server, scryptRuns, { of: proven })));
    const [secrets = 0, passwords = 0] = await counts();
    const fresh = await server.createKey(key.organizationId);
    for (let count = 0; count < 3; count++) await send(server, '/api/v1/key', { headers: fresh.asSecret });
    const wrong = { authorization: `Bearer ${fresh.publicKey}:${createSecretKey()}` };
    expect((await send(server, '/api/v1/key', { headers: wrong })).status).toBe(401);
    expect(await counts()).toEqual([secrets + 1, passwords]);
    const { email } = await createPerson(server);
    await openBrowser(server).send('/api/session', { body: { email, password: 'a wrong password' } });
    expect(await counts()).toEqual([secrets + 1, passwords + 1]);
  });

  test('changes of the embedded store are timed, its reads of mapped memory are not', async () => {
    const before = await valueOf(server, storeCalls, { method: 'createKey' });
    await server.createKey(key.organizationId);
    await send(server, '/api/v1/key', { headers: key.asSecret });
    expect(await valueOf(server, storeCalls, { method: 'createKey' })).toBe(before + 1);
    expect(await valueOf(server, storeCalls, { method: 'findKeyByPublicKey' })).toBe(0);
    expect(await valueOf(server, 'postern_store_duration_seconds_sum', { method: 'createKey' })).toBeGreaterThan(0);
  });

  test.each([
    ['kept', new StoreUnavailableError('away')],
    ['lost', new Error('broken')],
  ])('usage figures that could not be written are counted as %s', async (outcome, error) => {
    const name = 'postern_usage_batches_unwritten_total';
    const broken = await startTestServer();
    expect(await valueOf(broken, name, { outcome })).toBe(0);
    const { asSecret } = await broken.createKey(await broken.createOrganization());
    const failing = vi.spyOn(broken.store, 'addUsage').mockRejectedValueOnce(error);
    await send(broken, '/api/v1/key', { headers: asSecret });
    await expect.poll(() => valueOf(broken, name, { outcome })).toBe(1);
    failing.mockRestore();
    await broken.stop();
  });

  test('two servers in one process count apart', async () => {
    const second = await startTestServer();
    await send(server, '/healthz');
    const route = '/healthz';
    await expect.poll(() => valueOf(server, requests, { route, method: 'GET', status: '200' })).toBe(1);
    expect(await valueOf(second, requests, { route, method: 'GET', status: '200' })).toBe(0);
    await second.stop();
  });

  test('no key, organization, e-mail, address, origin or path is in it, whoever calls with what', async () => {
    const { email } = await createPerson(server);
    const secrets = [createPublicKey(), createSecretKey()];
    const tries = [
      send(server, '/api/v1/key', { headers: key.asSecret }),
      send(server, '/api/v1/key', { headers: { ...key.asSecret, origin: 'https://canary-origin.example' } }),
      send(server, '/api/v1/key', { headers: key.from('https://shop.example') }),
      send(server, '/api/v1/key', { headers: key.from('https://canary-origin.example') }),
      send(server, `/api/v1/agents/${agentId}/messages`, { headers: key.asSecret, body: { message: 'canary-text' } }),
      send(server, `/api/v1/${key.secretKey}?key=${key.publicKey}`, { headers: { 'user-agent': 'canary-agent' } }),
      send(server, `/api/org/${key.organizationId}/api-keys/${key.id}`, { headers: key.asSecret }),
      send(server, '/api/v1/key', { headers: { authorization: `Bearer ${secrets.join(':')}` } }),
      send(server, '/api/v1/key', { host: 'canary-host.example' }),
      openBrowser(server).send('/api/session', { body: { email, password: 'canary-password' } }),
    ];
    await Promise.all(tries);
    await expect.poll(() => valueOf(server, requests, { route: '/api/session', status: '401' })).toBeGreaterThan(0);
    server.clock.advance(1_000);
    const { text } = await send(server, '/metrics');
    const { organizationId, id, publicKey, secretKey } = key;
    for (const hidden of [organizationId, id, publicKey, secretKey, agentId, email, ...secrets, '127.0.0.1', '::1']) {
      expect(text).not.toContain(hidden);
    }
    expect(text).not.toMatch(/canary|shop\.example|[ps]k_|org_|agt_|@/);
    const own = (await read(server)).filter(({ name }) => name.startsWith('postern_'));
    const words = new Set(own.flatMap(({ labels }) => Object.keys(labels)));
    expect([...words].toSorted()).toEqual([
      'asked',
      'code',
      'le',
      'method',
      'of',
      'outcome',
      'route',
      'status',
      'version',
    ]);
  });
});

const { url: mongod } = inject('mongod');

test.skipIf(mongod === undefined)('on MongoDB every call of the store is timed, and failures are counted', async () => {
  const server = await startTestServer({ database: freshDatabase(mongod ?? 'mongodb://127.0.0.1') });
  const key = await server.createKey(await server.createOrganization());
  const before = await valueOf(server, storeCalls, { method: 'findKeyByPublicKey' });
  for (let count = 0; count < 3; count++) await send(server, '/api/v1/key', { headers: key.asSecret });
  expect(await valueOf(server, storeCalls, { method: 'findKeyByPublicKey' })).toBe(before + 3);
  await server.store.close();
  expect((await send(server, '/api/v1/key', { headers: key.asSecret })).status).toBe(503);
  expect(await valueOf(server, 'postern_store_failures_total', { method: 'findKeyByPublicKey' })).toBe(1);
  await server.stop();
});
