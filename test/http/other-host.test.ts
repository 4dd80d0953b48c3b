/** What comes by another name than the public one, or through a proxy that nobody named: what is answered, and what is logged. */
import { describe, expect, test } from 'vitest';
import { parseRaw, send, sendRaw } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly host?: string;
  readonly publicUrl?: string;
}

const warningsOf = ({ logLines }: TestServer, about: string): readonly Line[] =>
  logLines.map((line) => JSON.parse(line) as Line).filter(({ level, msg }) => level === 'warn' && msg.includes(about));

async function withServer(environment: Readonly<Record<string, string>>, run: (server: TestServer) => Promise<void>) {
  const server = await startTestServer({ environment });
  await run(server);
  await server.stop();
}

/** With exactly this `Host`. */
async function askAs(server: TestServer, host: string, path: string): Promise<string> {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Accept: text/html', 'Connection: close', '', ''];
  return sendRaw(server, lines.join('\r\n')).whole;
}

describe('a server whose PUBLIC_URL leads everybody to their own machine', () => {
  test.each([
    '/',
    '/sign-in',
    '/forgotten',
    '/setup',
    '/account',
    '/org/org_1/settings/api-keys',
    '/widget-preview',
    '/demo',
  ])('%s: nobody else is led there; they read what to set', (path) =>
    withServer({ DEMO: 'on' }, async (server) => {
      for (const host of ['192.0.2.7', 'nas.example', 'localhost.example']) {
        const { status, headers, ...reply } = await send(server, path, { host });
        expect([status, headers.location]).toEqual([404, undefined]);
        expect(reply.problem()).toMatchObject({
          code: 'not_found',
          fix: `Set PUBLIC_URL to the address that browsers use (PUBLIC_URL=http://${host}:${server.port}), and start the server again.`,
        });
        const page = await send(server, path, { host, headers: { accept: 'text/html,*/*;q=0.8' } });
        expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
        expect(page.text).toContain(`PUBLIC_URL=http://${host}:${server.port}`);
        expect(page.text).not.toContain('<a ');
      }
      const own = await send(server, path, { host: '127.0.0.1' });
      expect([own.status, own.headers.location]).toEqual([302, `${server.publicOrigin}${path}`]);
    }),
  );

  test('a host that is none is not repeated', () =>
    withServer({}, async (server) => {
      for (const host of ['<b>', 'a"b', 'x'.repeat(300)]) {
        const text = await askAs(server, host, '/sign-in');
        expect(text).toContain('Set PUBLIC_URL to the address that browsers use, and');
        expect(text).not.toContain(host);
      }
    }));
});

test('a request that names a whole URL is led to the public address, not to that URL', () =>
  withServer({ PUBLIC_URL: 'https://gate.example.com' }, async (server) => {
    for (const target of ['http://evil.example/sign-in?next=%2Fa', '//evil.example/sign-in?next=%2Fa']) {
      const request = `GET ${target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
      const { status, headers } = parseRaw(await sendRaw(server, request).whole);
      if (status !== 404)
        expect([status, headers.get('location')]).toEqual([302, 'https://gate.example.com/sign-in?next=%2Fa']);
      else expect(headers.has('location')).toBe(false);
    }
  }));

describe('the log', () => {
  test('names another host once, and the public one', () =>
    withServer({ PUBLIC_URL: 'https://gate.example.com' }, async (server) => {
      expect(warningsOf(server, 'PUBLIC_URL')).toEqual([]);
      await askAs(server, 'gate.example.com', '/sign-in');
      for (const path of ['/healthz', '/readyz', '/metrics']) await send(server, path);
      expect(warningsOf(server, 'PUBLIC_URL')).toEqual([]);
      for (const host of ['192.0.2.7', '192.0.2.8']) await send(server, '/sign-in', { host });
      expect(warningsOf(server, 'PUBLIC_URL')).toMatchObject([
        { host: `192.0.2.7:${server.port}`, publicUrl: 'https://gate.example.com' },
      ]);
    }));

  test('knows a proxy that passes no Host on', () =>
    withServer({ PUBLIC_URL: 'https://gate.example.com' }, async (server) => {
      await send(server, '/', { host: '127.0.0.1' });
      expect(warningsOf(server, 'PUBLIC_URL')).toHaveLength(1);
    }));

  test('is quiet about this machine’s other names, the demo’s sites and what is no host', () =>
    withServer({ DEMO: 'on' }, async (server) => {
      for (const host of ['127.0.0.1', '[::1]', 'shop.example.localhost']) await send(server, '/', { host });
      await askAs(server, '<script>', '/');
      expect(warningsOf(server, 'PUBLIC_URL')).toEqual([]);
    }));

  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['is not set: once', {}, 1],
    ['is set: never', { TRUST_PROXY: '1' }, 0],
  ])('X-Forwarded-For while TRUST_PROXY %s', (_name, environment, count) =>
    withServer(environment, async (server) => {
      await send(server, '/healthz');
      expect(warningsOf(server, 'TRUST_PROXY')).toEqual([]);
      for (let index = 0; index < 3; index++) {
        await send(server, '/healthz', { headers: { 'x-forwarded-for': `198.51.100.${index}` } });
      }
      expect(warningsOf(server, 'TRUST_PROXY')).toHaveLength(count);
    }),
  );
});

describe('an address that is not there', () => {
  const browsers = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

  test('is a page for a browser, with a way back, that runs nothing', () =>
    withServer({}, async (server) => {
      const { status, headers, text } = await send(server, '/no<b>where', { headers: { accept: browsers } });
      expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors 'none'/);
      expect(text).toContain('<a href="/">');
      expect(text).toContain(String(headers['x-request-id']));
      expect(text).not.toMatch(/<b>|<script/);
      expect((await send(server, '/nowhere', { method: 'HEAD', headers: { accept: browsers } })).text).toBe('');
    }));

  test.each([undefined, '*/*', 'application/json', 'application/problem+json', 'application/json, text/html;q=0.5'])(
    'is a problem for a program that accepts %s',
    (accept) =>
      withServer({}, async (server) => {
        const { status, headers, ...reply } = await send(server, '/nowhere', { headers: accept ? { accept } : {} });
        expect([status, headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
        expect(reply.problem().code).toBe('not_found');
      }),
  );

  test('is a problem under /api, whoever asks', () =>
    withServer({}, async (server) => {
      for (const path of ['/api/nowhere', '/api/v1/nowhere', '/api']) {
        const { headers } = await send(server, path, { headers: { accept: browsers } });
        expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
      }
    }));
});
