/**
 * The configurations of docs/protect.md, each in the real proxy, between a client, a real gate and an ordinary API: who gets
 * through, as whom, and what whoever does not is told.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  openStream,
  send,
  sendRaw,
  type Reply,
  type RequestHeaders,
  type RequestOptions,
} from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { findProxy, proxyKinds } from './programs.ts';
import { startApi, type Api, type Reached } from './start-api.ts';
import { startProxy, type RunningProxy } from './start-proxy.ts';

const shop = 'https://shop.example';
/** Publishable calls of one key from one address in a minute. */
const perAddress = 30;

for (const kind of proxyKinds) {
  const program = await findProxy(kind);

  describe.skipIf(program === undefined)(`behind ${kind.name}`, () => {
    let gate: TestServer;
    let api: Api;
    let proxy: RunningProxy;
    let key: TestKey;
    let stranger: TestKey;

    beforeAll(async () => {
      gate = await startTestServer({ environment: { TRUST_PROXY: '1', RATE_LIMIT_PER_KEY_IP: `${perAddress}/60` } });
      key = await gate.createKey(await gate.createOrganization(), {
        allowedDomains: ['shop.example', 'localhost'],
        externalId: 'customer-7',
      });
      stranger = await gate.createKey(await gate.createOrganization(), { allowedDomains: ['shop.example'] });
      api = await startApi();
      proxy = await startProxy(kind, program!, {
        gatePort: gate.port,
        apiPort: api.port,
        organizationId: key.organizationId,
      });
      // It listens before it has read where to send calls to.
      await vi.waitFor(async () => expect((await ask(key.asSecret)).status).toBe(200), 10_000);
    });
    afterAll(async () => {
      await proxy.stop();
      await api.stop();
    });

    let before = 0;
    beforeEach(() => void (before = api.reached.length));
    const newlyReached = (): readonly Reached[] => api.reached.slice(before);

    const ask = (headers: RequestHeaders, path = '/orders?limit=5', options: RequestOptions = {}): Promise<Reply> =>
      send(proxy, path, { ...options, headers });

    /** The call reached the API once, as it was, and with who it was from. */
    function expectThrough(reply: Reply, identity: Readonly<Record<string, string>>): Reached {
      expect([reply.status, reply.text]).toEqual([200, '{"ok":true}']);
      const [only, ...more] = newlyReached();
      expect([only?.url, more]).toEqual(['/orders?limit=5', []]);
      expect(
        Object.fromEntries(
          ['organization', 'key', 'external-id', 'mode', 'scopes', 'origin'].map((name) => [
            name,
            only?.headers[`postern-${name}`],
          ]),
        ),
      ).toEqual(identity);
      return only!;
    }

    /** Nothing reached the API, and a page may read why. */
    function expectStopped(reply: Reply, status: number, code: string): void {
      expect(newlyReached()).toEqual([]);
      expect([reply.status, reply.headers['content-type']?.split(';')[0]]).toEqual([
        status,
        'application/problem+json',
      ]);
      expect(reply.problem()).toMatchObject({ status, code });
      expect(reply.headers['access-control-allow-origin']).toBe('*');
    }

    const asPair = () => ({
      organization: key.organizationId,
      key: key.id,
      'external-id': 'customer-7',
      mode: 'secret',
      scopes: key.record.scopes.join(' '),
      origin: '-',
    });
    const asPage = (origin: string) => ({
      ...asPair(),
      mode: 'publishable',
      scopes: 'agents:read messages:write',
      origin,
    });

    test('a pair', async () => {
      expectThrough(await ask(key.asSecret), asPair());
    });

    test('a page on an allowed domain, and no other', async () => {
      expectThrough(await ask(key.from(shop)), asPage(shop));
      before = api.reached.length;
      expectStopped(await ask(key.from('https://evil.example')), 403, 'origin_not_allowed');
    });

    test('nothing', async () => {
      const reply = await ask({});
      expectStopped(reply, 401, 'credentials_missing');
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="postern"');
    });

    test('another organization’s key', async () => {
      expectStopped(await ask(stranger.asSecret), 401, 'key_invalid');
      expectStopped(await ask(stranger.from(shop)), 401, 'key_invalid');
    });

    test('every method, with a body', async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        before = api.reached.length;
        const body = Buffer.alloc(300_000);
        const through = expectThrough(await ask(key.asSecret, undefined, { method, body }), asPair());
        expect([through.method, through.bodyBytes]).toEqual([method, 300_000]);
        before = api.reached.length;
        expectStopped(await ask({}, undefined, { method, body }), 401, 'credentials_missing');
      }
    });

    test('a preflight gets to the API, which answers it', async () => {
      const headers = { origin: shop, 'access-control-request-method': 'PUT' };
      const reply = await ask(headers, '/orders', { method: 'OPTIONS' });
      expect([reply.status, reply.headers['access-control-allow-methods']]).toEqual([204, 'GET, PUT']);
      expect(
        newlyReached().map(({ method, headers: sent }) => [method, sent['postern-mode'], sent['postern-key']]),
      ).toEqual([['OPTIONS', 'preflight', '-']]);
    });

    test('no other call passes for a preflight, whatever its headers say', async () => {
      const asked = { origin: shop, 'access-control-request-method': 'PUT' };
      for (const name of ['X-Forwarded-Method', 'X-Original-Method', 'X-HTTP-Method-Override']) {
        expectStopped(await ask({ ...asked, [name]: 'OPTIONS' }), 401, 'credentials_missing');
      }
    });

    test('a page reads its own origin', async () => {
      const { authorization } = key.from(shop);
      const reply = await ask({ authorization, 'sec-fetch-site': 'same-origin' });
      expectThrough(reply, asPage(`http://localhost:${proxy.port}`));
    });

    test('and no visitor says which that is', async () => {
      const elsewhere = await gate.createKey(key.organizationId, { allowedDomains: ['shop.example'] });
      const { authorization } = elsewhere.from(shop);
      const forged = {
        'x-forwarded-host': 'shop.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=shop.example',
      };
      const reply = await ask({ authorization, 'sec-fetch-site': 'same-origin', ...forged });
      expectStopped(reply, 403, 'origin_not_allowed');
    });

    test('who a call is from is never what the client says', async () => {
      const forged = {
        'Postern-Organization': 'org_1',
        'Postern-Key': 'key_1',
        'Postern-External-Id': 'somebody',
        'Postern-Mode': 'secret',
        'Postern-Scopes': 'everything',
        'Postern-Origin': 'https://forged.example',
      };
      expectThrough(await ask({ ...key.from(shop), ...forged }), asPage(shop));
      before = api.reached.length;
      expectThrough(await ask({ ...key.asSecret, ...forged }), asPair());
      before = api.reached.length;
      const twice = [...Object.entries(forged), ...Object.entries(forged), ...Object.entries(key.asSecret)] as const;
      expectThrough(await ask(twice), asPair());
    });

    test('nor under a name that PHP and WSGI read as the same', async () => {
      const underscored = ['Postern_Organization', 'Postern_Key', 'Postern_Mode', 'Postern_Scopes', 'Postern_Origin'];
      const names = [
        ...underscored,
        'Postern_External_Id',
        'Postern-External_Id',
        'Postern_External-Id',
        'POSTERN_KEY',
      ];
      const forged = names.map((name) => [name, 'forged'] as const);
      const { headers } = expectThrough(await ask([...forged, ...Object.entries(key.asSecret)]), asPair());
      expect(Object.keys(headers).filter((name) => name.startsWith('postern') && name.includes('_'))).toEqual([]);
    });

    test('nor does its query move what is asked', async () => {
      const query = `organization=${stranger.organizationId}&scope=agents:read&statuses=200&path=/`;
      expectStopped(await ask(stranger.asSecret, `/orders?${query}`), 401, 'key_invalid');
      expectStopped(await ask(stranger.asSecret, `/?x&${query}`), 401, 'key_invalid');
      expect((await ask(key.asSecret, `/orders?${query}`)).status).toBe(200);
    });

    test('headers that come twice', async () => {
      const { authorization } = key.from(shop);
      const origins = [
        ['Authorization', authorization],
        ['Origin', shop],
        ['Origin', 'https://evil.example'],
      ] as const;
      const reply = await ask(origins);
      expect([400, 403]).toContain(reply.status);
      expect(newlyReached()).toEqual([]);
    });

    test('over a limit: 429, and when to come back', async () => {
      const limited = await gate.createKey(key.organizationId, { rateLimit: { requests: 1, windowSeconds: 60 } });
      expect((await ask(limited.asSecret)).status).toBe(200);
      before = api.reached.length;
      const reply = await ask(limited.asSecret);
      expectStopped(reply, 429, 'rate_limited');
      expect(reply.headers['retry-after']).toBe('60');
    });

    test('limits are by the visitor’s address, and no visitor says which that is', async () => {
      const own = await gate.createKey(key.organizationId);
      const from = (index: number) => {
        const address = `192.0.2.${index}`;
        return ask({
          ...own.from(shop),
          'x-forwarded-for': address,
          'x-real-ip': address,
          forwarded: `for=${address}`,
        });
      };
      for (let index = 1; index <= perAddress; index++) expect((await from(index)).status).toBe(200);
      before = api.reached.length;
      expectStopped(await from(perAddress + 1), 429, 'rate_limited');
      // Of another address the gate still lets the key through.
      const direct = await send(gate, `/api/v1/authorize?organization=${key.organizationId}`, {
        headers: { ...own.from(shop), 'x-forwarded-for': '198.51.100.1' },
      });
      expect(direct.status).toBe(200);
    });

    test('the API’s own refusals stay as they are', async () => {
      const reply = await ask(key.asSecret, '/forbidden');
      expect([reply.status, reply.text]).toEqual([403, 'the API says no']);
    });

    test('a stream comes piece by piece', async () => {
      const stream = await openStream(proxy, '/stream', { headers: { ...key.from(shop) } });
      expect(stream.status).toBe(200);
      for (const text of ['one', 'two', 'three']) {
        expect(await stream.next()).toEqual({ event: 'piece', data: { text } });
        api.goOn();
      }
      expect(await stream.next()).toBeUndefined();
    });

    const upgrade = (authorization: string): string =>
      [
        'GET /socket HTTP/1.1',
        `Host: localhost:${proxy.port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
        '',
        '',
      ].join('\r\n');

    test('a websocket opens, and talks both ways', async () => {
      const connection = sendRaw(proxy, upgrade(key.asSecret.authorization));
      await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n$/);
      connection.socket.write(Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x69, 0x6b]));
      await expect.poll(() => connection.received()).toContain('ik');
      expect(newlyReached().map(({ headers }) => [headers['postern-key'], headers['postern-mode']])).toEqual([
        [key.id, 'secret'],
      ]);
      connection.socket.destroy();
    });

    test('and none without a key', async () => {
      const connection = sendRaw(proxy, upgrade(''));
      await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 401 /);
      connection.socket.destroy();
      expect(newlyReached()).toEqual([]);
    });

    test('a key that is disabled: the next call', async () => {
      const made = await gate.createKey(key.organizationId);
      expect((await ask(made.asSecret)).status).toBe(200);
      await gate.keys.edit(key.organizationId, made.id, { enabled: false });
      before = api.reached.length;
      expectStopped(await ask(made.asSecret), 401, 'key_disabled');
    });

    test('the last: a gate that is stopped lets nobody through', async () => {
      await gate.stop();
      for (const headers of [key.asSecret, key.from(shop), {}]) {
        const { status } = await ask(headers);
        expect([500, 502, 503]).toContain(status);
      }
      const preflight = { origin: shop, 'access-control-request-method': 'PUT' };
      expect((await ask(preflight, '/orders', { method: 'OPTIONS' })).status).toBeGreaterThanOrEqual(500);
      expect(newlyReached()).toEqual([]);
    });
  });
}
