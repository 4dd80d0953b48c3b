/** `/api/org/{organizationId}/api-keys`: the domains of a key, changed, replayed and tried out. */
import { afterAll, describe, expect, test } from 'vitest';
import type { KeyRecord } from '../../server/records/key.ts';
import { patternCases } from '../support/domain-cases.ts';
import { openOrgKeys } from '../support/org-keys.ts';
import { measureProcessorMs } from '../support/processor-time.ts';
import type { Reply } from '../support/requests.ts';

const { server, sentence, ask, put, stored, countEvents, asPage, meets, expectRefused, expectInvalid, seen } =
  await openOrgKeys();
afterAll(() => server.stop());

describe('PATCH …/api-keys/{keyId} by what is added and removed', () => {
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

describe('PATCH …/api-keys/{keyId}: a change of domains', () => {
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
