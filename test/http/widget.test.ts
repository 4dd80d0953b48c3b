import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const builtFolder = mkdtempSync(join(tmpdir(), 'postern-built-'));
const folder = join(builtFolder, 'widget');
let server: TestServer;

beforeAll(async () => {
  for (const path of ['1.2.3', 'library', '1.2.4/.hidden']) mkdirSync(join(folder, path), { recursive: true });
  for (const file of [
    'widget.js',
    'index.js',
    'manifest.json',
    '1.2.3/chat-Ab_1.js',
    '1.2.3/.secret.js',
    '1.2.3/notes.txt',
    'library/chat.js',
    '1.2.4/.hidden/chat.js',
  ]) {
    writeFileSync(join(folder, file), `'${file}'`);
  }
  writeFileSync(join(folder, '1.2.3/long.js'), `'${'long'.repeat(1_000)}'`);
  for (const file of ['widget.js', '1.2.3/long.js']) {
    const bytes = readFileSync(join(folder, file));
    writeFileSync(join(folder, `${file}.br`), brotliCompressSync(bytes));
    writeFileSync(join(folder, `${file}.gz`), gzipSync(bytes));
  }
  server = await startTestServer({ builtFolder });
});
afterAll(async () => {
  await server.stop();
  rmSync(builtFolder, { recursive: true });
});

const forEveryone = {
  'content-type': 'text/javascript; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

describe('the built widget', () => {
  test('/widget.js is for every site, and fresh within minutes', async () => {
    const reply = await send(server, '/widget.js', { headers: { origin: 'https://shop.example' } });
    expect([reply.status, reply.text]).toEqual([200, `'widget.js'`]);
    expect(reply.headers).toMatchObject({ ...forEveryone, 'cache-control': 'public, max-age=300' });
    expect(reply.headers.etag).toBeTruthy();
    const again = await send(server, '/widget.js', { headers: { 'if-none-match': reply.headers.etag! } });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' });
  });

  describe.each(['/widget.js', '/widget/1.2.3/long.js'])('%s travels as the build compressed it', (path) => {
    test.each([
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['identity', undefined],
      ['zstd', undefined],
    ])('for Accept-Encoding: %s', async (accepted, encoding) => {
      const file = path.replace('/widget/', '/') + { br: '.br', gzip: '.gz', none: '' }[encoding ?? 'none']!;
      const bytes = readFileSync(join(folder, file));
      const reply = await send(server, path, { headers: { 'accept-encoding': accepted } });
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        ...forEveryone,
        vary: 'Accept-Encoding',
        'content-length': String(bytes.length),
      });
      expect(reply.headers['content-encoding']).toBe(encoding);
      const etags = new Set([reply.headers.etag]);
      for (const other of ['br', 'gzip', 'identity']) {
        const head = await send(server, path, { method: 'HEAD', headers: { 'accept-encoding': other } });
        etags.add(head.headers.etag);
      }
      expect(etags.size).toBe(3);
      const headers = { 'accept-encoding': accepted, 'if-none-match': reply.headers.etag! };
      const again = await send(server, path, { headers });
      expect([again.status, again.text]).toEqual([304, '']);
      expect(again.headers.vary).toBe('Accept-Encoding');
    });
  });

  test('carries no header that means something on pages only', async () => {
    const { headers } = await send(server, '/widget.js');
    for (const name of [
      'content-security-policy',
      'x-frame-options',
      'cross-origin-opener-policy',
      'x-xss-protection',
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(headers).toHaveProperty('x-content-type-options');
  });

  test('/widget/<version>/<file> is for every site, and immutable', async () => {
    const reply = await send(server, '/widget/1.2.3/chat-Ab_1.js');
    expect([reply.status, reply.text]).toEqual([200, `'1.2.3/chat-Ab_1.js'`]);
    expect(reply.headers).toMatchObject({ ...forEveryone, 'cache-control': 'public, max-age=31536000, immutable' });
  });

  test.each([
    '/widget',
    '/widget/',
    '/widget/manifest.json',
    '/widget/index.js',
    '/widget/widget.js',
    '/widget/library/chat.js',
    '/widget/1.2.3',
    '/widget/1.2.3/',
    '/widget/1.2.3/.secret.js',
    '/widget/1.2.3/notes.txt',
    '/widget/1.2.3/nothing.js',
    '/widget/1.2.4/.hidden/chat.js',
    '/widget/1.2.3/../manifest.json',
    '/widget/1.2.3/..%2fmanifest.json',
    '/widget/1.2.3/..%5cmanifest.js',
    '/widget/1.2.3/%ff.js',
    '/widget/1.2.3/chat-Ab_1.js/',
    '/widget/1.2.3/long.js.br',
    '/widget.js.gz',
    '/widget.js/',
    '/manifest.json',
    '/index.js',
  ])('nothing else of the build is served: %s', async (path) => {
    const reply = await send(server, path);
    expect([reply.status, reply.problem().code]).toEqual([404, 'not_found']);
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  test('only reads', async () => {
    for (const path of ['/widget.js', '/widget/1.2.3/chat-Ab_1.js']) {
      const reply = await send(server, path, { method: 'POST' });
      expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD']);
      const head = await send(server, path, { method: 'HEAD' });
      expect([head.status, head.text]).toEqual([200, '']);
    }
  });
});

test('a server whose widget was not built says so, in the log and in the answer', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'postern-built-'));
  const unbuilt = await startTestServer({ builtFolder: empty });
  const reply = await send(unbuilt, '/widget.js');
  expect(reply.status).toBe(404);
  expect(reply.problem()).toMatchObject({ code: 'not_found', detail: 'The widget was not built.' });
  expect(reply.problem().fix).toContain('npm run build');
  expect(unbuilt.logLines.join('')).toContain('the widget was not built');
  await unbuilt.stop();
  rmSync(empty, { recursive: true });
});
