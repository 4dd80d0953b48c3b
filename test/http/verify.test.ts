/** `POST /api/v1/keys/verify`: a developer's own API asks about its visitor. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayMs, toIsoTime } from '../../server/gate/clock.ts';
import { createPublicKey, createSecretKey } from '../../server/gate/key-format.ts';
import { problems, type ProblemCode } from '../../server/gate/problem.ts';
import { send, type Reply } from '../support/requests.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { describeOnBothStores } from '../support/stores.ts';

const origin = 'https://shop.example';
const text: unknown = expect.stringMatching(/\S/);

function ask(server: TestServer, caller: TestKey, body: object): Promise<Reply> {
  return send(server, '/api/v1/keys/verify', { headers: caller.asSecret, body });
}

describe('a visitor', () => {
  let server: TestServer;
  let organizationId: string;
  let caller: TestKey;
  let key: TestKey;
  beforeAll(async () => {
    server = await startTestServer();
    organizationId = await server.createOrganization(100);
    // A limit that a few calls would use up.
    const rateLimit = { requests: 1, windowSeconds: 600 };
    caller = await server.createKey(organizationId, { name: 'My API', scopes: ['keys:verify'], rateLimit });
    key = await server.createKey(organizationId, {
      name: 'Shop',
      scopes: ['agents:read', 'messages:write', 'orders:read', 'orders:write', 'keys:verify'],
      publishableScopes: ['orders:read'],
      externalId: 'customer-42',
      metadata: { plan: 'pro', seats: 5 },
      expiresAt: toIsoTime(server.clock() + dayMs),
    });
  });
  afterAll(() => server.stop());

  const verify = async (body: object) => {
    const reply = await ask(server, caller, body);
    // Fails when the caller's own limit counts what it verifies.
    expect(reply.status).toBe(200);
    for (const limit of ['ratelimit', 'ratelimit-policy']) expect(reply.headers).not.toHaveProperty(limit);
    return reply.json();
  };
  const pair = (of: TestKey): string => `${of.publicKey}:${of.secretKey}`;
  const accepted = (fields: object) => ({
    valid: true,
    code: 'ok',
    status: 200,
    organizationId,
    mode: 'publishable',
    scopes: ['agents:read', 'messages:write', 'orders:read'],
    origin,
    key: {
      id: key.id,
      name: 'Shop',
      externalId: 'customer-42',
      metadata: { plan: 'pro', seats: 5 },
      expiresAt: toIsoTime(key.record.expiresAt!),
    },
    limits: [],
    credits: null,
    ...fields,
  });
  const refused = (code: ProblemCode) => ({
    valid: false,
    code,
    status: problems[code].status,
    title: problems[code].title,
    detail: text,
    fix: text,
    retryAfterSeconds: null,
    limits: [],
  });

  test.each<[string, () => object]>([
    ['its whole header', () => ({ authorization: `Bearer ${key.publicKey}`, origin })],
    ['the word Bearer in any case', () => ({ authorization: `bEARER ${key.publicKey}`, origin })],
    ['the credential alone', () => ({ credential: key.publicKey, origin })],
    [
      'null for what is not there',
      () => ({
        authorization: null,
        credential: key.publicKey,
        origin,
        scope: null,
        ip: null,
        cost: null,
        idempotencyKey: null,
      }),
    ],
    [
      'a scope of one’s own that is publishable',
      () => ({ authorization: `Bearer ${key.publicKey}`, origin, scope: 'orders:read' }),
    ],
  ])('with a publishable key of an allowed origin is let in: %s', async (_name, body) => {
    expect(await verify(body())).toEqual(accepted({}));
  });

  test('with a pair is let in from anywhere, with all scopes of the key', async () => {
    const scopes = ['agents:read', 'messages:write', 'orders:read', 'orders:write', 'keys:verify'];
    for (const more of [{}, { origin: 'https://evil.example', scope: 'orders:write' }]) {
      const body = { authorization: `Bearer ${pair(key)}`, ...more };
      expect(await verify(body)).toEqual(accepted({ mode: 'secret', origin: null, scopes }));
    }
  });

  test.each<[string, object]>([
    ['nothing at all', {}],
    ['null', { authorization: null, origin: null }],
    ['an empty header', { authorization: '' }],
    ['an empty credential', { credential: '' }],
  ])('that sent %s is credentials_missing', async (_name, body) => {
    expect(await verify(body)).toEqual(refused('credentials_missing'));
  });

  test('that is refused: 200 with the code, the status to answer, the sentences', async () => {
    const { publicKey, secretKey } = key;
    const make = (fields: object) => server.createKey(organizationId, { ...fields });
    const disabled = await make({});
    await server.keys.edit(organizationId, disabled.id, { enabled: false });
    const expired = await make({ expiresAt: toIsoTime(server.clock() + 1) });
    server.clock.advance(1);
    const strict = await make({ refuseSecretInBrowser: true });
    const cases: [ProblemCode, object][] = [
      ['credentials_malformed', { credential: `Bearer ${publicKey}` }],
      ['credentials_malformed', { authorization: publicKey }],
      ['credentials_malformed', { authorization: `Basic ${publicKey}` }],
      ['credentials_malformed', { credential: `${publicKey.slice(0, -1)}!` }],
      ['credentials_malformed', { credential: ` ${publicKey}` }],
      ['credentials_malformed', { authorization: 'a'.repeat(10_000) }],
      ['key_invalid', { credential: createPublicKey(), origin }],
      ['key_invalid', { credential: `${publicKey}:${createSecretKey()}` }],
      ['key_disabled', { credential: disabled.publicKey, origin }],
      ['key_expired', { credential: expired.publicKey, origin }],
      ['secret_in_browser', { credential: pair(strict), origin }],
      ['origin_missing', { credential: publicKey }],
      ['origin_missing', { credential: publicKey, origin: null }],
      ['origin_opaque', { credential: publicKey, origin: 'null' }],
      ['origin_missing', { credential: publicKey, origin: '' }],
      ['origin_malformed', { credential: publicKey, origin: `https://${'a.'.repeat(1_000)}example` }],
      ['origin_not_allowed', { credential: publicKey, origin: 'https://evil.example' }],
      ['scope_missing', { credential: publicKey, origin, scope: 'orders:write' }],
      ['scope_missing', { credential: publicKey, origin, scope: 'keys:verify' }],
      ['scope_missing', { credential: `${publicKey}:${secretKey}`, scope: 'keys:manage' }],
    ];
    for (const [code, body] of cases) expect(await verify(body)).toEqual(refused(code));
  });

  test('a scope that pages may not have is told where to list it', async () => {
    const body = { credential: key.publicKey, origin, scope: 'orders:write' };
    expect((await verify(body)).fix).toContain('publishable scopes');
  });

  test('over the limit of its key: 429, how long, and what is left of it before', async () => {
    const limited = await server.createKey(organizationId, { rateLimit: { requests: 2, windowSeconds: 60 } });
    const body = { credential: limited.publicKey, origin };
    for (const remaining of [1, 0]) {
      expect(await verify(body)).toMatchObject({ valid: true, limits: [{ name: 'key', remaining, resetSeconds: 60 }] });
    }
    expect(await verify(body)).toEqual({
      ...refused('rate_limited'),
      retryAfterSeconds: 60,
      limits: [{ name: 'key', remaining: 0, resetSeconds: 60 }],
    });
  });

  test('with a key of another organization is unknown, whatever its state, and is not counted', async () => {
    const stranger = await server.createKey(await server.createOrganization());
    const unknown = await verify({ credential: createPublicKey(), origin });
    expect(await verify({ credential: stranger.publicKey, origin })).toEqual(unknown);
    expect(await verify({ credential: pair(stranger) })).toEqual(unknown);
    await server.keys.edit(stranger.organizationId, stranger.id, { enabled: false });
    expect(await verify({ credential: stranger.publicKey, origin })).toEqual(unknown);
    // A use of a third key after it: once that is written, the stranger's would be too.
    const witness = await server.createKey(organizationId);
    await verify({ credential: witness.publicKey, origin });
    await expect.poll(() => server.keys.replay(organizationId, witness.id, [])).toHaveLength(1);
    expect(await server.keys.replay(stranger.organizationId, stranger.id, [])).toEqual([]);
  });

  test('counts as a use of its key: figures, also of a cost that was not left, and last use', async () => {
    const used = await server.createKey(organizationId, { budget: null });
    await verify({ credential: used.publicKey, origin });
    await verify({ credential: used.publicKey, origin: 'https://evil.example' });
    await verify({ credential: used.publicKey, origin, cost: 1_000_000 });
    const today = toIsoTime(server.clock()).slice(0, 10);
    await expect
      .poll(() => server.store.listUsage(organizationId, [used.id], today, today))
      .toMatchObject([{ accepted: 1, refused: { origin_not_allowed: 1, credits_exhausted: 1 } }]);
    expect(await server.store.findKey(organizationId, used.id)).toMatchObject({
      lastUsedAt: server.clock(),
      lastUsedOrigin: origin,
    });
  });

  test('the line of the log names the key that was judged apart from the caller’s, and no credential', async () => {
    const lineOf = async (body: object) => {
      const before = server.logLines.length;
      await verify(body);
      await expect.poll(() => server.logLines.length).toBeGreaterThan(before);
      return server.logLines.at(-1)!;
    };
    const line = await lineOf({ authorization: `Bearer ${pair(key)}` });
    expect(JSON.parse(line)).toMatchObject({ status: 200, keyId: caller.id, judgedKeyId: key.id, judgedCode: 'ok' });
    expect(line).not.toContain(key.secretKey.slice(3, 20));
    const evil = 'https://evil.example';
    expect(JSON.parse(await lineOf({ credential: key.publicKey, origin: evil }))).toMatchObject({
      ...{ status: 200, keyId: caller.id },
      ...{ judgedKeyId: key.id, judgedCode: 'origin_not_allowed', judgedOrigin: evil },
    });
  });
});

describe('the address that the caller says', () => {
  let server: TestServer;
  let caller: TestKey;
  let key: TestKey;
  beforeAll(async () => {
    const environment = { RATE_LIMIT_PER_KEY_IP: '2/60', RATE_LIMIT_REFUSED_PER_IP: '2/60' };
    server = await startTestServer({ environment });
    const organizationId = await server.createOrganization();
    caller = await server.createKey(organizationId, { scopes: ['keys:verify'] });
    key = await server.createKey(organizationId);
  });
  afterAll(() => server.stop());
  const codeOf = async (ip: string | undefined, credential: string, by = caller) =>
    (await ask(server, by, { credential, origin, ip })).json().code;

  test('has the limit of one address with a key, an IPv6 one by its /64; without one it has none', async () => {
    const codes = (...ips: (string | undefined)[]) => Promise.all(ips.map((ip) => codeOf(ip, key.publicKey)));
    const [four, six] = [
      ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1:443'],
      ['2001:db8::1', '2001:db8::2', '[2001:db8::3]:1'],
    ];
    for (const [first, second, third] of [four, six]) {
      expect(await codes(first, second)).toEqual(['ok', 'ok']);
      expect(await codes(third)).toEqual(['rate_limited']);
    }
    expect(await codes('192.0.2.2', undefined, undefined, undefined)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  // Fails when whoever may verify can have anybody's address refused everywhere.
  test('that guesses is answered 429 in the end, for this organization alone', async () => {
    const other = await server.createKey(await server.createOrganization(), { scopes: ['keys:verify'] });
    const guess = (by: TestKey) => codeOf('127.0.0.1', createPublicKey(), by);
    expect([await guess(caller), await guess(caller), await guess(caller)]).toEqual([
      'key_invalid',
      'key_invalid',
      'rate_limited',
    ]);
    expect(await guess(other)).toBe('key_invalid');
    const headers = { authorization: `Bearer ${createPublicKey()}` };
    expect((await send(server, '/api/v1/key', { headers })).problem().code).toBe('key_invalid');
    expect(await codeOf('127.0.0.1', key.publicKey)).toBe('ok');
  });

  // Fails when an address that was seen, and not said, is counted for each organization that the guesser names.
  test('an address that guesses by itself gains nothing by naming one organization after the other', async () => {
    const guesser = await startTestServer({ environment: { RATE_LIMIT_REFUSED_PER_IP: '2/60' } });
    const codes: string[] = [];
    for (const organization of ['org_1', 'org_2', 'org_3']) {
      const headers = { authorization: `Bearer ${createPublicKey()}` };
      const reply = await send(guesser, `/api/v1/authorize?organization=${organization}`, { headers });
      codes.push(reply.problem().code);
    }
    await guesser.stop();
    expect(codes).toEqual(['key_invalid', 'key_invalid', 'rate_limited']);
  });
});

describeOnBothStores('the cost of a call', ({ databaseUrl }) => {
  let one: TestServer;
  let two: TestServer;
  beforeAll(async () => {
    const environment = { PUBLIC_URL: 'http://gate.localhost' };
    one = await startTestServer({ database: databaseUrl, environment });
    two = await startTestServer({ database: databaseUrl, environment });
  });
  afterAll(async () => {
    await one.stop();
    await two.stop();
  });

  async function prepare(credits: number) {
    const organizationId = await one.createOrganization(credits);
    await one.store.changeOrganization(organizationId, { reservedCredits: 0 });
    const caller = await one.createKey(organizationId, { scopes: ['keys:verify'] });
    const [key, other] = [await one.createKey(organizationId), await one.createKey(organizationId)];
    const verify = async (body: object, server = one, of = key) =>
      (await ask(server, caller, { credential: of.publicKey, origin, ...body })).json();
    const spent = async () => (await one.store.findCredits(organizationId))!.spent;
    return { verify, spent, other };
  }

  test('is taken in the same call, or nothing is; 0 only says what is left', async () => {
    const { verify, spent } = await prepare(10);
    expect(await verify({ cost: 4 })).toMatchObject({ valid: true, credits: { spent: 4, remaining: 6 } });
    expect(await verify({ cost: 0 })).toMatchObject({ valid: true, credits: { spent: 0, remaining: 6 } });
    expect(await verify({})).toMatchObject({ valid: true, credits: null });
    expect(await verify({ cost: 7 })).toMatchObject({ valid: false, code: 'credits_exhausted', status: 402 });
    expect(await verify({ cost: 6, origin: 'https://evil.example' })).toMatchObject({ code: 'origin_not_allowed' });
    expect(await verify({ cost: 6, scope: 'orders:read' })).toMatchObject({ code: 'scope_missing' });
    expect(await spent()).toBe(4);
  });

  test('is taken once for an idempotencyKey within 24 hours, for each key by itself; another cost is refused', async () => {
    const { verify, spent, other } = await prepare(100);
    const body = { cost: 4, idempotencyKey: 'request-1 \u{1f6aa} $ne' };
    expect(await verify(body)).toMatchObject({ credits: { spent: 4, remaining: 96 } });
    expect(await verify(body, two)).toMatchObject({ valid: true, credits: { spent: 0, remaining: 96 } });
    expect(await verify({ ...body, cost: 5 })).toMatchObject({ valid: false, code: 'conflict', status: 409 });
    expect(await verify(body, one, other)).toMatchObject({ credits: { spent: 4, remaining: 92 } });
    for (const { clock } of [one, two]) clock.advance(dayMs - 1);
    expect(await verify(body)).toMatchObject({ credits: { spent: 0 } });
    for (const { clock } of [one, two]) clock.advance(1);
    expect(await verify(body)).toMatchObject({ credits: { spent: 4 } });
    expect(await spent()).toBe(12);
  });

  // Fails for a look-up of the key before, and apart from, what takes.
  test('of 50 calls at once on two servers with one idempotencyKey is taken once', async () => {
    const { verify, spent } = await prepare(7);
    const body = { cost: 5, idempotencyKey: 'same' };
    const calls = Array.from({ length: 50 }, (_, index) => verify(body, index % 2 === 0 ? one : two));
    const answers = (await Promise.all(calls)) as { valid: boolean; credits: { spent: number } }[];
    expect(answers.map(({ valid }) => valid)).toEqual(Array.from({ length: 50 }, () => true));
    expect(answers.reduce((sum, { credits }) => sum + credits.spent, 0)).toBe(5);
    expect(await spent()).toBe(5);
  });

  test('of 20 calls at once that cost more than there is: as many are let in as are paid', async () => {
    const { verify, spent } = await prepare(7);
    const calls = Array.from({ length: 20 }, (_, index) => verify({ cost: 2 }, index % 2 === 0 ? one : two));
    const codes = (await Promise.all(calls)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'ok')).toHaveLength(3);
    expect(codes.filter((code) => code === 'credits_exhausted')).toHaveLength(17);
    expect(await spent()).toBe(6);
  });
});
