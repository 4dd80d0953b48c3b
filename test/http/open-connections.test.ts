/** What one caller may keep open or leave unread, and that what it asked for is not done once it is gone. */
import { once } from 'node:events';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRequestsMax, openStreamsMax } from '../../server/http/open-requests.ts';
import { expectProblem } from '../support/problem.ts';
import { send, sendRaw } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

/** More than the buffers of two sockets on one machine take. */
const hugePiece = 'x'.repeat(16 * 1024 * 1024);
const question = '{"message":"Hello"}';
let server: TestServer;
let key: TestKey;
let path: string;
/** Ends the answers that wait. */
let release: () => void;
let waiting = new Promise<void>((resolve) => (release = resolve));
let isHuge = false;
let begun = 0;
let ended = 0;

beforeAll(async () => {
  const openAgent = () =>
    Promise.resolve({
      async *answer() {
        begun++;
        try {
          if (isHuge) yield hugePiece;
          else await waiting;
          yield 'Done.';
        } finally {
          ended++;
        }
      },
    });
  const environment = { RATE_LIMIT_PER_KEY_IP: '100000/60', TRUST_PROXY: '1' };
  server = await startTestServer({ openAgent, environment, writeTimeoutMs: 1_000 });
  key = await server.createKey(await server.createOrganization(100_000));
  path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
});
afterEach(() => {
  isHuge = false;
  release();
  waiting = new Promise<void>((resolve) => (release = resolve));
});
afterAll(async () => {
  release();
  await server.stop();
});

/** A message over a connection of its own whose answer is not read. */
async function askAndNotRead(accept: string): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${key.asSecret.authorization}`,
    `Accept: ${accept}`,
    'Content-Type: application/json',
    `Content-Length: ${question.length}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${question}`);
  return socket;
}

describe('an answer that nobody reads', () => {
  test.each(['application/json', 'text/event-stream'])(
    '%s: its connection is closed, and its agent ends',
    async (accept) => {
      isHuge = true;
      const before = ended;
      const socket = await askAndNotRead(accept);
      // A line is written when the connection has ended, or the answer has left this process.
      const countOver = () => server.logLines.filter((line) => line.includes('/messages"')).length;
      const over = countOver();
      await expect.poll(() => ended, { timeout: 15_000 }).toBeGreaterThan(before);
      await expect.poll(countOver, { timeout: 15_000 }).toBe(over + 1);
      const line = server.logLines.findLast((text) => text.includes('/messages"')) ?? '{}';
      expect(JSON.parse(line)).toMatchObject({ isAborted: true });
      socket.destroy();
    },
  );

  test('one that is long in the making is waited for', async () => {
    const reply = send(server, path, { headers: key.asSecret, body: { message: 'Hello' } });
    // Twice the limit for writing, in which nothing is written.
    setTimeout(() => release(), 2_100);
    expect((await reply).status).toBe(200);
  });
});

describe('requests that are sent together over one connection', () => {
  const requests = (count: number, last = '') =>
    Array.from({ length: count }, (_, index) => {
      const connection = index === count - 1 ? last : '';
      return `GET /healthz HTTP/1.1\r\nHost: localhost:${server.port}\r\nX-Any: ${index}\r\n${connection}\r\n`;
    }).join('');
  const countAnswered = () => server.logLines.filter((line) => line.includes('"/healthz"')).length;

  test('are all answered, one after the other', async () => {
    const text = await sendRaw(server, requests(300, 'Connection: close\r\n')).whole;
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(300);
  });

  test('a body among them is read, and what comes after it is answered', async () => {
    release();
    const body = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${key.asSecret.authorization}\r\nContent-Type: application/json\r\nContent-Length: ${question.length}\r\n\r\n${question}`;
    const text = await sendRaw(server, `${requests(3)}${body}${body}${requests(1, 'Connection: close\r\n')}`).whole;
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(6);
    expect(text.match(/Done\./g)).toHaveLength(2);
  });

  test('are not run once their caller is gone', async () => {
    const before = countAnswered();
    const { socket } = sendRaw(server, requests(1_000));
    await once(socket, 'data');
    socket.resetAndDestroy();
    await send(server, '/readyz');
    await expect.poll(() => server.logLines.some((line) => line.includes('"/readyz"'))).toBe(true);
    const answered = countAnswered();
    await send(server, '/readyz');
    expect(countAnswered()).toBe(answered);
    expect(answered - before).toBeLessThan(500);
  });

  test('what waits behind a message is not begun when its caller leaves', async () => {
    const before = begun;
    const one = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${key.asSecret.authorization}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${question.length}\r\n\r\n${question}`;
    const { socket } = sendRaw(server, one.repeat(50));
    await expect.poll(() => begun).toBe(before + 1);
    socket.resetAndDestroy();
    release();
    await send(server, '/readyz');
    expect(begun).toBe(before + 1);
  });
});

describe('open answers of one address and key', () => {
  const page = (ip: string, which = key) => ({ ...which.from('https://shop.example'), 'x-forwarded-for': ip });

  async function openAsMany(max: number, accept: string, ip: string): Promise<http.ClientRequest[]> {
    const before = begun;
    const open = Array.from({ length: max }, () => {
      const headers = { ...page(ip), accept, 'content-type': 'application/json' };
      const request = http.request({ port: server.port, path, method: 'POST', agent: false, headers });
      request.on('error', () => undefined);
      request.end(question);
      return request;
    });
    await expect.poll(() => begun).toBe(before + max);
    return open;
  }
  const code = async (ip: string, accept = 'application/json', which = key) => {
    const headers = { ...page(ip, which), accept };
    const reply = await send(server, `${path}?x`, { headers, body: { message: '' } });
    return reply.problem().code;
  };

  test.each([
    ['requests', openRequestsMax, 'application/json', 20],
    ['streams', openStreamsMax, 'text/event-stream', 100],
  ])('%s: at most %i, then 429', async (_name, max, accept, expected) => {
    expect(max).toBe(expected);
    const open = await openAsMany(max, accept, '2001:db8:1:2::7');
    const reply = await send(server, path, { headers: { ...page('2001:db8:1:2::8'), accept }, body: { message: 'x' } });
    expectProblem(reply, server.publicOrigin, 'rate_limited', {
      detail: 'This address waits for too many answers at the same time.',
      fix: 'Read the answers that are open, then try again.',
    });
    expect(reply.headers['retry-after']).toBe('1');
    // Another address, another key, the other kind and a secret call have room: only the empty message is wrong.
    expect(await code('2001:db8:1:3::7', accept)).toBe('request_invalid');
    expect(await code('192.0.2.1', accept)).toBe('request_invalid');
    const other = await server.createKey(key.organizationId);
    expect(await code('2001:db8:1:2::7', accept, other)).toBe('request_invalid');
    const otherKind = accept === 'application/json' ? 'text/event-stream' : 'application/json';
    expect(await code('2001:db8:1:2::7', otherKind)).toBe('request_invalid');
    const headers = { ...key.asSecret, 'x-forwarded-for': '2001:db8:1:2::7', accept };
    expect((await send(server, path, { headers, body: { message: '' } })).status).toBe(400);
    // One leaves, one may come.
    open[0]?.destroy();
    await expect.poll(() => code('2001:db8:1:2::7', accept)).toBe('request_invalid');
    for (const request of open) request.destroy();
    release();
    await expect.poll(() => ended).toBe(begun);
  });
});

test('connections of one address are bounded where no proxy is in front', async () => {
  const direct = await startTestServer({ connectionsPerAddressMax: 3 });
  const open = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port: direct.port, host: '127.0.0.1', localAddress });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket.resume();
  };
  const kept = [await open('127.0.0.9'), await open('127.0.0.9'), await open('127.0.0.9')];
  const oneMore = await open('127.0.0.9');
  // At once, not by the limit for headers.
  await once(oneMore, 'close', { signal: AbortSignal.timeout(5_000) });
  expect((await send(direct, '/healthz')).status).toBe(200);
  kept[0]?.destroy();
  await expect
    .poll(async () => {
      const socket = await open('127.0.0.9');
      socket.end('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      const [data = ''] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as unknown[];
      return String(data).slice(0, 12);
    })
    .toBe('HTTP/1.1 200');
  for (const socket of kept) socket.destroy();
  await direct.stop();
});
