/** `/api/v1/authorize` on the real server: the verdict by status, for a proxy in front of somebody's own API. */
import { METHODS } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPublicKey, createSecretKey } from '../../server/gate/key-format.ts';
import { problems, type ProblemCode } from '../../server/gate/problem.ts';
import { scopeRule } from '../../server/gate/scope.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import { expectProblem, type ExpectedFields } from '../support/problem.ts';
import { parseRaw, send, sendRaw, type Reply, type RequestHeaders, type RequestOptions } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const shop = 'https://shop.example';
/** What a proxy in front of `https://shop.example` says about a call of its visitor. */
const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' };
const sameOrigin = { ...forwarded, 'sec-fetch-site': 'same-origin' };

let server: TestServer;
let key: TestKey;
let path: string;

beforeAll(async () => {
  server = await startTestServer({ environment: { TRUST_PROXY: '1', DEMO: 'on' } });
  key = await server.createKey(await server.createOrganization(), { scopes: ['agents:read', 'keys:verify'] });
  path = `/api/v1/authorize?organization=${key.organizationId}`;
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => server.stop());

const ask = (headers: RequestHeaders, more = '', options: RequestOptions = {}): Promise<Reply> =>
  send(server, `${path}${more}`, { ...options, headers });

/** All that the proxy passes on to the API behind it. */
function identityOf({ headers }: Reply) {
  return Object.fromEntries(
    ['organization', 'key', 'external-id', 'mode', 'scopes', 'origin'].map((name) => [
      name,
      headers[`postern-${name}`],
    ]),
  );
}

const nobody = { organization: '-', key: '-', 'external-id': '-', mode: 'preflight', scopes: '-', origin: '-' };

function expectPassed(reply: Reply, identity: Readonly<Record<string, string>>): void {
  expect([reply.status, reply.text, reply.headers['content-length']]).toEqual([200, '', '0']);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(reply.headers['x-request-id']).toBeTruthy();
  expect(reply.headers).not.toHaveProperty('postern-code');
  expect(identityOf(reply)).toEqual(identity);
}

function expectRefused(reply: Reply, code: ProblemCode, fields: ExpectedFields = {}): void {
  const { fix, detail, origin, problems: found } = reply.problem();
  const said = { ...(fix && { fix }), detail, ...(origin && { origin }), ...(found && { problems: found }) };
  expectProblem(reply, server.publicOrigin, code, { ...said, ...fields });
  expect([reply.headers['postern-code'], reply.headers['postern-status']]).toEqual([
    code,
    String(problems[code].status),
  ]);
  expect(Object.keys(identityOf(reply)).filter((name) => reply.headers[`postern-${name}`] !== undefined)).toEqual([]);
}

const asPair = () => ({
  organization: key.organizationId,
  key: key.id,
  'external-id': '-',
  mode: 'secret',
  scopes: 'agents:read keys:verify',
  origin: '-',
});
const asPage = (origin = shop) => ({ ...asPair(), mode: 'publishable', scopes: 'agents:read', origin });

describe('200', () => {
  test('a pair, from anywhere', async () => {
    expectPassed(await ask(key.asSecret), asPair());
  });

  test('a page on an allowed domain', async () => {
    expectPassed(await ask(key.from(shop)), asPage());
  });

  test('a key without a scope: the header is there all the same', async () => {
    const none = await server.createKey(key.organizationId, { scopes: [] });
    expectPassed(await ask(none.asSecret), { ...asPair(), key: none.id, scopes: '-' });
  });

  test('whose key it is in the organization’s own words', async () => {
    const named = await server.createKey(key.organizationId, { externalId: 'customer:7/"x"' });
    expect((await ask(named.asSecret)).headers['postern-external-id']).toBe('customer:7/"x"');
  });

  test('every method, below it too, and whatever body comes along', async () => {
    // CONNECT asks for a tunnel, which this server has none of; nothing is answered.
    for (const method of METHODS.filter((name) => name !== 'CONNECT')) {
      for (const below of ['', '/', '/orders/7', '/api/v1/keys/verify']) {
        const asked = `/api/v1/authorize${below}?organization=${key.organizationId}`;
        expect([method, below, (await send(server, asked, { method, headers: key.asSecret })).status]).toEqual([
          method,
          below,
          200,
        ]);
      }
    }
    for (const body of ['{"broken', 'x'.repeat(1_000_000), Buffer.alloc(10), { organization: 'org_x' }]) {
      const headers = { ...key.asSecret, 'content-type': 'application/json' };
      expectPassed(await send(server, path, { headers, body }), asPair());
    }
  });

  test('what follows path= is the visitor’s own, and moves nothing', async () => {
    for (const theirs of ['/', '/orders?limit=5', '/?a=1&organization=org_x&scope=keys:manage&statuses=1&path=2']) {
      expectPassed(await ask(key.asSecret, `&path=${theirs}`), asPair());
      expectRefused(await ask({}, `&path=${theirs}`), 'credentials_missing');
    }
  });

  test('on every host, also where the demo has customers’ pages', async () => {
    for (const host of ['shop.example', 'shop.example.localhost', 'evil.localhost']) {
      expectPassed(await ask(key.asSecret, '', { host }), asPair());
      expectRefused(await ask({}, '', { host }), 'credentials_missing');
    }
  });

  test('counts as a use of the key, from that origin, and names it in the log', async () => {
    const used = await server.createKey(key.organizationId);
    const { headers } = await ask(used.from(shop));
    await vi.waitFor(async () => {
      const found = await server.store.findKey(used.organizationId, used.id);
      expect([found?.lastUsedAt, found?.lastUsedOrigin]).toEqual([server.clock(), shop]);
    }, 10_000);
    const line = server.logLines.find((text) => text.includes(`"${String(headers['x-request-id'])}"`)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ path: '/api/v1/authorize', status: 200, keyId: used.id });
  });

  test('says in the headers what is left of each limit', async () => {
    const limited = await server.createKey(key.organizationId, { rateLimit: { requests: 2, windowSeconds: 60 } });
    const { headers } = await ask(limited.asSecret);
    expect([headers['ratelimit-policy'], headers.ratelimit]).toEqual(['"key";q=2;w=60', '"key";r=1;t=60']);
  });
});

describe('a preflight', () => {
  const preflight = { origin: 'https://anyone.example', 'access-control-request-method': 'PUT' };

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['by its own method', 'OPTIONS', {}],
    ['by X-Forwarded-Method', 'GET', { 'x-forwarded-method': 'OPTIONS' }],
    ['by X-Original-Method', 'GET', { 'x-original-method': 'OPTIONS' }],
    ['by both', 'POST', { 'x-original-method': 'OPTIONS', 'x-forwarded-method': 'OPTIONS' }],
  ])('%s: 200 as nobody, since no credentials can come with it', async (_name, method, headers) => {
    expectPassed(await ask({ ...preflight, ...headers }, '', { method }), nobody);
  });

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['another method', 'GET', preflight],
    ['no Origin', 'OPTIONS', { 'access-control-request-method': 'PUT' }],
    ['no asked method', 'OPTIONS', { origin: shop }],
    ['the proxy says GET', 'OPTIONS', { ...preflight, 'x-forwarded-method': 'GET' }],
    ['one proxy says GET', 'GET', { ...preflight, 'x-forwarded-method': 'OPTIONS', 'x-original-method': 'GET' }],
    ['said twice', 'GET', { ...preflight, 'x-forwarded-method': 'OPTIONS, GET' }],
    ['in small letters', 'GET', { ...preflight, 'x-forwarded-method': 'options' }],
  ])('not: %s', async (_name, method, headers) => {
    expectRefused(await ask(headers, '', { method }), 'credentials_missing');
  });

  test('not without an organization', async () => {
    const reply = await send(server, '/api/v1/authorize', { method: 'OPTIONS', headers: preflight });
    expectRefused(reply, 'request_invalid');
  });
});

describe('a same-origin read, which browsers send without an Origin', () => {
  test('comes from the host and scheme that the proxy says', async () => {
    const { authorization } = key.from(shop);
    for (const method of ['GET', 'HEAD']) {
      expectPassed(await ask({ ...sameOrigin, authorization }, '', { method }), asPage());
      const headers = { ...sameOrigin, authorization, 'x-forwarded-method': method };
      expectPassed(await ask(headers, '', { method: 'POST' }), asPage());
    }
    const elsewhere = { ...sameOrigin, 'x-forwarded-host': 'shop.example:8443', 'x-forwarded-proto': 'http' };
    expectPassed(await ask({ ...elsewhere, authorization }), asPage('http://shop.example:8443'));
  });

  test.each<[string, Readonly<Record<string, string | undefined>>, ProblemCode]>([
    ['another page’s', { 'x-forwarded-host': 'evil.example' }, 'origin_not_allowed'],
    ['a list of hosts', { 'x-forwarded-host': 'shop.example, evil.example' }, 'origin_malformed'],
    ['a list of schemes', { 'x-forwarded-proto': 'https,http' }, 'origin_malformed'],
    ['no host', { 'x-forwarded-host': undefined }, 'origin_missing'],
    ['no scheme', { 'x-forwarded-proto': undefined }, 'origin_missing'],
    ['of a page on another site', { 'sec-fetch-site': 'cross-site' }, 'origin_missing'],
    ['a POST', { 'x-forwarded-method': 'POST' }, 'origin_missing'],
    ['methods that disagree', { 'x-forwarded-method': 'GET', 'x-original-method': 'POST' }, 'origin_missing'],
    ['with an Origin, which alone counts', { origin: 'https://evil.example' }, 'origin_not_allowed'],
  ])('%s', async (_name, changed, code) => {
    const { authorization } = key.from(shop);
    const headers = Object.entries<string | undefined>({ ...sameOrigin, authorization, ...changed });
    const given = headers.filter((header): header is [string, string] => header[1] !== undefined);
    expectRefused(await ask(given), code);
  });

  test('never without TRUST_PROXY, nor when it trusts another address', async () => {
    for (const environment of [{}, { TRUST_PROXY: '192.0.2.1' }]) {
      const other = await startTestServer({ environment });
      const own = await other.createKey(await other.createOrganization());
      const { authorization } = own.from(shop);
      const asked = `/api/v1/authorize?organization=${own.organizationId}`;
      const reply = await send(other, asked, { headers: { ...sameOrigin, authorization } });
      expect([reply.status, reply.problem().code]).toEqual([403, 'origin_missing']);
      await other.stop();
    }
  });

  test('is not ours: our own host means nothing here', async () => {
    const { authorization } = key.from(shop);
    const headers = { authorization, 'sec-fetch-site': 'same-origin' };
    expectRefused(await ask(headers), 'origin_missing');
  });
});

describe('refused, as everywhere, with its code in a header', () => {
  test('credentials', async () => {
    expectRefused(await ask({}), 'credentials_missing');
    expectRefused(await ask({ authorization: 'Basic x' }), 'credentials_malformed');
    expectRefused(await ask({ authorization: `Bearer ${createPublicKey()}` }), 'key_invalid');
    expectRefused(await ask({ authorization: `Bearer ${key.publicKey}:${createSecretKey()}` }), 'key_invalid');
    const { authorization } = key.asSecret;
    const twice = [
      ['Authorization', authorization],
      ['Authorization', authorization],
    ] as const;
    expectRefused(await ask(twice), 'credentials_malformed');
  });

  test('a key of another organization, or for one that is not there', async () => {
    const other = await server.createKey(await server.createOrganization());
    expectRefused(await ask(other.asSecret), 'key_invalid');
    expectRefused(await ask(other.from(shop)), 'key_invalid');
    const reply = await send(server, '/api/v1/authorize?organization=org_1', { headers: key.asSecret });
    expectRefused(reply, 'key_invalid');
  });

  test('a key that is disabled: the next call', async () => {
    const made = await server.createKey(key.organizationId);
    expect((await ask(made.asSecret)).status).toBe(200);
    await server.keys.edit(key.organizationId, made.id, { enabled: false });
    expectRefused(await ask(made.asSecret), 'key_disabled');
  });

  test('origins', async () => {
    const { authorization } = key.from(shop);
    expectRefused(await ask({ authorization }), 'origin_missing');
    expectRefused(await ask(key.from('null')), 'origin_opaque');
    expectRefused(await ask(key.from('https://evil.example')), 'origin_not_allowed', {
      origin: 'https://evil.example',
    });
    const twice = [
      ['Authorization', authorization],
      ['Origin', shop],
      ['Origin', shop],
    ] as const;
    expectRefused(await ask(twice), 'origin_malformed');
  });

  test('a scope that the key, or a publishable call, does not have', async () => {
    expect((await ask(key.asSecret, '&scope=keys:verify')).status).toBe(200);
    expectRefused(await ask(key.from(shop), '&scope=keys:verify'), 'scope_missing');
    expectRefused(await ask(key.asSecret, '&scope=usage:read'), 'scope_missing');
    const orders = await server.createKey(key.organizationId, {
      scopes: ['orders:read', 'orders:write'],
      publishableScopes: ['orders:read'],
    });
    expect((await ask(orders.from(shop), '&scope=orders:read')).headers['postern-scopes']).toBe('orders:read');
    expectRefused(await ask(orders.from(shop), '&scope=orders:write'), 'scope_missing');
    expect((await ask(orders.asSecret, '&scope=orders:write')).headers['postern-scopes']).toBe(
      'orders:read orders:write',
    );
  });

  test('a limit, with when to come back, by the visitor’s address', async () => {
    const limited = await startTestServer({ environment: { TRUST_PROXY: '1', RATE_LIMIT_PER_KEY_IP: '1/60' } });
    const own = await limited.createKey(await limited.createOrganization());
    const from = (address: string, more = '') => {
      const headers = { ...own.from(shop), 'x-forwarded-for': address };
      return send(limited, `/api/v1/authorize?organization=${own.organizationId}${more}`, { headers });
    };
    expect([(await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual([200, 200]);
    const reply = await from('192.0.2.1');
    expect([reply.status, reply.headers['postern-code'], reply.headers['retry-after']]).toEqual([
      429,
      'rate_limited',
      '60',
    ]);
    expect(reply.headers.ratelimit).toBe('"key-ip";r=0;t=60');
    const forNginx = await from('192.0.2.1', '&statuses=401,403');
    expect([forNginx.status, forNginx.headers['postern-status']]).toEqual([403, '429']);
    expect(forNginx.problem()).toMatchObject({ status: 429, code: 'rate_limited' });
    await limited.stop();
  });

  test('a store that is away is 503, and what breaks 500; neither passes, and the log says why', async () => {
    vi.spyOn(server.store, 'findKeyByPublicKey').mockRejectedValue(new StoreUnavailableError('away'));
    const away = await ask(key.asSecret);
    expectRefused(away, 'store_unavailable');
    expect(away.headers['retry-after']).toBe('2');
    vi.spyOn(server.store, 'findKeyByPublicKey').mockRejectedValue(new Error('broken'));
    const broken = await ask(key.asSecret);
    expectRefused(broken, 'internal');
    await vi.waitFor(() => {
      const line = server.logLines.find((text) => text.includes(`"${String(broken.headers['x-request-id'])}"`)) ?? '{}';
      expect(JSON.parse(line)).toMatchObject({ level: 'error', status: 500, err: { message: 'broken' } });
    }, 10_000);
  });

  test('too many header lines', async () => {
    const lines = Array.from({ length: 101 }, (): [string, string] => ['X', '1']);
    const reply = await ask([...lines, ['Authorization', key.asSecret.authorization]]);
    expect([reply.status, reply.headers['postern-code']]).toEqual([431, 'headers_too_many']);
    const forNginx = await ask([...lines, ['Authorization', key.asSecret.authorization]], '&statuses=401,403');
    expect([forNginx.status, forNginx.headers['postern-status']]).toEqual([403, '431']);
  });

  // Fails where the path has a name in the route: Express then answers by itself, without what proxies read.
  test.each(['/%zz', '/a/%c3%28', '/%', '//a', '/a%2fb'])(
    'a visitor’s path that is %s is none of its business',
    async (own) => {
      const at = (query: string, headers: object) =>
        send(server, `/api/v1/authorize${own}?organization=${key.organizationId}${query}`, { headers: { ...headers } });
      expectPassed(await at('', key.asSecret), asPair());
      const refused = await at('&statuses=401,403', { authorization: 'Bearer no' });
      expectRefused(refused, 'credentials_malformed');
    },
  );

  test('no Host', async () => {
    const raw = await sendRaw(server, `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`).whole;
    expect(parseRaw(raw).status).toBe(400);
    expect(parseRaw(raw).headers.get('postern-code')).toBe('request_invalid');
  });
});

describe('a cost', () => {
  test('is taken for each call that passes, and for no other', async () => {
    const organizationId = await server.createOrganization(10);
    const paying = await server.createKey(organizationId);
    const settings = `/api/v1/authorize?organization=${organizationId}&statuses=401,402,403`;
    const pay = (cost: string, headers: RequestHeaders = paying.asSecret, options: RequestOptions = {}) =>
      send(server, `${settings}&cost=${cost}`, { ...options, headers });
    const spent = async () => (await server.store.findCredits(organizationId))?.spent;

    expect([(await pay('3')).status, await spent()]).toEqual([200, 3]);
    expect([(await pay('3', paying.from(shop))).status, await spent()]).toEqual([200, 6]);
    expect([(await pay('0')).status, (await pay('3', {})).status]).toEqual([200, 401]);
    expect((await pay('3', paying.from('https://evil.example'))).status).toBe(403);
    const preflight = { origin: shop, 'access-control-request-method': 'PUT' };
    expect((await pay('3', preflight, { method: 'OPTIONS' })).status).toBe(200);
    expect((await pay('1&path=/orders?cost=4')).status).toBe(200);
    expect(await spent()).toBe(7);

    const poor = await pay('4');
    expectRefused(poor, 'credits_exhausted');
    expect([(await pay('3')).status, await spent()]).toEqual([200, 10]);
    const forNginx = await send(server, `${settings.replace('402,', '')}&cost=1`, { headers: paying.asSecret });
    expect([forNginx.status, forNginx.headers['postern-status']]).toEqual([403, '402']);
  });
});

describe('statuses', () => {
  test('one in the list stays, another one is 403 with the real one beside it', async () => {
    const missing = await ask({}, '&statuses=401,403');
    expect([missing.status, missing.headers['postern-status']]).toEqual([401, '401']);
    const asForbidden = await ask({}, '&statuses=403');
    expect([asForbidden.status, asForbidden.headers['postern-status']]).toEqual([403, '401']);
    expect(asForbidden.headers['www-authenticate']).toBe('Bearer realm="postern"');
    vi.spyOn(server.store, 'findKeyByPublicKey').mockRejectedValue(new StoreUnavailableError('away'));
    const away = await ask(key.asSecret, '&statuses=401,403');
    expect([away.status, away.headers['postern-status'], away.headers['postern-code']]).toEqual([
      403,
      '503',
      'store_unavailable',
    ]);
  });

  test('change nothing about what passes', async () => {
    expectPassed(await ask(key.asSecret, '&statuses=401,403'), asPair());
  });
});

describe('a mistake in the settings is 400, and nothing passes', () => {
  const fix = 'Mend the address that the proxy asks: /api/v1/authorize?organization=org_…';

  test.each([
    ['', 'organization', 'Say whose keys may pass: organization=org_…'],
    ['?organization=', 'organization', 'Not the id of an organization: org_…'],
    ['?organization=key_1', 'organization', 'Not the id of an organization: org_…'],
    ['?organization=org_1&organization=org_2', 'organization', 'Say whose keys may pass: organization=org_…'],
    ['?path=/&organization=org_1', 'organization', 'Say whose keys may pass: organization=org_…'],
    ['?organization=org_1&scopes=orders', 'scopes', 'This field is not known here.'],
    ['?organization=org_1&scope=Orders', 'scope', scopeRule],
    ['?organization=org_1&cost=-1', 'cost', 'Not a whole number.'],
    ['?organization=org_1&cost=1.5', 'cost', 'Not a whole number.'],
    ['?organization=org_1&cost=', 'cost', 'Not a whole number.'],
    ['?organization=org_1&cost=1000001', 'cost', expect.stringContaining('1000000')],
    ['?organization=org_1&statuses=4xx', 'statuses', 'Not a list of statuses, such as 401,403.'],
    ['?organization=org_1&statuses=', 'statuses', 'Not a list of statuses, such as 401,403.'],
  ])('%s', async (query, field, message) => {
    for (const below of ['', '/orders']) {
      const reply = await send(server, `/api/v1/authorize${below}${query}`, { headers: key.asSecret });
      expectRefused(reply, 'request_invalid', { fix, problems: [{ path: field, message }] });
    }
  });
});

test('the log has the visitor’s address in their own API nowhere', async () => {
  const reply = await send(server, `/api/v1/authorize/patients/7?organization=${key.organizationId}&path=/patients/8`);
  await vi.waitFor(() => {
    const line = server.logLines.find((text) => text.includes(`"${String(reply.headers['x-request-id'])}"`)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ path: '/api/v1/authorize/*', code: 'credentials_missing' });
    expect(line).not.toContain('patients');
  }, 10_000);
});

test('a proxy that asks with the host of another API is no sign of a wrong PUBLIC_URL', () => {
  expect(server.logLines.filter((line) => line.includes('another host'))).toEqual([]);
});
