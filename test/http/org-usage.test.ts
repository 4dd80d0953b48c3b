/** `…/usage`, `…/usage.csv` and `…/credits`: what the keys did, and what it cost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayMs, toIsoTime, toUtcDate } from '../../server/gate/clock.ts';
import type { ProblemCode } from '../../server/gate/problem.ts';
import type { KeyEvidence } from '../../server/http/wire.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import type { OriginUsage, UsageDay } from '../../server/records/usage-day.ts';
import { createMember, openClient, type Member } from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import { send, type Reply } from '../support/requests.ts';
import { sampleKey } from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let organizationId: string;
let owner: Member;
let viewer: Member;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization(50);
  owner = await createMember(server, organizationId, 'owner');
  viewer = await createMember(server, organizationId, 'viewer');
});
afterAll(() => server.stop());

const sentence: unknown = expect.stringMatching(/\S/);
const get = (path: string, reader = viewer): Promise<Reply> => reader.send(`/api/org/${organizationId}${path}`);
const dateOf = (daysAgo: number): string => toUtcDate(server.clock() - daysAgo * dayMs);

async function put(fields: Partial<KeyRecord> = {}, id = organizationId): Promise<KeyRecord> {
  // Each a millisecond later, so that the order of the list is the order in which they were made.
  server.clock.advance(1);
  const keyId = `key_${server.clock().toString(36)}0000000000000000`;
  const key = sampleKey(id, { id: keyId, createdAt: server.clock(), ...fields });
  await server.store.createKey(key);
  return key;
}

/** Figures as the meter writes them. */
async function used(key: KeyRecord, daysAgo: number, figures: Partial<UsageDay>): Promise<void> {
  const { organizationId: id, id: keyId } = key;
  const day = { organizationId: id, keyId, date: dateOf(daysAgo), accepted: 0, refused: {}, origins: [], ...figures };
  await server.store.addUsage({ days: [day], activities: [] });
}

const origin = (text: string, accepted: number, refused: number, daysAgo = 0): OriginUsage => ({
  origin: text,
  accepted,
  refused,
  lastSeenAt: server.clock() - daysAgo * dayMs,
});

const expectRefused = (reply: Reply, code: ProblemCode, fields: object = {}) =>
  expectProblemBody(reply, server.publicOrigin, code, fields);

const badDays = ['days=0', 'days=91', 'days=-1', 'days=1.5', 'days=x', 'days=', 'days=1&days=2', 'days[$gt]=1&days=x'];
const atDays = { problems: [{ path: 'days', message: sentence }] };

describe('GET …/api-keys/{keyId}/usage', () => {
  test('every day of the range, oldest first, also those without requests, refusals by their code', async () => {
    const key = await put();
    await used(key, 0, { accepted: 3, refused: { origin_not_allowed: 2, rate_limited: 1 } });
    await used(key, 2, { accepted: 1 });
    await used(key, 3, { accepted: 99 });
    const reply = await get(`/api-keys/${key.id}/usage?days=3`);
    expect([reply.status, reply.json()]).toEqual([
      200,
      {
        days: [
          { date: dateOf(2), accepted: 1, refused: {} },
          { date: dateOf(1), accepted: 0, refused: {} },
          { date: dateOf(0), accepted: 3, refused: { origin_not_allowed: 2, rate_limited: 1 } },
        ],
        origins: [],
        installations: [],
        evidence: {
          calls: 0,
          withoutBrowserHeaders: 0,
          addressedCalls: 0,
          mostScripted: null,
          days: [
            { date: dateOf(0), calls: 0, withoutBrowserHeaders: 0, addressedCalls: 0, groups: [] },
            { date: dateOf(1), calls: 0, withoutBrowserHeaders: 0, addressedCalls: 0, groups: [] },
          ],
        },
      },
    ]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
  });

  test('30 days where none are named; 1 and 90 are the bounds, today included', async () => {
    const key = await put();
    const datesOf = async (query: string) => {
      const { days } = (await get(`/api-keys/${key.id}/usage${query}`)).json() as { days: { date: string }[] };
      return [days.length, days.at(0)?.date, days.at(-1)?.date];
    };
    expect(await datesOf('')).toEqual([30, dateOf(29), dateOf(0)]);
    expect(await datesOf('?days=1')).toEqual([1, dateOf(0), dateOf(0)]);
    expect(await datesOf('?days=90')).toEqual([90, dateOf(89), dateOf(0)]);
  });

  test('origins of all these days together, busiest first, and whether the domains of now admit them', async () => {
    const key = await put({ allowedDomains: ['shop.example', 'old.example'] });
    await used(key, 0, { origins: [origin('https://shop.example', 2, 0), origin('https://new.example', 0, 4)] });
    await used(key, 1, { origins: [origin('https://old.example', 9, 1, 1), origin('https://shop.example', 1, 2, 1)] });
    await used(key, 5, { origins: [origin('https://shop.example', 100, 0, 5)] });
    const read = async () => (await get(`/api-keys/${key.id}/usage?days=2`)).json().origins;
    const at = (daysAgo: number) => toIsoTime(server.clock() - daysAgo * dayMs);
    const figures = [
      { origin: 'https://old.example', accepted: 9, refused: 1, lastSeenAt: at(1), allowed: true },
      { origin: 'https://shop.example', accepted: 3, refused: 2, lastSeenAt: at(0), allowed: true },
      { origin: 'https://new.example', accepted: 0, refused: 4, lastSeenAt: at(0), allowed: false },
    ];
    expect(await read()).toEqual(figures);
    await server.keys.edit(organizationId, key.id, {
      allowedDomains: ['*.shop.example', 'new.example'],
      confirm: true,
    });
    const allowed = [false, false, true];
    expect(await read()).toEqual(figures.map((figure, index) => ({ ...figure, allowed: allowed[index] })));
  });

  test('counts real calls, accepted and refused by code, under the day of the clock', async () => {
    const key = await server.createKey(organizationId, { allowedDomains: ['shop.example'] });
    const call = (from: string) => send(server, '/api/v1/agents', { headers: key.from(from) });
    await call('https://shop.example');
    await call('https://shop.example');
    await call('https://evil.example');
    await call('null');
    const lastSeenAt = toIsoTime(server.clock());
    await expect
      .poll(async () => (await get(`/api-keys/${key.id}/usage?days=1`)).json())
      .toMatchObject({
        days: [{ date: dateOf(0), accepted: 2, refused: { origin_not_allowed: 1, origin_opaque: 1 } }],
        origins: [
          { origin: 'https://shop.example', accepted: 2, refused: 0, lastSeenAt, allowed: true },
          { origin: 'https://evil.example', accepted: 0, refused: 1, lastSeenAt, allowed: false },
        ],
      });
  });

  test('the evidence of all days, and the busiest groups of today and yesterday by what they did for certain', async () => {
    const key = await put();
    const evidenceOf = (calls: number, groups: readonly (readonly [string, number, number])[]) => ({
      calls,
      withoutBrowserHeaders: calls - 1,
      addressedCalls: calls,
      groups: groups.map(([digest, made, overcount]) => ({ digest, calls: made, overcount })),
    });
    const many = Array.from({ length: 25 }, (_, index) => [`g${String(index)}`, 50 - index, 0] as const);
    await used(key, 0, { evidence: evidenceOf(2_000, [['likely', 60, 55], ['lately', 9, 9], ...many]) });
    await used(key, 1, { evidence: evidenceOf(20, [['other', 20, 0]]) });
    await used(key, 2, { evidence: evidenceOf(200, [['forgotten', 200, 0]]) });
    await used(key, 3, { evidence: evidenceOf(9_000, []) });
    const { evidence } = (await get(`/api-keys/${key.id}/usage?days=3`)).json();
    expect(evidence).toEqual({
      calls: 2_220,
      withoutBrowserHeaders: 2_217,
      addressedCalls: 2_220,
      mostScripted: { date: dateOf(0), calls: 2_000, withoutBrowserHeaders: 1_999 },
      days: [
        {
          date: dateOf(0),
          calls: 2_000,
          withoutBrowserHeaders: 1_999,
          addressedCalls: 2_000,
          groups: many.slice(0, 20).map(([id, calls]) => ({ id, calls })),
        },
        {
          date: dateOf(1),
          calls: 20,
          withoutBrowserHeaders: 19,
          addressedCalls: 20,
          groups: [{ id: 'other', calls: 20 }],
        },
      ],
    });
    const today = (await get(`/api-keys/${key.id}/usage?days=1`)).json();
    expect(today).toMatchObject({ evidence: { calls: 2_000, days: [{ date: dateOf(0) }] } });
  });

  // Fails for one that takes the day with the greatest share, or with the most calls without, of a busy day with old browsers.
  test('the day of the range that scripts called most is there after days, and none where none called', async () => {
    const key = await put();
    const told = (calls: number, withoutBrowserHeaders: number) => ({
      evidence: { calls, withoutBrowserHeaders, addressedCalls: 0, groups: [] },
    });
    const mostScripted = async (range: number): Promise<unknown> =>
      ((await get(`/api-keys/${key.id}/usage?days=${range}`)).json().evidence as KeyEvidence).mostScripted;
    await used(key, 0, told(99, 99));
    await used(key, 1, told(1_000_000, 30_000));
    expect(await mostScripted(30)).toBe(null);
    await used(key, 3, told(14_000, 12_880));
    await used(key, 4, told(100, 100));
    await used(key, 5, told(99_000, 19_000));
    expect(await mostScripted(30)).toEqual({ date: dateOf(3), calls: 14_000, withoutBrowserHeaders: 12_880 });
    expect(await mostScripted(3)).toBe(null);
  });

  test.each(badDays)('?%s is refused', async (query) => {
    const key = await put();
    expectRefused(await get(`/api-keys/${key.id}/usage?${query}`), 'request_invalid', atDays);
  });
});

describe('GET …/usage', () => {
  test('every key with its days, in the pages and the order of the list of keys', async () => {
    const ownId = await server.createOrganization();
    const reader = await createMember(server, ownId, 'viewer');
    const keys = [await put({ name: 'First' }, ownId), await put({ name: 'Second' }, ownId), await put({}, ownId)];
    await used(keys[0]!, 1, { accepted: 2, refused: { key_expired: 1 } });
    await used(keys[1]!, 0, { accepted: 7 });
    const none = [dateOf(1), dateOf(0)].map((date) => ({ date, accepted: 0, refused: {} }));
    const path = `/api/org/${ownId}/usage?days=2&limit=2`;
    const first = (await reader.send(path)).json() as { nextCursor: string };
    expect(first).toEqual({
      data: [
        { keyId: keys[2]!.id, name: 'Shop', days: none },
        { keyId: keys[1]!.id, name: 'Second', days: none.with(1, { ...none[1]!, accepted: 7 }) },
      ],
      nextCursor: expect.any(String) as unknown,
    });
    const listed = (await reader.send(`/api/org/${ownId}/api-keys?limit=2`)).json();
    expect(first.nextCursor).toBe(listed.nextCursor);
    await put({}, ownId);
    const second = (await reader.send(`${path}&cursor=${first.nextCursor}`)).json();
    expect(second).toEqual({
      data: [
        {
          keyId: keys[0]!.id,
          name: 'First',
          days: none.with(0, { ...none[0]!, accepted: 2, refused: { key_expired: 1 } }),
        },
      ],
      nextCursor: null,
    });
  });

  test('of an organization without keys is empty', async () => {
    const ownId = await server.createOrganization();
    const reader = await createMember(server, ownId, 'viewer');
    expect((await reader.send(`/api/org/${ownId}/usage`)).json()).toEqual({ data: [], nextCursor: null });
  });

  test.each(badDays)('?%s is refused', async (query) => {
    expectRefused(await get(`/usage?${query}`), 'request_invalid', atDays);
  });

  test('a page that is none is refused', async () => {
    const list = ['limit', 'cursor'].map((path) => ({ path, message: sentence }));
    expectRefused(await get('/usage?limit=0&cursor=x'), 'request_invalid', { problems: list });
  });
});

describe('GET …/usage.csv', () => {
  async function makeOrganization() {
    const ownId = await server.createOrganization();
    const reader = await createMember(server, ownId, 'viewer');
    return { ownId, csv: (query = '') => reader.send(`/api/org/${ownId}/usage.csv${query}`) };
  }
  const head = 'date,key_id,key_name,outcome,requests\r\n';

  test('one line for each day, key and outcome, as a file to save', async () => {
    const { ownId, csv } = await makeOrganization();
    const [one, two] = [await put({ name: 'One' }, ownId), await put({ name: 'Two' }, ownId)];
    await used(one, 1, { accepted: 2, refused: { key_expired: 1, rate_limited: 3 } });
    await used(one, 0, { accepted: 4 });
    await used(two, 0, { refused: { origin_missing: 5 } });
    await used(two, 2, { accepted: 99 });
    const reply = await csv('?days=2');
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="postern-usage-${dateOf(1)}-${dateOf(0)}.csv"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(reply.text).toBe(
      [
        head,
        `${dateOf(0)},${two.id},Two,origin_missing,5\r\n`,
        `${dateOf(1)},${one.id},One,accepted,2\r\n`,
        `${dateOf(1)},${one.id},One,key_expired,1\r\n`,
        `${dateOf(1)},${one.id},One,rate_limited,3\r\n`,
        `${dateOf(0)},${one.id},One,accepted,4\r\n`,
      ].join(''),
    );
    const ofOne = await csv(`?days=2&key=${one.id}`);
    expect(ofOne.text.split('\r\n')).toHaveLength(6);
    expect(ofOne.text).not.toContain(two.id);
  });

  // A spreadsheet runs a cell that begins with one of these.
  test.each([
    ['=1+1', `'=1+1`],
    ['=HYPERLINK("http://evil.example","x")', `"'=HYPERLINK(""http://evil.example"",""x"")"`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['\t=1+1', `'\t=1+1`],
    ['\r=1+1', `"'\r=1+1"`],
    ['\uff1d1+1', `'\uff1d1+1`],
    ['a "quoted" name', '"a ""quoted"" name"'],
    ['a,b', '"a,b"'],
    ['two\r\n=lines', '"two\r\n=lines"'],
    // Without the quotes what follows would be a line of its own, and its first cell a formula.
    ['two\n=lines', '"two\n=lines"'],
    ['two\r=lines', '"two\r=lines"'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['B\u00fccher \u{1f4da}', 'B\u00fccher \u{1f4da}'],
  ])('the name %j is text in one cell', async (name, cell) => {
    const { ownId, csv } = await makeOrganization();
    const key = await put({ name }, ownId);
    await used(key, 0, { accepted: 1 });
    expect((await csv('?days=1')).text).toBe(`${head}${dateOf(0)},${key.id},${cell},accepted,1\r\n`);
  });

  test('every key, however many pages they are', async () => {
    const { ownId, csv } = await makeOrganization();
    const keys = Array.from({ length: 205 }, (_, index) => sampleKey(ownId, { name: `Key ${index}` }));
    await Promise.all(keys.map((key) => server.store.createKey(key)));
    await Promise.all(keys.map((key) => used(key, 0, { accepted: 1 })));
    const lines = (await csv()).text.trim().split('\r\n');
    expect(lines).toHaveLength(206);
    expect(new Set(lines).size).toBe(206);
  });

  test('without keys, or without requests, is only its first line', async () => {
    const { ownId, csv } = await makeOrganization();
    expect((await csv()).text).toBe(head);
    await put({}, ownId);
    expect((await csv()).text).toBe(head);
  });

  test('of a key that is not there, or another organization’s, is 404', async () => {
    const theirs = await put({}, await server.createOrganization());
    const gone = { detail: 'This organization has no such key.' };
    for (const id of [theirs.id, 'key_none', 'none', '', '%00', `x&key=${theirs.id}`]) {
      expectRefused(await get(`/usage.csv?key=${id}`), 'not_found', gone);
    }
  });

  test.each(badDays)('?%s is refused, and is no file', async (query) => {
    const reply = await get(`/usage.csv?${query}`);
    expectRefused(reply, 'request_invalid', atDays);
    expect(reply.headers).not.toHaveProperty('content-disposition');
  });
});

describe('…/credits', () => {
  test('what was granted and what was spent; a grant adds to it and is written down', async () => {
    const ownId = await server.createOrganization(10);
    const own = await createMember(server, ownId, 'owner');
    const key = await server.createKey(ownId);
    const agent = await server.createAgent(ownId, { creditsPerMessage: 3 });
    const path = `/api/org/${ownId}/credits`;
    await send(server, `/api/v1/agents/${agent.id}/messages`, { headers: key.asSecret, body: { message: 'hi' } });
    expect((await own.send(path)).json()).toEqual({ granted: 10, spent: 3, reserved: 2, reservedCredits: null });
    // Events of one millisecond are in no order.
    server.clock.advance(1);
    const reply = await own.send(path, { body: { grant: 90 } });
    expect([reply.status, reply.json()]).toEqual([
      200,
      { granted: 100, spent: 3, reserved: 20, reservedCredits: null },
    ]);
    expect((await own.send(path)).json()).toEqual({ granted: 100, spent: 3, reserved: 20, reservedCredits: null });
    const { items } = await server.store.listAudit(ownId, { limit: 10 });
    expect(items[0]).toEqual({
      id: expect.stringMatching(/^evt_/) as unknown,
      organizationId: ownId,
      at: server.clock(),
      actor: { kind: 'user', id: own.user.id, name: own.user.email },
      action: 'credits.granted',
      target: { kind: 'organization', id: ownId, name: 'A test' },
      before: { granted: 10 },
      after: { granted: 100 },
    });
  });

  test('kept back for secret calls as an owner says, and written down; null is a fifth again', async () => {
    const ownId = await server.createOrganization(10);
    const own = await createMember(server, ownId, 'owner');
    const path = `/api/org/${ownId}/credits`;
    const reserve = async (reservedCredits: unknown) => own.send(path, { method: 'PATCH', body: { reservedCredits } });
    server.clock.advance(1);
    const set = await reserve(7);
    expect([set.status, set.json()]).toEqual([200, { granted: 10, spent: 0, reserved: 7, reservedCredits: 7 }]);
    const { items } = await server.store.listAudit(ownId, { limit: 1 });
    expect(items).toMatchObject([
      { action: 'credits.reserved', before: { reservedCredits: null }, after: { reservedCredits: 7 } },
    ]);
    // The same again changes nothing.
    await reserve(7);
    expect((await server.store.listAudit(ownId, { limit: 1 })).items).toEqual(items);
    const key = await server.createKey(ownId);
    const agent = await server.createAgent(ownId, { creditsPerMessage: 4, public: true });
    const ask = async (headers: Record<string, string>) =>
      (await send(server, `/api/v1/agents/${agent.id}/messages`, { headers, body: { message: 'hi' } })).status;
    expect([await ask(key.from('https://shop.example')), await ask(key.asSecret)]).toEqual([402, 200]);
    expect((await reserve(null)).json()).toMatchObject({ reserved: 2, reservedCredits: null });
    for (const wrong of [-1, 1.5, '7', undefined, 1_000_000_001]) expect((await reserve(wrong)).status).toBe(400);
  });

  test('grants at the same time all count', async () => {
    const ownId = await server.createOrganization(0);
    const own = await createMember(server, ownId, 'owner');
    const grant = () => own.send(`/api/org/${ownId}/credits`, { body: { grant: 5 } });
    await Promise.all([grant(), grant(), grant(), grant()]);
    expect(await server.store.findCredits(ownId)).toEqual({ granted: 20, spent: 0 });
  });

  test.each<[object, readonly string[]]>([
    [{}, ['grant']],
    [{ grant: 0 }, ['grant']],
    [{ grant: -5 }, ['grant']],
    [{ grant: 1.5 }, ['grant']],
    [{ grant: '5' }, ['grant']],
    [{ grant: 1_000_000_001 }, ['grant']],
    [{ grant: 1, granted: 5, spent: 0 }, ['granted', 'spent']],
  ])('%j is refused, and nothing is granted or written down', async (body, paths) => {
    const before = await server.store.findCredits(organizationId);
    const reply = await owner.send(`/api/org/${organizationId}/credits`, { body });
    expectRefused(reply, 'request_invalid', { problems: paths.map((path) => ({ path, message: sentence })) });
    expect(await server.store.findCredits(organizationId)).toEqual(before);
    const { items } = await server.store.listAudit(organizationId, { limit: 100 });
    expect(items.filter(({ action }) => action === 'credits.granted')).toEqual([]);
  });

  test('a key pair that may manage keys grants itself nothing', async () => {
    const key = await server.createKey(organizationId, { scopes: ['keys:manage', 'usage:read'] });
    const before = await server.store.findCredits(organizationId);
    const pair = openClient(server, key.asSecret);
    const reply = await pair.send(`/api/org/${organizationId}/credits`, { body: { grant: 5 } });
    expect([reply.status, reply.problem().code]).toEqual([403, 'forbidden']);
    expect(await server.store.findCredits(organizationId)).toEqual(before);
  });
});
