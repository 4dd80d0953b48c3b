import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem } from '../support/problem.ts';
import { send, type RequestHeaders } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let key: TestKey;

beforeAll(async () => {
  server = await startTestServer();
  key = await server.createKey(await server.createOrganization(), {
    allowedDomains: ['shop.example', '*.blog.example'],
  });
});
afterAll(() => server.stop());

const get = (headers: RequestHeaders, path = '/api/v1/agents') => send(server, path, { headers });
const publishable = (): string => `Bearer ${key.publicKey}`;

const missingFix = 'Call from a web page on an allowed domain, or from a server with the pair "Bearer pk_…:sk_…".';
const malformedFix =
  'Send one Origin header as a browser writes it, such as https://shop.example.com: no path, no list.';

describe('origin_missing', () => {
  test('a publishable call without an Origin', async () => {
    const reply = await get({ authorization: publishable() });
    expectProblem(reply, server.publicOrigin, 'origin_missing', { fix: missingFix });
  });

  test('Referer, Host, Forwarded and a query are never believed', async () => {
    const headers = {
      authorization: publishable(),
      referer: 'https://shop.example/',
      'x-forwarded-host': 'shop.example',
      forwarded: 'host=shop.example;proto=https',
      'x-origin': 'https://shop.example',
    };
    const reply = await get(headers, '/api/v1/agents?origin=https://shop.example');
    expectProblem(reply, server.publicOrigin, 'origin_missing', { fix: missingFix });
  });

  test.each(['cross-site', 'same-site', 'none', 'same-origin, same-origin', 'Same-Origin'])(
    'a read with Sec-Fetch-Site: %s',
    async (site) => {
      const reply = await get({ authorization: publishable(), 'sec-fetch-site': site });
      expectProblem(reply, server.publicOrigin, 'origin_missing', { fix: missingFix });
    },
  );

  test('a POST with Sec-Fetch-Site: same-origin', async () => {
    const headers = { authorization: publishable(), 'sec-fetch-site': 'same-origin' };
    const reply = await send(server, '/api/v1/agents/agt_1/messages', { headers, body: { message: 'x' } });
    expectProblem(reply, server.publicOrigin, 'origin_missing', { fix: missingFix });
  });
});

describe('origin_opaque', () => {
  test('Origin: null', async () => {
    const fix = 'Open the page over http or https, not from a file, a data: address or a sandboxed frame.';
    expectProblem(await get(key.from('null')), server.publicOrigin, 'origin_opaque', { fix });
  });
});

describe('origin_malformed', () => {
  test.each([
    ['https://shop.example/'],
    ['https://shop.example, https://shop.example'],
    ['https://SHOP.example'],
    ['https://shop.example:443'],
    ['HTTPS://shop.example'],
    ['blob:https://shop.example/x'],
    ['chrome-extension://abcdefgh/page.html'],
    ['http:/shop.example'],
    ['https://user@shop.example'],
    ['shop.example'],
    ['https://exa%6dple.com'],
    [''],
    [`https://${'a.'.repeat(200)}example`],
  ])('Origin: %s', async (origin) => {
    expectProblem(await get(key.from(origin)), server.publicOrigin, 'origin_malformed', { fix: malformedFix });
  });

  test('two Origin headers, also when both are allowed', async () => {
    const reply = await get([
      ['Authorization', publishable()],
      ['Origin', 'https://shop.example'],
      ['origin', 'https://shop.example'],
    ]);
    expectProblem(reply, server.publicOrigin, 'origin_malformed', { fix: malformedFix });
  });

  test('two Origin headers on a secret call', async () => {
    const reply = await get([
      ['Authorization', key.asSecret.authorization],
      ['Origin', 'https://shop.example'],
      ['Origin', 'https://shop.example'],
    ]);
    expectProblem(reply, server.publicOrigin, 'origin_malformed', { fix: malformedFix });
  });
});

describe('two Sec-Fetch-Site headers', () => {
  const twice = (...sites: string[]) => sites.map((site) => ['Sec-Fetch-Site', site] as const);
  const fix = 'Send the header Sec-Fetch-Site once, as a browser does: look for a proxy that adds it.';

  test.each([
    ['cross-site', 'same-origin'],
    ['same-origin', 'same-origin'],
  ])('%s and %s: neither counts', async (...sites) => {
    const reply = await get([['Authorization', publishable()], ...twice(...sites)]);
    expectProblem(reply, server.publicOrigin, 'origin_malformed', { fix });
  });

  test('on a secret call', async () => {
    const reply = await get([['Authorization', key.asSecret.authorization], ...twice('none', 'none')]);
    expectProblem(reply, server.publicOrigin, 'origin_malformed', { fix });
  });
});

describe('origin_not_web', () => {
  test.each([
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://0b1d2c3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e',
    'vscode-webview://1a2b3c',
    'app://localhost',
    'tauri://localhost',
    'capacitor://localhost:8080',
    'file://',
  ])('%s: says what an extension or an app does instead', async (origin) => {
    expectProblem(await get(key.from(origin)), server.publicOrigin, 'origin_not_web', {
      fix: 'Call from a server of your own with the pair "Bearer pk_…:sk_…", or show this content in a page on https: only such pages can be allowed, not those of an extension or an app.',
    });
  });
});

describe('origin_not_allowed', () => {
  test.each([
    ['https://evil.example', 'evil.example'],
    ['https://shop.example.evil.example', 'shop.example.evil.example'],
    ['https://blog.example', 'blog.example'],
    ['http://localhost:5173', 'localhost'],
  ])('%s: says which domain to add, and never which are allowed', async (origin, host) => {
    const reply = await get(key.from(origin));
    expectProblem(reply, server.publicOrigin, 'origin_not_allowed', {
      detail: `The origin ${origin} is not among the allowed domains of this key.`,
      fix: `Add ${host} to the allowed domains of this key in Settings → API Keys.`,
      origin,
    });
    expect(reply.text).not.toContain('*.blog.example');
  });

  test('a key without domains works only with its secret', async () => {
    const bare = await server.createKey(key.organizationId, { allowedDomains: [] });
    expectProblem(await get(bare.from('https://shop.example')), server.publicOrigin, 'origin_not_allowed', {
      detail: 'This key has no allowed domains, so it works only with its secret.',
      fix: 'Add shop.example to the allowed domains of this key in Settings → API Keys.',
      origin: 'https://shop.example',
    });
    expect((await get(bare.asSecret)).status).toBe(200);
  });

  test('an edit of the domains holds from the next request on', async () => {
    const edited = await server.createKey(key.organizationId);
    expect((await get(edited.from('https://shop.example'))).status).toBe(200);
    await server.keys.edit(edited.organizationId, edited.id, { allowedDomains: ['other.example'], confirm: true });
    expect((await get(edited.from('https://shop.example'))).status).toBe(403);
    expect((await get(edited.from('https://other.example'))).status).toBe(200);
  });

  test('a same-origin read of a page that the key does not allow', async () => {
    const reply = await get({ authorization: publishable(), 'sec-fetch-site': 'same-origin' });
    expect(reply.problem()).toMatchObject({ code: 'origin_not_allowed', origin: server.publicOrigin });
  });
});

describe('learning mode', () => {
  test('accepts and counts an origin that would be refused, until it ends by the clock', async () => {
    const learning = await server.createKey(key.organizationId);
    const learningUntil = server.clock() + 60_000;
    await server.keys.edit(learning.organizationId, learning.id, { learningUntil });
    const reply = await get(learning.from('https://new.example'), '/api/v1/key');
    expect(reply.json()).toMatchObject({ mode: 'publishable', origin: 'https://new.example' });
    expect((await get(learning.from('null'))).problem().code).toBe('origin_opaque');
    server.clock.advance(60_000);
    expect((await get(learning.from('https://new.example'))).problem().code).toBe('origin_not_allowed');
    await expect
      .poll(() => server.keys.replay(learning.organizationId, learning.id, []))
      .toContainEqual({ origin: 'https://new.example', requests: 2, allowed: false, isBlockedAnew: false });
  });
});

describe('secret_in_browser', () => {
  test('a secret call with any Origin, on a key that refuses them; without an Origin it works', async () => {
    const strict = await server.createKey(key.organizationId, { refuseSecretInBrowser: true });
    const fix =
      'Use only the publishable key in a browser, and rotate this secret: whoever opened the page could read it.';
    const refused = await get({ ...strict.asSecret, origin: 'https://shop.example' });
    expectProblem(refused, server.publicOrigin, 'secret_in_browser', { fix, origin: 'https://shop.example' });
    expectProblem(await get({ ...strict.asSecret, origin: 'null' }), server.publicOrigin, 'secret_in_browser', { fix });
    expect((await get(strict.asSecret)).status).toBe(200);
  });

  test('switched off, the call is accepted and noted with its origin', async () => {
    const lax = await server.createKey(key.organizationId);
    expect((await get({ ...lax.asSecret, origin: 'https://evil.example' })).status).toBe(200);
    await expect
      .poll(() => server.store.findKey(lax.organizationId, lax.id))
      .toMatchObject({
        secretSeenInBrowserAt: server.clock(),
        secretSeenInBrowserOrigin: 'https://evil.example',
      });
  });
});

describe('scope_missing', () => {
  const fieldsFor = (scope: string) => ({
    detail: `This call needs the scope ${scope}.`,
    fix: `Use the key pair of a key that has the scope ${scope}; scopes are set in Settings → API Keys.`,
  });

  test.each([
    ['GET', '/api/v1/agents', 'agents:read'],
    ['GET', '/api/v1/agents/agt_1', 'agents:read'],
    ['POST', '/api/v1/agents/agt_1/messages', 'messages:write'],
    ['GET', '/api/v1/conversations/cnv_1', 'messages:write'],
    ['POST', '/api/v1/keys/verify', 'keys:verify'],
  ])('%s %s with a key that has not %s', async (method, path, scope) => {
    const narrow = await server.createKey(key.organizationId, { scopes: ['usage:read'] });
    const reply = await send(server, path, { method, headers: narrow.asSecret });
    expectProblem(reply, server.publicOrigin, 'scope_missing', fieldsFor(scope));
  });

  test('a publishable call never has keys:verify, whatever its key has', async () => {
    const headers = key.from('https://shop.example');
    const reply = await send(server, '/api/v1/keys/verify', { headers, body: { credential: key.publicKey } });
    expectProblem(reply, server.publicOrigin, 'scope_missing', fieldsFor('keys:verify'));
  });

  test('GET /api/v1/key needs none', async () => {
    const none = await server.createKey(key.organizationId, { scopes: [] });
    expect((await get(none.asSecret, '/api/v1/key')).json()).toMatchObject({ scopes: [] });
  });
});

describe('a same-origin read', () => {
  test('comes from the public origin of this server, when a browser says so with Sec-Fetch-Site and no Origin', async () => {
    const local = await server.createKey(key.organizationId, { allowedDomains: ['localhost'] });
    const headers = { authorization: `Bearer ${local.publicKey}`, 'sec-fetch-site': 'same-origin' };
    expect((await get(headers, '/api/v1/key')).json()).toMatchObject({ origin: server.publicOrigin });
    expect((await send(server, '/api/v1/agents', { method: 'HEAD', headers })).status).toBe(200);
    // A name of somebody else that leads to this machine (DNS rebinding).
    const rebound = await send(server, '/api/v1/key', { headers, host: 'evil.example' });
    expect([rebound.status, rebound.problem().code]).toEqual([403, 'origin_missing']);
  });

  // Fails for a host that is read where a trusted proxy may write it, and a page's script too.
  test('needs the Host itself, also behind a proxy that is trusted', async () => {
    const proxied = await startTestServer({ environment: { TRUST_PROXY: '1' } });
    const local = await proxied.createKey(await proxied.createOrganization(), { allowedDomains: ['localhost'] });
    const headers = {
      authorization: `Bearer ${local.publicKey}`,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-host': new URL(proxied.publicOrigin).host,
    };
    expect((await send(proxied, '/api/v1/key', { headers })).status).toBe(200);
    const rebound = await send(proxied, '/api/v1/key', { headers, host: 'evil.example' });
    expect([rebound.status, rebound.problem().code]).toEqual([403, 'origin_missing']);
    await proxied.stop();
  });
});
