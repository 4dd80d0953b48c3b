/** One answer of a model, from an upstream that behaves and from those that don't. */
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agentLimits } from '../../server/agents/agent-limits.ts';
import { createKnowledgeSearch } from '../../server/agents/knowledge-search.ts';
import { createModelAgent } from '../../server/agents/model.ts';
import type { AnswerOptions, ChatMessage, TokenUse } from '../../server/agents/port.ts';
import { UpstreamError } from '../../server/agents/upstream-error.ts';
import { createUpstreamFetch, type UpstreamFetch } from '../../server/agents/upstream-fetch.ts';
import type { AgentModel, FaqEntry } from '../../server/records/agent.ts';
import type { ReplyFindings } from '../../server/records/turn.ts';
import { sampleModel } from '../support/sample-records.ts';
import {
  answers,
  delta,
  done,
  finish,
  openStream,
  says,
  sends,
  startScriptedUpstream,
  usage,
  used,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { startUnansweredListener, type UnansweredListener } from '../support/unanswered-listener.ts';

const apiKey = 'sk-test-0123456789abcdefghijklmnop';
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());

/** Long enough for a busy machine, short enough to wait for. */
const times = { connectMs: 1_000, silenceMs: 1_000 };

interface Asked {
  readonly model?: Partial<AgentModel>;
  readonly faq?: readonly FaqEntry[];
  readonly messages?: readonly ChatMessage[];
  readonly signal?: AbortSignal;
  readonly baseUrl?: string;
  readonly key?: string;
  readonly options?: AnswerOptions;
  readonly fetch?: UpstreamFetch;
  readonly onUnreached?: (error: unknown) => void;
}

async function* open({ model, faq = [], messages = [{ role: 'user', text: 'Hi?' }], ...more }: Asked = {}) {
  const agent = createModelAgent({
    model: sampleModel(model),
    upstream: {
      name: 'up',
      baseUrl: more.baseUrl ?? upstream.baseUrl,
      apiKey: 'key' in more ? more.key : apiKey,
      models: [],
    },
    organizationId: 'org_1',
    search: await createKnowledgeSearch({ entries: faq }),
    fetch: more.fetch ?? createUpstreamFetch(times),
    onUnreached: more.onUnreached,
  });
  yield* agent.answer(messages, more.signal ?? new AbortController().signal, more.options);
}

/** The text, what it took, and why it ended, if not by itself. */
async function ask(asked?: Asked): Promise<{ text: string; use?: TokenUse; error?: unknown }> {
  return (await askWithFindings(asked)).seen;
}

async function askWithFindings(asked?: Asked) {
  let text = '';
  let use: TokenUse | undefined;
  let findings: ReplyFindings | undefined;
  const options = { ...asked?.options, onFound: (found: ReplyFindings) => (findings = found) };
  try {
    for await (const piece of open({ ...asked, options })) {
      if (typeof piece === 'string') text += piece;
      else use = piece;
    }
  } catch (error) {
    return { seen: { text, ...(use && { use }), error }, findings };
  }
  return { seen: { text, ...(use && { use }) }, findings };
}

const twoHalves = ['\ud83d', '\udc4b'];

describe('an upstream that behaves', () => {
  beforeEach(() => {
    upstream.script = says('Hello', ' you.');
  });

  test('streams its pieces, and says what they took', async () => {
    const pieces = [];
    for await (const piece of open()) pieces.push(piece);
    expect(pieces).toStrictEqual(['Hello', ' you.', { inputTokens: 700, outputTokens: 300 }]);
  });

  test('is asked for a stream with its use, by its own key, and sent nothing else', async () => {
    await ask({ model: { name: 'some/model', outputTokensMax: 77 } });
    const { path, headers, body } = upstream.asked.at(-1)!;
    expect(path).toBe('POST /v1/chat/completions');
    expect(body).toEqual({
      model: 'some/model',
      max_tokens: 77,
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: expect.stringMatching(/^Answer for the shop\./) as unknown },
        { role: 'user', content: '<visitor_message>\nHi?\n</visitor_message>' },
      ],
    });
    const { host, connection, ...sent } = headers;
    expect(host).toBe(new URL(upstream.baseUrl).host);
    expect(connection).toBe('keep-alive');
    expect(sent).toEqual({
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': expect.any(String) as unknown,
      'accept-encoding': 'identity',
      'user-agent': 'postern',
      accept: '*/*',
      'accept-language': '*',
      'sec-fetch-mode': 'cors',
    });
  });

  test('without a key it is sent none', async () => {
    await ask({ key: undefined } as unknown as Asked);
    expect(upstream.asked.at(-1)!.headers).not.toHaveProperty('authorization');
  });

  test('that ends at the most output tokens has answered', async () => {
    upstream.script = sends(delta('Half a sen'), finish('length'), used(), done);
    expect(await ask()).toMatchObject({ text: 'Half a sen', use: { outputTokens: 300 } });
  });

  // Fails where another bound ends what the owner allowed: each token comes in a piece of its own, as OpenAI sends it.
  test('that takes all tokens that an owner may allow is whole', async () => {
    const count = agentLimits.outputTokens;
    const piece = delta(' word', {
      obfuscation: 'x'.repeat(16),
      service_tier: 'default',
      system_fingerprint: 'fp_0123456789',
    });
    upstream.script = sends(piece.replace('"m"', `"${'m'.repeat(150)}"`).repeat(count), finish('length'), used(), done);
    const { text, error } = await ask({ model: { outputTokensMax: count } });
    expect([text.length, error]).toEqual([5 * count, undefined]);
  });

  test.each([
    ['https://api.openai.com/v1', 'max_completion_tokens'],
    ['https://eu.api.openai.com/v1', 'max_completion_tokens'],
    ['https://us.api.openai.com/v1', 'max_completion_tokens'],
    ['https://shop.openai.azure.com/openai/v1', 'max_completion_tokens'],
    ['https://shop.services.ai.azure.com/openai/v1', 'max_completion_tokens'],
    ['https://shop.cognitiveservices.azure.com/openai/v1', 'max_completion_tokens'],
    ['https://API.OpenAI.com/v1', 'max_completion_tokens'],
    ['https://notapi.openai.com.example/v1', 'max_tokens'],
    ['https://myapi.openai.com/v1', 'max_tokens'],
    ['https://api.mistral.ai/v1', 'max_tokens'],
    ['http://localhost:11434/v1', 'max_tokens'],
  ])('at %s is told its most tokens as %s', async (baseUrl, name) => {
    const realFetch = createUpstreamFetch(times);
    await ask({
      baseUrl,
      fetch:
        (...named) =>
        (_url, init) =>
          realFetch(...named)(`${upstream.baseUrl}/x`, init),
    });
    const { body } = upstream.asked.at(-1)!;
    expect(Object.keys(body).filter((key) => key.startsWith('max_'))).toEqual([name]);
  });

  test.each([
    ['an emoji in two pieces', twoHalves.map((half) => delta(half)), '👋'],
    ['half an emoji and no more', [delta('a'), delta('\ud83d'), delta('b')], 'a\ufffdb'],
    [
      'invalid UTF-8',
      [Buffer.from(delta('caf\u00e9').replace('é', '#')).map((byte) => (byte === 35 ? 0xe9 : byte))],
      'caf\ufffd',
    ],
    ['a [DONE] inside of the text', [delta('data: [DONE]\n\n'), delta('more')], 'data: [DONE]\n\nmore'],
    ['controls', [delta('a\u0000b\u001b[31mc\td')], 'ab[31mc\td'],
    ['comments and empty lines', [': ping\n\n', delta('a'), '\n\n: ping\n\n', delta('b')], 'ab'],
    ['CRLF', [delta('a').replaceAll('\n', '\r\n'), delta('b')], 'ab'],
    ['reasoning beside the text', [delta('', { reasoning_content: 'hm' }), delta('a')], 'a'],
    [
      'tool calls nobody asked for',
      [
        delta('a', {
          tool_calls: [{ index: 0, id: '1', type: 'function', function: { name: 'rm', arguments: '{}' } }],
        }),
      ],
      'a',
    ],
  ])('%s', async (_what, chunks, text) => {
    upstream.script = sends(...chunks, finish(), used(), done);
    expect(await ask()).toStrictEqual({ text, use: { inputTokens: 700, outputTokens: 300 } });
  });

  test.each([
    ['not reported', []],
    ['null', [used(null)]],
    ['empty', [used({})]],
    ['of half of it', [used({ prompt_tokens: 5 })]],
    ['words', [used('many')]],
    ['texts', [used({ ...usage, prompt_tokens: 'x' })]],
  ])('use that is %s: the answer is whole, and takes nothing that is known', async (_what, last) => {
    upstream.script = sends(delta('a'), finish(), ...last, done);
    const { text, use, error } = await ask();
    expect([text, use, error]).toStrictEqual(['a', undefined, undefined]);
  });

  test('pieces of a byte at a time are the same answer', async () => {
    const bytes = Buffer.from([delta('Héllo 👋'), finish(), used(), done].join(''));
    upstream.script = sends(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(await ask()).toMatchObject({ text: 'Héllo 👋', use: { inputTokens: 700 } });
  });
});

describe('an upstream that does not', () => {
  let asked: Awaited<ReturnType<typeof ask>>;
  afterEach(() => {
    const { error } = asked;
    expect(error).toBeInstanceOf(UpstreamError);
    expect(String(error).length).toBeLessThan(600);
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain(apiKey);
  });

  const endsWith = (trouble: string, text = '', more: object = {}) =>
    expect(asked).toMatchObject({ text, error: { trouble, upstream: 'up', ...more } });

  test.each([
    [
      '401 with the key in its text',
      401,
      JSON.stringify({ error: { message: `Incorrect API key provided: ${apiKey}` } }),
    ],
    ['403', 403, '{"error":{"message":"no"}}'],
    ['404 in HTML', 404, '<html>no such page</html>'],
    ['500', 500, '{"error":{"message":"oops"}}'],
    ['503 without a body', 503, ''],
    ['500 with 3 MB', 500, 'x '.repeat(100) + '\n'.repeat(3_000_000)],
  ])('%s', async (_what, status, body) => {
    upstream.script = answers(status, body);
    asked = await ask();
    endsWith('status', '', { status });
  });

  // Fails for a text without what looks like a key: an operator may choose a word.
  test('a key that looks like no key is not repeated either', async () => {
    upstream.script = answers(401, 'hunter2 is not my password');
    asked = await ask({ key: 'hunter2' });
    expect(String(asked.error)).toContain('is not my password');
    expect(String(asked.error)).not.toContain('hunter2');
  });

  test('429 says when to come again', async () => {
    upstream.script = answers(429, '{"error":{"message":"slow down"}}', { 'retry-after': '7' });
    asked = await ask();
    endsWith('status', '', { status: 429, retryAfterSeconds: 7 });
  });

  test.each([301, 302, 307, 308])('a redirect (%i) is not followed', async (status) => {
    const before = upstream.asked.length;
    upstream.script = answers(status, '', { location: `${upstream.baseUrl}/elsewhere` });
    asked = await ask();
    endsWith('redirect', '', { status });
    expect(upstream.asked.length).toBe(before + 1);
  });

  test('silent before its answer', async () => {
    upstream.script = () => undefined;
    asked = await ask();
    endsWith('silent');
  });

  test('silent in the middle: what came stays', async () => {
    upstream.script = (response) => openStream(response).write(delta('Hel'));
    asked = await ask();
    endsWith('silent', 'Hel');
    await upstream.asked.at(-1)!.closed;
  });

  test('cut in the middle, by the connection', async () => {
    upstream.script = (response) => openStream(response).write(delta('Hel'), () => response.destroy());
    asked = await ask();
    endsWith('cut', 'Hel');
  });

  test('cut in the middle, politely', async () => {
    upstream.script = sends(delta('Hel'), 'data: {"id":"chatcm');
    asked = await ask();
    expect(asked).toMatchObject({
      text: 'Hel',
      error: { trouble: expect.stringMatching(/^(?:cut|garbage)$/) as unknown },
    });
  });

  test('ends with no reason', async () => {
    upstream.script = sends(delta('Hel'), done);
    asked = await ask();
    endsWith('cut', 'Hel');
  });

  test.each([
    ['garbage', 'data: {"choices":[{"del\n\n'],
    ['JSON of something else', 'data: {"hello":"world"}\n\n'],
    ['an error in the stream', 'data: {"error":{"message":"out of memory","code":500}}\n\n'],
  ])('%s in the middle', async (_what, text) => {
    upstream.script = sends(delta('Hel'), text, delta('lo'), finish(), done);
    asked = await ask();
    endsWith('garbage', 'Hel');
  });

  test('an answer that is no event stream', async () => {
    upstream.script = answers(200, '<html>Welcome to my portal</html>', { 'content-type': 'text/html' });
    asked = await ask();
    expect(asked).toMatchObject({ text: '', error: { trouble: 'cut' } });
  });

  test('a line of 10 MB is cut off early', async () => {
    let sent = 0;
    upstream.script = (response) => {
      openStream(response).write(delta('Hel'));
      const more = (): void => {
        while (!response.destroyed && sent < 10_000_000) {
          sent += 65_536;
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
        }
      };
      more();
    };
    asked = await ask();
    endsWith('too_long', 'Hel');
    await upstream.asked.at(-1)!.closed;
    expect(sent).toBeLessThan(10_000_000);
  });

  test('an answer that does not end is cut off', async () => {
    upstream.script = (response) => {
      openStream(response);
      const more = (): void => {
        while (!response.destroyed)
          if (!response.write(delta('blah '.repeat(1_000)))) return void response.once('drain', more);
      };
      more();
    };
    asked = await ask();
    expect(asked.error).toMatchObject({ trouble: 'too_long' });
    expect(asked.text.length).toBeLessThanOrEqual(100_000);
    await upstream.asked.at(-1)!.closed;
  });

  test('a compressed answer, which nobody asked for', async () => {
    upstream.script = answers(200, 'x', { 'content-encoding': 'gzip' });
    asked = await ask();
    endsWith('garbage');
  });

  test.each([
    ['nothing at all', [finish(), used(), done]],
    [
      'nothing but a tool call',
      [
        delta('', {
          content: null,
          tool_calls: [{ index: 0, id: '1', type: 'function', function: { name: 'rm', arguments: '{}' } }],
        }),
        finish('tool_calls'),
        used(),
        done,
      ],
    ],
  ])('%s', async (_what, chunks) => {
    upstream.script = sends(...chunks);
    asked = await ask();
    endsWith('empty');
  });

  test('nobody at the address', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    asked = await ask({ baseUrl: `http://127.0.0.1:${port}/v1` });
    endsWith('unreachable');
  });
});

describe('it is asked as soon as a connection takes the request', () => {
  let unanswered: UnansweredListener;
  beforeAll(async () => {
    unanswered = await startUnansweredListener();
  });
  afterAll(() => unanswered.close());

  test('before it has said anything', async () => {
    let askedCount = 0;
    upstream.script = (response) => {
      expect(askedCount).toBe(1);
      response.destroy();
    };
    await ask({ options: { onAsked: () => (askedCount += 1) } });
    expect(askedCount).toBe(1);
  });

  test('and not while it is being connected; that this takes too long is said, also to who has left', async () => {
    let isAsked = false;
    const options = { onAsked: () => (isAsked = true) };
    const { baseUrl } = unanswered;
    expect(await ask({ baseUrl, options })).toMatchObject({ text: '', error: { trouble: 'unreachable' } });
    const stop = new AbortController();
    const connection = unanswered.nextConnection();
    const unreached = new Promise((resolve) => {
      const left = ask({ baseUrl, options, signal: stop.signal, onUnreached: resolve });
      void connection.then(() => stop.abort());
      void left.then((answer) => expect(answer).toStrictEqual({ text: '' }));
    });
    expect(await unreached).toMatchObject({ name: 'UpstreamError', trouble: 'unreachable' });
    expect(isAsked).toBe(false);
  });
});

test('a connection that is not made in ten seconds is given up', { timeout: 20_000 }, async () => {
  const unanswered = await startUnansweredListener();
  const startedAt = performance.now();
  const { error } = await ask({ baseUrl: unanswered.baseUrl, fetch: createUpstreamFetch() });
  const tookMs = performance.now() - startedAt;
  await unanswered.close();
  expect(error).toMatchObject({ trouble: 'unreachable' });
  expect([tookMs > 9_500, tookMs < 15_000]).toEqual([true, true]);
});

// Fails where one organization's visitors can take all connections to an upstream.
test('as many connections as one organization may have leave those of another', async () => {
  const waiting: ServerResponse[] = [];
  upstream.script = (response) => void waiting.push(openStream(response));
  const realFetch = createUpstreamFetch(times);
  const askFor = (organizationId: string, signal?: AbortSignal) =>
    realFetch({ upstream: 'up', organizationId })(`${upstream.baseUrl}/x`, { body: '{}', signal: signal ?? null });
  const stop = new AbortController();
  const greedy = Array.from({ length: 140 }, () => askFor('org_greedy', stop.signal).catch(() => undefined));
  await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(128);
  upstream.script = answers(200, 'Hello.');
  expect(await (await askFor('org_other')).text()).toBe('Hello.');
  expect(waiting.length).toBe(128);
  stop.abort();
  await Promise.all(greedy);
});

describe('stopping stops the upstream', () => {
  test('by the signal', async () => {
    upstream.script = (response) => openStream(response).write(delta('Hel'));
    const stop = new AbortController();
    const pieces = [];
    for await (const piece of open({ signal: stop.signal })) {
      pieces.push(piece);
      stop.abort();
    }
    expect(pieces).toStrictEqual(['Hel']);
    await upstream.asked.at(-1)!.closed;
  });

  test('by reading no further', async () => {
    upstream.script = (response) => openStream(response).write(delta('Hel'));
    for await (const piece of open()) if (piece === 'Hel') break;
    await upstream.asked.at(-1)!.closed;
  });

  test('before it began: it is not asked', async () => {
    const before = upstream.asked.length;
    expect(await ask({ signal: AbortSignal.abort() })).toStrictEqual({ text: '' });
    expect(upstream.asked.length).toBe(before);
  });
});

describe('knowledge', () => {
  const faq = [
    { question: 'When do you open?', aliases: [], answer: 'At nine.' },
    { question: 'Do you deliver parcels abroad?', aliases: [], answer: 'To all of Europe.' },
    ...Array.from({ length: 20 }, (_, index) => ({
      question: `Parcels to zone ${index}?`,
      aliases: [],
      answer: `Zone ${index} costs ${index}.`,
    })),
  ];
  const systemOf = () => upstream.asked.at(-1)!.body.messages[0]!.content;
  beforeEach(() => {
    upstream.script = says('Yes.');
  });

  test('the passages that fit go with the question, five at most', async () => {
    const messages = [{ role: 'user', text: 'Do you deliver parcels?' }] as const;
    const { findings } = await askWithFindings({ faq, messages });
    expect([findings?.outcome, findings?.suggestions, findings?.sources.length]).toEqual(['answered', [], 5]);
    expect(findings?.sources).toContainEqual({ title: 'Do you deliver parcels abroad?', url: null });
    expect(systemOf()).toContain('{"title":"Do you deliver parcels abroad?","text":"To all of Europe."}');
    expect(systemOf().match(/<passage>/g)).toHaveLength(5);
    expect(systemOf()).not.toContain('At nine.');
  });

  test('a question that says nothing by itself is looked up with the one before', async () => {
    const messages = [
      { role: 'user', text: 'Do you deliver parcels abroad?' },
      { role: 'agent', text: 'Yes.' },
      { role: 'user', text: 'And how?' },
    ] as const;
    await ask({ faq, messages });
    expect(systemOf()).toContain('To all of Europe.');
  });

  test('where nothing fits and the owner wants so, it says that it does not know, asks nobody, and costs nothing', async () => {
    const before = upstream.asked.length;
    const { seen, findings } = await askWithFindings({
      faq,
      model: { answersOnlyFromKnowledge: true },
      messages: [{ role: 'user', text: 'Who won the football cup?' }],
    });
    expect(seen.text).toContain('I have no answer to that.');
    expect(findings?.outcome).toBe('none');
    expect(seen.use).toStrictEqual({ inputTokens: 0, outputTokens: 0 });
    expect(upstream.asked.length).toBe(before);
  });

  test('where nothing fits and the owner does not mind, the model answers without passages', async () => {
    expect((await ask({ faq, messages: [{ role: 'user', text: 'Who won the football cup?' }] })).text).toBe('Yes.');
    expect(systemOf()).not.toContain('<passage>');
  });
});
