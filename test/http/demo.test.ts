import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { measureProcessorMs } from '../support/processor-time.ts';
import { send, type Reply } from '../support/requests.ts';
import { says, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const builtFolder = mkdtempSync(join(tmpdir(), 'postern-built-'));
const defaultDomains = ['localhost', 'example.localhost', '*.example.localhost'];
let server: TestServer;

beforeAll(async () => {
  for (const path of ['demo/assets', 'demo/sites']) mkdirSync(join(builtFolder, path), { recursive: true });
  writeFileSync(join(builtFolder, 'demo/index.html'), 'the panel');
  writeFileSync(join(builtFolder, 'demo/assets/index-Ab_1.js'), '1');
  for (const name of ['company', 'shop', 'blog', 'copy', 'yours']) {
    writeFileSync(join(builtFolder, `demo/sites/${name}.html`), `${name} on {{host}} <!-- the tag -->`);
  }
  writeFileSync(join(builtFolder, 'demo/sites/shop.css'), 'a{}');
  server = await startTestServer({ builtFolder, environment: { DEMO: 'on' } });
});
afterAll(async () => {
  await server.stop();
  rmSync(builtFolder, { recursive: true });
});

const at = (host: string, path = '/', method = 'GET') => send(server, path, { method, host });

/** As the panel sends it; `origin` may be another page's. */
function ask(method: string, path: string, body: object, origin = server.publicOrigin): Promise<Reply> {
  return send(server, `/demo/api/${path}`, { method, body, headers: { origin } });
}

interface Key {
  readonly publicKey: string;
  readonly secretKey: string;
  readonly snippet: string;
}
const readKey = async () => (await send(server, '/demo/api/key')).json() as unknown as Key;
const readDomains = async () => (await server.store.findKey('org_demo', 'key_demo'))?.allowedDomains;
const codeOf = (reply: Reply) => [reply.status, reply.problem().code];

describe('customer pages', () => {
  test.each([
    ['example.localhost', 'company'],
    ['shop.example.localhost', 'shop'],
    ['blog.example.localhost', 'blog'],
    ['evil.localhost', 'copy'],
    ['shop.evil.localhost', 'copy'],
    ['notevil.localhost', 'yours'],
    ['a-b.c.localhost', 'yours'],
  ])('%s is the page "%s" with the real tag', async (host, name) => {
    const reply = await at(host);
    const { publicKey, snippet } = await readKey();
    expect([reply.status, reply.text]).toEqual([200, `${name} on ${host} ${snippet}`]);
    expect(snippet).toBe(
      `<script async src="${server.publicOrigin}/widget.js" data-key="${publicKey}" data-agent="agt_demo" data-hide-when-blocked></script>`,
    );
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test('may be framed by the panel alone, and run nothing inline', async () => {
    const { headers } = await at('shop.example.localhost');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain(`frame-ancestors ${server.publicOrigin};`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers).not.toHaveProperty('x-frame-options');
  });

  test('load their files, and nothing else is there: no panel, no API, no widget', async () => {
    expect((await at('shop.example.localhost', '/shop.css')).text).toBe('a{}');
    for (const path of [
      '/shop.html',
      '/demo',
      '/demo/api/key',
      '/api/v1/key',
      '/widget.js',
      '/healthz',
      '/../index.html',
    ]) {
      expect(codeOf(await at('shop.example.localhost', path)), path).toEqual([404, 'not_found']);
    }
    expect(codeOf(await at('shop.example.localhost', '/', 'POST'))).toEqual([405, 'method_not_allowed']);
  });

  test('a host that is no name is no site', async () => {
    for (const host of ['<script>.localhost', '.localhost', 'a..localhost', 'SHOP.localhost']) {
      const { status, headers } = await at(host);
      expect([status, headers.location], host).toEqual([302, `${server.publicOrigin}/`]);
    }
    expect((await at('localhost.evil.example')).problem().fix).toContain('Set PUBLIC_URL');
  });
});

describe('the panel', () => {
  beforeEach(async () => {
    await ask('PUT', 'domains', { allowedDomains: defaultDomains });
  });

  test('is on the server’s own origin, with a policy of its own; other names of this machine lead there', async () => {
    const reply = await send(server, '/demo');
    expect([reply.status, reply.text]).toEqual([200, 'the panel']);
    const policy = String(reply.headers['content-security-policy']);
    expect(policy).toContain(`frame-src http://*.localhost:${server.port};`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect((await send(server, '/demo/assets/index-Ab_1.js')).text).toBe('1');
    const elsewhere = await at('127.0.0.1', '/demo');
    expect([elsewhere.status, elsewhere.headers.location]).toEqual([302, `${server.publicOrigin}/demo`]);
  });

  test('gets the demo pair; no other host and no other site does', async () => {
    const reply = await send(server, '/demo/api/key', { headers: { origin: 'http://evil.localhost' } });
    expect(reply.json()).toEqual({
      publicKey: expect.stringMatching(/^pk_/) as unknown,
      secretKey: expect.stringMatching(/^sk_/) as unknown,
      agentId: 'agt_demo',
      modelAgent: null,
      snippet: expect.any(String) as unknown,
      allowedDomains: defaultDomains,
      defaultDomains,
      stolenKey: { calls: 200, pairCalls: 5, budget: { credits: 50, per: 'day' }, mayRun: true },
    });
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
    expect(codeOf(await at('127.0.0.1', '/demo/api/key'))).toEqual([404, 'not_found']);
    expect(codeOf(await at('rebound.example', '/demo/api/key'))).toEqual([404, 'not_found']);
  });

  test('changes the demo key’s domains, and the next call is judged by them', async () => {
    const { publicKey } = await readKey();
    const origin = 'http://shop.evil.localhost';
    const call = () => send(server, '/api/v1/key', { headers: { authorization: `Bearer ${publicKey}`, origin } });
    expect((await call()).status).toBe(403);
    const reply = await ask('PUT', 'domains', { allowedDomains: ['*.EVIL.localhost', '*.evil.localhost'] });
    expect([reply.status, reply.json()]).toEqual([200, { allowedDomains: ['*.evil.localhost'] }]);
    expect((await call()).status).toBe(200);
    // An origin that was seen may be blocked again without a question: it is a demo.
    expect((await ask('PUT', 'domains', { allowedDomains: [] })).json()).toEqual({ allowedDomains: [] });
    expect((await call()).status).toBe(403);
  });

  test.each([
    ['PUT', 'domains', { allowedDomains: [] }],
    ['POST', 'explain', { origins: [] }],
    ['POST', 'call', { origin: '', credentials: 'pair' }],
  ])('%s %s is for its own page only', async (method, path, body) => {
    for (const origin of ['http://evil.localhost', 'null', `${server.publicOrigin}.evil.example`]) {
      expect(codeOf(await ask(method, path, body, origin))).toEqual([403, 'forbidden']);
    }
    expect(codeOf(await send(server, `/demo/api/${path}`, { method, body }))).toEqual([403, 'forbidden']);
    expect(await readDomains()).toEqual(defaultDomains);
  });

  test.each([
    ['PUT', 'domains', {}],
    ['PUT', 'domains', { allowedDomains: ['*'] }],
    ['PUT', 'domains', { allowedDomains: [], name: 'Mine' }],
    ['PUT', 'domains', { allowedDomains: [], keyId: 'key_1' }],
    ['POST', 'explain', { origins: 'http://a' }],
    ['POST', 'explain', { origins: Array.from({ length: 25 }, () => 'http://a') }],
    ['POST', 'call', { origin: 'http://a\r\nX: 1', credentials: 'pair' }],
    ['POST', 'call', { origin: 'http://a', credentials: 'pk_1' }],
  ])('%s %s with %j is refused', async (method, path, body) => {
    expect(codeOf(await ask(method, path, body))).toEqual([400, 'request_invalid']);
    expect(await readDomains()).toEqual(defaultDomains);
  });

  test('a list of nothing but mistakes is refused at once', async () => {
    let reply: Reply | undefined;
    const body = { allowedDomains: '!,'.repeat(20_000) };
    const ms = await measureProcessorMs(async () => (reply = await ask('PUT', 'domains', body)));
    expect(reply?.problem().problems).toHaveLength(50);
    expect(ms).toBeLessThan(250);
    expect(await readDomains()).toEqual(defaultDomains);
  });

  test('explains each origin by the server’s own checks', async () => {
    const origins = ['http://shop.example.localhost:1', 'http://evil.localhost', 'null'];
    const { data } = (await ask('POST', 'explain', { origins })).json() as { data: readonly object[] };
    expect(data).toMatchObject([
      { origin: origins[0], allowed: true, code: 'ok', pattern: '*.example.localhost', fix: null },
      {
        origin: origins[1],
        allowed: false,
        code: 'origin_not_allowed',
        pattern: null,
        fix: 'Add evil.localhost to the allowed domains of this key in Settings → API Keys.',
      },
      { origin: 'null', allowed: false, code: 'origin_opaque' },
    ]);
  });

  test('calls with the pair or without, for any Origin, over HTTP', async () => {
    const statusOf = async (origin: string, credentials: string) => {
      const { status, body } = (await ask('POST', 'call', { origin, credentials })).json() as {
        status: number;
        body: string;
      };
      const { mode, code } = JSON.parse(body) as { mode?: string; code?: string };
      return [status, mode ?? code];
    };
    for (const origin of ['http://evil.localhost', 'https://anywhere.example', 'null', '']) {
      expect(await statusOf(origin, 'pair')).toEqual([200, 'secret']);
    }
    expect(await statusOf('http://shop.example.localhost', 'publishable')).toEqual([200, 'publishable']);
    expect(await statusOf('http://evil.localhost', 'publishable')).toEqual([403, 'origin_not_allowed']);
    expect(await statusOf('', 'publishable')).toEqual([403, 'origin_missing']);
  });
});

describe('a model', () => {
  test('answers on the page that asks for it, in its own words, and another start without it leaves no trace', async () => {
    const upstream = await startScriptedUpstream();
    upstream.script = says('A gate, ', 'says the model.');
    const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
    const database = `lmdb:${join(folder, 'store')}`;
    const environment = { DEMO: 'on', DEMO_UPSTREAM: `${upstream.baseUrl}#m` };
    const own = await startTestServer({ builtFolder, database, environment });
    const key = (await send(own, '/demo/api/key')).json() as unknown as Key;
    expect(key).toMatchObject({ agentId: 'agt_demo', modelAgent: { id: 'agt_demomodel', model: 'm' } });
    const tagOf = async (server: TestServer, path: string) =>
      /data-agent="(\w+)"/.exec((await send(server, path, { host: 'shop.example.localhost' })).text)?.[1];
    expect(await tagOf(own, '/?agent=model')).toBe('agt_demomodel');
    expect(await tagOf(own, '/')).toBe('agt_demo');
    expect(await tagOf(own, '/?agent=agt_other')).toBe('agt_demo');

    const headers = { authorization: `Bearer ${key.publicKey}`, origin: 'http://shop.example.localhost' };
    const ask = (server: TestServer) =>
      send(server, '/api/v1/agents/agt_demomodel/messages', { method: 'POST', headers, body: { message: 'Hi' } });
    const reply = await ask(own);
    expect([reply.status, reply.json()]).toMatchObject([
      200,
      { reply: { text: 'A gate, says the model.', generated: true } },
    ]);
    const listed = async (server: TestServer) =>
      (await send(server, '/api/v1/agents', { headers })).json() as unknown as { readonly data: readonly object[] };
    expect((await listed(own)).data).toHaveLength(2);
    // Somebody keeps it from pages: it is offered no more.
    await own.store.changeAgent('org_demo', 'agt_demomodel', { public: false }, undefined);
    expect((await send(own, '/demo/api/key')).json()).toMatchObject({ modelAgent: null });
    await own.stop();

    const without = await startTestServer({ builtFolder, database, environment: { DEMO: 'on' } });
    expect((await send(without, '/demo/api/key')).json()).toMatchObject({ modelAgent: null });
    expect(await tagOf(without, '/?agent=model')).toBe('agt_demo');
    expect(codeOf(await ask(without))).toEqual([404, 'not_found']);
    expect((await listed(without)).data).toMatchObject([{ id: 'agt_demo' }]);
    await without.stop();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });
});

test('what the panel tries is no use of the key; the same call from anywhere else is, whatever it says of itself', async () => {
  const own = await startTestServer({ builtFolder, environment: { DEMO: 'on', RATE_LIMIT_REFUSED_PER_IP: '2/60' } });
  const headers = { origin: own.publicOrigin };
  const pair = { credentials: 'pair', origin: 'http://evil.localhost' };
  const none = { credentials: 'publishable', origin: '' };
  for (const body of [pair, pair, none, none, none]) {
    const { status } = (await send(own, '/demo/api/call', { method: 'POST', body, headers })).json();
    expect(status).toBe(body === pair ? 200 : 403);
  }
  await send(own, '/demo/api/explain', { method: 'POST', body: { origins: ['http://evil.localhost'] }, headers });
  const { publicKey, secretKey } = (await send(own, '/demo/api/key')).json() as unknown as Key;
  const authorization = `Bearer ${publicKey}:${secretKey}`;
  const origin = 'http://real.localhost';
  const forged = { authorization, origin, 'postern-self': Buffer.alloc(32).toString('base64url') };
  expect((await send(own, '/api/v1/key', { headers: forged })).status).toBe(200);
  // Figures are written in the order in which calls came: with this one, all before it would be there.
  const date = new Date(own.clock()).toISOString().slice(0, 10);
  await expect
    .poll(() => own.store.listUsage('org_demo', ['key_demo'], date, date))
    .toMatchObject([{ accepted: 1, refused: {}, origins: [{ origin }] }]);
  const key = await own.store.findKey('org_demo', 'key_demo');
  expect(key).toMatchObject({ lastUsedOrigin: origin, secretSeenInBrowserOrigin: origin });
  await own.stop();
});

test.each([
  ['on for this machine alone', {}, false],
  ['on at a public address', { PUBLIC_URL: 'https://gate.example.com' }, true],
])('DEMO=on, %s: warned of at the start is %s', async (_name, environment, isWarned) => {
  const started = await startTestServer({ builtFolder, environment: { DEMO: 'on', ...environment } });
  const warnings = started.logLines.filter((line) => line.includes('"level":"warn"') && line.includes('DEMO=on'));
  await started.stop();
  expect(warnings).toHaveLength(isWarned ? 1 : 0);
});

test('DEMO=off leaves no trace: no page, no host, no organization', async () => {
  const off = await startTestServer({ builtFolder });
  const reference = await send(off, '/nothing');
  for (const path of ['/demo', '/demo/', '/demo/api/key', '/demo/assets/index-Ab_1.js']) {
    const reply = await send(off, path);
    expect(codeOf(reply)).toEqual([404, 'not_found']);
    expect({ ...reply.problem(), requestId: '' }).toEqual({ ...reference.problem(), requestId: '' });
    expect(reply.headers['content-security-policy']).toBe(reference.headers['content-security-policy']);
  }
  for (const host of ['shop.example.localhost', 'evil.localhost']) {
    const { status, headers } = await send(off, '/', { host });
    expect([status, headers.location]).toEqual([302, `${off.publicOrigin}/`]);
  }
  expect(await off.store.findOrganization('org_demo')).toBeUndefined();
  await off.stop();
});

test('a server whose demo was not built says what to do', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'postern-built-'));
  const unbuilt = await startTestServer({ builtFolder: empty, environment: { DEMO: 'on' } });
  for (const host of ['localhost', 'shop.example.localhost']) {
    const path = host === 'localhost' ? '/demo' : '/';
    const reply = await send(unbuilt, path, { host });
    expect(codeOf(reply)).toEqual([404, 'not_found']);
    expect(reply.problem().fix).toContain('npm run build');
  }
  await unbuilt.stop();
  rmSync(empty, { recursive: true });
});
