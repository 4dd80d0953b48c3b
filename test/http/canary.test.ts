/** Drives every route into every refusal with known secrets, then looks for them in all that went out. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { windowAt } from '../../server/records/budget.ts';
import { createPublicKey, createSecretKey } from '../../server/gate/key-format.ts';
import { createLogger, withoutSecrets } from '../../server/logger.ts';
import { isRefusal, problems } from '../../server/gate/problem.ts';
import { scryptThreads } from '../../server/scrypt-threads.ts';
import { createPasswords } from '../../server/accounts/passwords.ts';
import { createSetupLinks } from '../../server/accounts/setup-links.ts';
import { createSignInLimiter } from '../../server/accounts/sign-in-limiter.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import {
  cookieName,
  createMember,
  everybodysPassword,
  openBrowser,
  openClient,
  type Caller,
} from '../support/people.ts';
import { sampleWebhook } from '../support/sample-records.ts';
import { send, sendRaw, type Reply, type RequestOptions } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const canaryBody = 'canary-text-of-a-body';
const password = 'canary-password';
const databaseUrl = `mongodb://postern:${password}@db.example:27017/postern`;
const unknownKey = createPublicKey();
const wrongSecret = createSecretKey();
const wrongPassword = 'canary-of-a-wrong-password';
const newPassword = 'canary-of-a-new-password';
const replies: Reply[] = [];
/** Answers to people and to key pairs that act for them, with what each of them may carry: it hands that out this once. */
const peoplesReplies: { readonly reply: Reply; readonly handsOut: readonly string[] }[] = [];
/** What is secret about people, and the secrets of keys that they make. */
const peoplesCanaries = new Set<string>([everybodysPassword, wrongPassword, newPassword]);
const raw: string[] = [];
const canaries = new Set<string>([unknownKey, wrongSecret, canaryBody, password]);
let server: TestServer;

const routes: readonly (readonly [string, string])[] = [
  ['GET', '/api/v1/agents'],
  ['GET', '/api/v1/agents/AGENT'],
  ['POST', '/api/v1/agents/AGENT/messages'],
  ['POST', '/api/v1/agents/AGENT/contact'],
  ['GET', '/api/v1/conversations/cnv_1'],
  ['DELETE', '/api/v1/conversations/cnv_1'],
  ['PUT', '/api/v1/conversations/cnv_1/messages/msg_1/rating'],
  ['POST', '/api/v1/conversations/cnv_1/contact'],
  ['GET', '/api/v1/key'],
  ['POST', '/api/v1/keys/verify'],
  ['PUT', '/api/v1/authorize'],
  ['GET', '/api/v1/authorize/orders'],
  ['GET', '/api/v1/nothing'],
  ['DELETE', '/api/v1/key'],
  ['OPTIONS', '/api/v1/key'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/nothing'],
];

/** Below `/api/org/{organizationId}`. */
const orgRoutes: readonly (readonly [string, string])[] = [
  ['GET', '/api-keys'],
  ['POST', '/api-keys'],
  ['GET', '/api-keys/KEY'],
  ['PATCH', '/api-keys/KEY'],
  ['POST', '/api-keys/KEY/rotate'],
  ['POST', '/api-keys/KEY/domains/preview'],
  ['GET', '/api-keys/KEY/usage'],
  ['GET', '/usage'],
  ['GET', '/usage.csv'],
  ['GET', '/credits'],
  ['POST', '/credits'],
  ['PATCH', '/credits'],
  ['GET', '/agents'],
  ['POST', '/agents'],
  ['GET', '/agents/AGENT'],
  ['PATCH', '/agents/AGENT'],
  ['POST', '/agents/AGENT/preview'],
  ['POST', '/check-page'],
  ['POST', '/agents/AGENT/faq'],
  ['GET', '/agents/AGENT/unanswered'],
  ['GET', '/conversations'],
  ['GET', '/conversations.ndjson'],
  ['GET', '/conversations.csv'],
  ['GET', '/conversations/cnv_1'],
  ['POST', '/conversations/delete'],
  ['GET', '/export'],
  ['GET', '/members'],
  ['POST', '/members'],
  ['PATCH', '/members/usr_1'],
  ['DELETE', '/members/usr_1'],
  ['GET', '/webhooks'],
  ['POST', '/webhooks'],
  ['PATCH', '/webhooks/WEBHOOK'],
  ['POST', '/webhooks/WEBHOOK/test'],
  ['GET', '/webhooks/WEBHOOK/deliveries'],
  ['GET', '/audit'],
  ['GET', '/audit.csv'],
  ['GET', '/audit.ndjson'],
  ['DELETE', '/audit'],
  ['GET', '/nothing'],
];

beforeAll(async () => {
  // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape
  let answer = async function* (): AsyncGenerator<string> {
    yield 'fine';
  };
  server = await startTestServer({
    environment: { RATE_LIMIT_REFUSED_PER_IP: '5/60', TRUST_PROXY: '1' },
    openAgent: () => Promise.resolve({ answer: () => answer() }),
  });
  const organizationId = await server.createOrganization(1);
  const agent = await server.createAgent(organizationId);
  const webhook = sampleWebhook(organizationId);
  await server.store.createWebhook(webhook);
  const make = async (fields: object = {}) => {
    const key = await server.createKey(organizationId, {
      scopes: ['agents:read', 'messages:write', 'keys:verify'],
      ...fields,
    });
    canaries.add(key.publicKey).add(key.secretKey);
    return key;
  };
  const key = await make();
  const disabled = await make();
  await server.keys.edit(organizationId, disabled.id, { enabled: false });
  const expired = await make({ expiresAt: new Date(server.clock() + 1).toISOString() });
  server.clock.advance(1);
  const poor = await make({ budget: { credits: 1, per: 'month' } });
  const window = windowAt(poor.record, 'month', server.clock());
  await server.store.takeCredits(organizationId, 1, null, { leavesReserve: false, budget: { window, credits: 1 } });
  await server.store.grantCredits(organizationId, 1);
  const strict = await make({ refuseSecretInBrowser: true });
  const narrow = await make({ scopes: [] });
  const limited = await make({ rateLimit: { requests: 1, windowSeconds: 60 } });
  const origin = 'https://shop.example';

  const callers: RequestOptions['headers'][] = [
    {},
    { authorization: `Bearer ${key.secretKey}` },
    { authorization: `Basic ${key.publicKey}:${key.secretKey}` },
    { authorization: `Bearer ${key.publicKey}:${key.secretKey} ` + canaryBody },
    { authorization: `Bearer ${unknownKey}:${wrongSecret}` },
    { authorization: `Bearer ${key.publicKey}:${wrongSecret}` },
    [
      ['Authorization', key.asSecret.authorization],
      ['Authorization', key.asSecret.authorization],
    ],
    disabled.asSecret,
    expired.asSecret,
    { ...strict.asSecret, origin },
    narrow.asSecret,
    { authorization: `Bearer ${key.publicKey}` },
    key.from('null'),
    key.from(`${origin}/?${key.secretKey}`),
    key.from('https://evil.example'),
    key.from('chrome-extension://abcdefghijklmnopabcdefghijklmnop'),
    key.from(origin),
    poor.from(origin),
    key.asSecret,
    limited.asSecret,
    { ...key.asSecret, cookie: `session=${wrongSecret}`, referer: `https://shop.example/?key=${key.secretKey}` },
    [
      ...Array.from({ length: 101 }, (): [string, string] => ['X', wrongSecret]),
      ['Authorization', key.asSecret.authorization],
    ],
  ];
  const bodies: RequestOptions['body'][] = [
    { message: canaryBody },
    { message: '', credential: `${key.publicKey}:${key.secretKey}`, conversationId: canaryBody, origin: 1 },
    { credential: `${key.publicKey}:${wrongSecret}` },
    `{"message":"${canaryBody}", ${key.secretKey}`,
    JSON.stringify({ message: canaryBody.repeat(4_000) }),
  ];

  let visitor = 0;
  async function drive(): Promise<void> {
    const encoded = encodeURIComponent(key.secretKey).replace('s', '%73');
    replies.push(await send(server, `/api/v1/agents/${encoded}`, { headers: key.asSecret }));
    for (const [method, route] of routes) {
      const settings = route.startsWith('/api/v1/authorize') ? `organization=${organizationId}&path=` : '';
      const path = `${route.replace('AGENT', agent.id)}?${settings}key=${key.publicKey}&secret=${key.secretKey}&text=${canaryBody}`;
      for (const headers of callers) {
        for (const body of method === 'POST' ? bodies : [undefined]) {
          // Addresses change, so that the limit of refused credentials is met now and then and not always.
          const address: [string, string] = ['X-Forwarded-For', `192.0.2.${Math.floor(visitor++ / 20) % 250}`];
          const type: [string, string][] = typeof body === 'string' ? [['Content-Type', 'application/json']] : [];
          const lines = (Array.isArray(headers) ? headers : Object.entries(headers ?? {})) as [string, string][];
          replies.push(
            await send(server, path, { method, headers: [...lines, ...type, address], ...(body && { body }) }),
          );
        }
      }
    }
  }

  const links = createSetupLinks({
    store: server.store,
    clock: server.clock,
    passwords: createPasswords(),
    limiter: createSignInLimiter(),
  });
  const owner = await createMember(server, organizationId, 'owner');
  const viewer = await createMember(server, organizationId, 'viewer');
  const manager = await make({ scopes: ['keys:manage'] });
  const invited = await links.makeInvitation(organizationId, 'invited@example.com', 'member');
  const unused = await links.makeInvitation(organizationId, viewer.user.email, 'member');
  const reset = await links.makeReset(owner.user.email);
  if (isRefusal(reset)) throw new Error(reset.code);
  const resetToken = reset.token;
  for (const { token, link } of [invited, unused, reset]) peoplesCanaries.add(token).add(link.tokenDigest);
  for (const { user, cookies } of [owner, viewer]) {
    peoplesCanaries.add(user.passwordHash).add([...cookies.values()][0]!);
  }
  for (const { record, secretKey } of [key, manager]) peoplesCanaries.add(secretKey).add(record.secret.hash);
  const cookie = `${cookieName(server)}=${owner.cookies.get(cookieName(server))!}`;
  const { publicOrigin } = server;

  async function ask(caller: Caller, method: string, path: string, body?: RequestOptions['body']): Promise<Reply> {
    const type = typeof body === 'string' && { 'content-type': 'application/json' };
    const headers = { ...type, 'x-forwarded-for': `198.51.100.${visitor++ % 250}` };
    const request = { method, headers, ...(body !== undefined && { body }) };
    const reply = await caller.send(`${path}?token=${invited.token}&text=${canaryBody}`, request);
    const handsOut = (reply.headers['set-cookie'] ?? []).map((line) => /=([^;]*)/.exec(line)?.[1] ?? '');
    const { secretKey, url } = isOneObject(reply) ? reply.json() : {};
    if (reply.status < 300 && typeof secretKey === 'string') handsOut.push(secretKey);
    if (reply.status < 300 && typeof url === 'string') handsOut.push(url.slice(url.indexOf('=') + 1));
    for (const secret of handsOut.filter((text) => text !== '')) peoplesCanaries.add(secret);
    peoplesReplies.push({ reply, handsOut });
    return reply;
  }

  async function drivePeople(): Promise<void> {
    const nobody = openBrowser(server);
    const foreign = openClient(server, { cookie, origin: 'https://evil.example' });
    const tampered = openClient(server, { cookie: `${cookie.slice(0, -1)}!`, origin: publicOrigin });
    const asPair = (headers: Readonly<Record<string, string>>) => openClient(server, headers);
    const everybody = [nobody, owner, viewer, foreign, tampered, asPair(manager.asSecret), asPair(key.asSecret)];
    const secrets = {
      name: canaryBody,
      password: wrongPassword,
      token: unused.token,
      cookie,
      [key.secretKey]: key.secretKey,
      allowedDomains: ['ok.example', key.secretKey],
    };
    const broken = `{"name":"${canaryBody}","password":"${wrongPassword}", ${unused.token}`;
    for (const caller of everybody) {
      for (const [method, route] of orgRoutes) {
        const path = `/api/org/${organizationId}${route.replace('AGENT', agent.id).replace('KEY', narrow.id).replace('WEBHOOK', webhook.id)}`;
        for (const body of method === 'GET' || method === 'DELETE' ? [undefined] : [secrets, broken]) {
          await ask(caller, method, path, body);
        }
      }
      for (const [method, path] of [
        ['POST', '/api/session'],
        ['PUT', '/api/session/password'],
        ['POST', '/api/setup/preview'],
        ['POST', '/api/setup/forgotten'],
        ['POST', '/api/setup'],
      ] as const) {
        for (const body of [secrets, broken]) await ask(caller, method, path, body);
      }
    }
    const org = `/api/org/${organizationId}`;
    await ask(owner, 'POST', `${org}/api-keys`, { name: 'Made' });
    await ask(asPair(manager.asSecret), 'POST', `${org}/api-keys/${narrow.id}/rotate`, { graceSeconds: 60 });
    // A key that somebody put into the wrong field is not told back.
    for (const path of ['/api-keys', `/api-keys/${narrow.id}/domains/preview`]) {
      await ask(owner, 'POST', `${org}${path}`, { name: 'x', allowedDomains: `${key.secretKey}, ok.example` });
      await ask(owner, 'POST', `${org}${path}`, { allowedDomains: [key.secretKey] });
    }
    await ask(owner, 'PATCH', `${org}/api-keys/${narrow.id}`, { learningUntil: '2000-01-01T00:00:00Z' });
    await ask(owner, 'POST', `${org}/members`, { email: viewer.user.email });
    await ask(owner, 'POST', `${org}/members`, { email: 'another@example.com' });
    await ask(owner, 'GET', '/api/session');
    await ask(owner, 'PUT', '/api/session/password', { currentPassword: wrongPassword, newPassword });
    for (const [email, tried] of [
      [viewer.user.email, everybodysPassword],
      [viewer.user.email, wrongPassword],
      ['nobody@example.com', wrongPassword],
    ] as const) {
      await ask(openBrowser(server), 'POST', '/api/session', { email, password: tried });
    }
    for (const token of [invited.token, unused.token, resetToken, canaryBody]) {
      await ask(nobody, 'POST', '/api/setup/preview', { token });
      await ask(nobody, 'POST', '/api/setup', { token, password: 'short' });
    }
    await ask(openBrowser(server), 'POST', '/api/setup', { token: unused.token, password: wrongPassword });
    await ask(openBrowser(server), 'POST', '/api/setup', { token: invited.token, password: newPassword });
    await ask(owner, 'GET', `${org}/audit`);
    await ask(openBrowser(server), 'GET', '/setup');
    // Two secrets are being made and 32 wait: there is no room for one more.
    const ends: (() => void)[] = [];
    const hash = Buffer.alloc(96);
    const kdf = vi.spyOn(scryptThreads, 'kdf');
    kdf.mockImplementation(() => new Promise((resolve) => ends.push(() => resolve(hash))));
    const made = Array.from({ length: 36 }, () => ask(owner, 'POST', `${org}/api-keys`, { name: 'Busy' }));
    await Promise.race(made);
    kdf.mockResolvedValue(hash);
    for (const end of ends) end();
    await Promise.all(made);
    kdf.mockRestore();
  }

  const reason = `bad value:\n${key.secretKey} of Bearer ${key.publicKey}:${key.secretKey}\nat ${databaseUrl}`;
  await drive();
  await drivePeople();
  for (const accept of ['application/json', 'text/event-stream']) {
    await server.store.grantCredits(organizationId, 10);
    const ask = () =>
      send(server, `/api/v1/agents/${agent.id}/messages`, {
        headers: { ...key.asSecret, accept },
        body: { message: canaryBody },
      });
    answer = () => {
      throw new Error(reason, { cause: new Error(reason) });
    };
    replies.push(await ask());
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's shape
    answer = async function* () {
      yield 'half';
      throw new TypeError(reason);
    };
    replies.push(await ask());
    const broken = vi.spyOn(server.store, 'changeTurn').mockRejectedValue(new Error(reason));
    replies.push(await ask());
    broken.mockRestore();
  }
  const secretBody = key.secretKey.slice('sk_'.length);
  canaries.add(secretBody);
  for (const secretPath of [
    `/api/v1/agents/${key.secretKey}`,
    `/${key.publicKey}:${key.secretKey}`,
    `/api/v1/x%0a${key.secretKey}`,
    // Broken, or encoded twice: not read as a key, and one all the same.
    `/api/v1/%73k_${secretBody}/%`,
    `/api/v1/sk%5f${secretBody}%zz`,
    `/api/v1/%2573k_${secretBody}`,
  ]) {
    replies.push(await send(server, secretPath, { headers: key.asSecret }));
  }
  raw.push(
    await sendRaw(server, `GARBAGE ${key.secretKey}\r\nAuthorization: ${key.asSecret.authorization}\r\n\r\n`).whole,
  );
  raw.push(
    await sendRaw(
      server,
      `GET / HTTP/1.1\r\nAuthorization: ${key.asSecret.authorization}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    ).whole,
  );
  for (const method of ['findKeyByPublicKey', 'listAgents', 'findAgent', 'findCredits', 'findConversation'] as const) {
    vi.spyOn(server.store, method).mockRejectedValue(new Error(reason));
  }
  vi.spyOn(server.store, 'ping').mockRejectedValue(new StoreUnavailableError(reason));
  await drive();
  for (const method of ['findUserByEmail', 'findMember', 'findLink', 'addAuditEvent', 'listMembers'] as const) {
    vi.spyOn(server.store, method).mockRejectedValue(new Error(reason));
  }
  await drivePeople();
  const count = replies.length + peoplesReplies.length;
  await vi.waitFor(() => expect(server.logLines.length).toBeGreaterThanOrEqual(count), 10_000);
}, 60_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

/** A file of JSON lines begins like one, and is many. */
function isOneObject({ headers, text }: Reply): boolean {
  return text.startsWith('{') && headers['content-type']?.includes('ndjson') !== true;
}

describe('after every route met every refusal', () => {
  test('it really did: every code was answered', () => {
    const all = [...replies, ...peoplesReplies.map(({ reply }) => reply)];
    const codes = new Set(all.filter(isOneObject).map((reply) => reply.json().code));
    expect(Object.keys(problems).filter((code) => !codes.has(code))).toEqual([]);
  });

  test('and people were answered what they asked for, also what is handed out once', () => {
    const statuses = new Set(peoplesReplies.map(({ reply }) => reply.status));
    expect([200, 201, 400, 401, 403, 404, 409, 500].filter((status) => !statuses.has(status))).toEqual([]);
    const handedOut = new Set(peoplesReplies.flatMap(({ handsOut }) => handsOut).filter((text) => text !== ''));
    expect([...handedOut].filter((text) => text.startsWith('sk_')).length).toBeGreaterThan(1);
    // Sealed cookies, and the tokens of links.
    expect([...handedOut].filter((text) => text.split('.').length === 5).length).toBeGreaterThan(1);
    expect([...handedOut].filter((text) => /^[\w-]{43}$/.test(text)).length).toBeGreaterThan(0);
  });

  test('no password, hash, token, cookie or secret is in any answer but the one that hands it out', () => {
    for (const { reply, handsOut } of peoplesReplies) {
      const text = reply.text + JSON.stringify(reply.headers);
      for (const canary of peoplesCanaries) {
        if (!handsOut.includes(canary)) expect(text).not.toContain(canary);
      }
      expect(text).not.toMatch(/passwordHash|tokenDigest|fingerprint|Bearer [ps]k_[0-9a-z]/);
    }
  });

  test('no secret, key, body or password is in any answer', () => {
    for (const text of [...replies.map((reply) => reply.text + JSON.stringify(reply.headers)), ...raw]) {
      for (const canary of canaries) expect(text).not.toContain(canary);
      expect(text).not.toMatch(/Bearer [ps]k_[0-9a-z]/);
    }
  });

  test('nor in any line of the log', () => {
    for (const line of server.logLines) {
      for (const canary of [...canaries, ...peoplesCanaries]) expect(line).not.toContain(canary);
      expect(line).not.toMatch(/[ps]k_[0-9a-z]{16}/);
    }
  });

  test('every line of the log is still whole JSON, and each broken thing is there with its request id', () => {
    const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const all = [...replies, ...peoplesReplies.map(({ reply }) => reply)];
    const internal = all.filter(({ status }) => status === 500).map(({ headers }) => headers['x-request-id']);
    const logged = new Set(lines.filter(({ level }) => level === 'error').map(({ requestId }) => requestId));
    expect(internal.length).toBeGreaterThan(10);
    expect(internal.filter((id) => !logged.has(id))).toEqual([]);
  });

  test('one line a request: method, path without query, status, code, key, organization, duration', () => {
    const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === 'request');
    expect(requests.filter(({ path }) => String(path).includes('?'))).toEqual([]);
    expect(new Set(requests.map(({ requestId }) => requestId)).size).toBe(requests.length);
    expect(requests.find(({ code }) => code === 'key_disabled')).toMatchObject({
      level: 'info',
      method: 'GET',
      path: '/api/v1/agents',
      status: 401,
      keyId: expect.stringMatching(/^key_/) as unknown,
      organizationId: expect.stringMatching(/^org_/) as unknown,
      durationMs: expect.any(Number) as unknown,
    });
  });
});

describe('the logger', () => {
  test('cuts keys and passwords out wherever they stand, and leaves the rest', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const secretKey = createSecretKey();
    logger.info({ authorization: `Bearer ${secretKey}`, request: { password, cookie: 'x', token: 'y' } }, secretKey);
    logger.error({ err: new Error(`x\n${secretKey}`, { cause: `(${databaseUrl})` }) });
    logger.info({ url: 'http://127.0.0.1:3000', email: 'a@b.example' });
    expect(lines.join('')).not.toContain(secretKey.slice(3));
    expect(lines.join('')).not.toContain(password);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { authorization: '[redacted]', request: { password: '[redacted]', cookie: '[redacted]', token: '[redacted]' } },
      { err: { name: 'Error', cause: '(mongodb://postern:[redacted]@db.example:27017/postern)' } },
      { url: 'http://127.0.0.1:3000', email: 'a@b.example' },
    ]);
  });

  test('a password with an @ is cut out whole', () => {
    expect(withoutSecrets('mongodb://user:a@b@host/db')).toBe('mongodb://user:[redacted]@host/db');
  });
});
