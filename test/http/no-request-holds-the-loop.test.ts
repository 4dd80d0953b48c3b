/**
 * No allowed request holds the event loop for long: each route gets its largest allowed body of the worst shapes, and what is
 * measured is the longest time for which nothing else could run, in processor time, which a busy machine does not stretch.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldMsMax, longestHoldMs } from '../support/longest-hold.ts';
import { createMember, type Member } from '../support/people.ts';
import { send, type Reply } from '../support/requests.ts';
import { sampleTurn } from '../support/sample-records.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const bodyBytes = 64 * 1024 - 1_000;
const faqBytes = 1024 * 1024 - 1_000;

let server: TestServer;
let owner: Member;
let key: TestKey;
let agentId: string;

beforeAll(async () => {
  server = await startTestServer();
  const organizationId = await server.createOrganization(1_000_000);
  owner = await createMember(server, organizationId, 'owner');
  key = await server.createKey(organizationId, { scopes: ['agents:read', 'messages:write', 'keys:verify'] });
  agentId = (await server.createAgent(organizationId)).id;
});
afterAll(() => server.stop());

const filled = (piece: string, bytes = bodyBytes): string => piece.repeat(Math.floor(bytes / Buffer.byteLength(piece)));
const fill = <Value>(value: Value, bytes = bodyBytes): Value[] =>
  Array<Value>(Math.floor(bytes / (JSON.stringify(value).length + 1))).fill(value);

/** Bodies that are hard whatever the route expects. */
const anywhere: readonly (readonly [string, () => string])[] = [
  ['arrays in arrays', () => '['.repeat(bodyBytes / 2) + ']'.repeat(bodyBytes / 2)],
  [
    'objects in objects',
    () => `${filled('{"a":', bodyBytes - bodyBytes / 6)}1${'}'.repeat(Math.floor((bodyBytes - bodyBytes / 6) / 5))}`,
  ],
  ['unknown fields', () => `{${Array.from({ length: 5_500 }, (_, index) => `"f${index}":1`).join(',')}}`],
  ['one long name', () => JSON.stringify({ [filled('pk_')]: 1 })],
  ['a long list', () => JSON.stringify(fill(1))],
];

/** Each route that reads a body, with its fields and the texts that they may be full of. */
const routes = (): readonly (readonly [string, string, (text: string) => object])[] => [
  ['POST', `/api/v1/agents/${agentId}/messages`, (text) => ({ message: text })],
  [
    'POST',
    '/api/v1/chat/completions',
    (text) => ({ model: text, messages: fill({ role: 'user', content: text.slice(0, 100) }) }),
  ],
  [
    'POST',
    `/api/v1/agents/${agentId}/ui-messages`,
    (text) => ({ id: 'x', messages: [{ role: 'user', parts: fill({ type: 'text', text: text.slice(0, 10) }) }] }),
  ],
  ['POST', '/api/v1/keys/verify', (text) => ({ credential: text, origin: text })],
  ['POST', 'api-keys', (text) => ({ name: text, allowedDomains: text.slice(0, 40_000) })],
  [
    'POST',
    'api-keys',
    (text) => ({ name: 'x', allowedDomains: fill(text.slice(0, 300)), scopes: fill('agents:read', 9_000) }),
  ],
  ['PATCH', `api-keys/${key.id}`, (text) => ({ allowedDomains: text.slice(0, 40_000) })],
  ['POST', `api-keys/${key.id}/domains/preview`, (text) => ({ allowedDomains: text.slice(0, 40_000) })],
  ['POST', 'agents', (text) => ({ name: text.slice(0, 200), faq: text, suggestions: fill(text.slice(0, 100)) })],
  ['POST', 'check-page', (text) => ({ url: `http://127.0.0.1:1/${text.slice(0, 1_900)}` })],
  ['POST', `agents/${agentId}/preview`, (text) => ({ message: text.slice(0, 4_000) })],
  ['POST', 'members', (text) => ({ email: `${text.slice(0, 30_000)}@example.com`, role: 'member' })],
  ['POST', 'webhooks', (text) => ({ url: `https://${text}`, events: fill('key.budget', 9_000) })],
  ['POST', 'credits', (text) => ({ grant: text })],
];

const texts: readonly (readonly [string, string])[] = [
  ['mistakes', filled('!,')],
  ['hosts', filled('a.example,')],
  ['one long host', filled('a.')],
  ['stars', filled('*.')],
  ['spaces', filled(' ')],
  ['line separators', filled('\u2028#')],
  ['a heading and spaces', `#${filled(' ')}a\u2028b`],
  ['keys', filled('pk_0000000000000000')],
  ['Chinese', filled('例え。')],
  ['at signs', filled('@a.')],
];

function ask(method: string, path: string, body: object | string): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  if (path.startsWith('/')) return send(server, path, { method, body, headers: { ...key.asSecret, ...headers } });
  return owner.send(`/api/org/${key.organizationId}/${path}`, {
    method,
    body,
    ...(typeof body === 'string' && { headers }),
  });
}

describe('the largest bodies of the worst shapes', () => {
  test('whatever the route expects', { timeout: 120_000 }, async () => {
    for (const [method, path] of routes()) {
      for (const [name, make] of anywhere) {
        const body = make();
        let status = 0;
        const ms = await longestHoldMs(async () => (status = (await ask(method, path, body)).status));
        expect([method, path, name, status, ms < heldMsMax || ms]).toEqual([method, path, name, 400, true]);
      }
    }
  });

  test('fields full of floods', { timeout: 240_000 }, async () => {
    for (const [method, path, make] of routes()) {
      for (const [name, text] of texts) {
        const body = make(text);
        const ms = await longestHoldMs(() => ask(method, path, body));
        expect([method, path, name, ms < heldMsMax || ms]).toEqual([method, path, name, true]);
      }
    }
  });
});

describe('an agent with the largest FAQ', () => {
  const entries = (question: (index: number) => string, answer: string, count = 2_000) =>
    Array.from({ length: count }, (_, index) => ({ question: question(index), answer }));
  const each = Math.floor(faqBytes / 2_000) - 80;
  const faqs: readonly (readonly [string, number, object | string])[] = [
    ['entries of many words', 201, entries((index) => `Question ${index}`, filled('shipping costs ', each))],
    ['Chinese without spaces', 201, entries((index) => `问题 ${index}`, filled('运费是多少', each - 80))],
    ['Thai without spaces', 201, entries((index) => `คำถาม ${index}`, filled('ค่าจัดส่ง', each - 80))],
    [
      'words that are all different',
      201,
      entries((index) => `Q ${index}`, Array.from({ length: 50 }, (_, word) => (word * 7_919).toString(36)).join(' ')),
    ],
    ['nothing but mistakes', 400, fill({}, faqBytes)],
    ['numbers', 400, fill(1, faqBytes)],
    ['too many entries', 400, fill({ question: 'a', answer: 'b' }, faqBytes)],
    ['a long question of joiners', 400, [{ question: filled('क\u200D', faqBytes), answer: 'a' }]],
    ['a long answer of emoji', 400, [{ question: 'a', answer: filled('👩\u200D', faqBytes) }]],
    ['headings as Markdown', 400, filled('# a\n', faqBytes * 0.75)],
    ['headings and answers as Markdown', 400, filled('# a\nb\n', faqBytes * 0.7)],
    ['line ends as Markdown', 400, filled('\n', faqBytes / 2)],
    ['a heading and spaces', 201, `#${filled(' ', faqBytes - 100)}a\u2028b`],
  ];

  test.each(faqs)('%s', { timeout: 60_000 }, async (_name, status, faq) => {
    const body = JSON.stringify({ name: 'FAQ', faq, public: true });
    let reply: Reply | undefined;
    expect(await longestHoldMs(async () => (reply = await ask('POST', 'agents', body)))).toBeLessThan(heldMsMax);
    expect(reply?.status).toBe(status);
    if (status !== 201) return;
    let agent = '';
    const say = (message: string) => ask('POST', `/api/v1/agents/${agent}/messages`, { message });
    // The first message makes an agent ready: a new one for each attempt.
    const first = await longestHoldMs(() => say('shipping'), {
      prepare: async () => (agent = String((await ask('POST', 'agents', body)).json().id)),
    });
    expect(first).toBeLessThan(heldMsMax);
    const questions = [
      filled('shipping costs ', 3_990),
      filled('shipinng cots ', 3_990),
      filled('运费是多少', 3_990),
      filled('ค่าจัดส่ง', 3_990),
    ];
    for (const message of questions) {
      const hold = await longestHoldMs(() => say(message));
      expect([message.slice(0, 20), hold < heldMsMax || hold]).toEqual([message.slice(0, 20), true]);
    }
  });
});

test('a page of a conversation with the longest messages', async () => {
  const begun = await ask('POST', `/api/v1/agents/${agentId}/messages`, { message: 'hi' });
  const { conversationId } = begun.json() as { conversationId: string };
  for (let index = 0; index < 110; index++) {
    const reply = { id: `msg_${index}`, text: '運'.repeat(10_000), createdAt: server.clock() };
    const turn = {
      messageId: crypto.randomUUID(),
      message: '運'.repeat(4_000),
      askedAt: server.clock() + index,
      reply,
    };
    await server.store.createTurn(sampleTurn(conversationId, turn));
  }
  const path = `/api/v1/conversations/${conversationId}`;
  expect(await longestHoldMs(() => send(server, path, { headers: key.asSecret }))).toBeLessThan(heldMsMax);
});
