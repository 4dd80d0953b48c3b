import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send, type Reply } from '../support/requests.ts';
import { sampleTurn } from '../support/sample-records.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let key: TestKey;
let agentId: string;

beforeAll(async () => {
  server = await startTestServer();
  key = await server.createKey(await server.createOrganization(1_000), {
    name: 'Shop',
    allowedDomains: ['shop.example', '*.blog.example'],
    scopes: ['agents:read', 'messages:write', 'keys:verify'],
  });
  agentId = (await server.createAgent(key.organizationId)).id;
});
afterAll(() => server.stop());

const get = (path: string, headers: Readonly<Record<string, string>>) => send(server, path, { headers });
const ask = (headers: Readonly<Record<string, string>>, body: object, agent = agentId): Promise<Reply> =>
  send(server, `/api/v1/agents/${agent}/messages`, { headers, body });
const asPage = () => key.from('https://shop.example');
const at = (): string => new Date(server.clock()).toISOString();

function expectOk(reply: Reply, body: unknown): void {
  expect(reply.json()).toEqual(body);
  expect(reply.status).toBe(200);
  expect(reply.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'X-Request-Id,Retry-After,RateLimit,RateLimit-Policy,X-Should-Retry',
    'x-content-type-options': 'nosniff',
  });
  expect(reply.headers['x-request-id']).toMatch(/^[0-9a-z]{10}-[0-9a-z]+$/);
  for (const name of ['etag', 'x-powered-by', 'set-cookie', 'www-authenticate']) {
    expect(reply.headers).not.toHaveProperty(name);
  }
}

describe('GET /api/v1/agents', () => {
  test('a publishable call sees the public agents, to the field; a secret call sees all', async () => {
    const organizationId = await server.createOrganization();
    const own = await server.createKey(organizationId);
    const shown = await server.createAgent(organizationId, {
      name: 'Guide',
      description: 'Knows the shop.',
      greeting: 'Hello!',
      suggestions: ['When do you open?'],
      creditsPerMessage: 3,
    });
    const hidden = await server.createAgent(organizationId, { public: false });
    const guide = {
      id: shown.id,
      kind: 'faq',
      name: 'Guide',
      description: 'Knows the shop.',
      greeting: 'Hello!',
      suggestions: ['When do you open?'],
      creditsPerMessage: 3,
      disclosure: true,
      disclosureText: null,
      contact: null,
      privacyUrl: null,
    };
    const own404 = {
      id: hidden.id,
      kind: 'faq',
      name: 'Helper',
      description: '',
      greeting: '',
      suggestions: [],
      creditsPerMessage: 1,
      disclosure: true,
      disclosureText: null,
      contact: null,
      privacyUrl: null,
    };
    const page = own.from('https://shop.example');
    expectOk(await get('/api/v1/agents', page), { data: [guide], nextCursor: null });
    expectOk(await get(`/api/v1/agents/${shown.id}`, page), guide);
    const all = (await get('/api/v1/agents', own.asSecret)).json().data;
    expect(all).toHaveLength(2);
    expect(all).toEqual(expect.arrayContaining([guide, own404]));
    expectOk(await get(`/api/v1/agents/${hidden.id}`, own.asSecret), own404);
  });

  test('in pages: each agent once, newest first, also while others are added; the last page says null', async () => {
    const organizationId = await server.createOrganization();
    const own = await server.createKey(organizationId);
    const made: string[] = [];
    for (let count = 0; count < 5; count++) {
      server.clock.advance(1);
      made.unshift((await server.createAgent(organizationId)).id);
      if (count === 2) await server.createAgent(organizationId, { public: false });
    }
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const reply = await get(`/api/v1/agents?limit=2${cursor}`, own.from('https://shop.example'));
      const { data, nextCursor } = reply.json() as { data: { id: string }[]; nextCursor: string | null };
      seen.push(...data.map(({ id }) => id));
      expect(data.length).toBeLessThanOrEqual(2);
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
      server.clock.advance(1);
      await server.createAgent(organizationId);
    }
    expect(seen).toEqual(made);
  });

  test('a cursor can not reach into another organization', async () => {
    const stranger = await server.createKey(await server.createOrganization());
    const reply = await get(`/api/v1/agents?cursor=${agentId}`, stranger.asSecret);
    expectOk(reply, { data: [], nextCursor: null });
  });

  test('a query can not carry an operator', async () => {
    expect((await get('/api/v1/agents?cursor[$gt]=', key.asSecret)).json()).toMatchObject({ nextCursor: null });
  });

  test('HEAD is GET without a body', async () => {
    const reply = await send(server, '/api/v1/agents', { method: 'HEAD', headers: asPage() });
    expect([reply.status, reply.text]).toEqual([200, '']);
  });
});

describe('GET /api/v1/key', () => {
  test('a publishable call reads who it is, and nothing of the organization', async () => {
    expectOk(await get('/api/v1/key', asPage()), {
      organizationId: key.organizationId,
      keyId: key.id,
      mode: 'publishable',
      scopes: ['agents:read', 'messages:write'],
      origin: 'https://shop.example',
    });
  });

  test('a secret call reads the key’s name, domains, expiry and the credits too', async () => {
    const organizationId = await server.createOrganization(7);
    const expiresAt = new Date(server.clock() + 86_400_000).toISOString();
    const own = await server.createKey(organizationId, {
      name: 'Own',
      expiresAt,
      scopes: ['usage:read', 'keys:manage'],
    });
    expectOk(await get('/api/v1/key', { ...own.asSecret, origin: 'https://anything.example' }), {
      organizationId,
      keyId: own.id,
      mode: 'secret',
      scopes: ['usage:read', 'keys:manage'],
      origin: null,
      name: 'Own',
      allowedDomains: ['shop.example'],
      expiresAt,
      credits: { granted: 7, spent: 0 },
    });
  });

  test.each(['https://evil.example', 'null', 'not an origin', ''])(
    'a secret call skips the origin check: %s',
    async (origin) => {
      expect((await get('/api/v1/key', { ...key.asSecret, origin })).status).toBe(200);
    },
  );
});

describe('POST /api/v1/agents/{agentId}/messages', () => {
  test('answers, charges the price, and says what remains only to a secret call', async () => {
    const organizationId = await server.createOrganization(10);
    const own = await server.createKey(organizationId);
    const agent = await server.createAgent(organizationId, { creditsPerMessage: 3 });
    const answer = (credits: object) => ({
      conversationId: expect.stringMatching(/^cnv_[0-9a-z]{25}$/) as unknown,
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      reply: {
        id: expect.stringMatching(/^msg_[0-9a-z]{25}$/) as unknown,
        text: 'We open at nine. Every day.',
        createdAt: at(),
        outcome: 'answered',
        suggestions: [],
        sources: [{ title: 'When do you open?', url: null }],
      },
      credits,
    });
    const body = { message: 'When do you open?' };
    expectOk(await ask(own.asSecret, body, agent.id), answer({ spent: 3, remaining: 7 }));
    expectOk(await ask(own.from('https://shop.example'), body, agent.id), answer({ spent: 3 }));
    expect(await server.store.findCredits(organizationId)).toEqual({ granted: 10, spent: 6 });
  });

  test('the same messageId again, in any case, gives the stored answer and spends nothing, with or without the conversation', async () => {
    const messageId = 'A1B2C3D4-0000-4000-8000-0000000000AB';
    const before = (await server.store.findCredits(key.organizationId))!.spent;
    const first = (await ask(asPage(), { message: 'When do you open?', messageId })).json();
    expect(first.messageId).toBe(messageId.toLowerCase());
    const { conversationId } = first;
    for (const body of [
      { message: 'When do you open?', messageId: messageId.toLowerCase() },
      { message: 'x', messageId, conversationId },
    ]) {
      expectOk(await ask(asPage(), body), { ...first, credits: { spent: 0 } });
    }
    expect((await server.store.findCredits(key.organizationId))!.spent).toBe(before + 1);
  });

  test('without an Accept header, with */* and with application/json first, the answer is JSON', async () => {
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json, text/event-stream;q=0.5' }]) {
      const reply = await ask({ ...key.asSecret, ...headers }, { message: 'When do you open?' });
      expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    }
  });

  test('4,000 characters are a message, and spaces around it are not part of it', async () => {
    expect((await ask(key.asSecret, { message: 'x'.repeat(4_000) })).status).toBe(200);
    const { conversationId } = (await ask(key.asSecret, { message: '  hi  ' })).json() as { conversationId: string };
    const { messages } = (await get(`/api/v1/conversations/${conversationId}`, key.asSecret)).json();
    expect(messages).toMatchObject([{ text: 'hi' }, { role: 'agent' }]);
  });
});

describe('GET /api/v1/conversations/{conversationId}', () => {
  test('what was said, in order and to the field', async () => {
    const first = (await ask(asPage(), { message: 'When do you open?' })).json() as {
      conversationId: string;
      messageId: string;
      reply: object;
    };
    const askedAt = at();
    server.clock.advance(1_000);
    const second = (
      await ask(asPage(), { message: 'When do you open?', conversationId: first.conversationId })
    ).json() as typeof first;
    expectOk(await get(`/api/v1/conversations/${first.conversationId}`, asPage()), {
      id: first.conversationId,
      agentId,
      messages: [
        { id: first.messageId, role: 'user', text: 'When do you open?', createdAt: askedAt },
        { role: 'agent', ...first.reply },
        { id: second.messageId, role: 'user', text: 'When do you open?', createdAt: at() },
        { role: 'agent', ...second.reply },
      ],
      nextBefore: null,
    });
  });

  test('a long one comes in pages from its end, each message once, and never more than 100 at a time', async () => {
    const { conversationId } = (await ask(asPage(), { message: 'hi' })).json() as { conversationId: string };
    const asked = Array.from({ length: 130 }, (_, index) =>
      sampleTurn(conversationId, {
        messageId: crypto.randomUUID(),
        message: `Question ${index}`,
        askedAt: server.clock() + index + 1,
        // Every tenth is still without a reply.
        reply: index % 10 === 9 ? null : { id: `msg_r${index}`, text: `Reply ${index}`, createdAt: server.clock() },
      }),
    );
    for (const turn of asked) await server.store.createTurn(turn);
    const texts = asked.flatMap(({ message, reply }) => (reply === null ? [message] : [message, reply.text]));
    const read = async (query = '') => {
      const reply = await get(`/api/v1/conversations/${conversationId}${query}`, asPage());
      const { messages, nextBefore } = reply.json() as { messages: { text: string }[]; nextBefore: string | null };
      return { texts: messages.map(({ text }) => text), nextBefore };
    };

    const newest = await read();
    expect(newest.texts.length).toBeLessThanOrEqual(100);
    expect(newest.texts.length).toBeGreaterThanOrEqual(99);
    expect(newest.texts).toEqual(texts.slice(-newest.texts.length));
    for (const limit of [100, 7, 1]) {
      const pages: string[][] = [];
      for (let before: string | null = ''; before !== null;) {
        const page = await read(`?limit=${limit}${before === '' ? '' : `&before=${before}`}`);
        expect(page.texts.length).toBeLessThanOrEqual(Math.max(limit, 2));
        expect(page.texts[0]).toMatch(/^(Question|hi)/);
        pages.unshift(page.texts);
        before = page.nextBefore;
      }
      expect(pages.flat().slice(2)).toEqual(texts);
    }
    expect((await read(`?before=${crypto.randomUUID()}`)).texts).toEqual([]);
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'before=msg_1', 'before=']) {
      expect((await get(`/api/v1/conversations/${conversationId}?${query}`, asPage())).status).toBe(400);
    }
  });

  test('belongs to the key and origin that began it, and to the organization’s secret calls', async () => {
    const { conversationId } = (await ask(asPage(), { message: 'hi' })).json() as { conversationId: string };
    const path = `/api/v1/conversations/${conversationId}`;
    const otherKey = await server.createKey(key.organizationId);
    const statusOf = async (headers: Readonly<Record<string, string>>) => [
      (await get(path, headers)).status,
      (await ask(headers, { message: 'hi', conversationId })).status,
    ];
    expect(await statusOf(asPage())).toEqual([200, 200]);
    expect(await statusOf(key.from('https://a.blog.example'))).toEqual([404, 404]);
    expect(await statusOf(key.from('http://shop.example'))).toEqual([404, 404]);
    expect(await statusOf(otherKey.from('https://shop.example'))).toEqual([404, 404]);
    expect(await statusOf(otherKey.asSecret)).toEqual([200, 200]);
  });

  test('a page can not read what a server began', async () => {
    const { conversationId } = (await ask(key.asSecret, { message: 'hi' })).json() as { conversationId: string };
    expect((await get(`/api/v1/conversations/${conversationId}`, asPage())).status).toBe(404);
  });
});
