/** `…/conversations`, `…/unanswered` and `…/faq`: what visitors asked, what had no answer, and adding one. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { lookedAtMax } from '../../server/chat/find-conversations.ts';
import { toIsoTime } from '../../server/gate/clock.ts';
import type {
  AuditPage,
  ConversationLine,
  ConversationList,
  ConversationThread,
  Reply as ChatReply,
  UnansweredQuestions,
  WholeConversation,
} from '../../server/http/wire.ts';
import { beginSummary } from '../../server/records/conversation-summary.ts';
import { createMember, type Member } from '../support/people.ts';
import { expectLimit, expectProblemBody } from '../support/problem.ts';
import { openStream, send, type Reply } from '../support/requests.ts';
import { sampleConversation, sampleTurn } from '../support/sample-records.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

const shop = 'https://shop.example';
const faq = [
  { question: 'When do you open?', answer: 'At nine.' },
  { question: 'Where is my parcel?', answer: '=1+1 on its way\nsoon' },
];

let server: TestServer;
let organizationId: string;
let agentId: string;
let key: TestKey;
let owner: Member;
let viewer: Member;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  organizationId = await server.createOrganization(500);
  agentId = (await server.createAgent(organizationId, { faq, public: true })).id;
  key = await server.createKey(organizationId, { allowedDomains: ['shop.example', 'blog.example'] });
  owner = await createMember(server, organizationId, 'owner');
  viewer = await createMember(server, organizationId, 'viewer');
});

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the answer's type, named where it is read
const jsonOf = <Answer>({ text }: Reply) => JSON.parse(text) as Answer;
const path = (rest: string) => `/api/org/${organizationId}${rest}`;
const list = async (query = '') => jsonOf<ConversationList>(await viewer.send(path(`/conversations${query}`)));
const idsOf = (lines: readonly ConversationLine[]) => lines.map(({ id }) => id);

async function ask(
  message: string,
  { conversationId, origin = shop }: { conversationId?: string; origin?: string } = {},
) {
  server.clock.advance(1);
  const body = { message, ...(conversationId !== undefined && { conversationId }) };
  const reply = await send(server, `/api/v1/agents/${agentId}/messages`, { body, headers: key.from(origin) });
  expect(reply.status).toBe(200);
  return jsonOf<ChatReply>(reply);
}

async function audited(): Promise<readonly string[]> {
  const { data } = jsonOf<AuditPage>(await owner.send(path('/audit')));
  return data.map(({ action }) => action).filter((action) => action.startsWith('conversation'));
}

const noConversation = { detail: 'This organization has no such conversation.' };

describe('GET …/conversations', () => {
  test('shows what was asked, where, how well it was answered and what was thought of it', async () => {
    const begunAt = server.clock() + 1;
    const { conversationId, reply } = await ask('When do you open?');
    await ask('Do you sell bananas?', { conversationId });
    const rating = `/api/v1/conversations/${conversationId}/messages/${reply.id}/rating`;
    await send(server, rating, { method: 'PUT', body: { rating: -1 }, headers: key.from(shop) });
    expect(await list()).toEqual({
      data: [
        {
          id: conversationId,
          agentId,
          keyId: key.id,
          mode: 'publishable',
          origin: shop,
          startedAt: toIsoTime(begunAt),
          lastActiveAt: toIsoTime(begunAt + 1),
          turns: 2,
          firstQuestion: 'When do you open?',
          outcome: 'unanswered',
          rating: -1,
          contact: false,
        },
      ],
      nextCursor: null,
    });
  });

  test('pages have each conversation once, the latest active first', async () => {
    const begun: string[] = [];
    for (let index = 0; index < 5; index++) begun.push((await ask('When do you open?')).conversationId);
    await ask('Where is my parcel?', { conversationId: begun[0]! });
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { data, nextCursor } = await list(`?limit=2${cursor}`);
      seen.push(...idsOf(data));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(seen).toEqual([begun[0], begun[4], begun[3], begun[2], begun[1]]);
  });

  test('finds by agent, key, origin, outcome, rating, day and words', async () => {
    const opens = await ask('When do you open?');
    const bananas = await ask('Do you sell BANANAS?', { origin: 'https://blog.example' });
    const near = await ask('parcel insurance worldwide price colour giraffe');
    const all = [near, bananas, opens].map(({ conversationId }) => conversationId);
    const [nearId, bananasId, opensId] = all;
    const ids = async (query: string) => idsOf((await list(`?${query}`)).data);
    expect(await ids('')).toEqual(all);
    expect(await ids(`agent=${agentId}&key=${key.id}`)).toEqual(all);
    expect(await ids('agent=agt_other')).toEqual([]);
    expect(await ids('key=key_other')).toEqual([]);
    expect(await ids('origin=https://blog.example')).toEqual([bananasId]);
    expect(await ids('outcome=unanswered')).toEqual([bananasId]);
    expect(await ids('outcome=nearest')).toEqual([nearId]);
    expect(await ids('outcome=answered')).toEqual([opensId]);
    expect(await ids('outcome=failed')).toEqual([]);
    expect(await ids('q=bananas')).toEqual([bananasId]);
    expect(await ids('q=sell%20bananas&outcome=answered')).toEqual([]);
    expect(await ids(`q=${bananasId!}`)).toEqual([bananasId]);
    expect(await ids(`q=${opensId!},%20${nearId!}%20cnv_gone%20${opensId!}`)).toEqual([nearId, opensId]);
    expect(await ids(`q=${all.join('%20')}&outcome=unanswered`)).toEqual([bananasId]);
    expect(await ids(`q=${all.join('%20')}&to=2001-01-01`)).toEqual([]);
    expect(await ids(`q=about%20${opensId!}`)).toEqual([]);
    const others = await server.createOrganization();
    await server.store.createConversation(sampleConversation(others, { id: 'cnv_theirs' }));
    expect(await ids('q=cnv_theirs')).toEqual([]);
    const first = await list(`?q=${all.join()}&limit=2`);
    const second = await list(`?q=${all.join()}&limit=2&cursor=${first.nextCursor!}`);
    expect([idsOf(first.data), idsOf(second.data), second.nextCursor]).toEqual([[nearId, bananasId], [opensId], null]);
    const many = Array.from({ length: 99 }, (_, index) => `cnv_${'0'.repeat(22)}${100 + index}`);
    expect(await ids(`q=${[...many, opensId].join()}`)).toEqual([opensId]);
    const rating = `/api/v1/conversations/${opensId!}/messages/${opens.reply.id}/rating`;
    const rated = await send(server, rating, { method: 'PUT', body: { rating: 1 }, headers: key.asSecret });
    expect(rated.status).toBe(204);
    expect(await ids('rating=1')).toEqual([opensId]);
    expect(await ids('rating=-1')).toEqual([]);
    const today = toIsoTime(server.clock()).slice(0, 10);
    expect(await ids(`from=${today}&to=${today}`)).toEqual(all);
    expect(await ids(`from=${toIsoTime(server.clock())}`)).toEqual([nearId]);
    expect(await ids('to=2001-01-01')).toEqual([]);
  });

  test.each([
    ['outcome=none', 'outcome'],
    ['rating=2', 'rating'],
    ['agent=key_1', 'agent'],
    ['from=yesterday', 'from'],
    ['cursor=cnv_1', 'cursor'],
    ['limit=101', 'limit'],
    [`q=${'x'.repeat(201)}`, 'q'],
    [`q=${Array.from({ length: 101 }, (_, index) => `cnv_${index}`).join()}`, 'q'],
  ])('%s is refused', async (query, field) => {
    const sentence: unknown = expect.stringMatching(/\S/);
    expectProblemBody(await viewer.send(path(`/conversations?${query}`)), server.publicOrigin, 'request_invalid', {
      problems: [{ path: field, message: sentence }],
    });
  });

  // Fails for a search that reads everything at once, or one that ends where a page happens to have nothing.
  test('a search looks at a bounded number and goes on from there', async () => {
    const { store } = server;
    const make = (index: number, question: string) =>
      store.createConversation(
        sampleConversation(organizationId, {
          lastActiveAt: 1_000_000 + index,
          summary: { ...beginSummary(question), openTurns: 0 },
        }),
      );
    await make(0, 'The needle');
    await Promise.all(Array.from({ length: lookedAtMax + 10 }, (_, index) => make(index + 1, 'Hay')));
    const first = await list('?q=needle');
    expect(first.data).toEqual([]);
    const second = await list(`?q=needle&cursor=${first.nextCursor!}`);
    expect(second.data.map(({ firstQuestion }) => firstQuestion)).toEqual(['The needle']);
    expect(second.nextCursor).toBeNull();
  });

  test('those from before there were summaries, and what a dead process left open, are shown from their turns', async () => {
    const { store } = server;
    const lastActiveAt = server.clock() - 200_000;
    const old = sampleConversation(organizationId, { lastActiveAt });
    await store.createConversation(old);
    const summary = { ...beginSummary('Are you there?'), turns: 0, openTurns: 0 };
    const died = sampleConversation(organizationId, { lastActiveAt, summary });
    await store.createConversation(died);
    for (const { id } of [old, died])
      await store.createTurn(sampleTurn(id, { message: 'Are you there?', leaseUntil: 0, askedAt: lastActiveAt }));
    const { data } = await list();
    expect(data.map(({ turns, firstQuestion, outcome }) => ({ turns, firstQuestion, outcome }))).toEqual([
      { turns: 1, firstQuestion: 'Are you there?', outcome: 'failed' },
      { turns: 1, firstQuestion: 'Are you there?', outcome: 'failed' },
    ]);
    expect((await store.findConversation(organizationId, old.id))?.summary).toMatchObject({ outcome: 'failed' });
  });
});

describe('GET …/conversations/{conversationId}', () => {
  test('is the thread with what each reply stands on, in pages from its end', async () => {
    const { conversationId, reply } = await ask('When do you open?');
    await ask('parcel insurance worldwide price colour giraffe', { conversationId });
    const read = async (query = '') =>
      jsonOf<ConversationThread>(await viewer.send(path(`/conversations/${conversationId}${query}`)));
    const thread = await read();
    expect(thread).toMatchObject({ id: conversationId, turns: 2, outcome: 'nearest', nextBefore: null });
    expect(thread.messages.map(({ role, text }) => [role, text.split('\n')[0]])).toEqual([
      ['user', 'When do you open?'],
      ['agent', 'At nine.'],
      ['user', 'parcel insurance worldwide price colour giraffe'],
      ['agent', expect.stringContaining('no answer') as unknown],
    ]);
    expect(thread.messages[1]).toMatchObject({
      outcome: 'answered',
      sources: [{ title: 'When do you open?', url: null }],
    });
    expect(thread.messages[3]).toMatchObject({ outcome: 'nearest', suggestions: ['Where is my parcel?'] });
    const rating = `/api/v1/conversations/${conversationId}/messages/${reply.id}/rating`;
    await send(server, rating, { method: 'PUT', body: { rating: 1 }, headers: key.from(shop) });
    const end = await read('?limit=2');
    expect(end.messages).toHaveLength(2);
    const start = await read(`?limit=2&before=${end.nextBefore!}`);
    expect(start.messages[1]).toMatchObject({ id: reply.id, rating: 1 });
    expect(start.nextBefore).toBeNull();
  });

  test.each(['cnv_none', 'x', 'agt_1'])('%s is not there', async (id) => {
    expectProblemBody(await owner.send(path(`/conversations/${id}`)), server.publicOrigin, 'not_found', noConversation);
    const gone = await owner.send(path(`/conversations/${id}`), { method: 'DELETE' });
    expectProblemBody(gone, server.publicOrigin, 'not_found', noConversation);
  });
});

describe('deleting', () => {
  test('a member takes a conversation away, which is written down without what was said', async () => {
    const { conversationId } = await ask('Do you sell bananas?');
    expect((await owner.send(path(`/conversations/${conversationId}`), { method: 'DELETE' })).status).toBe(204);
    expect((await list()).data).toEqual([]);
    expect(await server.store.listTurns(conversationId, 10)).toEqual([]);
    expect(await audited()).toEqual(['conversation.deleted']);
    expect((await owner.send(path('/audit'))).text).not.toContain('bananas');
  });

  test('a visitor deletes their own, and nobody else’s', async () => {
    const { conversationId, reply } = await ask('When do you open?');
    const own = `/api/v1/conversations/${conversationId}`;
    const rating = `${own}/messages/${reply.id}/rating`;
    const elsewhere = key.from('https://blog.example');
    expect((await send(server, own, { method: 'DELETE', headers: elsewhere })).status).toBe(404);
    expect((await send(server, rating, { method: 'PUT', body: { rating: 1 }, headers: elsewhere })).status).toBe(404);
    expect((await list()).data).toMatchObject([{ id: conversationId, rating: null }]);
    expect((await send(server, own, { method: 'DELETE', headers: key.from(shop) })).status).toBe(204);
    expect((await send(server, own, { method: 'DELETE', headers: key.from(shop) })).status).toBe(404);
    expect((await list()).data).toEqual([]);
  });
});

describe('PUT /api/v1/conversations/{conversationId}/messages/{replyId}/rating', () => {
  test('keeps 1, -1 or nothing, and refuses what else is sent', async () => {
    const { conversationId, reply, messageId } = await ask('When do you open?');
    const rate = (rating: unknown, id = reply.id) =>
      send(server, `/api/v1/conversations/${conversationId}/messages/${id}/rating`, {
        method: 'PUT',
        body: { rating },
        headers: key.from(shop),
      });
    for (const rating of [1, -1, null]) {
      expect((await rate(rating)).status).toBe(204);
      expect((await list()).data).toMatchObject([{ rating }]);
    }
    for (const rating of [0, 2, '1', true, { $gt: 0 }]) expect((await rate(rating)).status).toBe(400);
    for (const id of ['msg_none', messageId, 'x']) expect((await rate(1, id)).status).toBe(404);
    const preflight = await send(server, `/api/v1/conversations/${conversationId}/messages/${reply.id}/rating`, {
      method: 'OPTIONS',
      headers: { origin: shop, 'access-control-request-method': 'PUT' },
    });
    expect(preflight.headers['access-control-allow-methods']).toMatch(/PUT.*DELETE/);
  });
});

describe('a list of ids', () => {
  const remove = (ids: readonly string[], browser = owner) =>
    browser.send(path('/conversations/delete'), { method: 'POST', body: { ids } });

  test('is deleted together with all that was said; what is not there, and not theirs, is left out', async () => {
    const talks = await Promise.all(['Where is my parcel?', 'When do you open?', 'Bananas?'].map((text) => ask(text)));
    const [first, second, kept] = talks.map(({ conversationId }) => conversationId) as [string, string, string];
    const foreign = sampleConversation(await server.createOrganization());
    await server.store.createConversation(foreign);
    expect((await remove([first, second, first, foreign.id, 'cnv_none'])).json()).toEqual({ deleted: 2 });
    expect((await list()).data).toMatchObject([{ id: kept }]);
    expect(await server.store.listTurns(first, 10)).toEqual([]);
    expect(await server.store.findConversation(foreign.organizationId, foreign.id)).toBeDefined();
    const [event] = (await server.store.listAudit(organizationId, { limit: 1 })).items;
    expect(event).toMatchObject({ action: 'conversations.deleted', before: null, after: { conversations: 2 } });
    expect(JSON.stringify(event)).not.toContain('parcel');
    expect((await remove([first])).json()).toEqual({ deleted: 0 });
    expect((await server.store.listAudit(organizationId, { limit: 1 })).items).toEqual([event]);
  });

  test('of none, of more than 100, or of anything else is refused', async () => {
    for (const ids of [[], Array.from({ length: 101 }, (_, index) => `cnv_${index}`), ['key_1'], ['cnv_$gt']])
      expect((await remove(ids)).problem().code).toBe('request_invalid');
    expect((await remove(['cnv_1'], viewer)).problem().code).toBe('forbidden');
  });
});

describe('exports', () => {
  test('have every conversation that fits the filters, with all that was said', async () => {
    const { conversationId } = await ask('Where is my parcel?');
    await ask('When do you open?', { conversationId });
    await ask('Do you sell bananas?');
    const reply = await viewer.send(path('/conversations.ndjson?outcome=answered'));
    expect(reply.headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': expect.stringMatching(
        /^attachment; filename="postern-conversations-[\d-]+\.ndjson"$/,
      ) as unknown,
    });
    const lines = reply.text.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const whole = JSON.parse(lines[0]!) as WholeConversation;
    expect(whole).toMatchObject({ id: conversationId, turns: 2, firstQuestion: 'Where is my parcel?' });
    expect(whole.messages).toHaveLength(4);

    const table = await viewer.send(path('/conversations.csv?outcome=answered'));
    expect(table.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, first] = table.text.split('\r\n');
    const contact = 'contact_name,contact_email,contact_message';
    expect(head).toBe(`conversation_id,agent_id,key_id,origin,asked_at,question,answer,outcome,rating,${contact}`);
    // What a spreadsheet would run is text.
    expect(first).toMatch(
      new RegExp(
        `^${conversationId},${agentId},${key.id},${shop},[^,]+,Where is my parcel\\?,"'=1\\+1 on its way\nsoon",answered,,,,$`,
      ),
    );
  });

  test('of none are whole files too', async () => {
    expect((await viewer.send(path('/conversations.ndjson'))).text).toBe('');
    expect((await viewer.send(path('/conversations.csv'))).text.split('\r\n')).toHaveLength(2);
  });

  // The store never comes to an end here: only a reader who left ends such a file.
  test('end when nobody reads them, also where nothing fits; an organization has two at a time', async () => {
    const hay = sampleConversation(organizationId, { summary: { ...beginSummary('Hay'), openTurns: 0 } });
    const endless = vi.spyOn(server.store, 'listConversations').mockImplementation(async () => {
      await setImmediate();
      return { items: Array.from({ length: 200 }, () => hay), nextCursor: 'more' };
    });
    const cookie = [...viewer.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const open = (kind: string) =>
      openStream(server, path(`/conversations.${kind}?q=zzzz`), { method: 'GET', headers: { cookie } });
    try {
      const [first, second] = [await open('csv'), await open('ndjson')];
      expect([first.status, second.status]).toEqual([200, 200]);
      const third = await viewer.send(path('/conversations.csv?q=zzzz'));
      expect([third.problem().code, third.headers['retry-after']]).toEqual(['rate_limited', '10']);
      expectLimit(third);
      first.leave();
      second.leave();
      for (const kind of ['csv', 'ndjson'])
        await vi.waitFor(async () => {
          const again = await open(kind);
          again.leave();
          expect(again.status).toBe(200);
        }, 10_000);
    } finally {
      endless.mockRestore();
    }
  });
});

test('a secret key that a visitor pasted is shown to the visitor alone', async () => {
  const secret = `sk_${'0123456789abcdef'.repeat(4)}`;
  const { conversationId } = await ask(`${'Bananas '.repeat(23)}${secret} bananas?`);
  for (const rest of [
    '/conversations',
    `/conversations/${conversationId}`,
    '/conversations.ndjson',
    '/conversations.csv',
    `/agents/${agentId}/unanswered`,
  ]) {
    const { text } = await viewer.send(path(rest));
    expect(text).toContain('sk_…');
    expect(text).not.toContain('sk_0');
  }
  const own = await send(server, `/api/v1/conversations/${conversationId}`, { headers: key.from(shop) });
  expect(own.text).toContain(secret);
});

test('reading and exporting are in the audit log where the organization wants that', async () => {
  const { conversationId } = await ask('When do you open?');
  const read = async () => {
    await viewer.send(path(`/conversations/${conversationId}`));
    await viewer.send(path('/conversations.csv'));
    await list();
  };
  const listed = () => Promise.all([list(), viewer.send(path(`/agents/${agentId}/unanswered`)), list()]);
  await read();
  await listed();
  expect(await audited()).toEqual([]);
  const settings = await owner.send(path('/settings'), { method: 'PATCH', body: { auditReading: true } });
  expect(settings.json()).toMatchObject({ auditReading: true });
  expect((await owner.send(path('/settings'))).json()).toEqual(settings.json());
  await read();
  // At one moment of this clock, so in no order.
  expect((await audited()).toSorted()).toEqual(['conversation.read', 'conversations.exported', 'conversations.listed']);
  // Each list once in an hour for each reader.
  const lists = async () =>
    (await server.store.listAudit(organizationId, { limit: 100 }, { actions: ['conversations.listed'] })).items.map(
      ({ actor, target }) => `${actor.name ?? ''} ${target.id}`,
    );
  const everything = [organizationId, agentId].map((id) => `${viewer.user.email} ${id}`);
  await Promise.all([listed(), listed()]);
  expect((await lists()).toSorted()).toEqual(everything.toSorted());
  await owner.send(path('/conversations'));
  expect(await lists()).toHaveLength(3);
  server.clock.advance(3_599_999);
  await listed();
  expect(await lists()).toHaveLength(3);
  server.clock.advance(1);
  await listed();
  expect(await lists()).toHaveLength(5);
  await owner.send(path('/settings'), { method: 'PATCH', body: { name: 'Renamed' } });
  expect((await owner.send(path('/settings'))).json()).toEqual({
    name: 'Renamed',
    auditReading: true,
    retentionDays: 30,
    contact: null,
    privacyUrl: null,
  });
});

describe('GET …/agents/{agentId}/unanswered', () => {
  const unanswered = async (query = ''): Promise<UnansweredQuestions> =>
    jsonOf<UnansweredQuestions>(await viewer.send(path(`/agents/${agentId}/unanswered${query}`)));
  const add = (entry: object, by = owner): Promise<Reply> =>
    by.send(path(`/agents/${agentId}/faq`), { method: 'POST', body: entry });

  test('groups what search takes for the same, the most asked first, and says what is answered by now', async () => {
    const first = await ask('Do you sell bananas?');
    await ask('Could I get insurance?');
    const again = await ask('Bananas: do you sell them, please?');
    await ask('hello');
    await ask('When do you open?');
    expect(await unanswered()).toEqual([
      {
        question: 'Bananas: do you sell them, please?',
        count: 2,
        lastAskedAt: toIsoTime(server.clock() - 2),
        conversationIds: [again.conversationId, first.conversationId],
        answeredNow: false,
        nearest: [],
      },
      expect.objectContaining({ question: 'Could I get insurance?', count: 1, answeredNow: false }) as unknown,
    ]);
    const added = await add({ question: 'Do you sell bananas?', answer: 'Yes.' });
    expect([added.status, added.json()]).toEqual([
      201,
      { question: 'Do you sell bananas?', aliases: [], answer: 'Yes.', revision: 2 },
    ]);
    expect((await unanswered()).map(({ answeredNow }) => answeredNow)).toEqual([true, false]);
    expect((await ask('do you sell bananas')).reply).toMatchObject({ text: 'Yes.', outcome: 'answered' });
  });

  test('names the questions that its asker is offered instead, the nearest first', async () => {
    const { suggestions } = (await ask('Do dogs wait for a parcel full of surfboards, kites and wetsuits?')).reply;
    expect(suggestions).toEqual(['Where is my parcel?']);
    await add({ question: 'How do dogs travel?', answer: 'Alone.' });
    await add({ question: 'Are dogs and kites welcome?', answer: 'Yes.' });
    const { suggestions: now } = (await ask('Do dogs wait for a parcel full of surfboards, kites and wetsuits?')).reply;
    expect(now).toContain('Where is my parcel?');
    expect(now[0]).toBe('Are dogs and kites welcome?');
    expect(await unanswered()).toMatchObject([{ answeredNow: false, nearest: now }]);
  });

  test('has the days that are asked for, and only this agent’s', async () => {
    await ask('Do you sell bananas?');
    const other = await server.createAgent(organizationId, { faq });
    const of = await viewer.send(path(`/agents/${other.id}/unanswered`));
    expect(of.json()).toEqual([]);
    server.clock.advance(2 * 86_400_000);
    expect(await unanswered('?days=1')).toEqual([]);
    expect(await unanswered('?days=3')).toHaveLength(1);
    const late = await createMember(server, organizationId, 'viewer');
    for (const days of ['0', '91', 'x'])
      expect((await late.send(path(`/agents/${agentId}/unanswered?days=${days}`))).status).toBe(400);
  });

  test('of an agent that is not there is not there; an answer is checked as in the whole list', async () => {
    expect((await viewer.send(path('/agents/agt_none/unanswered'))).status).toBe(404);
    expect((await owner.send(path('/agents/agt_none/faq'), { method: 'POST', body: faq[0]! })).status).toBe(404);
    for (const entry of [{ question: 'Why?' }, { question: '', answer: 'x' }, { ...faq[0], more: 1 }])
      expect((await add(entry)).status).toBe(400);
  });

  test('an answer with other wordings is given to them too; none leads to two answers', async () => {
    await ask('Do you sell bananas?');
    await ask('Any yellow fruit?');
    const entry = {
      question: 'Which fruit is there?',
      aliases: ['Do you sell bananas?', 'Any yellow fruit?'],
      answer: 'All.',
    };
    expect((await add(entry)).json()).toEqual({ ...entry, revision: 2 });
    expect((await unanswered()).map(({ answeredNow }) => answeredNow)).toEqual([true, true]);
    const { reply } = await ask('any yellow fruit');
    expect(reply).toMatchObject({ text: 'All.', sources: [{ title: 'Which fruit is there?' }] });
    for (const [again, path] of [
      [{ question: 'Any yellow fruit?', answer: 'x' }, 'question'],
      [{ question: 'Why?', aliases: ['Where is it?', 'Where is my parcel'], answer: 'x' }, 'aliases.1'],
      [{ question: 'Why?', aliases: ['Any yellow fruit!'], answer: 'x' }, 'aliases.0'],
      [{ question: 'Why?', aliases: ['why'], answer: 'x' }, 'aliases.0'],
    ] as const) {
      const refused = await add(again);
      expect([refused.status, refused.json()]).toEqual([
        400,
        expect.objectContaining({ problems: [expect.objectContaining({ path })] }),
      ]);
    }
  });

  test('what an agent knows has an end, other wordings with it', async () => {
    const whole = { name: 'Long', faq: [{ question: 'Q', answer: 'A' }] };
    const other = jsonOf<{ id: string; revision: number }>(
      await owner.send(path('/agents'), { method: 'POST', body: whole }),
    );
    const long = Array.from({ length: 103 }, (_, index) => ({ question: `Q${index}`, answer: 'x'.repeat(9_970) }));
    await owner.send(path(`/agents/${other.id}`), { method: 'PATCH', body: { faq: long } });
    const teach = (entry: object): Promise<Reply> =>
      owner.send(path(`/agents/${other.id}/faq`), { method: 'POST', body: entry });
    const aliases = Array.from({ length: 20 }, (_, index) => `${index} ${'y'.repeat(290)}`);
    expect((await teach({ question: 'Why?', aliases, answer: 'x'.repeat(9_000) })).status).toBe(201);
    const answer = 'x'.repeat(1_000);
    const refused = await teach({ question: 'Where?', aliases: aliases.map((text) => `z${text}`), answer });
    expect((await teach({ question: 'Where?', answer })).status).toBe(201);
    expect([refused.status, refused.json()]).toMatchObject([400, { problems: [{ path: 'faq' }] }]);
  });

  test('answers that are added at once are all there', async () => {
    const made = Array.from({ length: 8 }, (_, index) => ({
      question: `Question ${index}?`,
      aliases: [`Other ${index}?`],
      answer: `Answer ${index}.`,
    }));
    const replies = await Promise.all(made.map((entry) => add(entry)));
    expect(replies.map(({ status }) => status)).toEqual(made.map(() => 201));
    const kept = await server.store.findAgentKnowledge(organizationId, agentId);
    expect(kept?.entries).toHaveLength(faq.length + made.length);
    expect(kept?.entries).toEqual(expect.arrayContaining(made));
  });
});
