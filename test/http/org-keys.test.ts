/** `/api/org/{organizationId}/api-keys`: what members do with keys, and what the next call with a key meets. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { dayMs, toIsoTime } from '../../server/gate/clock.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Key } from '../../server/http/wire.ts';
import { openOrgKeys, type Made } from '../support/org-keys.ts';
import { createMember } from '../support/people.ts';
import { send, type Reply } from '../support/requests.ts';
import { sampleActivity, sampleKey } from '../support/sample-records.ts';

const {
  server,
  organizationId,
  member,
  sentence,
  keysPath,
  ask,
  at,
  create,
  put,
  read,
  stored,
  countKeys,
  countEvents,
  asPair,
  asPage,
  meets,
  expectRefused,
  expectInvalid,
} = await openOrgKeys();
afterAll(() => server.stop());

describe('POST …/api-keys', () => {
  test('all fields: the key to the field, its secret this once, and the pair works at the very next call', async () => {
    const reply = await ask('POST', '', {
      name: ' Production Website ',
      allowedDomains: ' Shop.Example, *.shop.example\nhttps://b\u00fccher.example:443/ ',
      expiresAt: '2027-01-01T01:00:00+01:00',
      scopes: ['agents:read', 'messages:write', 'agents:read', 'orders:read', 'orders:write'],
      publishableScopes: ['orders:read'],
      notes: 'Ada asks for it.\nUntil May.',
      tags: ['production', ' Shop '],
      externalId: 'customer-42',
      metadata: { plan: 'pro', seats: 5 },
      rateLimit: { requests: 100, windowSeconds: 60 },
      budget: { credits: 9, per: 'month' },
      visitorBudget: null,
      refuseSecretInBrowser: true,
    });
    const made = reply.json() as unknown as Made;
    expect(made).toEqual({
      key: {
        id: expect.stringMatching(/^key_[0-9a-z]{25}$/) as unknown,
        name: 'Production Website',
        notes: 'Ada asks for it.\nUntil May.',
        tags: ['production', 'Shop'],
        publicKey: expect.stringMatching(/^pk_[0-9a-z]{32}$/) as unknown,
        secretHint: `sk_…${made.secretKey.slice(-4)}`,
        allowedDomains: ['shop.example', '*.shop.example', 'https://xn--bcher-kva.example'],
        domains: ['shop.example', '*.shop.example', 'https://xn--bcher-kva.example'].map((pattern) => ({
          pattern,
          label: null,
          expiresAt: null,
          addedAt: at(),
          addedBy: { kind: 'user', id: member.user.id, name: member.user.email },
          lastMatchedAt: null,
        })),
        enabled: true,
        expiresAt: '2027-01-01T00:00:00.000Z',
        scopes: ['agents:read', 'messages:write', 'orders:read', 'orders:write'],
        publishableScopes: ['orders:read'],
        externalId: 'customer-42',
        metadata: { plan: 'pro', seats: 5 },
        rateLimit: { requests: 100, windowSeconds: 60 },
        budget: { credits: 9, per: 'month' },
        visitorBudget: null,
        spent: { credits: 0, since: '2026-11-01T00:00:00.000Z' },
        refuseSecretInBrowser: true,
        learningUntil: null,
        createdAt: at(),
        createdBy: { kind: 'user', id: member.user.id, name: member.user.email },
        revision: 1,
        lastUsedAt: null,
        lastUsedOrigin: null,
        previousSecret: null,
        secretSeenInBrowser: null,
        status: 'enabled',
      },
      secretKey: expect.stringMatching(/^sk_[0-9a-z]{64}$/) as unknown,
      warnings: [],
    });
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect([await meets(asPair(made)), await meets(asPage(made.key))]).toEqual(['ok', 'ok']);
    expect((await read(made.key.id)).name).toBe('Production Website');
  });

  test('only a name: safe defaults, no domains, so that it works only with its secret', async () => {
    const made = await create();
    expect(made.key).toMatchObject({
      allowedDomains: [],
      enabled: true,
      expiresAt: null,
      scopes: ['agents:read', 'messages:write'],
      publishableScopes: [],
      notes: '',
      tags: [],
      externalId: null,
      metadata: {},
      rateLimit: null,
      budget: { credits: 500, per: 'day' },
      visitorBudget: { credits: 200, per: 'day' },
      spent: { credits: 0, since: '2026-11-23T00:00:00.000Z' },
      refuseSecretInBrowser: false,
      learningUntil: null,
    });
    expect([await meets(asPair(made)), await meets(asPage(made.key))]).toEqual(['ok', 'origin_not_allowed']);
  });

  test('notes and tags reach neither visitors, nor calls with the key, nor the log', async () => {
    const agent = await server.createAgent(organizationId);
    const scopes = ['agents:read', 'messages:write', 'keys:verify'];
    const made = await create({ notes: 'canary-note', tags: ['canary-tag'], scopes, allowedDomains: ['shop.example'] });
    const body = { message: 'When do you open?' };
    const calls: readonly (readonly [string, string, object?])[] = [
      ['GET', '/api/v1/key'],
      ['GET', '/api/v1/agents'],
      ['POST', `/api/v1/agents/${agent.id}/messages`, body],
      ['GET', '/api/v1/models'],
      ['GET', `/api/v1/authorize?organization=${organizationId}`],
      ['POST', '/api/v1/keys/verify', { ...asPage(made.key), credential: made.key.publicKey, authorization: null }],
    ];
    for (const headers of [asPair(made), asPage(made.key)]) {
      for (const [method, path, sent] of calls) {
        const reply = await send(server, path, { method, headers, ...(sent && { body: sent }) });
        expect(JSON.stringify([reply.text, reply.headers])).not.toContain('canary');
      }
    }
    expect(server.logLines.join('')).not.toContain('canary');
    expect(await read(made.key.id)).toMatchObject({ notes: 'canary-note', tags: ['canary-tag'] });
  });

  test('the secret is nowhere afterwards: not in the key, the list, the audit log or the store', async () => {
    const made = await create({ allowedDomains: ['shop.example'] });
    const { id } = made.key;
    const texts = await Promise.all([`/${id}`, '', `/${id}/usage`].map(async (path) => (await ask('GET', path)).text));
    const { items } = await server.store.listAudit(organizationId, { limit: 1_000 });
    const record = (await stored(id))!;
    for (const text of [...texts, JSON.stringify(items)]) {
      expect(text).not.toContain(made.secretKey.slice(3, 40));
      expect(text).not.toContain(record.secret.hash);
      expect(text).not.toContain(record.secret.fingerprint);
    }
    expect(JSON.stringify(record)).not.toContain(made.secretKey.slice(3, 40));
  });

  test('a list of domains is taken as well as one text, and both may be empty', async () => {
    for (const [given, kept] of [
      [
        ['a.example', 'A.example', ' b.example '],
        ['a.example', 'b.example'],
      ],
      [[], []],
      ['', []],
      ['a.example,,b.example,', ['a.example', 'b.example']],
    ] as const) {
      expect((await create({ allowedDomains: given })).key.allowedDomains).toEqual(kept);
    }
  });

  test('warns of what is valid and probably not meant, to the field', async () => {
    const reply = await ask('POST', '', {
      name: 'A key',
      allowedDomains: ['*.shop.example', 'www.shop.example', 'localhost', 'codepen.io'],
    });
    expect(reply.json().warnings).toEqual([
      {
        pattern: 'www.shop.example',
        code: 'covered',
        message: '*.shop.example admits this already, so www.shop.example changes nothing.',
      },
      {
        pattern: 'localhost',
        code: 'loopback',
        message: 'localhost is on every visitor’s own computer. Give development a key of its own.',
      },
      {
        pattern: 'codepen.io',
        code: 'shared_host',
        message: 'Anyone can put a page on codepen.io, and that page may then use this key.',
      },
    ]);
  });

  test('every problem of a body at once, each at its place, and nothing is made', async () => {
    const body = {
      name: ' ',
      allowedDomains: ['ok.example', '*.com', '*'],
      expiresAt: 'tomorrow',
      scopes: ['All', 'agents:read'],
      rateLimit: { requests: 0, windowSeconds: 1.5, burst: 1 },
      budget: { credits: 0, per: 'week' },
      visitorBudget: { credits: 1.5, per: 'day', each: true },
      refuseSecretInBrowser: 'yes',
      allowedDomain: 'x.example',
    };
    await expectInvalid(
      () => ask('POST', '', body),
      [
        'name',
        'allowedDomains.1',
        'allowedDomains.2',
        'expiresAt',
        'scopes.0',
        'rateLimit.requests',
        'rateLimit.windowSeconds',
        'rateLimit.burst',
        'budget.credits',
        'budget.per',
        'visitorBudget.credits',
        'visitorBudget.each',
        'refuseSecretInBrowser',
        'allowedDomain',
      ],
    );
  });

  test('says what is wrong with a domain and what was probably meant', async () => {
    const reply = await ask('POST', '', { name: 'A key', allowedDomains: 'https://shop.example/app, a.example' });
    expect(reply.problem().problems).toEqual([
      {
        path: 'allowedDomains',
        message:
          'https://shop.example/app: Write only the domain: no path, user name or other signs. Did you mean https://shop.example?',
      },
    ]);
  });

  test.each<[string, object, readonly string[]]>([
    ['no name', {}, ['name']],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, ['name']],
    ['a list', [], ['']],
    [
      'what only the server sets',
      { name: 'x', id: 'key_1', publicKey: 'pk_1', secret: 'sk_1' },
      ['id', 'publicKey', 'secret'],
    ],
    [
      'what only an edit sets',
      { name: 'x', enabled: false, learningUntil: null, confirm: true },
      ['enabled', 'learningUntil', 'confirm'],
    ],
    ['an operator', { name: { $ne: '' } }, ['name']],
    ['an expiry that is past', { name: 'x', expiresAt: '2026-11-23T12:00:00Z' }, ['expiresAt']],
    ['an expiry without an offset', { name: 'x', expiresAt: '2027-01-01T00:00:00' }, ['expiresAt']],
    [
      '101 domains',
      { name: 'x', allowedDomains: Array.from({ length: 101 }, (_, n) => `a${n}.example`) },
      ['allowedDomains'],
    ],
    [
      'a limit of a second more than a day',
      { name: 'x', rateLimit: { requests: 1, windowSeconds: 86_401 } },
      ['rateLimit.windowSeconds'],
    ],
  ])('%s is refused', async (_name, body, paths) => {
    await expectInvalid(() => ask('POST', '', body), paths);
  });

  test('a body that is no JSON, or no body, is refused', async () => {
    const before = await countKeys();
    for (const [body, type, problem] of [
      ['', 'text/plain', 'There is no JSON body.'],
      ['name=x', 'application/x-www-form-urlencoded', 'There is no JSON body.'],
      ['{"name":', 'application/json', 'The body is not valid JSON.'],
    ] as const) {
      const headers = { 'content-type': type };
      const reply = await member.send(keysPath(), { method: 'POST', headers, body });
      expect([reply.status, reply.problem().problems]).toEqual([400, [{ path: '', message: problem }]]);
    }
    expect(await countKeys()).toBe(before);
  });

  test('more than 64 KiB is 413', async () => {
    const before = await countKeys();
    const reply = await ask('POST', '', { name: 'x'.repeat(64 * 1024) });
    expectRefused(reply, 'body_too_large', { fix: 'Send at most 64 KiB.' });
    expect(await countKeys()).toBe(before);
  });
});

describe('GET …/api-keys', () => {
  test('every key once, newest first, in pages, also while others are made; the last page says null', async () => {
    const ownId = await server.createOrganization();
    const viewer = await createMember(server, ownId, 'viewer');
    const add = async () => {
      server.clock.advance(1);
      const key = sampleKey(ownId, { id: `key_${server.clock().toString(36)}0000000000000000` });
      await server.store.createKey(key);
      return key;
    };
    const keys: KeyRecord[] = [];
    for (let count = 0; count < 5; count++) keys.unshift(await add());
    const pages: unknown[][] = [];
    for (let cursor = ''; ;) {
      const reply = await viewer.send(`/api/org/${ownId}/api-keys?limit=2${cursor}`);
      const { data, nextCursor } = reply.json() as { data: Key[]; nextCursor: string | null };
      pages.push(data.map(({ id }) => id));
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
      await add();
    }
    const ids = keys.map(({ id }) => id);
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    const whole = (await viewer.send(`/api/org/${ownId}/api-keys`)).json() as { data: Key[] };
    expect(whole).toMatchObject({ nextCursor: null });
    expect(whole.data.at(-1)).toEqual({
      id: ids.at(-1),
      name: 'Shop',
      publicKey: keys.at(-1)!.publicKey,
      secretHint: 'sk_…wxyz',
      allowedDomains: ['example.com', '*.example.com'],
      domains: [
        {
          pattern: 'example.com',
          label: 'Our own',
          expiresAt: '2126-10-30T12:00:00.000Z',
          addedAt: '2026-11-23T12:00:00.000Z',
          addedBy: { kind: 'user', id: 'usr_1', name: 'ada@example.com' },
          lastMatchedAt: '2026-11-23T12:00:00.000Z',
        },
        { pattern: '*.example.com', label: null, expiresAt: null, addedAt: null, addedBy: null, lastMatchedAt: null },
      ],
      enabled: true,
      expiresAt: null,
      scopes: ['agents:read', 'messages:write'],
      publishableScopes: [],
      notes: '',
      tags: [],
      externalId: null,
      metadata: {},
      rateLimit: null,
      budget: null,
      visitorBudget: null,
      spent: null,
      refuseSecretInBrowser: false,
      learningUntil: null,
      createdAt: toIsoTime(keys.at(-1)!.createdAt),
      createdBy: { kind: 'user', id: 'usr_1', name: 'owner@example.com' },
      revision: 1,
      lastUsedAt: null,
      lastUsedOrigin: null,
      previousSecret: null,
      secretSeenInBrowser: null,
      status: 'enabled',
    });
  });

  test('an organization without keys has an empty list', async () => {
    const ownId = await server.createOrganization();
    const viewer = await createMember(server, ownId, 'viewer');
    expect((await viewer.send(`/api/org/${ownId}/api-keys`)).json()).toEqual({
      data: [],
      nextCursor: null,
      total: 0,
      tags: [],
    });
  });

  test.each([
    ['limit=0&cursor=nothing', ['limit', 'cursor']],
    ['limit=101', ['limit']],
    ['limit=1.5', ['limit']],
    ['cursor=%00', ['cursor']],
  ])('?%s is refused', async (query, paths) => {
    await expectInvalid(() => ask('GET', `?${query}`), paths);
  });
});

describe('PATCH …/api-keys/{keyId}', () => {
  const inADay = '2026-11-24T12:00:00.000Z';

  test.each<[string, object, object]>([
    ['name', { name: ' Blog ' }, { name: 'Blog' }],
    ['allowedDomains as a list', { allowedDomains: ['Blog.example'] }, { allowedDomains: ['blog.example'] }],
    [
      'allowedDomains as one text',
      { allowedDomains: 'a.example, b.example' },
      { allowedDomains: ['a.example', 'b.example'] },
    ],
    ['allowedDomains to none', { allowedDomains: [] }, { allowedDomains: [] }],
    ['notes', { notes: ' Two\nlines ' }, { notes: 'Two\nlines' }],
    ['tags', { tags: ['live', 'Live', 'shop'] }, { tags: ['live', 'shop'] }],
    ['enabled', { enabled: false }, { enabled: false, status: 'disabled' }],
    ['expiresAt', { expiresAt: inADay }, { expiresAt: inADay }],
    ['expiresAt to never', { expiresAt: null }, { expiresAt: null }],
    ['scopes', { scopes: ['keys:manage'] }, { scopes: ['keys:manage'] }],
    ['scopes to none', { scopes: [] }, { scopes: [] }],
    ['rateLimit', { rateLimit: { requests: 5, windowSeconds: 1 } }, { rateLimit: { requests: 5, windowSeconds: 1 } }],
    ['rateLimit to none', { rateLimit: null }, { rateLimit: null }],
    ['visitorBudget', { visitorBudget: { credits: 2, per: 'hour' } }, { visitorBudget: { credits: 2, per: 'hour' } }],
    [
      'budget',
      { budget: { credits: 2, per: 'day' } },
      { budget: { credits: 2, per: 'day' }, spent: { credits: 0, since: '2026-11-23T00:00:00.000Z' } },
    ],
    ['refuseSecretInBrowser', { refuseSecretInBrowser: true }, { refuseSecretInBrowser: true }],
    ['learningUntil', { learningUntil: inADay }, { learningUntil: inADay }],
    ['several at once', { name: 'Two', enabled: false }, { name: 'Two', enabled: false, status: 'disabled' }],
    ['nothing', {}, {}],
    ['only confirm', { confirm: true }, {}],
  ])('%s, and nothing else', async (_name, body, changed) => {
    const key = await put({ expiresAt: server.clock() + 30 * dayMs, rateLimit: { requests: 1, windowSeconds: 1 } });
    const before = await read(key.id);
    const events = await countEvents();
    const reply = await ask('PATCH', `/${key.id}`, body);
    // What changed nothing is no event and no revision.
    const changes = Object.keys(changed).length === 0 ? 0 : 1;
    const domains = (changed as Partial<Key>).allowedDomains?.map(
      (pattern) => expect.objectContaining({ pattern, label: null }) as unknown,
    );
    const after = { ...before, ...changed, ...(domains && { domains }), revision: key.revision + changes };
    expect([reply.status, reply.json()]).toEqual([200, after]);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(await read(key.id)).toEqual(after);
    expect(await countEvents()).toBe(events + changes);
  });

  test('every problem at once, and nothing changes', async () => {
    const key = await put();
    const body = {
      name: '',
      allowedDomains: ['*'],
      enabled: 1,
      expiresAt: 5,
      scopes: 'all',
      rateLimit: {},
      refuseSecretInBrowser: null,
      learningUntil: 'soon',
      confirm: 'yes',
      publicKey: 'pk_1',
      $set: {},
    };
    await expectInvalid(
      () => ask('PATCH', `/${key.id}`, body),
      [
        'name',
        'allowedDomains.0',
        'enabled',
        'expiresAt',
        'scopes',
        'rateLimit.requests',
        'rateLimit.windowSeconds',
        'refuseSecretInBrowser',
        'learningUntil',
        'confirm',
        'publicKey',
        '$set',
      ],
    );
    expect(await stored(key.id)).toEqual(key);
  });

  test('an expiry or a learning time that is past, or learning for more than 14 days', async () => {
    const key = await put();
    const cases: readonly (readonly [string, number, string])[] = [
      ['expiresAt', 0, 'This time is past.'],
      ['learningUntil', 0, 'This time is past.'],
      ['learningUntil', 14 * dayMs + 1, 'At most 14 days from now.'],
    ];
    for (const [path, afterMs, message] of cases) {
      const reply = await ask('PATCH', `/${key.id}`, { [path]: at(afterMs), name: 'Changed' });
      expectRefused(reply, 'request_invalid', { problems: [{ path, message }] });
    }
    expect(await stored(key.id)).toEqual(key);
    expect((await ask('PATCH', `/${key.id}`, { learningUntil: at(14 * dayMs) })).status).toBe(200);
  });

  test('what only the clock or the key’s scopes tell is listed with the rest', async () => {
    const key = await put();
    const addDomains = [
      { pattern: 'a.example', expiresAt: at(0) },
      'b.example',
      { pattern: 'c.example', expiresAt: at(0) },
    ];
    const wrong = { expiresAt: at(0), addDomains, publishableScopes: ['orders:read'] };
    const paths = ['addDomains.0.expiresAt', 'addDomains.2.expiresAt', 'expiresAt', 'publishableScopes.0'];
    const pathsOf = (reply: Reply) =>
      reply
        .problem()
        .problems?.map(({ path }) => path)
        .toSorted();
    expect(pathsOf(await ask('POST', '', { name: 'Wrong', ...wrong }))).toEqual(paths);
    const changed = await ask('PATCH', `/${key.id}`, { ...wrong, learningUntil: at(0) });
    expect(pathsOf(changed)).toEqual([...paths, 'learningUntil'].toSorted());
    // Who is not at the newest key is told that first, with what it is now.
    const late = await ask('PATCH', `/${key.id}`, { publishableScopes: ['orders:read'], revision: key.revision - 1 });
    expect(late.problem().code).toBe('conflict');
    expect(await stored(key.id)).toEqual(key);
  });

  test('disabled, the very next call is refused, with the pair too; enabled, the next one works', async () => {
    const made = await create({ allowedDomains: 'shop.example' });
    const both = async () => [await meets(asPair(made)), await meets(asPage(made.key))];
    expect(await both()).toEqual(['ok', 'ok']);
    await ask('PATCH', `/${made.key.id}`, { enabled: false });
    expect(await both()).toEqual(['key_disabled', 'key_disabled']);
    await ask('PATCH', `/${made.key.id}`, { enabled: true });
    expect(await both()).toEqual(['ok', 'ok']);
  });

  test('domains, scopes, limit and browsers hold from the very next call', async () => {
    const made = await create({ allowedDomains: 'shop.example' });
    const edit = (body: object) => ask('PATCH', `/${made.key.id}`, body);
    expect(await meets(asPage(made.key))).toBe('ok');
    await edit({ allowedDomains: ['other.example'] });
    const codes = [await meets(asPage(made.key)), await meets(asPage(made.key, 'https://other.example'))];
    expect(codes).toEqual(['origin_not_allowed', 'ok']);
    await edit({ scopes: [] });
    const agents = await send(server, '/api/v1/agents', { headers: asPair(made) });
    expect(agents.problem().code).toBe('scope_missing');
    await edit({ refuseSecretInBrowser: true });
    expect(await meets({ ...asPair(made), origin: 'https://other.example' })).toBe('secret_in_browser');
    await edit({ rateLimit: { requests: 1, windowSeconds: 86_400 } });
    expect([await meets(asPair(made)), await meets(asPair(made))]).toEqual(['ok', 'rate_limited']);
  });

  test('an expiry ends the key by the clock, the list says so, and a later one brings it back', async () => {
    const made = await create({ allowedDomains: 'shop.example', expiresAt: at(1_000) });
    expect([await meets(asPair(made)), (await read(made.key.id)).status]).toEqual(['ok', 'enabled']);
    server.clock.advance(1_000);
    expect([await meets(asPair(made)), await meets(asPage(made.key))]).toEqual(['key_expired', 'key_expired']);
    expect((await read(made.key.id)).status).toBe('expired');
    await ask('PATCH', `/${made.key.id}`, { enabled: false });
    expect((await read(made.key.id)).status).toBe('disabled');
    await ask('PATCH', `/${made.key.id}`, { enabled: true, expiresAt: at(1_000) });
    expect([await meets(asPair(made)), (await read(made.key.id)).status]).toEqual(['ok', 'enabled']);
  });

  describe('of a key that somebody else changed meanwhile', () => {
    test('is refused with the key as it is now, and changes nothing', async () => {
      const key = await put({ allowedDomains: ['shop.example', 'old.example'] });
      const seenByBoth = await read(key.id);
      const removed = await ask('PATCH', `/${key.id}`, { removeDomains: ['old.example'], revision: 1 });
      expect([removed.status, removed.json()]).toEqual([
        200,
        { ...seenByBoth, allowedDomains: ['shop.example'], domains: seenByBoth.domains.slice(0, 1), revision: 2 },
      ]);
      const events = await countEvents();
      for (const body of [
        { allowedDomains: ['shop.example', 'old.example', 'new.example'] },
        { allowedDomains: ['shop.example'], confirm: true },
        { addDomains: ['new.example'] },
        { enabled: false },
        {},
      ]) {
        expectRefused(await ask('PATCH', `/${key.id}`, { ...body, revision: 1 }), 'conflict', {
          detail: 'Somebody else changed this key meanwhile.',
          fix: sentence,
          current: removed.json(),
        });
      }
      expect(await read(key.id)).toEqual(removed.json());
      expect(await countEvents()).toBe(events);
      expect((await ask('PATCH', `/${key.id}`, { addDomains: ['new.example'], revision: 2 })).json()).toMatchObject({
        allowedDomains: ['shop.example', 'new.example'],
        revision: 3,
      });
    });

    test('is refused also when both come at once: one of many is made', async () => {
      const key = await put({ allowedDomains: [] });
      const hosts = Array.from({ length: 10 }, (_, index) => `shop${index}.example`);
      const replies = await Promise.all(
        hosts.map((host) => ask('PATCH', `/${key.id}`, { allowedDomains: [host], revision: 1 })),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([200, ...hosts.slice(1).map(() => 409)]);
      const { allowedDomains, revision } = await read(key.id);
      const winner = replies.findIndex(({ status }) => status === 200);
      expect([allowedDomains, revision]).toEqual([[hosts[winner]], 2]);
      expect(replies.filter(({ status }) => status === 409).map((reply) => reply.problem())).toSatisfy(
        (problems: { current?: Key }[]) => problems.every(({ current }) => current?.revision === 2),
      );
    });

    test('a rotation is a change; a use is none', async () => {
      const key = await put();
      await server.store.addUsage({ days: [], activities: [sampleActivity(key, { lastUsedAt: server.clock() })] });
      expect(await read(key.id)).toMatchObject({ revision: 1, lastUsedAt: at() });
      expect((await ask('POST', `/${key.id}/rotate`)).json()).toMatchObject({ key: { revision: 2 } });
      expect((await ask('PATCH', `/${key.id}`, { name: 'Late', revision: 1 })).status).toBe(409);
    });
  });

  describe('by a pair that manages keys', () => {
    const refused = { detail: sentence, fix: sentence };
    const scopes = ['agents:read', 'keys:manage'];

    test('no other key gets that: not made, not changed, not by a new secret of one that has it', async () => {
      const manager = await create({ scopes });
      const { key: other } = await create({ scopes });
      const { key: plain } = await create();
      const asManager = (method: string, path: string, body: object) =>
        send(server, `${keysPath()}${path}`, { method, headers: asPair(manager), body });
      const before = [await countKeys(), await countEvents()];
      for (const reply of [
        await asManager('POST', '', { name: 'Minted', scopes }),
        await asManager('PATCH', `/${plain.id}`, { scopes }),
        await asManager('PATCH', `/${plain.id}`, { name: 'Changed', scopes: ['keys:manage'] }),
        await asManager('POST', `/${other.id}/rotate`, {}),
      ]) {
        expectRefused(reply, 'forbidden', refused);
      }
      expect([await countKeys(), await countEvents()]).toEqual(before);
      expect([await read(plain.id), await read(other.id)]).toEqual([plain, other]);
      // All else it may do, to itself too.
      const made = await asManager('POST', '', { name: 'Minted', scopes: ['usage:read'] });
      expect(made.json()).toMatchObject({ key: { createdBy: { kind: 'key', id: manager.key.id, name: 'A key' } } });
      expect((await asManager('PATCH', `/${other.id}`, { name: 'Renamed', scopes: ['keys:manage'] })).status).toBe(200);
      expect((await asManager('POST', `/${manager.key.id}/rotate`, {})).status).toBe(200);
    });
  });

  test.each(['a\0b', 'a\nb', 'invoice\u202Efdp', 'a\uD800b'])(
    'the name %j is refused, made and changed',
    async (name) => {
      const key = await put();
      await expectInvalid(() => ask('POST', '', { name }), ['name']);
      await expectInvalid(() => ask('PATCH', `/${key.id}`, { name }), ['name']);
    },
  );
});

describe('DELETE …/api-keys/{keyId}', () => {
  test('is permanent and immediate: the very next call is key_invalid, the key and its figures are gone', async () => {
    const made = await create({ allowedDomains: 'shop.example' });
    const { id } = made.key;
    expect([await meets(asPair(made)), await meets(asPage(made.key))]).toEqual(['ok', 'ok']);
    const reply = await ask('DELETE', `/${id}`);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect([await meets(asPair(made)), await meets(asPage(made.key))]).toEqual(['key_invalid', 'key_invalid']);
    const gone = { detail: 'This organization has no such key.' };
    expectRefused(await ask('GET', `/${id}`), 'not_found', gone);
    expectRefused(await ask('GET', `/${id}/usage`), 'not_found', gone);
    expectRefused(await ask('PATCH', `/${id}`, { enabled: true }), 'not_found', gone);
    expectRefused(await ask('POST', `/${id}/rotate`), 'not_found', gone);
    expectRefused(await ask('DELETE', `/${id}`), 'not_found', gone);
  });

  test('two at once: one deletes, the other finds nothing, and it is one event', async () => {
    const key = await put();
    const events = await countEvents();
    const replies = await Promise.all([ask('DELETE', `/${key.id}`), ask('DELETE', `/${key.id}`)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([204, 404]);
    expect(await countEvents()).toBe(events + 1);
  });
});

test('a store that does not take the event leaves the change unacknowledged', async () => {
  const key = await put();
  const failing = vi.spyOn(server.store, 'addAuditEvent').mockRejectedValueOnce(new Error('no'));
  const reply = await ask('PATCH', `/${key.id}`, { name: 'Changed' });
  failing.mockRestore();
  expectRefused(reply, 'internal');
});
