/** The OpenAI interface over agents, as the contract has it. The real clients have tests of their own in `test/clients`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent, ChatMessage, TokenUse } from '../../server/agents/port.ts';
import type { ChatCompletion, ChatCompletionChunk, OpenAiError } from '../../server/http/wire.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import { openStream, send, type Reply, type RequestOptions } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const origin = 'https://shop.example';
const path = '/api/v1/chat/completions';
let server: TestServer;
let key: TestKey;
let model: string;
/** What a scripted agent is asked and answers; undefined: the FAQ. */
let answer: Agent['answer'] | undefined;
let asked: readonly ChatMessage[];

beforeAll(async () => {
  server = await startTestServer();
  const organizationId = await server.createOrganization();
  key = await server.createKey(organizationId);
  const faq = [{ question: 'When do you open?', answer: 'We open at nine. We close at six.' }];
  model = (await server.createAgent(organizationId, { name: 'Guide', creditsPerMessage: 2, faq })).id;
});
afterAll(() => server.stop());

const user = (content: unknown) => ({ role: 'user', content });
const question = user('When do you open?');
const ask = (body: object, headers: RequestOptions['headers'] = key.from(origin)): Promise<Reply> =>
  send(server, path, { body: { model, messages: [question], ...body }, headers });
const spent = async (): Promise<number> => (await server.store.findCredits(key.organizationId))!.spent;

function expectRefused(reply: Reply, status: number, code: string): OpenAiError {
  const problem = reply.problem();
  expect([reply.status, problem.code, reply.headers['content-type']]).toEqual([
    status,
    code,
    'application/problem+json; charset=utf-8',
  ]);
  const error = problem.error as OpenAiError;
  expect(error.code).toBe(code);
  expect(error.message).toContain(problem.detail);
  if (problem.fix !== undefined) expect(error.message).toContain(problem.fix);
  return error;
}

describe('GET /api/v1/models', () => {
  test('has the public agents for a page, and all for the pair', async () => {
    const hidden = await server.createAgent(key.organizationId, { name: 'Back office', public: false });
    const page = await send(server, '/api/v1/models', { headers: key.from(origin) });
    const created = Math.floor(server.clock() / 1_000);
    expect(page.json()).toEqual({
      object: 'list',
      data: [{ id: model, object: 'model', created, owned_by: key.organizationId, name: 'Guide' }],
    });
    const { data } = (await send(server, '/api/v1/models', { headers: key.asSecret })).json();
    expect((data as { id: string }[]).map(({ id }) => id).sort()).toEqual([model, hidden.id].sort());
  });

  test('refuses as a client of that interface reads it, and says that a repetition can not help', async () => {
    const reply = await send(server, '/api/v1/models', { headers: key.from('https://evil.example') });
    expectRefused(reply, 403, 'origin_not_allowed');
    expect(reply.headers['x-should-retry']).toBe('false');
    expect(reply.headers['access-control-expose-headers']).toContain('X-Should-Retry');
    expectRefused(await send(server, '/api/v1/models', { method: 'POST', headers: {} }), 405, 'method_not_allowed');
    expectRefused(await send(server, '/api/v1/models'), 401, 'credentials_missing');
  });
});

describe('POST /api/v1/chat/completions', () => {
  test('answers the last message, to the field, and costs what a message costs', async () => {
    const before = await spent();
    const reply = await ask({});
    const completion = reply.json() as unknown as ChatCompletion;
    expect([reply.status, reply.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(completion).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-z]{25}$/) as unknown,
      object: 'chat.completion',
      conversationId: expect.stringMatching(/^cnv_/) as unknown,
      created: Math.floor(server.clock() / 1_000),
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'We open at nine. We close at six.', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
    expect((await spent()) - before).toBe(2);
  });

  test.each([
    ['fields that mean nothing here', { temperature: 0.2, seed: 7, user: 'u1', metadata: { a: 'b' }, store: true }],
    ['what asks for nothing special', { n: 1, tools: [], logprobs: false, stream: false, audio: null, max_tokens: 5 }],
    ['null for what is not wanted', { n: null, tools: null, stream: null, stream_options: null, modalities: ['text'] }],
    [
      'a text in parts',
      {
        messages: [
          user([
            { type: 'text', text: 'When do' },
            { type: 'text', text: 'you open?' },
          ]),
        ],
      },
    ],
    ['instructions, which are left out', { messages: [{ role: 'system', content: 'Be rude.' }, question] }],
    ['what was said before', { messages: [user('Hi'), { role: 'assistant', content: null }, question] }],
  ])('takes %s', async (_name, body) => {
    const reply = await ask(body);
    expect([reply.status, reply.status === 200 ? '' : reply.text]).toEqual([200, '']);
    expect(reply.text).toContain('We open at nine.');
  });

  test.each<[string, object, string, string]>([
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }, 'tools', 'calls no tools'],
    ['functions', { functions: [{ name: 'f' }] }, 'functions', 'calls no tools'],
    ['two answers', { n: 2 }, 'n', 'one answer'],
    ['log probabilities', { logprobs: true }, 'logprobs', 'no log probabilities'],
    ['spoken answers', { modalities: ['text', 'audio'] }, 'modalities.1', 'text alone'],
    ['a voice', { audio: { voice: 'alloy', format: 'wav' } }, 'audio', 'text alone'],
    [
      'an image',
      { messages: [user([{ type: 'image_url', image_url: { url: 'data:,' } }])] },
      'messages.0.content',
      'text alone',
    ],
    ['a result of a tool', { messages: [{ role: 'tool', content: 'x' }, question] }, 'messages.0.role', 'One of user'],
    ['no message', { messages: [] }, 'messages', 'At least 1'],
    [
      'an answer as the last message',
      { messages: [question, { role: 'assistant', content: 'x' }] },
      'messages.1.role',
      'of the user',
    ],
    ['instructions alone', { messages: [{ role: 'developer', content: 'x' }] }, 'messages.0.role', 'of the user'],
    ['an empty message', { messages: [user(' ')] }, 'messages.0.content', 'Nothing is asked'],
    ['4,001 characters', { messages: [user('x'.repeat(4_001))] }, 'messages.0.content', 'At most 4000'],
    ['4,001 characters of two units', { messages: [user('😀'.repeat(4_001))] }, 'messages.0.content', 'At most 4000'],
    ['no model', { model: undefined }, 'model', 'missing'],
  ])('refuses %s with the reason, and takes nothing for it', async (_name, body, place, reason) => {
    const before = await spent();
    const reply = await ask(body);
    const error = expectRefused(reply, 400, 'request_invalid');
    expect([error.type, error.param, reply.headers['x-should-retry']]).toEqual([
      'invalid_request_error',
      place,
      'false',
    ]);
    expect(error.message).toContain(reason);
    expect(await spent()).toBe(before);
  });

  test('counts characters, of which some are two units', async () => {
    expect((await ask({ messages: [user('😀'.repeat(4_000))] })).status).toBe(200);
  });

  test.each([
    ['an unknown agent', { model: 'agt_none' }, 404, 'not_found'],
    ['a model of somebody else', { model: 'gpt-4o' }, 404, 'not_found'],
  ])('%s: refused, and counted as refused for the page', async (_name, body, status, code) => {
    const error = expectRefused(await ask(body), status, code);
    expect(error.message).toContain('Take the id from GET /api/v1/agents');
  });

  test('without credits: 402 that no client repeats', async () => {
    const poor = await server.createOrganization(0);
    const own = await server.createKey(poor);
    const { id } = await server.createAgent(poor);
    const reply = await ask({ model: id }, own.from(origin));
    const error = expectRefused(reply, 402, 'credits_exhausted');
    expect([error.type, reply.headers['x-should-retry']]).toEqual(['insufficient_quota', 'false']);
  });

  test('a body that is no JSON, or too large', async () => {
    const headers = { ...key.from(origin), 'content-type': 'application/json' };
    expectRefused(await send(server, path, { body: '{"model"', headers }), 400, 'request_invalid');
    const large = JSON.stringify({ model, messages: [user('x'.repeat(70_000))] });
    expectRefused(await send(server, path, { body: large, headers }), 413, 'body_too_large');
  });

  test('the eight headers of the openai client pass the preflight', async () => {
    const asked = ['Lang', 'Package-Version', 'OS', 'Arch', 'Runtime', 'Runtime-Version', 'Retry-Count', 'Timeout']
      .map((name) => `x-stainless-${name.toLowerCase()}`)
      .join(',');
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': `authorization,content-type,${asked}`,
    };
    const reply = await send(server, path, { method: 'OPTIONS', headers });
    expect([reply.status, reply.headers['access-control-allow-headers']]).toEqual([
      204,
      `authorization,content-type,${asked}`,
    ]);
  });

  describe('Idempotency-Key', () => {
    test.each([
      ['a UUID', '0e6f2a34-5b1c-4d7e-8f90-a1b2c3d4e5f6'],
      ['any other text', 'order 1001, try 1'],
    ])('%s: the same call again gives the same reply, and takes nothing', async (_name, name) => {
      const headers = { ...key.from(origin), 'idempotency-key': name };
      const messages = [user('Hi'), { role: 'assistant', content: 'Hello.' }, question];
      const first = (await ask({ messages }, headers)).json();
      const before = await spent();
      expect((await ask({ messages }, headers)).json()).toMatchObject({ id: first.id, choices: first.choices });
      expect(await spent()).toBe(before);
      const other = (await ask({ messages: [user('Hey'), ...messages.slice(1)] }, headers)).json();
      expect(other.id, 'after other messages it is another call').not.toBe(first.id);
    });

    test('a longer one than 200 characters is refused', async () => {
      const headers = { ...key.from(origin), 'idempotency-key': 'x'.repeat(201) };
      expect(expectRefused(await ask({}, headers), 400, 'request_invalid').param).toBe('Idempotency-Key');
    });
  });
});

describe('as a stream', () => {
  async function chunksOf(body: object, headers: Readonly<Record<string, string>> = key.from(origin)) {
    const reply = await ask({ stream: true, ...body }, headers);
    expect([reply.status, reply.headers['content-type'], reply.headers['cache-control']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store, no-transform',
    ]);
    const lines = reply.text.split('\n\n').filter((line) => line !== '');
    expect(lines.every((line) => line.startsWith('data: '))).toBe(true);
    return lines.map((line) => line.slice('data: '.length));
  }
  const parse = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as ChatCompletionChunk);

  test('begins with the role, goes on in pieces, ends with why it stopped and [DONE]', async () => {
    const lines = await chunksOf({});
    expect(lines.at(-1)).toBe('[DONE]');
    const chunks = parse(lines.slice(0, -1));
    expect(chunks[0]?.choices).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'We open at nine. We close at six.',
    );
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.at(-1)?.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.map(({ object, model: of }) => `${object} ${of}`)).toEqual(
      chunks.map(() => `chat.completion.chunk ${model}`),
    );
  });

  test('has the use before [DONE] for whom asks for it', async () => {
    const lines = await chunksOf({ stream_options: { include_usage: true } });
    expect(parse(lines.slice(-2, -1))).toMatchObject([
      { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
    ]);
  });

  test('of a repeated call gives the stored answer', async () => {
    const headers = { ...key.from(origin), 'idempotency-key': 'streamed' };
    const first = parse((await chunksOf({}, headers)).slice(0, -1));
    const before = await spent();
    const again = parse((await chunksOf({}, headers)).slice(0, -1));
    const textOf = (chunks: readonly ChatCompletionChunk[]) =>
      chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect([again[0]?.id, textOf(again), await spent()]).toEqual([first[0]?.id, textOf(first), before]);
  });

  test('what is refused before it is an ordinary problem', async () => {
    expectRefused(await ask({ stream: true }, key.from('https://evil.example')), 403, 'origin_not_allowed');
  });
});

// Fails where a client that uses one key for all its calls is given the answer to another question.
test('the same Idempotency-Key with another body is another call, with its own answer', async () => {
  const headers = { ...key.from(origin), 'idempotency-key': 'one-for-all' };
  const reply = async (messages: readonly object[]) =>
    (await send(server, path, { body: { model, messages }, headers })).json() as unknown as ChatCompletion;
  const first = await reply([user('When do you open?')]);
  const other = await reply([user('When do you close?')]);
  const told = await reply([user('Hi'), { role: 'assistant', content: 'Hello.' }, user('When do you open?')]);
  const again = await reply([user('When do you open?')]);
  expect(new Set([first, other, told].map(({ id }) => id)).size).toBe(3);
  expect(again.id).toBe(first.id);
});

describe('an agent that reads what came before', () => {
  let scripted: TestServer;
  let own: TestKey;
  let id: string;
  beforeAll(async () => {
    scripted = await startTestServer({
      openAgent: () =>
        Promise.resolve({
          answer(messages, signal, options) {
            asked = messages;
            return answer!(messages, signal, options);
          },
        }),
    });
    own = await scripted.createKey(await scripted.createOrganization());
    id = (await scripted.createAgent(own.organizationId)).id;
  });
  afterAll(() => scripted.stop());

  test('is given what the caller says was said, without instructions, and at most 20 turns of it', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape
    answer = async function* () {
      yield 'Yes.';
    };
    const said = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? user(`Question ${index}`) : { role: 'assistant', content: `Answer ${index}` },
    );
    const messages = [{ role: 'developer', content: 'Be rude.' }, ...said, question];
    const headers = { ...own.from(origin), 'idempotency-key': 'kept' };
    const reply = await send(scripted, path, { body: { model: id, messages }, headers });
    expect(reply.status).toBe(200);
    expect(asked).toHaveLength(41);
    expect(asked[0]).toEqual({ role: 'user', text: 'Question 10' });
    expect(asked.slice(-2)).toEqual([
      { role: 'agent', text: 'Answer 49' },
      { role: 'user', text: 'When do you open?' },
    ]);
    const { conversationId } = reply.json() as unknown as ChatCompletion;
    const kept = await send(scripted, `/api/v1/conversations/${conversationId}`, { headers: own.from(origin) });
    const { messages: turns, earlierMessages } = kept.json() as { messages: object[]; earlierMessages: number };
    expect([turns.length, earlierMessages]).toEqual([2, 50]);
  });

  test.each<[string, object | undefined, object | undefined]>([
    ['reports', { inputTokens: 12, outputTokens: 3 }, { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 }],
    ['does not report', undefined, undefined],
    ['reports nonsense', { inputTokens: -1, outputTokens: NaN }, undefined],
  ])('of a model: marked, with the use that it %s, and no more tokens than asked for', async (_name, use, usage) => {
    let tokensMax: number | undefined;
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape
    answer = async function* (_messages, _signal, options) {
      tokensMax = options?.outputTokensMax;
      options?.onAsked?.();
      yield 'Yes.';
      if (use) yield use as TokenUse;
    };
    const model = { upstream: 'local', name: 'small' };
    const { id: agentId } = await scripted.createAgent(own.organizationId, { model });
    const body = { model: agentId, messages: [question], max_completion_tokens: 50 };
    const completion = (await send(scripted, path, { body, headers: own.from(origin) })).json();
    expect([completion.generated, completion.usage, tokensMax]).toEqual([true, usage, 50]);
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    const { text } = await send(scripted, path, { body: streamed, headers: own.from(origin) });
    const last = text.trim().split('\n\n').at(-2) ?? '';
    expect((JSON.parse(last.slice('data: '.length)) as ChatCompletionChunk).usage).toEqual(usage);
  });

  test.each([
    ['breaks', () => new Error('The upstream said sk_0'), 'agent_failed'],
    ['loses the store', () => new StoreUnavailableError('gone'), 'store_unavailable'],
  ])('that %s in the middle ends the stream with an error that the client reads', async (_name, failure, code) => {
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape
    answer = async function* () {
      yield 'Half';
      throw failure();
    };
    const body = { model: id, messages: [question], stream: true };
    const reply = await send(scripted, path, { body, headers: own.from(origin) });
    const last = reply.text.trim().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({ error: { code, param: null } });
    expect(reply.text).not.toMatch(/\[DONE\]|sk_0/);
  });

  // Fails where a client repeats by itself what is charged each time.
  test('that breaks off in the middle is charged: 502, which no client repeats by itself', async () => {
    answer = async function* () {
      yield await Promise.resolve('Half');
      throw new Error('broken');
    };
    const reply = await send(scripted, path, { body: { model: id, messages: [question] }, headers: own.from(origin) });
    expectRefused(reply, 502, 'agent_failed');
    expect(reply.headers['x-should-retry']).toBe('false');
  });

  test('that gives nothing: 502, which a client may repeat', async () => {
    answer = () => {
      throw new Error('gone');
    };
    const reply = await send(scripted, path, { body: { model: id, messages: [question] }, headers: own.from(origin) });
    expectRefused(reply, 502, 'agent_failed');
    expect(reply.headers['x-should-retry']).toBeUndefined();
  });

  test('stops when the reader leaves', async () => {
    const stopped = new Promise<void>((resolve) => {
      answer = async function* (_messages, signal) {
        yield 'Half';
        await new Promise((left) => signal.addEventListener('abort', left, { once: true }));
        resolve();
      };
    });
    const body = { model: id, messages: [question], stream: true };
    const stream = await openStream(scripted, path, { body, headers: own.from(origin) });
    stream.message.once('data', () => stream.leave());
    stream.message.resume();
    await stopped;
  });
});
