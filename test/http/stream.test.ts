import { once } from 'node:events';
import { createServer, get, request as beginRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'express';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Agent, ChatMessage } from '../../server/agents/port.ts';
import { openEventStream } from '../../server/http/sse.ts';
import { expectProblem } from '../support/problem.ts';
import { openStream, send, sendRaw } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

/** What the next message is answered with; a test sets it. */
let answer: Agent['answer'];
let asked: readonly ChatMessage[];
let server: TestServer;
let key: TestKey;
let path: string;

beforeAll(async () => {
  server = await startTestServer({
    openAgent: () =>
      Promise.resolve({
        answer(messages, signal, options) {
          asked = messages;
          return answer(messages, signal, options);
        },
      }),
  });
  key = await server.createKey(await server.createOrganization());
  path = `/api/v1/agents/${(await server.createAgent(key.organizationId)).id}/messages`;
});
afterAll(() => server.stop());

// eslint-disable-next-line @typescript-eslint/require-await -- the port's shape
async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const open = (body: object = { message: 'Hello' }, headers: Readonly<Record<string, string>> = key.asSecret) =>
  openStream(server, path, { headers, body });
const spent = async (): Promise<number> => (await server.store.findCredits(key.organizationId))!.spent;

describe('a reply as events', () => {
  test('bytes that are no request end the connection, and are not answered into the middle of the reply', async () => {
    answer = async function* (_messages, signal) {
      yield 'Half';
      await untilAborted(signal);
    };
    const body = '{"message":"Hello"}';
    const lines = [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      `Authorization: ${key.asSecret.authorization}`,
      'Accept: text/event-stream',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    const connection = sendRaw(server, `${lines.join('\r\n')}\r\n\r\n${body}`);
    await expect.poll(() => connection.received()).toContain('Half');
    connection.socket.write('GARBAGE\r\n\r\n');
    const text = await connection.whole;
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text).not.toContain('request_invalid');
  });

  test('start, delta for every piece, done with the JSON of the plain answer; to the field', async () => {
    answer = () => pieces('We open', ' at nine.\nEvery day.');
    const before = await spent();
    const stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
    });
    expect(stream.headers['x-request-id']).toBeTruthy();
    const [start, ...more] = await stream.rest();
    expect(start).toEqual({
      event: 'start',
      data: {
        conversationId: expect.stringMatching(/^cnv_/) as unknown,
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        replyId: expect.stringMatching(/^msg_/) as unknown,
      },
    });
    const { conversationId, messageId, replyId } = start!.data;
    const createdAt = new Date(server.clock()).toISOString();
    const findings = { outcome: 'answered', suggestions: [], sources: [] };
    expect(more).toEqual([
      { event: 'delta', data: { text: 'We open' } },
      { event: 'delta', data: { text: ' at nine.\nEvery day.' } },
      {
        event: 'done',
        data: {
          conversationId,
          messageId,
          reply: { id: replyId, text: 'We open at nine.\nEvery day.', createdAt, ...findings },
          credits: { spent: 1, remaining: 1_000 - before - 1 },
        },
      },
    ]);
  });

  test('a publishable call is not told what remains', async () => {
    answer = () => pieces('x');
    const events = await (await open({ message: 'Hello' }, key.from('https://shop.example'))).rest();
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { credits: { spent: 1 } } });
    expect(events.at(-1)?.data.credits).not.toHaveProperty('remaining');
  });

  test('pieces of a sentence that says that nothing was found say so', async () => {
    const none = { outcome: 'none', suggestions: [], sources: [] } as const;
    answer = (_messages, _signal, { onFound } = {}) => {
      onFound?.(none);
      return pieces('No ', 'answer.');
    };
    const events = await (await open()).rest();
    expect(events.slice(1, -1).map(({ data }) => data)).toEqual([
      { text: 'No ', outcome: 'none' },
      { text: 'answer.', outcome: 'none' },
    ]);
    expect(events.at(-1)?.data.reply).toMatchObject({ text: 'No answer.', ...none });
  });

  test('each piece arrives before the next is made', async () => {
    let goOn = (): void => undefined;
    answer = async function* () {
      yield 'first';
      await new Promise<void>((resolve) => (goOn = resolve));
      yield 'second';
    };
    const stream = await open();
    expect((await stream.next())?.event).toBe('start');
    expect(await stream.next()).toEqual({ event: 'delta', data: { text: 'first' } });
    goOn();
    expect(await stream.next()).toEqual({ event: 'delta', data: { text: 'second' } });
    expect((await stream.next())?.event).toBe('done');
    expect(await stream.next()).toBeUndefined();
  });

  test('the agent gets the conversation so far', async () => {
    answer = () => pieces('one');
    const [start] = await (await open({ message: 'first' })).rest();
    server.clock.advance(1);
    answer = () => pieces('two');
    await (await open({ message: 'second', conversationId: start!.data.conversationId })).rest();
    expect(asked).toEqual([
      { role: 'user', text: 'first' },
      { role: 'agent', text: 'one' },
      { role: 'user', text: 'second' },
    ]);
  });

  test('a repeated messageId gives the stored answer at once and costs nothing', async () => {
    answer = () => pieces('once');
    const body = { message: 'Hello', messageId: crypto.randomUUID() };
    const first = await (await open(body)).rest();
    const before = await spent();
    answer = () => pieces('never asked');
    const again = await (await open(body)).rest();
    // As it was the first time, for those who put the reply together from its pieces.
    expect(again.map(({ event, data }) => [event, data])).toEqual([
      ['start', first[0]!.data],
      ['delta', { text: 'once' }],
      ['done', { ...first.at(-1)!.data, credits: { ...(first.at(-1)!.data.credits as object), spent: 0 } }],
    ]);
    expect(await spent()).toBe(before);
  });

  test('a reader slower than the agent is waited for, without a listener for each wait', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const piece = 'x'.repeat(256 * 1024);
    let made = 0;
    answer = async function* () {
      for (; made < 40; made++) yield await Promise.resolve(piece);
    };
    const stream = await open();
    const events = await stream.rest();
    process.off('warning', onWarning);
    expect(events.filter(({ event }) => event === 'delta')).toHaveLength(40);
    expect(events.at(-1)?.event).toBe('done');
    expect(warnings).toEqual([]);
  });
});

describe('a stream that can not go on', () => {
  test('an agent that fails before the first piece: an error event that is the problem, and the credit is back', async () => {
    answer = () => {
      throw new Error('upstream is down');
    };
    const before = await spent();
    const stream = await open();
    const events = await stream.rest();
    expect(events.map(({ event }) => event)).toEqual(['start', 'error']);
    expect(events[1]?.data).toEqual({
      type: `${server.publicOrigin}/api/docs#agent_failed`,
      title: 'The agent gave no answer.',
      status: 502,
      code: 'agent_failed',
      detail: 'The agent gave no answer.',
      requestId: stream.headers['x-request-id'],
      fix: 'Send the same message again; nothing was charged.',
    });
    expect(await spent()).toBe(before);
  });

  test('an agent that breaks off in the middle: an error event after its deltas, and asking again costs nothing more', async () => {
    answer = async function* () {
      yield await Promise.resolve('half');
      throw new Error('cut');
    };
    const before = await spent();
    const messageId = crypto.randomUUID();
    const events = await (await open({ message: 'Hello', messageId })).rest();
    expect(events.map(({ event }) => event)).toEqual(['start', 'delta', 'error']);
    expect(events[2]?.data).toMatchObject({
      code: 'agent_failed',
      detail: 'The agent broke off in the middle of its answer.',
    });
    answer = () => pieces('whole');
    const again = await (await open({ message: 'Hello', messageId })).rest();
    expect(again.at(-1)).toMatchObject({ event: 'done', data: { reply: { text: 'whole' }, credits: { spent: 0 } } });
    expect(await spent()).toBe(before + 1);
  });

  test('a refusal before the start is an ordinary problem', async () => {
    const poor = await server.createKey(await server.createOrganization(0));
    const { id } = await server.createAgent(poor.organizationId);
    const headers = { ...poor.asSecret, accept: 'text/event-stream' };
    const reply = await send(server, `/api/v1/agents/${id}/messages`, { headers, body: { message: 'Hello' } });
    const fix = 'Grant credits to the organization in Settings → Usage.';
    expectProblem(reply, server.publicOrigin, 'credits_exhausted', { fix });
  });

  test('a client that leaves stops the agent; what there was is kept and charged once', async () => {
    let stopped: Promise<void> | undefined;
    answer = async function* (_messages, signal) {
      stopped = untilAborted(signal);
      yield 'half';
      await stopped;
    };
    const before = await spent();
    const stream = await open();
    const start = await stream.next();
    await stream.next();
    stream.leave();
    await stopped;
    await expect
      .poll(
        async () =>
          (
            await send(server, `/api/v1/conversations/${String(start!.data.conversationId)}`, { headers: key.asSecret })
          ).json().messages,
      )
      .toMatchObject([{ role: 'user' }, { role: 'agent', text: 'half' }]);
    expect(await spent()).toBe(before + 1);
  });

  test('a client that leaves before the first piece stops the agent and gets its credit back, with JSON too', async () => {
    for (const accept of ['text/event-stream', 'application/json']) {
      const before = await spent();
      let stopped: Promise<void> | undefined;
      const begun = new Promise<void>((resolve) => {
        answer = async function* (_messages, signal) {
          stopped = untilAborted(signal);
          resolve();
          await stopped;
        };
      });
      const request = beginRequest({
        port: server.port,
        path,
        method: 'POST',
        agent: false,
        headers: { ...key.asSecret, accept, 'content-type': 'application/json' },
      });
      request.on('error', () => undefined);
      request.end('{"message":"Hello"}');
      await begun;
      expect(await spent()).toBe(before + 1);
      request.destroy();
      await stopped;
      await expect.poll(spent).toBe(before);
    }
  });

  test('the same messageId while the answer is being made: 409 with Retry-After', async () => {
    let finish = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      answer = async function* () {
        resolve();
        await new Promise<void>((finished) => (finish = finished));
        yield 'done';
      };
    });
    const body = { message: 'Hello', messageId: crypto.randomUUID() };
    const stream = await open(body);
    await begun;
    const reply = await send(server, path, { headers: key.asSecret, body });
    expectProblem(reply, server.publicOrigin, 'conflict', {
      detail: 'This message is being answered already.',
      fix: 'Wait for that answer, or send the same messageId again a little later.',
    });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    finish();
    expect((await stream.rest()).at(-1)?.event).toBe('done');
  });
});

describe('the comment line', () => {
  afterEach(() => vi.useRealTimers());

  test('every 15 s while nothing else is said, and never after the end', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let stream: ReturnType<typeof openEventStream> | undefined;
    const plain = createServer((_request, response) => (stream = openEventStream(response as Response)));
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    const request = get({ port: (plain.address() as AddressInfo).port, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.setEncoding('utf8');
    const nextChunk = async (): Promise<unknown> => ((await once(response, 'data')) as [string])[0];
    vi.advanceTimersByTime(14_999);
    await stream?.send('delta', { text: 'x' });
    expect(await nextChunk()).toBe('event: delta\ndata: {"text":"x"}\n\n');
    vi.advanceTimersByTime(1);
    expect(await nextChunk()).toBe(': still here\n\n');
    vi.advanceTimersByTime(15_000);
    expect(await nextChunk()).toBe(': still here\n\n');
    stream?.end();
    expect(vi.getTimerCount()).toBe(0);
    await once(response.resume(), 'end');
    plain.close();
  });
});
