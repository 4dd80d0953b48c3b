/** `/api/org/{organizationId}/agents`: what answers an organization's visitors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toIsoTime } from '../../server/gate/clock.ts';
import type { ProblemCode } from '../../server/gate/problem.ts';
import { createMember, type Member } from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import { send, type Reply, type RequestOptions } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';

let server: TestServer;
let organizationId: string;
let member: Member;
let key: TestKey;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization(1_000);
  member = await createMember(server, organizationId, 'member');
  key = await server.createKey(organizationId);
});
afterAll(() => server.stop());

const sentence: unknown = expect.stringMatching(/\S/);
const faq = [{ question: 'When do you open?', aliases: [], answer: 'At nine.' }];
const ask = (method: string, path = '', body?: RequestOptions['body']): Promise<Reply> =>
  member.send(`/api/org/${organizationId}/agents${path}`, { method, ...(body !== undefined && { body }) });

type Agent = Readonly<Record<string, unknown>> & { readonly id: string };

async function create(fields: object = {}): Promise<Agent> {
  const reply = await ask('POST', '', { name: 'Helper', faq, ...fields });
  expect(reply.status).toBe(201);
  return reply.json() as Agent;
}

const read = async (id: string) => (await ask('GET', `/${id}`)).json() as Agent;
const readEvents = async () => (await server.store.listAudit(organizationId, { limit: 1_000 })).items;
const countAgents = async () => (await server.store.listAgents(organizationId, { limit: 1_000 })).items.length;
/** What a visitor is told. */
const answer = (id: string, message: string): Promise<Reply> =>
  send(server, `/api/v1/agents/${id}/messages`, { headers: key.from('https://shop.example'), body: { message } });

const expectRefused = (reply: Reply, code: ProblemCode, fields: object = {}) =>
  expectProblemBody(reply, server.publicOrigin, code, fields);

async function expectInvalid(asked: () => Promise<Reply>, paths: readonly string[]): Promise<void> {
  const before = [await countAgents(), (await readEvents()).length];
  expectRefused(await asked(), 'request_invalid', { problems: paths.map((path) => ({ path, message: sentence })) });
  expect([await countAgents(), (await readEvents()).length]).toEqual(before);
}

const noSuchAgent = { detail: 'This organization has no such agent.' };

describe('POST …/agents', () => {
  test('all fields: the agent to the field, and it answers at the very next call', async () => {
    const fields = {
      name: ' Guide ',
      description: ' Knows the shop. ',
      greeting: 'Hello!',
      suggestions: ['When do you open?', ' Where? '],
      creditsPerMessage: 0,
      public: true,
      disclosure: false,
      disclosureText: ' A robot answers. ',
      faq: [...faq, { question: ' Do you deliver parcels? ', aliases: [' Delivery? '], answer: ' Every weekday. ' }],
    };
    const reply = await ask('POST', '', fields);
    const made = reply.json() as Agent;
    expect(made).toEqual({
      id: expect.stringMatching(/^agt_[0-9a-z]{25}$/) as unknown,
      kind: 'faq',
      model: null,
      troubles: [],
      name: 'Guide',
      description: 'Knows the shop.',
      greeting: 'Hello!',
      suggestions: ['When do you open?', 'Where?'],
      creditsPerMessage: 0,
      public: true,
      disclosure: false,
      synonyms: [],
      disclosureText: 'A robot answers.',
      createdAt: toIsoTime(server.clock()),
      revision: 1,
      faq: [...faq, { question: 'Do you deliver parcels?', aliases: ['Delivery?'], answer: 'Every weekday.' }],
    });
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(await read(made.id)).toEqual(made);
    expect((await answer(made.id, 'Do you deliver parcels?')).json()).toMatchObject({
      reply: { text: 'Every weekday.' },
    });
  });

  test('only a name and a FAQ: not public, a credit a message, and the chat says what answers', async () => {
    const made = await create();
    expect(made).toEqual({
      id: made.id,
      kind: 'faq',
      model: null,
      troubles: [],
      name: 'Helper',
      description: '',
      greeting: '',
      suggestions: [],
      creditsPerMessage: 1,
      public: false,
      disclosure: true,
      disclosureText: null,
      createdAt: toIsoTime(server.clock()),
      revision: 1,
      faq,
      synonyms: [],
    });
    expect((await answer(made.id, 'When do you open?')).status).toBe(404);
  });

  test('a FAQ in Markdown: headings are questions, and a fenced one is text of the answer', async () => {
    const markdown =
      '# Help\n\n## When do you open?\n\nAt nine.\n\n```\n# no heading\n```\n\n### Where?\r\n\r\nHere.\n';
    expect((await create({ faq: markdown })).faq).toEqual([
      { question: 'When do you open?', aliases: [], answer: 'At nine.\n\n```\n# no heading\n```' },
      { question: 'Where?', aliases: [], answer: 'Here.' },
    ]);
  });

  test('markup in any text is text, and comes back as it was', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    const fields = {
      name: markup,
      description: markup,
      greeting: markup,
      suggestions: [markup],
      faq: [{ question: markup, aliases: [markup.slice(0, 20)], answer: markup }],
    };
    const made = await create(fields);
    expect(made).toMatchObject(fields);
    const { headers } = await ask('GET', `/${made.id}`);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });

  test('every problem of a body at once, each at its place, and nothing is made', async () => {
    const body = {
      name: '',
      description: 'x'.repeat(501),
      greeting: 1,
      suggestions: ['ok', ' '],
      creditsPerMessage: 1_001,
      public: 'yes',
      disclosure: null,
      disclosureText: '',
      faq: [{ question: '', answer: 'x' }, { question: 'x' }, { question: 'x', answer: 'x', html: '' }],
      kind: 'openai',
    };
    await expectInvalid(
      () => ask('POST', '', body),
      [
        'name',
        'description',
        'greeting',
        'suggestions.1',
        'creditsPerMessage',
        'public',
        'disclosure',
        'disclosureText',
        'faq.0.question',
        'faq.1.answer',
        'faq.2.html',
        'kind',
      ],
    );
  });

  test.each<[string, object, readonly string[]]>([
    ['nothing', {}, ['name', 'faq']],
    ['no FAQ', { faq: undefined }, ['faq']],
    ['an empty FAQ', { faq: [] }, ['faq']],
    ['Markdown without a question', { faq: 'no heading' }, ['faq']],
    ['a question of 301 characters', { faq: [{ question: 'x'.repeat(301), answer: 'x' }] }, ['faq.0.question']],
    ['an answer of 10,001 characters', { faq: [{ question: 'x', answer: 'x'.repeat(10_001) }] }, ['faq.0.answer']],
    [
      '21 other wordings',
      { faq: [{ ...faq[0], aliases: Array.from({ length: 21 }, (_, i) => `${i}?`) }] },
      ['faq.0.aliases'],
    ],
    ['one of 301 characters', { faq: [{ ...faq[0], aliases: ['x'.repeat(301)] }] }, ['faq.0.aliases.0']],
    ['a blank one', { faq: [{ ...faq[0], aliases: [' '] }] }, ['faq.0.aliases.0']],
    ['one of two lines', { faq: [{ ...faq[0], aliases: ['a\nb'] }] }, ['faq.0.aliases.0']],
    ['one with a secret', { faq: [{ ...faq[0], aliases: [`sk_${'0'.repeat(64)}`] }] }, ['faq.0.aliases.0']],
    ['one that is no text', { faq: [{ ...faq[0], aliases: [1] }] }, ['faq.0.aliases.0']],
    ['one that is its question', { faq: [{ ...faq[0], aliases: [' when  do you OPEN'] }] }, ['faq.0.aliases.0']],
    ['one twice', { faq: [{ ...faq[0], aliases: ['Hours?', 'hours'] }] }, ['faq.0.aliases.1']],
    [
      'one of another question',
      {
        faq: [
          { ...faq[0], aliases: ['Where?'] },
          { question: 'Why?', aliases: ['Where'], answer: 'x' },
        ],
      },
      ['faq.1.aliases.0'],
    ],
    [
      'another question',
      {
        faq: [
          { ...faq[0], aliases: ['Why?'] },
          { question: 'why', answer: 'x' },
        ],
      },
      ['faq.0.aliases.0'],
    ],
    ['2,001 questions', { faq: Array.from({ length: 2_001 }, () => faq[0]) }, ['faq']],
    ['7 suggestions', { suggestions: Array<string>(7).fill('x') }, ['suggestions']],
    ['a suggestion of 101 characters', { suggestions: ['x'.repeat(101)] }, ['suggestions.0']],
    ['a description that is turned round', { description: 'invoice\u202Efdp' }, ['description']],
    ['a greeting with a control sign', { greeting: 'a\0b' }, ['greeting']],
    ['a disclosure of two lines', { disclosureText: 'a\nb' }, ['disclosureText']],
    ['a disclosure of 201 characters', { disclosureText: 'x'.repeat(201) }, ['disclosureText']],
    ['a suggestion of two lines', { suggestions: ['ok', 'a\nb'] }, ['suggestions.1']],
    ['a question of two lines', { faq: [faq[0], { question: 'a\nb', answer: 'x' }] }, ['faq.1.question']],
    ['a question that is turned round', { faq: [{ question: 'a\u202Eb', answer: 'x' }] }, ['faq.0.question']],
    ['the same in Markdown', { faq: '# a\u202Eb\nx' }, ['faq.0.question']],
    ['an answer that is turned round', { faq: [{ question: 'x', answer: 'a\u2067b' }] }, ['faq.0.answer']],
    ['an answer with a control sign', { faq: [{ question: 'x', answer: 'a\u001Bb' }] }, ['faq.0.answer']],
    ['half a character in an answer', { faq: [{ question: 'x', answer: 'a\uD800' }] }, ['faq.0.answer']],
    ['less than no credits', { creditsPerMessage: -1 }, ['creditsPerMessage']],
    ['half a credit', { creditsPerMessage: 0.5 }, ['creditsPerMessage']],
    [
      'what only the server sets',
      { id: 'agt_1', knowledgeId: 'knw_1', organizationId: 'x' },
      ['id', 'knowledgeId', 'organizationId'],
    ],
  ])('%s is refused', async (name, body, paths) => {
    await expectInvalid(() => ask('POST', '', name === 'nothing' ? body : { name: 'x', faq, ...body }), paths);
  });
});

test('an answer has lines, tabs, emoji and right-to-left words', async () => {
  const lines = [{ question: 'Was kostet es? 👩‍🌾', answer: 'One\n\ttwo\r\nمی\u200Cخواهم soft\u00ADhyphen' }];
  expect((await ask('POST', '', { name: 'x', faq: lines })).json()).toMatchObject({ faq: lines });
});

describe('a FAQ may be long', () => {
  /** A body of exactly so many bytes. */
  function bodyOf(bytes: number): string {
    const answers = (count: number) =>
      Array.from({ length: count }, () => ({ question: 'q', answer: 'a'.repeat(9_000) }));
    const textOf = (list: readonly object[], rest: string) =>
      JSON.stringify({ name: 'Long', faq: [...list, { question: 'rest', answer: rest }] });
    let count = 0;
    while (textOf(answers(count + 1), 'r').length <= bytes) count++;
    const list = answers(count);
    const text = textOf(list, 'r'.repeat(1 + bytes - textOf(list, 'r').length));
    expect(Buffer.byteLength(text)).toBe(bytes);
    return text;
  }

  const sendBytes = (bytes: number, method = 'POST', path = '') =>
    member.send(`/api/org/${organizationId}/agents${path}`, {
      method,
      body: bodyOf(bytes),
      headers: { 'content-type': 'application/json' },
    });

  test('1 MiB is read, a byte more is 413 and makes nothing', async () => {
    expect((await sendBytes(1024 * 1024)).status).toBe(201);
    const before = await countAgents();
    expectRefused(await sendBytes(1024 * 1024 + 1), 'body_too_large', { fix: 'Send at most 1024 KiB.' });
    expect(await countAgents()).toBe(before);
  });

  test('also in an edit', async () => {
    const made = await create();
    expect((await sendBytes(1024 * 1024, 'PATCH', `/${made.id}`)).status).toBe(200);
    const before = await read(made.id);
    expectRefused(await sendBytes(1024 * 1024 + 1, 'PATCH', `/${made.id}`), 'body_too_large', {
      fix: 'Send at most 1024 KiB.',
    });
    expect(await read(made.id)).toEqual(before);
  });

  test('and nowhere else: a byte more than 64 KiB is 413', async () => {
    const owner = await createMember(server, organizationId, 'owner');
    const org = `/api/org/${organizationId}`;
    for (const [method, path] of [
      ['POST', `${org}/api-keys`],
      ['PATCH', `${org}/api-keys/${key.id}`],
      ['POST', `${org}/api-keys/${key.id}/rotate`],
      ['POST', `${org}/api-keys/${key.id}/domains/preview`],
      ['POST', `${org}/credits`],
      ['POST', `${org}/members`],
      ['PATCH', `${org}/members/${member.user.id}`],
      ['PUT', '/api/session/password'],
      ['POST', '/api/session'],
      ['POST', '/api/setup'],
      ['POST', '/api/setup/preview'],
    ] as const) {
      const request = { method, body: bodyOf(64 * 1024 + 1), headers: { 'content-type': 'application/json' } };
      expectRefused(await owner.send(path, request), 'body_too_large', { fix: 'Send at most 64 KiB.' });
    }
  });

  test('who may not change agents is refused before it is read', async () => {
    const viewer = await createMember(server, organizationId, 'viewer');
    const reply = await viewer.send(`/api/org/${organizationId}/agents`, {
      body: bodyOf(1024 * 1024 + 1),
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.problem().code]).toEqual([403, 'forbidden']);
  });
});

describe('GET …/agents', () => {
  test('every agent once, newest first, in pages, without its FAQ; public or not', async () => {
    const ownId = await server.createOrganization();
    const viewer = await createMember(server, ownId, 'viewer');
    const made: Agent[] = [];
    for (let count = 0; count < 3; count++) {
      server.clock.advance(1);
      const { id, createdAt } = await server.createAgent(ownId, { name: `Agent ${count}`, public: count === 1 });
      made.unshift({
        id,
        kind: 'faq',
        model: null,
        name: `Agent ${count}`,
        description: '',
        greeting: '',
        suggestions: [],
        creditsPerMessage: 1,
        public: count === 1,
        disclosure: true,
        disclosureText: null,
        createdAt: toIsoTime(createdAt),
        revision: 1,
      });
    }
    const path = `/api/org/${ownId}/agents`;
    const first = (await viewer.send(`${path}?limit=2`)).json() as { nextCursor: string };
    expect(first).toEqual({ data: made.slice(0, 2), nextCursor: expect.any(String) as unknown });
    const second = await viewer.send(`${path}?limit=2&cursor=${first.nextCursor}`);
    expect(second.json()).toEqual({ data: made.slice(2), nextCursor: null });
    expect((await viewer.send(path)).json()).toEqual({ data: made, nextCursor: null });
  });

  test.each(['limit=0', 'limit=101', 'cursor=x'])('?%s is refused', async (query) => {
    const [path = ''] = query.split('=');
    await expectInvalid(() => ask('GET', `?${query}`), [path]);
  });
});

describe('PATCH …/agents/{agentId}', () => {
  test.each<[string, object, object]>([
    ['name', { name: ' Other ' }, { name: 'Other' }],
    ['description', { description: 'x' }, { description: 'x' }],
    ['description to none', { description: '' }, { description: '' }],
    ['greeting', { greeting: 'Hi' }, { greeting: 'Hi' }],
    ['suggestions', { suggestions: ['a', 'b'] }, { suggestions: ['a', 'b'] }],
    ['suggestions to none', { suggestions: [] }, { suggestions: [] }],
    ['creditsPerMessage', { creditsPerMessage: 7 }, { creditsPerMessage: 7 }],
    ['public', { public: false }, { public: false }],
    ['disclosure', { disclosure: false }, { disclosure: false }],
    ['disclosureText', { disclosureText: 'A robot.' }, { disclosureText: 'A robot.' }],
    [
      'a FAQ as a list',
      { faq: [{ question: 'Q', answer: 'A' }] },
      { faq: [{ question: 'Q', aliases: [], answer: 'A' }] },
    ],
    [
      'a FAQ as Markdown',
      { faq: '# Q\nAlso asked: Why?\n\nA' },
      { faq: [{ question: 'Q', aliases: ['Why?'], answer: 'A' }] },
    ],
    ['nothing', {}, {}],
  ])('%s, and nothing else', async (_name, body, changed) => {
    const before = await create({ description: 'd', greeting: 'g', suggestions: ['s'], public: true });
    const events = (await readEvents()).length;
    const reply = await ask('PATCH', `/${before.id}`, body);
    const changes = Object.keys(changed).length === 0 ? 0 : 1;
    const after = { ...before, ...changed, revision: 1 + changes };
    expect([reply.status, reply.json()]).toEqual([200, after]);
    expect(await read(before.id)).toEqual(after);
    expect((await readEvents()).length).toBe(events + changes);
  });

  test('of an agent that somebody else changed meanwhile is refused with the agent as it is now', async () => {
    const made = await create({ description: 'd' });
    const theirs = (await ask('PATCH', `/${made.id}`, { faq: '# Q\nA', revision: 1 })).json() as Agent;
    const events = (await readEvents()).length;
    for (const body of [{ faq: '# Mine\nA' }, { name: 'Mine' }, {}]) {
      const reply = await ask('PATCH', `/${made.id}`, { ...body, revision: 1 });
      expect(reply.status).toBe(409);
      expect(reply.problem()).toMatchObject({
        code: 'conflict',
        detail: 'Somebody else changed this agent meanwhile.',
        current: theirs,
      });
    }
    expect(await read(made.id)).toEqual(theirs);
    expect((await readEvents()).length).toBe(events);
    const replies = await Promise.all(
      ['One', 'Two', 'Three'].map((name) => ask('PATCH', `/${made.id}`, { name, revision: 2 })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test('other synonyms hold from the very next message; they come back with the agent, and are in the log', async () => {
    const made = await create({ public: true });
    const expectOutcome = async (outcome: unknown) =>
      expect((await answer(made.id, 'unbarred?')).json()).toMatchObject({ reply: { outcome } });
    await expectOutcome('none');
    const synonyms = [['open', 'unbarred']];
    const changed = await ask('PATCH', `/${made.id}`, { synonyms: [[' open ', 'unbarred']] });
    expect(changed.json()).toMatchObject({ synonyms });
    expect(await read(made.id)).toMatchObject({ synonyms, revision: 2 });
    await expectOutcome(expect.stringMatching(/answered|nearest/));
    const after = expect.objectContaining({ synonyms: ['open, unbarred'] }) as unknown;
    expect(await readEvents()).toContainEqual(expect.objectContaining({ after }));
    await ask('PATCH', `/${made.id}`, { synonyms: [] });
    await expectOutcome('none');
  });

  test('another FAQ, price and openness hold from the very next message', async () => {
    const made = await create({ public: true });
    expect((await answer(made.id, 'When do you open?')).json()).toMatchObject({ reply: { text: 'At nine.' } });
    await ask('PATCH', `/${made.id}`, {
      faq: [{ question: 'When do you open?', answer: 'At ten.' }],
      creditsPerMessage: 4,
    });
    const spent = (await server.store.findCredits(organizationId))!.spent;
    expect((await answer(made.id, 'When do you open?')).json()).toMatchObject({ reply: { text: 'At ten.' } });
    expect((await server.store.findCredits(organizationId))!.spent).toBe(spent + 4);
    await ask('PATCH', `/${made.id}`, { public: false });
    expect((await answer(made.id, 'When do you open?')).status).toBe(404);
  });

  test('every problem at once, and nothing changes', async () => {
    const made = await create();
    const body = { name: '', suggestions: 'x', faq: '', public: null, createdAt: 1 };
    await expectInvalid(() => ask('PATCH', `/${made.id}`, body), ['name', 'suggestions', 'public', 'faq', 'createdAt']);
    expect(await read(made.id)).toEqual(made);
  });
});

describe('DELETE …/agents/{agentId}', () => {
  test('is permanent and immediate, for its visitors too', async () => {
    const made = await create({ public: true });
    expect((await answer(made.id, 'When do you open?')).status).toBe(200);
    const reply = await ask('DELETE', `/${made.id}`);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect((await answer(made.id, 'When do you open?')).status).toBe(404);
    expectRefused(await ask('GET', `/${made.id}`), 'not_found', noSuchAgent);
    expectRefused(await ask('PATCH', `/${made.id}`, { name: 'x' }), 'not_found', noSuchAgent);
    expectRefused(await ask('DELETE', `/${made.id}`), 'not_found', noSuchAgent);
    expect(await server.store.findAgentKnowledge(organizationId, made.id)).toBeUndefined();
  });
});

describe('the audit log', () => {
  test('says who changed what of an agent, as it was and as it is; of a FAQ how many answers, not their text', async () => {
    const made = await create({ name: 'Guide', greeting: 'Hello!' });
    const { knowledgeId } = (await server.store.findAgent(organizationId, made.id))!;
    const text = 'an answer that is nobody else’s business';
    // Events of one millisecond are in no order.
    server.clock.advance(1);
    await ask('PATCH', `/${made.id}`, { name: 'Other', faq: [...faq, { question: 'Q', answer: text }] });
    const changed = (await server.store.findAgent(organizationId, made.id))!;
    server.clock.advance(1);
    await ask('DELETE', `/${made.id}`);
    const events = (await readEvents()).filter(({ target }) => target.id === made.id).reverse();
    const facts = {
      kind: 'faq',
      model: null,
      name: 'Guide',
      description: '',
      greeting: 'Hello!',
      suggestions: [],
      creditsPerMessage: 1,
      public: false,
      disclosure: true,
      synonyms: [],
      disclosureText: null,
      answers: 1,
      knowledgeId,
    };
    const now = { name: 'Other', answers: 2, knowledgeId: changed.knowledgeId };
    const actor = { kind: 'user', id: member.user.id, name: member.user.email };
    expect(events.map(({ id: _id, at: _at, ...event }) => event)).toEqual(
      [
        { action: 'agent.created', name: 'Guide', before: null, after: facts },
        {
          action: 'agent.changed',
          name: 'Other',
          before: { name: 'Guide', answers: 1, knowledgeId },
          after: now,
        },
        { action: 'agent.deleted', name: 'Other', before: { ...facts, ...now }, after: null },
      ].map(({ action, name, before, after }) => ({
        organizationId,
        actor,
        action,
        target: { kind: 'agent', id: made.id, name },
        before,
        after,
      })),
    );
    expect(JSON.stringify(events)).not.toContain(text);
  });
});
