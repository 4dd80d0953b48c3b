import { Agent as HttpAgent } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../server/store/open.ts';
import { openStream, parseRaw, send, sendRaw } from '../support/requests.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { startTestServer } from '../support/server.ts';

test('/healthz and /readyz are 200 while it serves, and are never stored; /healthz says which version answers', async () => {
  const server = await startTestServer();
  const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string };
  for (const [path, body] of [
    ['/healthz', { status: 'ok', version }],
    ['/readyz', { status: 'ok' }],
  ] as const) {
    const reply = await send(server, path);
    expect([reply.status, reply.json()]).toEqual([200, body]);
    expect(reply.headers['cache-control']).toBe('no-store');
  }
  await server.stop();
});

test('outside /api/v1 nothing is readable by other sites, and every answer has the security headers', async () => {
  const server = await startTestServer();
  for (const path of ['/healthz', '/nothing']) {
    const { headers } = await send(server, path, { headers: { origin: 'https://shop.example' } });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  await server.stop();
});

test.each<[string | undefined, Readonly<Record<string, string>>]>([
  [undefined, {}],
  ['max-age=31536000', { PUBLIC_URL: 'https://example.com' }],
  ['max-age=31536000; includeSubDomains', { PUBLIC_URL: 'https://example.com', HSTS_INCLUDE_SUBDOMAINS: 'on' }],
])('Strict-Transport-Security is %s with %j', async (value, environment) => {
  const server = await startTestServer({ environment });
  expect((await send(server, '/healthz')).headers['strict-transport-security']).toBe(value);
  await server.stop();
});

test('a stop lets a stream in flight finish, refuses new connections, and ends with the last answer, not with the grace', async () => {
  let finish = (): void => undefined;
  const server = await startTestServer({
    environment: { SHUTDOWN_GRACE_SECONDS: '60' },
    openAgent: () =>
      Promise.resolve({
        async *answer() {
          yield 'first';
          await new Promise<void>((resolve) => (finish = resolve));
          yield ' and last';
        },
      }),
  });
  const key = await server.createKey(await server.createOrganization());
  const path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
  const agent = new HttpAgent({ keepAlive: true });
  const stream = await openStream(server, path, { headers: key.asSecret, body: { message: 'Hello' }, agent });
  await stream.next();
  await stream.next();
  let isStopped = false;
  const stopping = server.stop().then(() => (isStopped = true));
  await expect(send(server, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const socket = connect(server.port, '127.0.0.1');
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(isStopped).toBe(false);
  finish();
  expect((await stream.rest()).map(({ event }) => event)).toEqual(['delta', 'done']);
  await stopping;
  agent.destroy();
});

test('what outlasts the grace is cut', async () => {
  const server = await startTestServer({
    environment: { SHUTDOWN_GRACE_SECONDS: '0' },
    openAgent: () =>
      Promise.resolve({
        async *answer(_messages, signal) {
          yield 'first';
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        },
      }),
  });
  const key = await server.createKey(await server.createOrganization());
  const path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
  const stream = await openStream(server, path, { headers: key.asSecret, body: { message: 'Hello' } });
  await stream.next();
  await server.stop();
  await expect(stream.rest()).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('/readyz is 503 while stopping', async () => {
  const server = await startTestServer({ environment: { SHUTDOWN_GRACE_SECONDS: '5' } });
  const { socket, whole } = sendRaw(server, 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n');
  // A whole exchange on another connection, so that the half request has been read.
  await send(server, '/healthz');
  const stopping = server.stop();
  socket.write('\r\n');
  const { status, headers, body } = parseRaw(await whole);
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('1');
  expect(JSON.parse(body)).toMatchObject({ code: 'store_unavailable', detail: 'The server is starting or stopping.' });
  await stopping;
});

// Fails without the delay: the port is closed before anybody has learnt it from /readyz.
test('with SHUTDOWN_DELAY_SECONDS it goes on serving that long after the stop began, while /readyz is 503', async () => {
  const server = await startTestServer({ environment: { SHUTDOWN_DELAY_SECONDS: '1' } });
  const key = await server.createKey(await server.createOrganization());
  const startedAt = performance.now();
  const stopping = server.stop();
  expect((await send(server, '/readyz')).status).toBe(503);
  expect((await send(server, '/api/v1/agents', { headers: key.asSecret })).status).toBe(200);
  await stopping;
  expect(performance.now() - startedAt).toBeGreaterThan(990);
  await expect(send(server, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('figures are in the store after a stop, however short before it they were counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
  const server = await startTestServer({ database: `lmdb:${folder}` });
  const key = await server.createKey(await server.createOrganization());
  await send(server, '/api/v1/agents', { headers: key.from('https://shop.example') });
  await send(server, '/api/v1/agents', { headers: key.from('https://evil.example') });
  const nowMs = server.clock();
  await server.stop();
  const store = await openStore({ kind: 'lmdb', path: folder });
  const date = new Date(nowMs).toISOString().slice(0, 10);
  expect(await store.listUsage(key.organizationId, [key.id], date, date)).toEqual([
    {
      organizationId: key.organizationId,
      keyId: key.id,
      date,
      accepted: 1,
      refused: { origin_not_allowed: 1 },
      origins: expect.arrayContaining([
        { origin: 'https://shop.example', accepted: 1, refused: 0, lastSeenAt: nowMs },
        { origin: 'https://evil.example', accepted: 0, refused: 1, lastSeenAt: nowMs },
      ]) as unknown,
      evidence: expect.objectContaining({ calls: 1, withoutBrowserHeaders: 1, addressedCalls: 1 }) as unknown,
    },
  ]);
  expect(await store.findKey(key.organizationId, key.id)).toMatchObject({
    lastUsedAt: nowMs,
    lastUsedOrigin: 'https://shop.example',
  });
  await store.close();
  rmSync(folder, { recursive: true });
});

test('a port that is taken is an error', async () => {
  const server = await startTestServer();
  const another = startTestServer({ environment: { PORT: String(server.port) } });
  await expect(another).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await server.stop();
});

test('who stops it a second time waits for the first stop, so nothing is cut short', async () => {
  const server = await startTestServer();
  const order: string[] = [];
  const close = server.store.close.bind(server.store);
  server.store.close = async () => {
    await close();
    order.push('closed');
  };
  const first = server.stop().then(() => order.push('first'));
  const second = server.stop().then(() => order.push('second'));
  await Promise.all([first, second]);
  expect(order[0]).toBe('closed');
  expect(order).toHaveLength(3);
});
