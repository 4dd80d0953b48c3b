/**
 * The contact of an organization (`…/settings`), what agents say of it, and `…/contact`: leaving a message for people, in a
 * conversation or before there is one.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toIsoTime } from '../../server/gate/clock.ts';
import type {
  AuditPage,
  BegunConversation,
  ConversationList,
  ConversationPage,
  ConversationThread,
  CreatedWebhook,
  PublicAgent,
  PublicAgentPage,
  Reply as ChatReply,
  WholeConversation,
} from '../../server/http/wire.ts';
import { createMember, type Member } from '../support/people.ts';
import { expectLimit } from '../support/problem.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { send, type Reply } from '../support/requests.ts';
import { sampleConversation } from '../support/sample-records.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const shop = 'https://shop.example';
const whole = {
  text: 'We answer on weekdays.\nWrite to us:',
  email: 'help@example.com',
  url: 'https://example.com/contact',
  phone: '+49 (30) 123-4567',
  leaveMessage: true,
};
const words = { email: 'ada@example.com', text: 'Do you sell bananas?', consent: true };
const secret = `sk_${'a1'.repeat(32)}`;

let server: TestServer;
let receiver: Receiver;
let organizationId: string;
let agentId: string;
let key: TestKey;
let owner: Member;

beforeAll(async () => {
  server = await startTestServer({
    environment: { WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on', RATE_LIMIT_PER_KEY_IP: '40/60' },
  });
  receiver = await startReceiver();
});
afterAll(async () => {
  await server.stop();
  await receiver.close();
});

beforeEach(async () => {
  organizationId = await server.createOrganization(100);
  agentId = (await server.createAgent(organizationId, { public: true })).id;
  key = await server.createKey(organizationId, { allowedDomains: ['shop.example', 'blog.example'] });
  owner = await createMember(server, organizationId, 'owner');
});

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the answer's type, named where it is read
const jsonOf = <Answer>({ text }: Reply) => JSON.parse(text) as Answer;
const path = (rest: string) => `/api/org/${organizationId}${rest}`;
const change = (body: object, by = owner) => by.send(path('/settings'), { method: 'PATCH', body });

describe('settings', () => {
  test('keep the contact as a whole; agents show it to visitors, and it is in the audit log', async () => {
    const privacyUrl = 'https://example.com/privacy';
    const changed = await change({ contact: whole, privacyUrl });
    expect(changed.json()).toMatchObject({ contact: whole, privacyUrl });
    expect((await owner.send(path('/settings'))).json()).toEqual(changed.json());
    const headers = key.from(shop);
    const one = jsonOf<PublicAgent>(await send(server, `/api/v1/agents/${agentId}`, { headers }));
    expect(one).toMatchObject({ id: agentId, contact: whole, privacyUrl });
    expect(jsonOf<PublicAgentPage>(await send(server, '/api/v1/agents', { headers })).data).toEqual([one]);
    const own = jsonOf<object>(await owner.send(path(`/agents/${agentId}`)));
    expect(own).not.toHaveProperty('contact');

    server.clock.advance(1_000);
    await change({ contact: { phone: ' 110 ' } });
    const { data } = jsonOf<AuditPage>(await owner.send(path('/audit?limit=1')));
    expect(data).toMatchObject([
      {
        action: 'organization.changed',
        target: { id: organizationId },
        before: {
          contactText: whole.text,
          contactEmail: whole.email,
          contactUrl: whole.url,
          contactPhone: whole.phone,
          leaveMessage: true,
        },
        after: { contactText: null, contactEmail: null, contactUrl: null, contactPhone: '110', leaveMessage: false },
      },
    ]);
    expect(data[0]?.after).not.toHaveProperty('privacyUrl');
    expect((await change({ contact: null, privacyUrl: null })).json()).toMatchObject({
      contact: null,
      privacyUrl: null,
    });
    expect(jsonOf<PublicAgent>(await send(server, `/api/v1/agents/${agentId}`, { headers }))).toMatchObject({
      contact: null,
      privacyUrl: null,
    });
  });

  test.each([
    [{ email: 'nobody' }, 'contact.email'],
    [{ email: 'a@b@c' }, 'contact.email'],
    [{ email: 'a@example.com?bcc=b' }, 'contact.email'],
    [{ email: 'a\u202e@example.com' }, 'contact.email'],
    [{ email: `${'a'.repeat(250)}@b.example` }, 'contact.email'],
    [{ url: 'javascript:alert(1)' }, 'contact.url'],
    [{ url: 'http://example.com/' }, 'contact.url'],
    [{ url: 'https://user:word@example.com/' }, 'contact.url'],
    [{ url: 'mailto:a@example.com' }, 'contact.url'],
    [{ url: '/contact' }, 'contact.url'],
    [{ url: `https://example.com/?key=${secret}` }, 'contact.url'],
    [{ phone: 'call me' }, 'contact.phone'],
    [{ phone: '+1;ext=2' }, 'contact.phone'],
    [{ phone: '+-' }, 'contact.phone'],
    [{ text: '' }, 'contact.text'],
    [{ text: 'x'.repeat(501) }, 'contact.text'],
    [{ text: 'turned \u202e round' }, 'contact.text'],
    [{ text: `Use ${secret}` }, 'contact.text'],
    [{ leaveMessage: 'yes' }, 'contact.leaveMessage'],
    [{ leaveMessage: false }, 'contact'],
    [{}, 'contact'],
    [{ phone: '110', fax: '1' }, 'contact.fax'],
  ])('a contact %j is refused, with the field named', async (contact, at) => {
    const refused = await change({ contact });
    expect(refused.problem()).toMatchObject({ status: 400, code: 'request_invalid', problems: [{ path: at }] });
    expect(refused.text).not.toContain(secret);
    expect((await server.store.findOrganization(organizationId))?.contact).toBeUndefined();
  });

  test.each(['http://localhost:3000/privacy', 'javascript:alert(1)', 'https://a b.example', 'privacy', ''])(
    'a privacy notice at %j is refused',
    async (privacyUrl) => {
      expect((await change({ privacyUrl })).problem()).toMatchObject({
        status: 400,
        problems: [{ path: 'privacyUrl' }],
      });
    },
  );

  test('a page on this machine is a contact, and owners alone change it', async () => {
    expect((await change({ contact: { url: 'http://localhost:8080/help' } })).status).toBe(200);
    for (const role of ['viewer', 'member'] as const) {
      const member = await createMember(server, organizationId, role);
      expect((await change({ contact: null }, member)).problem()).toMatchObject({ status: 403, code: 'forbidden' });
      expect((await member.send(path('/settings'))).json()).toMatchObject({ contact: { leaveMessage: false } });
    }
  });
});

describe('POST /api/v1/conversations/{conversationId}/contact', () => {
  let conversationId: string;

  async function ask(): Promise<string> {
    server.clock.advance(1);
    const body = { message: 'Do you sell bananas?' };
    const reply = await send(server, `/api/v1/agents/${agentId}/messages`, { body, headers: key.from(shop) });
    return jsonOf<ChatReply>(reply).conversationId;
  }

  beforeEach(async () => {
    await change({ contact: { leaveMessage: true } });
    conversationId = await ask();
  });

  const leave = (
    body: object = words,
    headers: Readonly<Record<string, string>> = key.from(shop),
    id = conversationId,
  ): Promise<Reply> => send(server, `/api/v1/conversations/${id}/contact`, { method: 'POST', body, headers });
  const thread = async () => jsonOf<ConversationThread>(await owner.send(path(`/conversations/${conversationId}`)));
  const kept = async () => (await server.store.findConversation(organizationId, conversationId))?.leftMessages;

  test('keeps it with the conversation, for members, lists and files, costs nothing, and makes it active', async () => {
    const before = await server.store.findCredits(organizationId);
    server.clock.advance(5_000);
    const reply = await leave({ ...words, name: ' Ada ', text: `=1+1 ${secret}`, email: ' Ada@example.com ' });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(await server.store.findCredits(organizationId)).toEqual(before);
    const left = {
      id: expect.stringMatching(/^lft_/) as string,
      name: 'Ada',
      email: 'Ada@example.com',
      text: '=1+1 sk_…',
      createdAt: toIsoTime(server.clock()),
    };
    expect(await thread()).toMatchObject({ contact: true, leftMessages: [left], lastActiveAt: left.createdAt });
    expect(JSON.stringify(await kept())).not.toContain(secret);

    const other = await ask();
    const list = async (query: string) =>
      jsonOf<ConversationList>(await owner.send(path(`/conversations${query}`))).data.map(({ id, contact }) => [
        id,
        contact,
      ]);
    expect(await list('')).toEqual([
      [other, false],
      [conversationId, true],
    ]);
    expect(await list('?contact=true')).toEqual([[conversationId, true]]);
    expect((await owner.send(path('/conversations?contact=maybe'))).problem()).toMatchObject({ status: 400 });

    const lines = await owner.send(path('/conversations.ndjson?contact=true'));
    expect(jsonOf<WholeConversation>(lines)).toMatchObject({ id: conversationId, leftMessages: [left] });
    const rows = (await owner.send(path('/conversations.csv?contact=true'))).text.split('\r\n');
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(/,rating,contact_name,contact_email,contact_message$/);
    expect(rows[2]).toContain(`,${left.createdAt},,,,,Ada,Ada@example.com,'=1+1 sk_…`);

    // Nobody else's page, and not the visitor's own answer.
    const own = await send(server, `/api/v1/conversations/${conversationId}`, { headers: key.from(shop) });
    expect(own.text).not.toContain('example.com');
  });

  test('takes three, and the same words from the same address once', async () => {
    for (const text of ['1', '1', '2', '3', '2']) expect((await leave({ ...words, text })).status).toBe(204);
    expect((await leave({ ...words, text: '4' })).problem()).toMatchObject({ status: 409, code: 'conflict' });
    expect((await kept())?.map(({ text }) => text)).toEqual(['1', '2', '3']);
  });

  test('is refused where the organization does not offer it', async () => {
    for (const contact of [null, { email: 'help@example.com' }]) {
      await change({ contact });
      expect((await leave()).problem()).toMatchObject({ status: 403, code: 'forbidden' });
    }
    expect(await kept()).toBeUndefined();
  });

  test.each([
    [{ ...words, consent: false }, 'consent'],
    [{ email: words.email, text: words.text }, 'consent'],
    [{ ...words, email: 'ada' }, 'email'],
    [{ text: words.text, consent: true }, 'email'],
    [{ ...words, text: '  ' }, 'text'],
    [{ ...words, text: 'x'.repeat(4_001) }, 'text'],
    [{ ...words, name: 'x'.repeat(101) }, 'name'],
    [{ ...words, name: 'two\nlines' }, 'name'],
    [{ ...words, phone: '110' }, 'phone'],
  ])('%j is no message, with the field named', async (body, at) => {
    expect((await leave(body)).problem()).toMatchObject({ status: 400, problems: [{ path: at }] });
    expect(await kept()).toBeUndefined();
  });

  test('is for whoever may read the conversation, as deleting it is', async () => {
    const foreign = await server.createKey(await server.createOrganization());
    const noWriting = await server.createKey(organizationId, {
      allowedDomains: ['shop.example'],
      scopes: ['agents:read'],
    });
    for (const headers of [key.from('https://blog.example'), foreign.asSecret]) {
      expect((await leave(words, headers)).problem()).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect((await leave(words, key.from('https://evil.example'))).problem()).toMatchObject({
      code: 'origin_not_allowed',
    });
    expect((await leave(words, noWriting.from(shop))).problem()).toMatchObject({ code: 'scope_missing' });
    expect((await leave(words, {})).problem()).toMatchObject({ code: 'credentials_missing' });
    expect(await kept()).toBeUndefined();
    expect((await leave(words, key.asSecret)).status).toBe(204);
    await send(server, `/api/v1/conversations/${conversationId}`, { method: 'DELETE', headers: key.from(shop) });
    expect((await leave({ ...words, text: 'Late' })).problem()).toMatchObject({ status: 404, code: 'not_found' });
    expect((await leave(words, key.from(shop), 'no-id')).problem()).toMatchObject({ status: 404 });
  });

  test('counts against the limits as other calls do', async () => {
    let last = await leave();
    for (let calls = 0; calls < 45 && last.status !== 429; calls++) last = await leave();
    expect(last.problem()).toMatchObject({ status: 429, code: 'rate_limited' });
  });

  test('webhooks are told once where it is, not what it says', async () => {
    await owner.send(path('/webhooks'), { method: 'POST', body: { url: receiver.url, events: ['contact.requested'] } });
    const times = receiver.received.length;
    for (let tries = 0; tries < 2; tries++) expect((await leave({ ...words, name: 'Ada' })).status).toBe(204);
    await expect.poll(() => receiver.received.length).toBe(times + 1);
    const leftAt = toIsoTime(server.clock());
    expect(JSON.parse(receiver.received[times]!.body)).toEqual({
      type: 'contact.requested',
      timestamp: leftAt,
      data: {
        organizationId,
        conversationId,
        agentId,
        keyId: key.id,
        origin: shop,
        leftAt,
        url: `${server.publicOrigin}/org/${organizationId}/settings/conversations/${conversationId}`,
      },
    });
    await leave({ ...words, text: 'Another one' });
    await expect.poll(() => receiver.received.length).toBe(times + 2);
  });

  test('webhooks are told of 60 an hour at most, so that nobody pushes other messages out; all are kept', async () => {
    const made = await owner.send(path('/webhooks'), {
      method: 'POST',
      body: { url: receiver.url, events: ['contact.requested'] },
    });
    const { webhook } = jsonOf<CreatedWebhook>(made);
    const told = async () => (await server.store.listDeliveries(webhook.id, { limit: 100 })).items.length;
    const leaveEach = (texts: readonly string[], id: string) =>
      Promise.all(texts.map((text) => leave({ ...words, text }, key.asSecret, id)));
    const conversations = Array.from({ length: 21 }, () => sampleConversation(organizationId));
    for (const conversation of conversations) {
      await server.store.createConversation(conversation);
      server.clock.advance(60_000);
      for (const { status } of await leaveEach(['1', '2', '3'], conversation.id)) expect(status).toBe(204);
    }
    expect(await told()).toBe(60);
    expect((await server.store.findConversation(organizationId, conversations.at(-1)!.id))?.leftMessages).toHaveLength(
      3,
    );
    server.clock.advance(3_600_000);
    await leaveEach(['later'], conversationId);
    expect(await told()).toBe(61);
  });
});

describe('POST /api/v1/agents/{agentId}/contact', () => {
  const messageId = '7d1e4bb0-3f61-4f63-9a55-0c3c5b1f2e10';

  beforeEach(async () => {
    await change({ contact: { leaveMessage: true } });
  });

  const begin = (
    body: object = words,
    headers: Readonly<Record<string, string>> = key.from(shop),
    id = agentId,
  ): Promise<Reply> => send(server, `/api/v1/agents/${id}/contact`, { method: 'POST', body, headers });
  const begun = (reply: Reply): string => jsonOf<BegunConversation>(reply).conversationId;
  const all = async () => jsonOf<ConversationList>(await owner.send(path('/conversations'))).data;

  test('without a credit left it begins a conversation without questions, which members find by what was left', async () => {
    await server.store.grantCredits(organizationId, -100);
    const message = { message: 'Do you sell bananas?', messageId };
    const refused = await send(server, `/api/v1/agents/${agentId}/messages`, {
      body: message,
      headers: key.from(shop),
    });
    expect(refused.problem()).toMatchObject({ status: 402, code: 'credits_exhausted' });
    expect(await all()).toEqual([]);

    const reply = await begin({ ...words, name: 'Ada', text: `Do you sell bananas? ${secret}` });
    expect(reply.status).toBe(200);
    const conversationId = begun(reply);
    const at = toIsoTime(server.clock());
    const left = {
      id: expect.stringMatching(/^lft_/) as string,
      name: 'Ada',
      email: words.email,
      text: 'Do you sell bananas? sk_…',
      createdAt: at,
    };
    const line = {
      id: conversationId,
      agentId,
      keyId: key.id,
      mode: 'publishable',
      origin: shop,
      startedAt: at,
      lastActiveAt: at,
      turns: 0,
      firstQuestion: left.text,
      outcome: null,
      rating: null,
      contact: true,
    };
    expect(await all()).toEqual([line]);
    for (const query of ['?contact=true', '?q=bananas']) {
      expect(jsonOf<ConversationList>(await owner.send(path(`/conversations${query}`))).data).toEqual([line]);
    }
    expect((await owner.send(path(`/conversations/${conversationId}`))).json()).toEqual({
      ...line,
      messages: [],
      leftMessages: [left],
      nextBefore: null,
    });
    expect(jsonOf<WholeConversation>(await owner.send(path('/conversations.ndjson')))).toEqual({
      ...line,
      messages: [],
      leftMessages: [left],
    });
    const rows = (await owner.send(path('/conversations.csv'))).text.trimEnd().split('\r\n');
    expect(rows.slice(1)).toEqual([
      `${conversationId},${agentId},${key.id},${shop},${at},,,,,Ada,ada@example.com,Do you sell bananas? sk_…`,
    ]);
  });

  test('its visitor can read it, ask on in it, leave more in it, and delete it', async () => {
    const conversationId = begun(await begin());
    const own = () => send(server, `/api/v1/conversations/${conversationId}`, { headers: key.from(shop) });
    expect(jsonOf<ConversationPage>(await own())).toEqual({
      id: conversationId,
      agentId,
      messages: [],
      nextBefore: null,
    });
    server.clock.advance(1_000);
    const asked = await send(server, `/api/v1/agents/${agentId}/messages`, {
      body: { message: 'When do you open?', conversationId },
      headers: key.from(shop),
    });
    expect(jsonOf<ChatReply>(asked).conversationId).toBe(conversationId);
    const more = { ...words, text: 'And apples?' };
    const contact = `/api/v1/conversations/${conversationId}/contact`;
    expect((await send(server, contact, { method: 'POST', body: more, headers: key.from(shop) })).status).toBe(204);
    expect(await all()).toMatchObject([{ id: conversationId, turns: 1, firstQuestion: words.text, contact: true }]);
    const gone = { method: 'DELETE', headers: key.from(shop) };
    expect((await send(server, `/api/v1/conversations/${conversationId}`, gone)).status).toBe(204);
    expect(await all()).toEqual([]);
  });

  test('under one messageId the same is kept once, also when it is sent at the same moment; nobody else is in that conversation', async () => {
    const body = { ...words, messageId };
    const replies = await Promise.all([begin(body), begin(body), begin(body)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [id, ...others] = new Set(
      [...replies, await begin({ ...body, messageId: messageId.toUpperCase() })].map(begun),
    );
    expect(others).toEqual([]);
    expect((await server.store.findConversation(organizationId, id!))?.leftMessages).toHaveLength(1);
    for (const text of ['2', '3']) expect(begun(await begin({ ...body, text }))).toBe(id);
    expect((await begin({ ...body, text: '4' })).problem()).toMatchObject({ status: 409, code: 'conflict' });

    const elsewhere = [
      await begin(body, key.from('https://blog.example')),
      await begin(body, key.asSecret),
      await begin({ ...words, messageId: messageId.replace('7', '8') }),
      await begin(words),
      await begin(words),
    ];
    expect(new Set([id, ...elsewhere.map(begun)]).size).toBe(6);
  });

  test('is refused where it is not offered, from other pages, without the scope, and for what a page may not see', async () => {
    const hidden = (await server.createAgent(organizationId, { public: false })).id;
    const noWriting = await server.createKey(organizationId, {
      allowedDomains: ['shop.example'],
      scopes: ['agents:read'],
    });
    expect((await begin(words, key.from(shop), hidden)).problem()).toMatchObject({ status: 404, code: 'not_found' });
    expect((await begin(words, key.from(shop), 'agt_none')).problem()).toMatchObject({ status: 404 });
    expect((await begin(words, key.from('https://evil.example'))).problem()).toMatchObject({
      code: 'origin_not_allowed',
    });
    expect((await begin(words, noWriting.from(shop))).problem()).toMatchObject({ code: 'scope_missing' });
    expect((await begin({ ...words, consent: false })).problem()).toMatchObject({ problems: [{ path: 'consent' }] });
    expect((await begin({ ...words, messageId: '1' })).problem()).toMatchObject({ problems: [{ path: 'messageId' }] });
    await change({ contact: { email: 'help@example.com' } });
    expect((await begin()).problem()).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await all()).toEqual([]);
  });

  test('an address begins 10 an hour and an organization 60; what is sent again counts no more', async () => {
    const body = { ...words, messageId };
    const id = begun(await begin(body));
    for (let times = 0; times < 9; times++) expect((await begin()).status).toBe(200);
    const tooMany = await begin();
    expect(tooMany.problem()).toMatchObject({ status: 429, code: 'rate_limited' });
    // Not the limit of calls, which is far.
    expectLimit(tooMany);
    expect(begun(await begin(body))).toBe(id);
    for (let times = 0; times < 50; times++) expect((await begin(words, key.asSecret)).status).toBe(200);
    const refused = await begin(words, key.asSecret);
    expect(refused.problem()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
    const page = jsonOf<ConversationList>(await owner.send(path('/conversations?limit=100')));
    expect(page.data).toHaveLength(60);
    server.clock.advance(3_600_000);
    expect((await begin()).status).toBe(200);
  });

  test('webhooks are told of it, once', async () => {
    await owner.send(path('/webhooks'), { method: 'POST', body: { url: receiver.url, events: ['contact.requested'] } });
    const times = receiver.received.length;
    const [id] = [await begin({ ...words, messageId }), await begin({ ...words, messageId })].map(begun);
    await expect.poll(() => receiver.received.length).toBe(times + 1);
    expect(JSON.parse(receiver.received[times]!.body)).toMatchObject({
      type: 'contact.requested',
      data: { conversationId: id, agentId, keyId: key.id, origin: shop },
    });
    await begin({ ...words, messageId, text: 'Another one' });
    await expect.poll(() => receiver.received.length).toBe(times + 2);
  });
});
