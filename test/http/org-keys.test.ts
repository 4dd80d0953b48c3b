/** `/api/org/{organizationId}/api-keys`: what members do with keys, and what the next call with a key meets. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dayMs, toIsoTime, toUtcDate } from '../../server/gate/clock.ts';
import type { ProblemCode } from '../../server/gate/problem.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { Key } from '../../server/http/wire.ts';
import { patternCases } from '../support/domain-cases.ts';
import { createMember, type Member } from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import { measureProcessorMs } from '../support/processor-time.ts';
import { send, type Reply, type RequestOptions } from '../support/requests.ts';
import { sampleActivity, sampleKey } from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let organizationId: string;
let member: Member;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization();
  member = await createMember(server, organizationId, 'member');
});
afterAll(() => server.stop());

const sentence: unknown = expect.stringMatching(/\S/);
const keysPath = () => `/api/org/${organizationId}/api-keys`;
const ask = (method: string, path = '', body?: RequestOptions['body']): Promise<Reply> =>
  member.send(`${keysPath()}${path}`, { method, ...(body !== undefined && { body }) });
const at = (afterMs = 0): string => toIsoTime(server.clock() + afterMs);

interface Made {
  readonly key: Key;
  readonly secretKey: string;
}

async function create(fields: object = {}): Promise<Made> {
  const reply = await ask('POST', '', { name: 'A key', ...fields });
  expect(reply.status).toBe(201);
  return reply.json() as unknown as Made;
}

/** A key in the store whose secret nobody has: for all that needs no secret, and costs none of its work. */
async function put(fields: Partial<KeyRecord> = {}): Promise<KeyRecord> {
  const key = sampleKey(organizationId, { createdAt: server.clock(), ...fields });
  await server.store.createKey(key);
  return key;
}

const read = async (id: string) => (await ask('GET', `/${id}`)).json() as unknown as Key;
const stored = (id: string) => server.store.findKey(organizationId, id);
const countKeys = async () => (await server.store.listKeys(organizationId, { limit: 1_000 })).items.length;
const countEvents = async () => (await server.store.listAudit(organizationId, { limit: 1_000 })).items.length;

const asPair = ({ key, secretKey }: Made) => ({ authorization: `Bearer ${key.publicKey}:${secretKey}` });
const asPage = ({ publicKey }: { readonly publicKey: string }, origin = 'https://shop.example') => ({
  authorization: `Bearer ${publicKey}`,
  origin,
});
/** What the next call of `/api/v1` with a key meets. */
async function meets(headers: Readonly<Record<string, string>>): Promise<string> {
  const reply = await send(server, '/api/v1/key', { headers });
  return reply.status === 200 ? 'ok' : reply.problem().code;
}

const expectRefused = (reply: Reply, code: ProblemCode, fields: object = {}) =>
  expectProblemBody(reply, server.publicOrigin, code, fields);

/** A refused body: exactly these places, and neither a key nor an event more. */
async function expectInvalid(asked: () => Promise<Reply>, paths: readonly string[]): Promise<void> {
  const before = [await countKeys(), await countEvents()];
  const reply = await asked();
  expectRefused(reply, 'request_invalid', { problems: paths.map((path) => ({ path, message: sentence })) });
  expect([await countKeys(), await countEvents()]).toEqual(before);
}

/** Figures as the meter writes them. */
async function seen(
  { id }: { readonly id: string },
  daysAgo: number,
  origins: Readonly<Record<string, readonly [accepted: number, refused: number]>>,
): Promise<void> {
  const lastSeenAt = server.clock() - daysAgo * dayMs;
  const list = Object.entries(origins).map(([origin, [accepted, refused]]) => ({
    origin,
    accepted,
    refused,
    lastSeenAt,
  }));
  const day = { organizationId, keyId: id, date: toUtcDate(lastSeenAt), accepted: 0, refused: {}, origins: list };
  await server.store.addUsage({ days: [day], activities: [] });
}

describe('POST …/api-keys', () => {
  test('all fields: the key to the field, its secret this once, and the pair works at the very next call', async () => {
    const reply = await ask('POST', '', {
      name: ' Production Website ',
      allowedDomains: ' Shop.Example, *.shop.example\nhttps://b\u00fccher.example:443/ ',
      expiresAt: '2027-01-01T01:00:00+01:00',
      scopes: ['agents:read', 'messages:write', 'agents:read', 'orders:read', 'orders:write'],
      publishableScopes: ['orders:read'],
      externalId: 'customer-42',
      metadata: { plan: 'pro', seats: 5 },
      rateLimit: { requests: 100, windowSeconds: 60 },
      refuseSecretInBrowser: true,
    });
    const made = reply.json() as unknown as Made;
    expect(made).toEqual({
      key: {
        id: expect.stringMatching(/^key_[0-9a-z]{25}$/) as unknown,
        name: 'Production Website',
        publicKey: expect.stringMatching(/^pk_[0-9a-z]{32}$/) as unknown,
        secretHint: `sk_…${made.secretKey.slice(-4)}`,
        allowedDomains: ['shop.example', '*.shop.example', 'https://xn--bcher-kva.example'],
        enabled: true,
        expiresAt: '2027-01-01T00:00:00.000Z',
        scopes: ['agents:read', 'messages:write', 'orders:read', 'orders:write'],
        publishableScopes: ['orders:read'],
        externalId: 'customer-42',
        metadata: { plan: 'pro', seats: 5 },
        rateLimit: { requests: 100, windowSeconds: 60 },
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
      externalId: null,
      metadata: {},
      rateLimit: null,
      refuseSecretInBrowser: false,
      learningUntil: null,
    });
    expect([await meets(asPair(made)), await meets(asPage(made.key))]).toEqual(['ok', 'origin_not_allowed']);
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
      enabled: true,
      expiresAt: null,
      scopes: ['agents:read', 'messages:write'],
      publishableScopes: [],
      externalId: null,
      metadata: {},
      rateLimit: null,
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
    expect((await viewer.send(`/api/org/${ownId}/api-keys`)).json()).toEqual({ data: [], nextCursor: null });
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
    ['enabled', { enabled: false }, { enabled: false, status: 'disabled' }],
    ['expiresAt', { expiresAt: inADay }, { expiresAt: inADay }],
    ['expiresAt to never', { expiresAt: null }, { expiresAt: null }],
    ['scopes', { scopes: ['keys:manage'] }, { scopes: ['keys:manage'] }],
    ['scopes to none', { scopes: [] }, { scopes: [] }],
    ['rateLimit', { rateLimit: { requests: 5, windowSeconds: 1 } }, { rateLimit: { requests: 5, windowSeconds: 1 } }],
    ['rateLimit to none', { rateLimit: null }, { rateLimit: null }],
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
    const after = { ...before, ...changed, revision: key.revision + changes };
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
        { ...seenByBoth, allowedDomains: ['shop.example'], revision: 2 },
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

  describe('by what is added and removed', () => {
    test.each<[string, object, readonly string[]]>([
      [
        'adds, as it would be written whole',
        { addDomains: [' New.Example ', 'a.example'] },
        ['a.example', 'b.example', 'new.example'],
      ],
      ['removes, however it is written', { removeDomains: [' B.Example ', 'https://none.example'] }, ['a.example']],
      ['both', { addDomains: ['c.example'], removeDomains: ['a.example'] }, ['b.example', 'c.example']],
      ['nothing', { addDomains: [], removeDomains: [] }, ['a.example', 'b.example']],
    ])('%s', async (_name, body, allowedDomains) => {
      const key = await put({ allowedDomains: ['a.example', 'b.example'] });
      expect((await ask('PATCH', `/${key.id}`, body)).json()).toMatchObject({ allowedDomains });
      expect(await stored(key.id)).toMatchObject({ allowedDomains });
    });

    test.each<[string, object, readonly string[]]>([
      ['the whole list too', { allowedDomains: [], addDomains: ['c.example'] }, ['allowedDomains']],
      ['one entry both ways', { addDomains: ['c.example'], removeDomains: ['C.example'] }, ['removeDomains']],
      ['entries that are none', { addDomains: ['*', 'c.example'] }, ['addDomains.0']],
      ['no list', { addDomains: 'c.example', removeDomains: 'a.example' }, ['addDomains', 'removeDomains']],
      ['a revision that is none', { addDomains: ['c.example'], revision: 'x' }, ['revision']],
      ['more than a key has room for', { addDomains: ['last.example', 'over.example'] }, ['addDomains']],
    ])('%s is refused', async (_name, body, paths) => {
      const allowedDomains = Array.from({ length: 99 }, (_, index) => `a${index}.example`);
      const key = await put({ allowedDomains });
      await expectInvalid(() => ask('PATCH', `/${key.id}`, body), paths);
      expect(await stored(key.id)).toEqual(key);
    });

    test('an entry that no longer parses can be removed as it stands', async () => {
      const key = await put({ allowedDomains: ['a.example', '*.*'] });
      expect((await ask('PATCH', `/${key.id}`, { removeDomains: ['*.*'] })).json()).toMatchObject({
        allowedDomains: ['a.example'],
      });
    });

    // Fails for a list that is read, changed and written back.
    test('many at once all stay', async () => {
      const key = await put({ allowedDomains: ['first.example', 'gone.example'] });
      const hosts = Array.from({ length: 12 }, (_, index) => `shop${index}.example`);
      const changes = [{ removeDomains: ['gone.example'] }, ...hosts.map((host) => ({ addDomains: [host] }))];
      const replies = await Promise.all(changes.map((body) => ask('PATCH', `/${key.id}`, body)));
      expect(replies.map(({ status }) => status)).toEqual(changes.map(() => 200));
      const { allowedDomains, revision } = (await stored(key.id))!;
      expect([[...allowedDomains].sort(), revision]).toEqual([['first.example', ...hosts].sort(), 14]);
    });

    test('a removal that would block a seen origin needs confirm', async () => {
      const key = await put({ allowedDomains: ['shop.example', 'blog.example'] });
      await seen(key, 1, { 'https://blog.example': [3, 0] });
      const body = { removeDomains: ['blog.example'], addDomains: ['new.example'] };
      expectRefused(await ask('PATCH', `/${key.id}`, body), 'conflict', {
        detail: sentence,
        fix: sentence,
        replay: [{ origin: 'https://blog.example', requests: 3, allowed: false }],
      });
      expect(await stored(key.id)).toEqual(key);
      expect((await ask('PATCH', `/${key.id}`, { ...body, confirm: true })).json()).toMatchObject({
        allowedDomains: ['shop.example', 'new.example'],
      });
    });
  });

  describe('a change of domains', () => {
    const replay = [
      { origin: 'https://blog.example', requests: 12, allowed: false },
      { origin: 'https://evil.example', requests: 9, allowed: false },
      { origin: 'https://shop.example', requests: 5, allowed: true },
    ];

    async function putSeen(): Promise<KeyRecord> {
      const key = await put({ allowedDomains: ['shop.example', 'blog.example'] });
      await seen(key, 1, {
        'https://shop.example': [5, 0],
        'https://blog.example': [7, 1],
        'https://evil.example': [0, 9],
      });
      await seen(key, 29, { 'https://blog.example': [4, 0] });
      return key;
    }

    test('that would block a seen origin is 409 with what it would do; nothing in that request is saved', async () => {
      const key = await putSeen();
      const events = await countEvents();
      for (const confirm of [{}, { confirm: false }]) {
        const body = { allowedDomains: ['shop.example'], name: 'Changed', ...confirm };
        expectRefused(await ask('PATCH', `/${key.id}`, body), 'conflict', {
          detail: 'This blocks 1 origin that used the key in the last 30 days (12 requests).',
          fix: 'Keep their domains in the list, or send the change again with "confirm": true.',
          replay,
        });
      }
      expect(await stored(key.id)).toEqual(key);
      expect(await countEvents()).toBe(events);
    });

    test('confirmed, is saved and holds at once', async () => {
      const key = await putSeen();
      const reply = await ask('PATCH', `/${key.id}`, { allowedDomains: ['shop.example'], confirm: true });
      expect([reply.status, reply.json().allowedDomains]).toEqual([200, ['shop.example']]);
      expect(await meets(asPage(key, 'https://blog.example'))).toBe('origin_not_allowed');
    });

    test('that blocks nobody new needs no confirmation', async () => {
      const key = await putSeen();
      const body = { allowedDomains: ['shop.example', 'https://blog.example', 'more.example'] };
      expect((await ask('PATCH', `/${key.id}`, body)).status).toBe(200);
    });

    test('that leaves blocked what is blocked already needs no second one', async () => {
      const key = await putSeen();
      await ask('PATCH', `/${key.id}`, { allowedDomains: ['shop.example'], confirm: true });
      // Of a learning time that ended, too, there are accepted origins that no domain admits.
      await seen(key, 0, { 'https://learnt.example': [8, 0] });
      const body = { allowedDomains: ['shop.example', 'more.example'] };
      expect((await ask('PATCH', `/${key.id}`, body)).status).toBe(200);
      const less = await ask('PATCH', `/${key.id}`, { allowedDomains: ['more.example'] });
      expect(less.problem().detail).toBe('This blocks 1 origin that used the key in the last 30 days (5 requests).');
    });

    test('from refused origins alone, or from more than 30 days ago, needs none either', async () => {
      const key = await put({ allowedDomains: ['shop.example', 'old.example'] });
      await seen(key, 1, { 'https://evil.example': [0, 100] });
      await seen(key, 31, { 'https://old.example': [100, 0] });
      expect((await ask('PATCH', `/${key.id}`, { allowedDomains: ['shop.example'] })).status).toBe(200);
    });
  });
});

describe('a list of nothing but mistakes', () => {
  const asText = '!,'.repeat(20_000);
  const asArray = Array<string>(15_000).fill('!');

  test.each<[string, string, string, object]>([
    ['a new key', 'POST', '', { name: 'x', allowedDomains: asText }],
    ['a new key, as an array', 'POST', '', { name: 'x', allowedDomains: asArray }],
    ['a change', 'PATCH', '/{key}', { allowedDomains: asText }],
    ['a change, as an array', 'PATCH', '/{key}', { allowedDomains: asArray }],
    ['a preview', 'POST', '/{key}/domains/preview', { allowedDomains: asText }],
    ['a preview, as an array', 'POST', '/{key}/domains/preview', { allowedDomains: asArray }],
    ['an array of no texts', 'POST', '', { name: 'x', allowedDomains: Array<number>(30_000).fill(1) }],
  ])('%s: refused at once, with at most 50 problems', async (_name, method, path, body) => {
    const { id } = await put();
    let reply: Reply | undefined;
    const ms = await measureProcessorMs(async () => (reply = await ask(method, path.replace('{key}', id), body)));
    expect(reply?.status).toBe(400);
    const { problems = [] } = reply!.problem();
    expect(problems.length).toBeLessThanOrEqual(50);
    if (!path.endsWith('preview') && typeof body === 'object' && !JSON.stringify(body).includes('1,1'))
      expect(problems[0]).toEqual({ path: 'allowedDomains', message: 'A key has at most 100 allowed domains.' });
    expect(ms).toBeLessThan(250);
  });
});

describe('POST …/domains/preview', () => {
  const preview = (id: string, allowedDomains: unknown) => ask('POST', `/${id}/domains/preview`, { allowedDomains });

  test('says of each entry what it is, or by its code why it is none: every code there is', async () => {
    const key = await put();
    const reply = await preview(
      key.id,
      patternCases.map(({ pattern }) => pattern),
    );
    expect(reply.json()).toEqual({
      patterns: patternCases.map(({ pattern, normalized, problem }) => ({
        pattern: pattern.trim(),
        normalized,
        problem,
      })),
      replay: [],
    });
    expect(reply.headers['cache-control']).toBe('no-store');
    const codes = new Set(patternCases.map(({ problem }) => problem));
    // `null` among them: an entry without a problem.
    expect(codes.size).toBe(19);
  });

  test('reads one text as a list, and says what the list would do to the origins of the last 30 days', async () => {
    const key = await put({ allowedDomains: ['shop.example'] });
    await seen(key, 0, { 'https://shop.example': [3, 0], 'https://blog.example': [0, 9] });
    await seen(key, 31, { 'https://old.example': [9, 0] });
    const reply = await preview(key.id, ' Blog.Example , *.com,, ');
    expect([reply.status, reply.json()]).toEqual([
      200,
      {
        patterns: [
          { pattern: 'Blog.Example', normalized: 'blog.example', problem: null },
          { pattern: '*.com', normalized: null, problem: 'wildcard_single_label' },
        ],
        replay: [
          { origin: 'https://blog.example', requests: 9, allowed: true },
          { origin: 'https://shop.example', requests: 3, allowed: false },
        ],
      },
    ]);
    expect(await stored(key.id)).toEqual(key);
  });

  test.each<[object, readonly string[]]>([
    [{}, ['allowedDomains']],
    [{ allowedDomains: 1 }, ['allowedDomains']],
    [{ allowedDomains: 'a.example '.repeat(101) }, ['allowedDomains']],
    [{ allowedDomains: Array<string>(101).fill('a.example') }, ['allowedDomains']],
    [{ allowedDomains: [], confirm: true }, ['confirm']],
  ])('%j is refused', async (body, paths) => {
    const key = await put();
    await expectInvalid(() => ask('POST', `/${key.id}/domains/preview`, body), paths);
  });
});

describe('POST …/rotate', () => {
  const rotate = (id: string, body?: object) => ask('POST', `/${id}/rotate`, body);

  test('a new secret this once, for the same key; the previous one works until its grace ends by the clock', async () => {
    const made = await create({ allowedDomains: 'shop.example' });
    const reply = await rotate(made.key.id, { graceSeconds: 60 });
    const rotated = reply.json() as unknown as Made;
    expect([reply.status, rotated]).toEqual([
      200,
      {
        key: {
          ...made.key,
          secretHint: `sk_…${rotated.secretKey.slice(-4)}`,
          previousSecret: { expiresAt: at(60_000), lastUsedAt: null },
          revision: 2,
        },
        secretKey: expect.stringMatching(/^sk_[0-9a-z]{64}$/) as unknown,
      },
    ]);
    expect(rotated.secretKey).not.toBe(made.secretKey);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect([await meets(asPair(made)), await meets(asPair(rotated))]).toEqual(['ok', 'ok']);
    server.clock.advance(59_999);
    expect(await meets(asPair(made))).toBe('ok');
    server.clock.advance(1);
    expect([await meets(asPair(made)), await meets(asPair(rotated))]).toEqual(['key_invalid', 'ok']);
    expect(await read(made.key.id)).toMatchObject({ previousSecret: null });
  });

  test('with a grace of 0 the previous one is refused at the very next call, also where it was proven before', async () => {
    const made = await create();
    expect(await meets(asPair(made))).toBe('ok');
    const rotated = (await rotate(made.key.id, { graceSeconds: 0 })).json() as unknown as Made;
    expect(rotated.key).toMatchObject({ previousSecret: null });
    expect([await meets(asPair(made)), await meets(asPair(rotated))]).toEqual(['key_invalid', 'ok']);
  });

  test('without a body, and with an empty one, the grace is a day; the longest is 30 days', async () => {
    const key = await put();
    const untilOf = async (body?: object) => {
      const reply = await rotate(key.id, body);
      expect(reply.status).toBe(200);
      return (reply.json() as unknown as Made).key.previousSecret?.expiresAt;
    };
    expect(await untilOf()).toBe(at(dayMs));
    // As `fetch` sends it.
    const headers = { 'content-length': '0' };
    const empty = await member.send(`${keysPath()}/${key.id}/rotate`, { method: 'POST', headers });
    expect([empty.status, (empty.json() as unknown as Made).key.previousSecret?.expiresAt]).toEqual([200, at(dayMs)]);
    expect(await untilOf({})).toBe(at(dayMs));
    expect(await untilOf({ graceSeconds: 2_592_000 })).toBe(at(30 * dayMs));
  });

  test.each<[string, object, readonly string[]]>([
    ['a second more than 30 days', { graceSeconds: 2_592_001 }, ['graceSeconds']],
    ['less than nothing', { graceSeconds: -1 }, ['graceSeconds']],
    ['half a second', { graceSeconds: 0.5 }, ['graceSeconds']],
    ['null', { graceSeconds: null }, ['graceSeconds']],
    ['an unknown field', { grace: 5 }, ['grace']],
    ['a list', [], ['']],
  ])('%s is refused, and the secret is the one it was', async (_name, body, paths) => {
    const key = await put();
    await expectInvalid(() => rotate(key.id, body), paths);
    expect(await stored(key.id)).toEqual(key);
  });

  test('a body that is no JSON is not taken for none', async () => {
    const key = await put();
    for (const [body, type] of [
      ['{"graceSeconds":0}', 'text/plain'],
      ['graceSeconds=0', 'application/x-www-form-urlencoded'],
    ] as const) {
      const request = { method: 'POST', body, headers: { 'content-type': type } };
      const reply = await member.send(`${keysPath()}/${key.id}/rotate`, request);
      expect([reply.status, reply.problem().code]).toEqual([400, 'request_invalid']);
    }
    expect(await stored(key.id)).toEqual(key);
  });

  test('two at once: one rotates, the other is a conflict, and the secret handed out is the one that works', async () => {
    const made = await create();
    const replies = await Promise.all([rotate(made.key.id), rotate(made.key.id)]);
    const refused = replies.find(({ status }) => status !== 200)!;
    expectRefused(refused, 'conflict', {
      detail: 'Somebody else rotated this key at the same time.',
      fix: 'Reload the key, and rotate it again if the other secret is not the one you want.',
    });
    const rotated = replies.find(({ status }) => status === 200)!.json() as unknown as Made;
    expect(await meets(asPair(rotated))).toBe('ok');
  });
});

describe('how its secrets are used', () => {
  const secrets = async (id: string) => {
    const { previousSecret, secretSeenInBrowser } = await read(id);
    return { previousSecret, secretSeenInBrowser };
  };

  test('says whether the previous secret is still in use, for as long as it works', async () => {
    const made = await create();
    expect(await secrets(made.key.id)).toEqual({ previousSecret: null, secretSeenInBrowser: null });
    await ask('POST', `/${made.key.id}/rotate`, { graceSeconds: 3_600 });
    const expiresAt = at(3_600_000);
    expect(await secrets(made.key.id)).toEqual({
      previousSecret: { expiresAt, lastUsedAt: null },
      secretSeenInBrowser: null,
    });
    server.clock.advance(1_000);
    expect(await meets(asPair(made))).toBe('ok');
    const used = { previousSecret: { expiresAt, lastUsedAt: at() }, secretSeenInBrowser: null };
    await expect.poll(() => secrets(made.key.id)).toEqual(used);
    server.clock.advance(3_599_000);
    expect(await secrets(made.key.id)).toEqual({ previousSecret: null, secretSeenInBrowser: null });
  });

  test('a secret rotated twice is forgotten, and a new rotation begins with no use', async () => {
    const made = await create();
    await ask('POST', `/${made.key.id}/rotate`);
    expect(await meets(asPair(made))).toBe('ok');
    await expect.poll(() => stored(made.key.id)).toMatchObject({ previousSecretUsedAt: server.clock() });
    await ask('POST', `/${made.key.id}/rotate`);
    expect(await secrets(made.key.id)).toMatchObject({ previousSecret: { lastUsedAt: null } });
    expect(await meets(asPair(made))).toBe('key_invalid');
  });

  test('says when and from which page a browser sent the secret', async () => {
    const made = await create();
    expect(await meets({ ...asPair(made), origin: 'https://leaky.example' })).toBe('ok');
    const seenInBrowser = { at: at(), origin: 'https://leaky.example' };
    await expect.poll(() => secrets(made.key.id)).toEqual({ previousSecret: null, secretSeenInBrowser: seenInBrowser });
    server.clock.advance(1_000);
    expect(await meets({ ...asPair(made), origin: 'null' })).toBe('ok');
    const opaque = { previousSecret: null, secretSeenInBrowser: { at: at(), origin: null } };
    await expect.poll(() => secrets(made.key.id)).toEqual(opaque);
    // It was the secret that is replaced now.
    const rotated = await ask('POST', `/${made.key.id}/rotate`, { graceSeconds: 0 });
    expect(rotated.json()).toMatchObject({ key: { secretSeenInBrowser: null } });
    expect(await secrets(made.key.id)).toEqual({ previousSecret: null, secretSeenInBrowser: null });
  });
});

describe('last use', () => {
  test('of an accepted call, with its page’s origin, and of no refused one', async () => {
    const made = await create({ allowedDomains: 'shop.example' });
    await meets(asPage(made.key));
    const lastUsedAt = at();
    const lastUsed = { lastUsedAt, lastUsedOrigin: 'https://shop.example' };
    await expect.poll(() => read(made.key.id)).toMatchObject(lastUsed);
    server.clock.advance(1_000);
    expect(await meets(asPage(made.key, 'https://evil.example'))).toBe('origin_not_allowed');
    const refusals = async () => {
      const { days } = (await ask('GET', `/${made.key.id}/usage?days=1`)).json();
      return days;
    };
    await expect.poll(refusals).toMatchObject([{ refused: { origin_not_allowed: 1 } }]);
    expect(await read(made.key.id)).toMatchObject(lastUsed);
    await meets(asPair(made));
    await expect.poll(() => read(made.key.id)).toMatchObject({ lastUsedAt: at(), lastUsedOrigin: null });
  });
});

describe('learning mode', () => {
  test('admits and lists unknown pages until it ends, from where one allows them', async () => {
    const made = await create({ allowedDomains: 'shop.example' });
    const page = asPage(made.key, 'https://new.example');
    expect(await meets(page)).toBe('origin_not_allowed');
    const reply = await ask('PATCH', `/${made.key.id}`, { learningUntil: at(60_000) });
    expect(reply.json()).toMatchObject({ learningUntil: at(60_000) });
    expect(await meets(page)).toBe('ok');
    const origins = async () => (await ask('GET', `/${made.key.id}/usage`)).json().origins;
    const listed = { origin: 'https://new.example', accepted: 1, refused: 1, lastSeenAt: at(), allowed: false };
    await expect.poll(origins).toEqual([listed]);
    // Stopping it early is an edit like any other.
    await ask('PATCH', `/${made.key.id}`, { learningUntil: null });
    expect(await meets(page)).toBe('origin_not_allowed');
    await ask('PATCH', `/${made.key.id}`, { learningUntil: at(60_000) });
    server.clock.advance(60_000);
    expect(await meets(page)).toBe('origin_not_allowed');
    const allowedDomains = ['shop.example', 'new.example'];
    expect((await ask('PATCH', `/${made.key.id}`, { allowedDomains })).status).toBe(200);
    expect(await meets(page)).toBe('ok');
    await expect.poll(origins).toMatchObject([{ origin: 'https://new.example', allowed: true }]);
  });
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
