/**
 * `requireKey` in front of somebody's own Express app, whose calls a Postern server judges, or the gate in the app's own process: a
 * real app, a real server, real requests.
 */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSecretKey } from '../../server/gate/key-format.ts';
import { requireKey } from '../../server/express/index.ts';
import { openGate, type InProcessGate } from '../../server/index.ts';
import type { Gate } from '../../server/client/index.ts';
import { send, sendRaw, type Reply, type RequestOptions } from '../support/requests.ts';
import { startTestServer, testSessionSecret, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let caller: TestKey;
let key: TestKey;
let foreign: TestKey;

beforeAll(async () => {
  server = await startTestServer({ environment: { TRUST_PROXY: '1', RATE_LIMIT_PER_KEY_IP: '120/60' } });
  const organizationId = await server.createOrganization(1_000);
  caller = await server.createKey(organizationId, { scopes: ['keys:verify'] });
  key = await server.createKey(organizationId, {
    externalId: 'customer-7',
    metadata: { plan: 'pro' },
    scopes: ['invoices:read', 'messages:write', 'agents:read'],
    publishableScopes: ['invoices:read'],
  });
  foreign = await server.createKey(await server.createOrganization());
});
afterAll(() => server.stop());

interface OwnApp {
  readonly port: number;
  readonly errors: readonly string[];
  /** How often the route itself ran. */
  readonly served: () => number;
  close(): Promise<unknown>;
}

const ownOrigin = 'https://api.own.example';

async function startApp(
  gate: (onError: (error: unknown) => void) => Gate | Parameters<typeof requireKey>[0],
): Promise<OwnApp> {
  const errors: string[] = [];
  const app = express();
  app.enable('trust proxy');
  const chosen = gate((error) => errors.push(String(error)));
  let served = 0;
  app.use('/invoices', requireKey(chosen, { scope: 'invoices:read', origin: ownOrigin }), (request, response) => {
    served++;
    response.json(request.postern);
  });
  app.post(
    '/paid',
    requireKey(chosen, { cost: 7, idempotencyKey: (request) => request.get('x-order') }),
    (request, response) => {
      served++;
      response.json(request.postern?.credits);
    },
  );
  const listening: Server = createServer(app).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    errors,
    served: () => served,
    async close() {
      listening.close();
      listening.closeAllConnections();
      return once(listening, 'close');
    },
  };
}

const page = 'https://shop.example';

describe.each(['a server that is asked', 'a gate in this process'])('%s', (kind) => {
  let app: OwnApp;
  let inProcess: InProcessGate | undefined;
  let before = 0;

  beforeAll(async () => {
    app = await startApp((onError) => {
      const credential = caller.asSecret.authorization.replace('Bearer ', '');
      // Long enough for a busy machine: how long a gate may take has its own test.
      if (kind === 'a server that is asked') return { url: server.url, credential, timeoutMs: 20_000, onError };
      const { store, clock } = server;
      const { organizationId } = caller;
      inProcess = openGate({ store, organizationId, sessionSecret: testSessionSecret, clock, onError });
      return inProcess;
    });
  });
  afterAll(async () => {
    await app.close();
    await inProcess?.close();
  });
  beforeEach(() => (before = app.served()));

  const get = (options: RequestOptions = {}, path = '/invoices'): Promise<Reply> => send(app, path, options);

  test('a pair passes, and the route knows who calls', async () => {
    const reply = await get({ headers: key.asSecret });
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({
      organizationId: key.organizationId,
      mode: 'secret',
      origin: null,
      key: { id: key.id, externalId: 'customer-7', metadata: { plan: 'pro' }, expiresAt: null },
    });
    expect(reply.json().scopes).toContain('invoices:read');
    expect(reply.text).not.toContain('sk_');
  });

  test('a page on an allowed origin passes, and may read the answer', async () => {
    const reply = await get({ headers: { ...key.from(page), 'x-forwarded-for': '192.0.2.7' } });
    expect([reply.status, reply.json().mode, reply.json().origin]).toEqual([200, 'publishable', page]);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(reply.headers.ratelimit).toMatch(/^"key-ip";r=\d+;t=\d+$/);
  });

  test('a page of the API itself passes with the API’s own origin, and no other site does so', async () => {
    const own = await server.createKey(key.organizationId, {
      allowedDomains: ['api.own.example'],
      scopes: ['invoices:read'],
      publishableScopes: ['invoices:read'],
    });
    const { authorization } = own.from(page);
    const read = (site: string, method = 'GET') => get({ method, headers: { authorization, 'sec-fetch-site': site } });
    expect((await read('same-origin')).json().origin).toBe(ownOrigin);
    expect((await read('cross-site')).problem().code).toBe('origin_missing');
    expect((await read('same-origin', 'POST')).problem().code).toBe('origin_missing');
  });

  test.each<[string, number, string, () => RequestOptions]>([
    ['no credentials', 401, 'credentials_missing', () => ({})],
    ['another site', 403, 'origin_not_allowed', () => ({ headers: key.from('https://evil.example') })],
    [
      'a wrong secret',
      401,
      'key_invalid',
      () => ({ headers: { authorization: `Bearer ${key.publicKey}:${createSecretKey()}` } }),
    ],
    ['a key of another organization', 401, 'key_invalid', () => ({ headers: foreign.asSecret })],
    ['a key without the scope', 403, 'scope_missing', () => ({ headers: caller.asSecret })],
  ])('%s: %i %s, with what to do, and the route is not run', async (_name, status, code, options) => {
    const reply = await get({ ...options() });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(reply.problem()).toMatchObject({ status, code });
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    if (status === 401) expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm="postern"/);
    expect(app.served()).toBe(before);
    expect(reply.text).not.toMatch(/[ps]k_\w{20}/);
  });

  test('two Authorization headers are seen as two', async () => {
    const line = `Authorization: ${key.asSecret.authorization}`;
    const { whole } = sendRaw(
      app,
      `GET /invoices HTTP/1.1\r\nHost: localhost\r\n${line}\r\n${line}\r\nConnection: close\r\n\r\n`,
    );
    expect(await whole).toContain('credentials_malformed');
    expect(app.served()).toBe(before);
  });

  test('a preflight is answered, with the headers that were asked for', async () => {
    const headers = {
      origin: page,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization, x-trace',
    };
    const reply = await get({ method: 'OPTIONS', headers });
    expect(reply.status).toBe(204);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'authorization, x-trace',
    });
    expect(app.served()).toBe(before);
  });

  test('what a call costs is taken once for each name that the API gives it, and the visitor’s own name counts for nothing', async () => {
    const spent = async () => (await server.store.findCredits(key.organizationId))!.spent;
    const start = await spent();
    const order = `${kind} 1`;
    const pay = (headers: Readonly<Record<string, string>>) =>
      get({ method: 'POST', headers: { ...key.asSecret, ...headers } }, '/paid');
    expect((await pay({ 'x-order': order })).json()).toMatchObject({ spent: 7 });
    expect((await pay({ 'x-order': order })).json()).toMatchObject({ spent: 0 });
    expect((await spent()) - start).toBe(7);
    const mine = { 'idempotency-key': 'always the same' };
    expect((await pay(mine)).json()).toMatchObject({ spent: 7 });
    expect((await pay(mine)).json()).toMatchObject({ spent: 7 });
    expect((await spent()) - start).toBe(21);
  });

  test('a key that is switched off is refused at the next call', async () => {
    const off = await server.createKey(key.organizationId, { scopes: ['invoices:read'] });
    expect((await get({ headers: off.asSecret })).status).toBe(200);
    await server.keys.edit(off.organizationId, off.id, { enabled: false });
    expect((await get({ headers: off.asSecret })).problem().code).toBe('key_disabled');
  });

  test('nothing went wrong on the way', () => {
    expect(app.errors).toEqual([]);
  });
});

describe('a gate that can’t be asked fails closed', () => {
  const credential = () => caller.asSecret.authorization.replace('Bearer ', '');

  test.each<[string, string, () => Promise<{ readonly url: string; close: () => void }>]>([
    [
      'is not there',
      'ECONNREFUSED',
      async () => {
        const gone = createServer().listen(0, '127.0.0.1');
        await once(gone, 'listening');
        const { port } = gone.address() as AddressInfo;
        gone.close();
        return { url: `http://127.0.0.1:${port}`, close: () => undefined };
      },
    ],
    ['says nothing', 'none within 200 ms', () => serve(() => undefined)],
    ['speaks of something else', 'no JSON', () => serve((_request, response) => response.end('<h1>Hello</h1>'))],
    ['gives no verdict', 'answered 200', () => serve((_request, response) => response.end('{"ok":true}'))],
    [
      'redirects',
      'the connection failed',
      () => serve((_request, response) => response.writeHead(307, { location: server.url }).end()),
    ],
  ])('%s', async (_name, said, start) => {
    const { url, close } = await start();
    const timeoutMs = said === 'none within 200 ms' ? 200 : 20_000;
    const app = await startApp((onError) => ({ url, credential: credential(), timeoutMs, onError }));
    const reply = await send(app, '/invoices', { headers: key.asSecret });
    expect(reply.status).toBe(503);
    expect(reply.problem().code).toBe('store_unavailable');
    expect(reply.headers['retry-after']).toBe('2');
    expect(app.served()).toBe(0);
    expect(app.errors).toHaveLength(1);
    expect(app.errors[0]).toContain(said);
    expect(app.errors.join('\n')).not.toMatch(/[ps]k_/);
    await app.close();
    close();
  });

  test('a pair that may not ask is the API’s own mistake: said to it, not to the visitor', async () => {
    const app = await startApp((onError) => ({
      url: server.url,
      credential: key.asSecret.authorization.slice(7),
      onError,
    }));
    const reply = await send(app, '/invoices', { headers: key.asSecret });
    expect([reply.status, reply.problem().code]).toEqual([503, 'store_unavailable']);
    expect(app.errors.join()).toContain('403 scope_missing');
    await app.close();
  });

  test('a credential that is none is refused when the app is made, without being said', () => {
    expect(() => requireKey({ url: server.url, credential: 'sk_mine' })).toThrow(/^(?!.*sk_mine).*pair/);
  });

  test('a kept connection that the gate closed meanwhile is tried once more', async () => {
    let asked = 0;
    const { url, close } = await serve((request, response) => {
      asked++;
      // As a server that ends its idle connection while the next request is on its way.
      if (asked === 1) request.socket.destroy();
      else
        response.end(
          JSON.stringify({
            valid: false,
            code: 'key_invalid',
            status: 401,
            title: 't',
            detail: 'd',
            fix: null,
            retryAfterSeconds: null,
            limits: [],
          }),
        );
    });
    const app = await startApp((onError) => ({ url, credential: credential(), onError }));
    expect((await send(app, '/invoices', { headers: key.asSecret })).problem().code).toBe('key_invalid');
    expect([asked, app.errors]).toEqual([2, []]);
    await app.close();
    close();
  });
});

async function serve(handle: Parameters<typeof createServer>[1]): Promise<{ readonly url: string; close: () => void }> {
  const stub = createServer(handle).listen(0, '127.0.0.1');
  await once(stub, 'listening');
  const { port } = stub.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      stub.close();
      stub.closeAllConnections();
    },
  };
}
