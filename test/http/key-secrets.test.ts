/** `/api/org/{organizationId}/api-keys`: a key's secret and its use, from the call that made it to the last one. */
import { afterAll, describe, expect, test } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import { openOrgKeys, type Made } from '../support/org-keys.ts';

const {
  server,
  member,
  keysPath,
  ask,
  at,
  create,
  put,
  read,
  stored,
  asPair,
  asPage,
  meets,
  expectRefused,
  expectInvalid,
} = await openOrgKeys();
afterAll(() => server.stop());

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
