/** The AI SDK's UI message stream over an agent. The real `useChat` has a test of its own in `test/clients`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UiMessagePart } from '../../server/http/wire.ts';
import { expectProblem } from '../support/problem.ts';
import { send, type Reply } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const origin = 'https://shop.example';
let server: TestServer;
let key: TestKey;
let path: string;
beforeAll(async () => {
  server = await startTestServer();
  const organizationId = await server.createOrganization();
  key = await server.createKey(organizationId, { allowedDomains: ['shop.example', 'other.example'] });
  const faq = [{ question: 'When do you open?', answer: 'We open at nine. We close at six.' }];
  path = `/api/v1/agents/${(await server.createAgent(organizationId, { faq })).id}/ui-messages`;
});
afterAll(() => server.stop());

const said = (text: string, id = 'm1') => ({ id, role: 'user', parts: [{ type: 'text', text }] });
const question = said('When do you open?');
const ask = (body: object, from = origin): Promise<Reply> =>
  send(server, path, { body: { id: 'chat-1', trigger: 'submit-message', ...body }, headers: key.from(from) });
const spent = async (): Promise<number> => (await server.store.findCredits(key.organizationId))!.spent;

function partsOf(reply: Reply): readonly UiMessagePart[] {
  expect([reply.status, reply.headers['content-type'], reply.headers['x-vercel-ai-ui-message-stream']]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    'v1',
  ]);
  const lines = reply.text.trim().split('\n\n');
  expect(lines.pop()).toBe('data: [DONE]');
  return lines.map((line) => JSON.parse(line.slice('data: '.length)) as UiMessagePart);
}

const textOf = (parts: readonly UiMessagePart[]): string =>
  parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('');

describe('POST /api/v1/agents/{agentId}/ui-messages', () => {
  test('answers the last message in the parts of the stream, version 1', async () => {
    const parts = partsOf(await ask({ id: 'parts', messages: [question] }));
    expect(parts[0]).toEqual({ type: 'start', messageId: expect.stringMatching(/^msg_/) as unknown });
    expect(textOf(parts)).toBe('We open at nine. We close at six.');
    const types = parts.map(({ type }) => type).filter((type) => type !== 'text-delta');
    expect(types).toEqual(['start', 'text-start', 'text-end', 'finish']);
  });

  test('the same message sent again costs nothing, and one to regenerate is asked anew', async () => {
    const first = partsOf(await ask({ id: 'again', messages: [question] }));
    const before = await spent();
    const again = partsOf(await ask({ id: 'again', messages: [question] }));
    expect([again[0], textOf(again), await spent()]).toEqual([first[0], textOf(first), before]);
    const anew = partsOf(await ask({ id: 'again', messages: [question], trigger: 'regenerate-message' }));
    expect(anew[0]).not.toEqual(first[0]);
    expect(await spent()).toBe(before + 1);
  });

  test('one chat is one conversation, of this key and origin alone', async () => {
    const before = await spent();
    await ask({ id: 'shared', messages: [said('One?', 'a')] });
    const answered = { id: 'r', role: 'assistant', parts: [{ type: 'text', text: 'Yes.' }] };
    partsOf(await ask({ id: 'shared', messages: [said('One?', 'a'), answered, said('Two?', 'b')] }));
    partsOf(await ask({ id: 'shared', messages: [said('Three?', 'c')] }, 'https://other.example'));
    expect(await spent()).toBe(before + 3);
    const reply = await ask({ id: 'shared', messages: [said('Four?', 'd')] });
    expect(partsOf(reply).length).toBeGreaterThan(3);
  });

  test.each<[string, object]>([
    ['no message', { messages: [] }],
    ['an answer as the last message', { messages: [{ id: 'r', role: 'assistant', parts: [] }] }],
    ['a file', { messages: [{ ...question, parts: [{ type: 'file', mediaType: 'image/png', url: 'data:,' }] }] }],
    ['an empty message', { messages: [said(' ')] }],
    ['4,001 characters', { messages: [said('x'.repeat(4_001))] }],
    ['no id', { id: '', messages: [question] }],
  ])('refuses %s, and takes nothing', async (_name, body) => {
    const before = await spent();
    expect((await ask(body)).problem()).toMatchObject({ status: 400, code: 'request_invalid' });
    expect(await spent()).toBe(before);
  });

  test('from a page that may not: the problem, before any stream', async () => {
    const reply = await ask({ messages: [question] }, 'https://evil.example');
    expectProblem(reply, server.publicOrigin, 'origin_not_allowed', {
      detail: 'The origin https://evil.example is not among the allowed domains of this key.',
      origin: 'https://evil.example',
      fix: expect.any(String) as unknown as string,
    });
  });
});
