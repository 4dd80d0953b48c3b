/** How long and how many clients may keep the server waiting, with the real settings; together, because each is a wait. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChatMessage } from '../../server/agents/port.ts';
import { openStream, parseRaw, send, sendRaw } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const answerMs = 32_000;

let server: TestServer;
let key: TestKey;
let path: string;
let hugePath: string;

beforeAll(async () => {
  const openAgent = () =>
    Promise.resolve({
      async *answer(messages: readonly ChatMessage[]) {
        if (messages.at(-1)?.text === 'Huge') {
          yield 'x'.repeat(16 * 1024 * 1024);
          return;
        }
        yield 'Half ';
        await sleep(answerMs);
        yield 'an hour.';
      },
    });
  server = await startTestServer({ openAgent });
  key = await server.createKey(await server.createOrganization());
  const createPath = async () => `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
  [path, hugePath] = [await createPath(), await createPath()];
});
afterAll(() => server.stop());

/** The code of what is answered to what never becomes whole, and after how many seconds. */
async function sendHalf(text: string): Promise<{ code: unknown; seconds: number }> {
  const beganAt = performance.now();
  const { body } = parseRaw(await sendRaw(server, text).whole);
  return { code: (JSON.parse(body) as { code: unknown }).code, seconds: (performance.now() - beganAt) / 1_000 };
}

describe.concurrent('with the real settings', { timeout: 100_000 }, () => {
  test('slow: a request whose headers are not whole within 10 s is cut', async () => {
    const { code, seconds } = await sendHalf('GET /api/v1/key HTTP/1.1\r\nHost: localhost\r\n');
    expect(code).toBe('request_invalid');
    expect(seconds).toBeGreaterThan(9.9);
    expect(seconds).toBeLessThan(12);
  });

  test('slow: a request that is not whole within 30 s is cut', async () => {
    const { authorization } = key.asSecret;
    const type = 'Content-Type: application/json\r\nContent-Length: 100';
    const { code, seconds } = await sendHalf(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n${type}\r\n\r\n{"message":`,
    );
    expect(code).toBe('request_invalid');
    expect(seconds).toBeGreaterThan(29.9);
    expect(seconds).toBeLessThan(32);
  });

  test('slow: an answer that nobody reads is cut when it made no progress for 30 s', async () => {
    const body = JSON.stringify({ message: 'Huge' });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const { authorization } = key.asSecret;
    socket.write(
      `POST ${hugePath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const countOver = () => server.logLines.filter((line) => line.includes(`${hugePath}"`)).length;
    const beganAt = performance.now();
    await expect.poll(countOver, { timeout: 90_000, interval: 250 }).toBe(1);
    const seconds = (performance.now() - beganAt) / 1_000;
    expect(seconds).toBeGreaterThan(29.9);
    expect(seconds).toBeLessThan(65);
    socket.destroy();
  });

  test('slow: an answer that takes longer than that arrives whole', async () => {
    // Before it is asked: the agent may have begun to wait before its first piece is read here.
    const beganAt = performance.now();
    const stream = await openStream(server, path, { headers: key.asSecret, body: { message: 'How long?' } });
    const events = await stream.rest();
    expect(events.map(({ event }) => event)).toEqual(['start', 'delta', 'delta', 'done']);
    expect(performance.now() - beganAt).toBeGreaterThan(answerMs - 500);
  });
});

test('one connection more than the server takes is closed at once, and is taken when another one ends', async () => {
  const small = await startTestServer({ connectionsMax: 2 });
  const open = async (): Promise<Socket> => {
    const socket = connect(small.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const kept = [await open(), await open()];
  await expect(send(small, '/healthz')).rejects.toThrow(/socket hang up|ECONNRESET/);
  for (const socket of kept) socket.destroy();
  await expect.poll(async () => (await send(small, '/healthz').catch(() => undefined))?.status).toBe(200);
  await small.stop();
});
