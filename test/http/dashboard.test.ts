/** The dashboard's pages as the server hands them out: where, with which policy, and what they are framed by. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const builtFolder = mkdtempSync(join(tmpdir(), 'postern-built-'));
let server: TestServer;

beforeAll(async () => {
  mkdirSync(join(builtFolder, 'dashboard/assets'), { recursive: true });
  writeFileSync(join(builtFolder, 'dashboard/index.html'), '<!doctype html><title>The app</title>');
  writeFileSync(join(builtFolder, 'dashboard/assets/index-Ab_1.js'), 'export {}');
  server = await startTestServer({ builtFolder });
});
afterAll(async () => {
  await server.stop();
  rmSync(builtFolder, { recursive: true });
});

const pages = [
  '/',
  '/sign-in',
  '/forgotten',
  '/setup',
  '/account',
  '/org/org_1/settings/api-keys',
  '/org/org_1/settings/api-keys/key_1',
  '/org/org_1/settings/usage',
  '/org/org_1/settings/agents/new',
  '/org/org_1/settings/members',
  '/org/org_1/settings/audit?x=1',
];

describe('a page of the app', () => {
  test.each(pages)('%s is the same one, with a policy that lets nothing in but its own files', async (path) => {
    const reply = await send(server, path);
    expect([reply.status, reply.text]).toEqual([200, '<!doctype html><title>The app</title>']);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        'trusted-types lit-html',
      ].join('; '),
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
    expect(reply.headers).not.toHaveProperty('set-cookie');
  });

  test.each(pages)('%s under another name of this machine leads to the server’s own address', async (path) => {
    for (const host of ['127.0.0.1', '[::1]', 'gate.localhost']) {
      const reply = await send(server, path, { host });
      expect([reply.status, reply.headers.location]).toEqual([302, `${server.publicOrigin}${path}`]);
      expect(reply.text).not.toContain('The app');
    }
  });

  test('is read and nothing else', async () => {
    for (const path of ['/', '/sign-in', '/org/org_1/settings/api-keys']) {
      const reply = await send(server, path, { method: 'POST' });
      expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD']);
      expect((await send(server, path, { method: 'HEAD' })).status).toBe(200);
    }
  });

  test.each([
    '/Sign-In',
    '/sign-in/x',
    '/setup.html',
    '/index.html',
    '/dashboard',
    '/dashboard/index.html',
    '/nothing',
  ])('%s is none', async (path) => {
    const reply = await send(server, path);
    expect([reply.status, reply.problem().code]).toEqual([404, 'not_found']);
  });
});

describe('the app’s files', () => {
  test('are kept for a year: their names change with them', async () => {
    const reply = await send(server, '/dashboard/assets/index-Ab_1.js');
    expect([reply.status, reply.text]).toEqual([200, 'export {}']);
    expect(reply.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each([
    '/dashboard/assets/',
    '/dashboard/assets/none.js',
    '/dashboard/assets/../index.html',
    '/dashboard/assets/..%2findex.html',
  ])('%s is none', async (path) => {
    const reply = await send(server, path);
    expect([reply.status, reply.problem().code]).toEqual([404, 'not_found']);
  });
});

test('a dashboard that was not built says what to do', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'postern-built-'));
  const unbuilt = await startTestServer({ builtFolder: empty });
  for (const path of ['/', '/sign-in', '/org/org_1/settings/api-keys']) {
    const reply = await send(unbuilt, path);
    expect([reply.status, reply.headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(reply.problem()).toMatchObject({
      code: 'not_found',
      detail: 'The dashboard was not built.',
      fix: 'Run npm run build on the server; npm start does it by itself.',
    });
  }
  await unbuilt.stop();
  rmSync(empty, { recursive: true });
});

describe('/widget-preview', () => {
  const path = '/widget-preview';

  test('has the real tag with a key that is none, for a frame of this server’s pages alone', async () => {
    const reply = await send(server, path);
    expect(reply.status).toBe(200);
    expect(reply.text.match(/<script.*script>/g)).toEqual([
      `<script async src="/widget.js" data-key="pk_${'0'.repeat(32)}" data-agent="agt_preview"></script>`,
    ]);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        'img-src https: http: data:',
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
      ].join('; '),
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  test('nothing of the address comes into it', async () => {
    expect((await send(server, `${path}?key=%22%3E%3Cscript%3E&agent=agt_1`)).text).toBe(
      (await send(server, path)).text,
    );
  });

  test('under another name of this machine leads to the server’s own address', async () => {
    const reply = await send(server, path, { host: '127.0.0.1' });
    expect([reply.status, reply.headers.location]).toEqual([302, `${server.publicOrigin}${path}`]);
  });
});

test('/dashboard/widget.json names the file of the widget that never changes; not built, it is not there', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'postern-'));
  const built = await startTestServer({ builtFolder: empty });
  expect((await send(built, '/dashboard/widget.json')).status).toBe(404);
  mkdirSync(join(empty, 'widget'));
  const pinned = { file: '1.0.0/widget-1.js', integrity: 'sha384-x' };
  writeFileSync(join(empty, 'widget/manifest.json'), JSON.stringify({ pinned, secret: 'x' }));
  const reply = await send(built, '/dashboard/widget.json');
  expect(reply.json()).toEqual({ path: '/widget/1.0.0/widget-1.js', integrity: 'sha384-x' });
  await built.stop();
  rmSync(empty, { recursive: true });
});

test('behind a proxy, the host is the one that the proxy names', async () => {
  const environment = { TRUST_PROXY: '1', PUBLIC_URL: 'https://gate.example.com' };
  const proxied = await startTestServer({ builtFolder, environment });
  const headers = { 'x-forwarded-host': 'gate.example.com', 'x-forwarded-proto': 'https' };
  expect((await send(proxied, '/sign-in', { headers })).status).toBe(200);
  const elsewhere = await send(proxied, '/sign-in', { headers: { 'x-forwarded-host': 'other.example.com' } });
  expect([elsewhere.status, elsewhere.headers.location]).toEqual([302, 'https://gate.example.com/sign-in']);
  await proxied.stop();
});
