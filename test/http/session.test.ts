import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSetCookie } from 'cookie';
import { decodeProtectedHeader, EncryptJWT, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPasswords, hashPassword } from '../../server/accounts/passwords.ts';
import { createSessionSeal } from '../../server/accounts/session-seal.ts';
import { createSetupLinks } from '../../server/accounts/setup-links.ts';
import { createSignInLimiter } from '../../server/accounts/sign-in-limiter.ts';
import { dayMs } from '../../server/gate/clock.ts';
import { isRefusal, problems, type ProblemCode } from '../../server/gate/problem.ts';
import type { User } from '../../server/records/user.ts';
import { createId } from '../../server/records/id.ts';
import { scryptThreads } from '../../server/scrypt-threads.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import {
  createMember,
  createPerson,
  everybodysPassword,
  openBrowser,
  openClient,
  openSignedIn,
  type Browser,
  type BrowserRequest,
  cookieName,
} from '../support/people.ts';
import { send, type Reply } from '../support/requests.ts';
import { startTestServer, testSessionSecret, type TestServer } from '../support/server.ts';

const newPassword = 'a new pass phrase of mine';
const wrongPassword = 'a wrong pass phrase of mine';
/** What must be in no line of the log. */
const canaries = new Set<string>([everybodysPassword, newPassword, wrongPassword]);
const servers: TestServer[] = [];
let server: TestServer;
let organizationId: string;

async function start(...options: Parameters<typeof startTestServer>): Promise<TestServer> {
  const started = await startTestServer(...options);
  servers.push(started);
  return started;
}

beforeAll(async () => {
  server = await start({ environment: { TRUST_PROXY: '1' } });
  organizationId = await server.createOrganization();
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  for (const started of servers) await started.stop();
});

/** Another address for every test, so that the tries of one are not counted with those of another. */
let addresses = 0;
const newAddress = () => ({ 'x-forwarded-for': `192.0.2.${++addresses}` });

function signIn(
  browser: Browser,
  email: string,
  password = everybodysPassword,
  headers = newAddress(),
): Promise<Reply> {
  return browser.send('/api/session', { body: { email, password }, headers });
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  // A copy: a browser that is refused forgets its cookie, and here it is the server that must refuse.
  const { status } = await openBrowser(server, browser.cookies).send('/api/session');
  expect([200, 401]).toContain(status);
  return status === 200;
}

async function sessionsOf({ id }: User) {
  return (await server.store.findUser(id))!.sessions;
}

function cookieLine({ headers }: Reply): string {
  expect(headers['set-cookie']).toHaveLength(1);
  const [line = ''] = headers['set-cookie'] ?? [];
  const { value } = parseSetCookie(line);
  if (value) canaries.add(value);
  return line;
}

function expectRefused(reply: Reply, code: ProblemCode, fields: object = {}): void {
  const { status, title } = problems[code];
  expect(reply.problem()).toEqual({
    type: expect.stringMatching(new RegExp(`/api/docs#${code}$`)) as unknown,
    title,
    status,
    code,
    detail: title,
    requestId: reply.headers['x-request-id'],
    ...fields,
  });
  expect(reply.status).toBe(status);
  expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(reply.headers['www-authenticate']).toBe(status === 401 ? 'Bearer realm="postern"' : undefined);
  expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
}

const signInFirst = { fix: 'Sign in at /sign-in, or send a key pair that has the scope keys:manage.' };
const otherPage = {
  detail: 'Only a page of this server may do this.',
  fix: expect.stringContaining('Send the header "Origin: http://localhost:') as unknown,
};
const wrongEither = {
  detail: 'The e-mail or the password is wrong.',
  fix: 'Check both. If the password is lost, whoever runs the server makes a link with: postern user reset --email YOU.',
};
const noSuchLink = {
  detail: 'This link was used, has ended, or was never made.',
  fix: expect.any(String) as unknown,
};

describe('signing in', () => {
  test('answers who one is and where one belongs, to the field, and sets the cookie', async () => {
    const person = await createPerson(server, { email: 'ada@example.com' });
    const otherId = await server.createOrganization();
    const join = (id: string, role: 'owner' | 'viewer') =>
      server.store.addMember({ organizationId: id, userId: person.id, role, createdAt: server.clock() });
    await Promise.all([join(organizationId, 'viewer'), join(otherId, 'owner')]);
    const browser = openBrowser(server);
    const reply = await signIn(browser, ' Ada@Example.COM ');
    const session = {
      user: { id: person.id, email: 'ada@example.com' },
      organizations: [
        { id: organizationId, name: 'A test', role: 'viewer' },
        { id: otherId, name: 'A test', role: 'owner' },
      ].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    };
    expect([reply.status, reply.json()]).toEqual([200, session]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
    const line = cookieLine(reply);
    expect(parseSetCookie(line)).toEqual({
      name: cookieName(server),
      value: browser.cookies.get(cookieName(server)),
      path: '/',
      maxAge: 14 * 24 * 3600,
      expires: expect.any(Date) as unknown,
      httpOnly: true,
      sameSite: 'lax',
    });
    expect((await browser.send('/api/session')).json()).toEqual(session);
    expect(await sessionsOf(person)).toEqual([
      {
        id: expect.stringMatching(/^ssn_[0-9a-z]{25}$/) as unknown,
        createdAt: server.clock(),
        expiresAt: server.clock() + 14 * dayMs,
      },
    ]);
  });

  test('two servers on one host sign nobody out of each other', async () => {
    const other = await start();
    const [here, there] = [await createPerson(server), await createPerson(other)];
    const atServer = openBrowser(server);
    await signIn(atServer, here.email);
    // The same jar: browsers send a cookie to every port of its host.
    const atOther = openBrowser(other, atServer.cookies);
    await signIn(atOther, there.email);
    const both = openBrowser(server, [...atServer.cookies, ...atOther.cookies]);
    expect((await both.send('/api/session')).json()).toMatchObject({ user: { email: here.email } });
    expect((await atOther.send('/api/session')).json()).toMatchObject({ user: { email: there.email } });
  });

  test('with an https address, the cookie is Secure, of this host alone, and has the name that only such a cookie may have', async () => {
    const secure = await start({ environment: { PUBLIC_URL: 'https://gate.example.com' } });
    const person = await createPerson(secure);
    const browser = openBrowser(secure);
    const line = cookieLine(await signIn(browser, person.email));
    expect(parseSetCookie(line)).toEqual({
      name: '__Host-postern',
      value: expect.any(String) as unknown,
      path: '/',
      maxAge: 14 * 24 * 3600,
      expires: expect.any(Date) as unknown,
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
    });
    expect((await browser.send('/api/session')).status).toBe(200);
    const ended = await browser.send('/api/session', { method: 'DELETE' });
    expect(cookieLine(ended)).toMatch(
      /^__Host-postern=; Path=\/; Expires=Thu, 01 Jan 1970 [^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    // Without the prefix, a neighbour on another port or subdomain could have set it.
    const [value] = browser.cookies.values();
    expect(value).toBeUndefined();
    const renamed = openBrowser(secure, [['postern', parseSetCookie(line).value!]]);
    expectRefused(await renamed.send('/api/session'), 'sign_in_required', signInFirst);
  });

  test('the cookie is encrypted: nobody reads in it who it is', async () => {
    const { user, cookies } = await createMember(server, organizationId, 'viewer');
    const cookie = cookies.get(cookieName(server))!;
    expect(decodeProtectedHeader(cookie)).toEqual({ alg: 'dir', enc: 'A256GCM' });
    const [session] = await sessionsOf(user);
    for (const part of cookie.split('.')) {
      const text = Buffer.from(part, 'base64url').toString('latin1');
      for (const known of [user.id, user.email, session!.id]) expect(text).not.toContain(known);
    }
  });

  test('an unknown e-mail and a wrong password get the same answer, byte for byte but for the request id, and no cookie', async () => {
    const person = await createPerson(server);
    const wrong = await signIn(openBrowser(server), person.email, wrongPassword);
    const unknown = await signIn(openBrowser(server), 'nobody@example.com', wrongPassword);
    expectRefused(wrong, 'sign_in_required', wrongEither);
    const strip = ({ status, text, headers: { 'x-request-id': id, date: _date, ...headers } }: Reply) => ({
      status,
      text: text.replace(String(id), 'ID'),
      headers,
    });
    expect(strip(unknown)).toEqual(strip(wrong));
    expect(wrong.headers).not.toHaveProperty('set-cookie');
    expect(await sessionsOf(person)).toEqual([]);
  });

  test('an unknown e-mail costs the same scrypt run as a wrong password and as the right one', async () => {
    const person = await createPerson(server);
    await signIn(openBrowser(server), 'nobody@example.com');
    const verify = vi.spyOn(scryptThreads, 'verify');
    const kdf = vi.spyOn(scryptThreads, 'kdf');
    const costs: unknown[] = [];
    for (const [email, password] of [
      ['nobody@example.com', wrongPassword],
      [person.email, wrongPassword],
      [person.email, everybodysPassword],
    ] as const) {
      verify.mockClear();
      await signIn(openBrowser(server), email, password);
      // The parameters are in the first bytes of a hash: the same work, not just as many runs.
      const hashes = verify.mock.calls.map(([hash]) =>
        Buffer.from(hash as Uint8Array)
          .subarray(0, 16)
          .toString('hex'),
      );
      costs.push([hashes, kdf.mock.calls.length]);
    }
    expect(costs[0]).toEqual([[expect.stringMatching(/^736372797074000f/)], 0]);
    expect(costs).toEqual([costs[0], costs[0], costs[0]]);
  });

  test('nobody gets in with the password that stands in for an unknown e-mail', async () => {
    vi.spyOn(scryptThreads, 'verify').mockResolvedValue(true);
    const reply = await signIn(openBrowser(server), 'nobody@example.com');
    expectRefused(reply, 'sign_in_required', wrongEither);
  });

  test('begins a new session each time, and the one that this browser had before ends; another browser’s goes on', async () => {
    const person = await createPerson(server);
    const browser = openBrowser(server);
    const other = await openSignedIn(server, person);
    const [others] = await sessionsOf(person);
    await signIn(browser, person.email);
    const first = openBrowser(server, browser.cookies);
    const before = await sessionsOf(person);
    await signIn(browser, person.email);
    const after = await sessionsOf(person);
    expect(before).toHaveLength(2);
    expect(after).toHaveLength(2);
    expect(after.filter(({ id }) => before.some((session) => session.id === id))).toEqual([others]);
    expect([await isSignedIn(first), await isSignedIn(browser), await isSignedIn(other)]).toEqual([false, true, true]);
  });

  test('somebody else at the same browser ends the session of the first', async () => {
    const first = await createMember(server, organizationId, 'viewer');
    const second = await createPerson(server);
    const reply = await first.send('/api/session', {
      body: { email: second.email, password: everybodysPassword },
      headers: newAddress(),
    });
    expect(reply.json()).toEqual({ user: { id: second.id, email: second.email }, organizations: [] });
    expect(await sessionsOf(first.user)).toEqual([]);
  });

  test('a wrong password leaves the session that there was', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    expectRefused(await signIn(member, member.user.email, wrongPassword), 'sign_in_required', wrongEither);
    expect(await isSignedIn(member)).toBe(true);
  });

  test('only from a page of this server', async () => {
    const person = await createPerson(server);
    const verify = vi.spyOn(scryptThreads, 'verify');
    const body = { email: person.email, password: everybodysPassword };
    for (const origin of [null, 'null', 'https://evil.example', 'http://localhost', `${server.publicOrigin}/`]) {
      const reply = await openBrowser(server).send('/api/session', { body, origin, headers: newAddress() });
      expectRefused(reply, 'forbidden', otherPage);
      expect(reply.headers).not.toHaveProperty('set-cookie');
    }
    expect(verify).not.toHaveBeenCalled();
    expect(await sessionsOf(person)).toEqual([]);
  });

  test.each<[string, object | string, readonly string[]]>([
    ['every problem at once', { email: '', password: 1, remember: true }, ['email', 'password', 'remember']],
    ['nothing', {}, ['email', 'password']],
    ['operators', { email: { $ne: '' }, password: { $ne: '' } }, ['email', 'password']],
    ['a password longer than anyone has', { email: 'a@example.com', password: 'x'.repeat(1_001) }, ['password']],
    ['no JSON', 'email=a&password=b', ['']],
  ])('a body that is none: %s', async (_name, body, paths) => {
    const verify = vi.spyOn(scryptThreads, 'verify');
    const reply = await openBrowser(server).send('/api/session', { body, headers: newAddress() });
    const list = paths.map((path) => ({ path, message: expect.any(String) as unknown }));
    const fix = paths[0] === '' && { fix: 'Send a JSON object with Content-Type: application/json.' };
    expectRefused(reply, 'request_invalid', { problems: list, ...fix });
    expect(verify).not.toHaveBeenCalled();
  });

  test('a store that is away is 503 and no wrong password', async () => {
    vi.spyOn(server.store, 'findUserByEmail').mockRejectedValue(new StoreUnavailableError('away'));
    const reply = await signIn(openBrowser(server), 'ada@example.com');
    expect([reply.status, reply.problem().code]).toEqual([503, 'store_unavailable']);
  });

  test('with a password that was changed while it was proven begins no session', async () => {
    const person = await createPerson(server);
    await server.store.changeUser(person.id, { passwordHash: await hashPassword(newPassword) });
    vi.spyOn(server.store, 'findUserByEmail').mockResolvedValueOnce(person);
    expectRefused(await signIn(openBrowser(server), person.email), 'conflict', {
      detail: 'The password was changed at the same time.',
      fix: 'Sign in with the new one.',
    });
    expect(await sessionsOf(person)).toEqual([]);
  });
});

describe('GET /api/session', () => {
  test('is 401 to the field for whoever is not signed in, and clears no cookie that is not there', async () => {
    const reply = await openBrowser(server).send('/api/session');
    expectRefused(reply, 'sign_in_required', signInFirst);
    expect(reply.headers).not.toHaveProperty('set-cookie');
  });

  test('a key is no session', async () => {
    const key = await server.createKey(organizationId, { scopes: ['keys:manage'] });
    expectRefused(await openClient(server, key.asSecret).send('/api/session'), 'sign_in_required', signInFirst);
  });

  test('other methods are 405, other addresses 404', async () => {
    const browser = await createMember(server, organizationId, 'viewer');
    const ask = async (method: string, path: string) => {
      const { status, headers } = await browser.send(path, { method });
      return [status, headers.allow];
    };
    expect(await ask('PUT', '/api/session')).toEqual([405, 'GET, HEAD, POST, DELETE']);
    expect(await ask('GET', '/api/session/password')).toEqual([405, 'PUT']);
    expect(await ask('PUT', '/api/setup')).toEqual([405, 'GET, HEAD, POST']);
    expect(await ask('GET', '/api/setup/preview')).toEqual([405, 'POST']);
    expect(await ask('GET', '/api/session/')).toEqual([404, undefined]);
    expect(await ask('GET', '/api/Session')).toEqual([404, undefined]);
  });
});

describe('a cookie that this server did not seal, or whose session has ended, is 401 and cleared', () => {
  const key = (text: string) => Buffer.alloc(32, text);

  async function expectCleared(cookie: string): Promise<void> {
    canaries.add(cookie);
    const reply = await openBrowser(server, [[cookieName(server), cookie]]).send('/api/session');
    expectRefused(reply, 'sign_in_required', signInFirst);
    expect(cookieLine(reply)).toMatch(
      /^postern-\d+=; Path=\/; Expires=Thu, 01 Jan 1970 [^;]+; HttpOnly; SameSite=Lax$/,
    );
  }

  test('changed in any of its parts, cut, or no seal at all', async () => {
    const { cookies } = await createMember(server, organizationId, 'owner');
    const cookie = cookies.get(cookieName(server))!;
    const parts = cookie.split('.');
    const changed = parts.flatMap((part, index) =>
      part === '' ? [] : [parts.with(index, `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`).join('.')],
    );
    expect(changed).toHaveLength(4);
    for (const text of [...changed, cookie.slice(0, -2), `${cookie}.x`, `${cookie}${cookie}`, 'x', '....', '%00']) {
      await expectCleared(text);
    }
  });

  test('sealed with another secret, or in another way with whatever key', async () => {
    const { user } = await createMember(server, organizationId, 'owner');
    const [session] = await sessionsOf(user);
    const claims = { sid: session!.id };
    const foreign = createSessionSeal('another session secret of 32 characters', server.clock);
    await expectCleared(await foreign.seal(user.id, session!));
    await expectCleared(new UnsecuredJWT(claims).setSubject(user.id).setExpirationTime('1d').encode());
    await expectCleared(
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(user.id)
        .setExpirationTime('1d')
        .sign(key('k')),
    );
    await expectCleared(
      await new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setSubject(user.id)
        .setExpirationTime('1d')
        .encrypt(key(testSessionSecret)),
    );
  });

  test('of a session that is not there, of another person’s, or of nobody', async () => {
    const [one, other] = [
      await createMember(server, organizationId, 'owner'),
      await createMember(server, organizationId, 'owner'),
    ];
    const seal = createSessionSeal(testSessionSecret, server.clock);
    const [session] = await sessionsOf(one.user);
    await expectCleared(await seal.seal(one.user.id, { ...session!, id: createId('ssn', server.clock()) }));
    await expectCleared(await seal.seal(other.user.id, session!));
    await expectCleared(await seal.seal(createId('usr', server.clock()), session!));
    expect([await isSignedIn(one), await isSignedIn(other)]).toEqual([true, true]);
  });

  test('14 days after the sign-in, by the clock, however often it was used; a millisecond before it is good', async () => {
    const own = await start();
    const person = await createPerson(own);
    const browser = openBrowser(own);
    await signIn(browser, person.email);
    own.clock.advance(14 * dayMs - 1);
    expect((await browser.send('/api/session')).status).toBe(200);
    const copy = openBrowser(own, browser.cookies);
    own.clock.advance(1);
    expectRefused(await browser.send('/api/session'), 'sign_in_required', signInFirst);
    expect(browser.cookies.size).toBe(0);
    // Also when the seal itself says another time than the record.
    const {
      sessions: [session],
    } = (await own.store.findUser(person.id))!;
    const later = await createSessionSeal(testSessionSecret, own.clock).seal(person.id, {
      ...session!,
      expiresAt: own.clock() + dayMs,
    });
    expect((await openBrowser(own, [[cookieName(own), later]]).send('/api/session')).status).toBe(401);
    expect((await copy.send('/api/session')).status).toBe(401);
  });
});

describe('signing out', () => {
  test('ends this session on the server: the old cookie is refused, other sessions go on', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    const other = await openSignedIn(server, member.user);
    const copy = openBrowser(server, member.cookies);
    const reply = await member.send('/api/session', { method: 'DELETE' });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(cookieLine(reply)).toMatch(
      /^postern-\d+=; Path=\/; Expires=Thu, 01 Jan 1970 [^;]+; HttpOnly; SameSite=Lax$/,
    );
    expect([await isSignedIn(copy), await isSignedIn(other)]).toEqual([false, true]);
    expect(await sessionsOf(member.user)).toHaveLength(1);
    expectRefused(await copy.send('/api/session', { method: 'DELETE' }), 'sign_in_required', signInFirst);
  });

  test('everywhere ends all of this person’s, and nobody else’s', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    const stranger = await createMember(server, organizationId, 'viewer');
    const others = [await openSignedIn(server, member.user), await openSignedIn(server, member.user)];
    const copy = openBrowser(server, member.cookies);
    const reply = await member.send('/api/session?everywhere=true', { method: 'DELETE' });
    expect([reply.status, member.cookies.size]).toEqual([204, 0]);
    expect(await Promise.all([copy, ...others, stranger].map(isSignedIn))).toEqual([false, false, false, true]);
    expect(await sessionsOf(member.user)).toEqual([]);
  });

  test('only from a page of this server', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    for (const origin of [null, 'null', 'https://evil.example']) {
      const reply = await member.send('/api/session?everywhere=true', { method: 'DELETE', origin });
      expectRefused(reply, 'forbidden', otherPage);
    }
    expect(await isSignedIn(member)).toBe(true);
  });
});

describe('another password', () => {
  const change = (browser: Browser, body: object, request: BrowserRequest = {}) =>
    browser.send('/api/session/password', { method: 'PUT', body, headers: newAddress(), ...request });
  const good = { currentPassword: everybodysPassword, newPassword };

  test('that is tried first is refused at its field, and the old one stays', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    for (const [tried, message] of [
      ['password123', /most people use/],
      [member.user.email, /your e-mail/],
    ] as const) {
      expectRefused(await change(member, { ...good, newPassword: tried }), 'request_invalid', {
        problems: [{ path: 'newPassword', message: expect.stringMatching(message) as unknown }],
      });
    }
    expect((await signIn(openBrowser(server), member.user.email)).status).toBe(200);
  });

  test('ends every other session at once, in every process, and goes on here with a new one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
    const database = `lmdb:${folder}`;
    // Behind one address, as processes of one service are.
    const environment = { PUBLIC_URL: 'http://gate.localhost' };
    const [one, two] = [await start({ database, environment }), await start({ database, environment })];
    const member = await createMember(one, await one.createOrganization(), 'owner');
    const others = [await openSignedIn(one, member.user), await openSignedIn(two, member.user)];
    const elsewhere = openBrowser(two, others[0]!.cookies);
    const old = openBrowser(one, member.cookies);
    for (const browser of [...others, elsewhere]) expect((await browser.send('/api/session')).status).toBe(200);
    const session = (await member.send('/api/session')).json();
    const reply = await change(member, good);
    expect([reply.status, reply.json()]).toEqual([200, session]);
    expect(parseSetCookie(cookieLine(reply))).toMatchObject({
      name: 'postern',
      httpOnly: true,
      sameSite: 'lax',
    });
    for (const browser of [...others, elsewhere, old]) expect((await browser.send('/api/session')).status).toBe(401);
    for (const instance of [one, two]) {
      expect((await openBrowser(instance, member.cookies).send('/api/session')).json()).toEqual(session);
      expect((await signIn(openBrowser(instance), member.user.email)).status).toBe(401);
      expect((await signIn(openBrowser(instance), member.user.email, newPassword)).status).toBe(200);
    }
    rmSync(folder, { recursive: true });
  });

  test('a wrong current one is 403 with its field, and nothing changed', async () => {
    const member = await createMember(server, organizationId, 'owner');
    const before = await server.store.findUser(member.user.id);
    expectRefused(await change(member, { ...good, currentPassword: wrongPassword }), 'forbidden', {
      detail: 'The current password is wrong.',
      problems: [{ path: 'currentPassword', message: 'This is not your current password.' }],
    });
    expect(await server.store.findUser(member.user.id)).toEqual(before);
    expect(await isSignedIn(member)).toBe(true);
  });

  test.each<[string, object, readonly string[]]>([
    [
      'every problem at once',
      { currentPassword: '', newPassword: 'x', more: 1 },
      ['currentPassword', 'newPassword', 'more'],
    ],
    ['7 characters', { ...good, newPassword: '1234567' }, ['newPassword']],
    ['201 characters', { ...good, newPassword: 'x'.repeat(201) }, ['newPassword']],
  ])('%s: 400', async (_name, body, paths) => {
    const member = await createMember(server, organizationId, 'owner');
    const before = await server.store.findUser(member.user.id);
    const list = paths.map((path) => ({ path, message: expect.any(String) as unknown }));
    expectRefused(await change(member, body), 'request_invalid', { problems: list });
    expect(await server.store.findUser(member.user.id)).toEqual(before);
  });

  test('only by one who is signed in, and only from a page of this server', async () => {
    const member = await createMember(server, organizationId, 'owner');
    const before = await server.store.findUser(member.user.id);
    expectRefused(await change(openBrowser(server), good), 'sign_in_required', signInFirst);
    for (const origin of [null, 'null', 'https://evil.example']) {
      expectRefused(await change(member, good, { origin }), 'forbidden', otherPage);
    }
    expect(await server.store.findUser(member.user.id)).toEqual(before);
  });

  test('two at once: one is the password, the other gets a conflict', async () => {
    const member = await createMember(server, organizationId, 'owner');
    const other = await openSignedIn(server, member.user);
    const passwords = ['the first of the two', 'the second of the two'];
    const replies = await Promise.all([
      change(member, { ...good, newPassword: passwords[0] }),
      change(other, { ...good, newPassword: passwords[1] }),
    ]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const winner = replies.findIndex(({ status }) => status === 200);
    expect((await signIn(openBrowser(server), member.user.email, passwords[winner])).status).toBe(200);
    expect((await signIn(openBrowser(server), member.user.email, passwords[1 - winner])).status).toBe(401);
  });

  test('the same characters typed as others of Unicode are the same password', async () => {
    const member = await createMember(server, organizationId, 'owner');
    const typed = 'a p\u00e4ssword \u212b';
    expect((await change(member, { ...good, newPassword: typed })).status).toBe(200);
    expect((await signIn(openBrowser(server), member.user.email, typed.normalize('NFD'))).status).toBe(200);
    canaries.add(typed);
  });
});

describe('how often passwords may be tried', () => {
  const tooMany = {
    detail: 'Too many tries to sign in from this address.',
    fix: 'Wait 15 minutes, then try again.',
  };

  /** Whoever tries is wrong, without the work. */
  const allAreWrong = () => vi.spyOn(scryptThreads, 'verify').mockResolvedValue(false);

  test('the ninth try on an account from one address is 429, right or wrong, without a scrypt run; from elsewhere the person signs in', async () => {
    const person = await createPerson(server);
    const from = newAddress();
    const verify = allAreWrong();
    for (let count = 0; count < 8; count++) {
      const reply = await signIn(openBrowser(server), person.email, wrongPassword, from);
      expectRefused(reply, 'sign_in_required', wrongEither);
    }
    verify.mockReset();
    verify.mockRestore();
    const counted = vi.spyOn(scryptThreads, 'verify');
    for (const password of [wrongPassword, everybodysPassword]) {
      const reply = await signIn(openBrowser(server), person.email, password, from);
      expectRefused(reply, 'rate_limited', tooMany);
      const seconds = Number(reply.headers['retry-after']);
      expect(seconds).toBeGreaterThan(800);
      expect(seconds).toBeLessThanOrEqual(900);
      expect(reply.headers).not.toHaveProperty('set-cookie');
    }
    expect(counted).not.toHaveBeenCalled();
    expect(await sessionsOf(person)).toEqual([]);
    // No lock-out: neither the person elsewhere, nor others at that address.
    expect((await signIn(openBrowser(server), person.email)).status).toBe(200);
    const neighbour = await createPerson(server);
    expect((await signIn(openBrowser(server), neighbour.email, everybodysPassword, from)).status).toBe(200);
  });

  test('tries at the same time are counted too', async () => {
    const person = await createPerson(server);
    const from = newAddress();
    allAreWrong();
    const tries = Array.from({ length: 12 }, () => signIn(openBrowser(server), person.email, wrongPassword, from));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([...Array<number>(8).fill(401), ...Array<number>(4).fill(429)]);
  });

  test('an IPv6 customer has a whole /64, and is one address', async () => {
    const person = await createPerson(server);
    allAreWrong();
    const statuses: number[] = [];
    for (let count = 1; count <= 9; count++) {
      const from = { 'x-forwarded-for': `2001:db8:0:7::${count.toString(16)}` };
      statuses.push((await signIn(openBrowser(server), person.email, wrongPassword, from)).status);
    }
    expect(statuses).toEqual([...Array<number>(8).fill(401), 429]);
  });

  test('a current password and an invited account’s password are tries on that account as well', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    const otherId = await server.createOrganization();
    const { token } = await links(server).makeInvitation(otherId, member.user.email, 'member');
    const from = newAddress();
    allAreWrong();
    const put = () =>
      member.send('/api/session/password', {
        method: 'PUT',
        body: { currentPassword: wrongPassword, newPassword },
        headers: from,
      });
    const use = () =>
      openBrowser(server).send('/api/setup', { body: { token, password: wrongPassword }, headers: from });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) {
      statuses.push((await put()).status, (await use()).status);
      statuses.push((await signIn(openBrowser(server), member.user.email, wrongPassword, from)).status);
    }
    expect(statuses).toEqual([403, 401, 401, 403, 401, 401, 403, 401, 429]);
    expectRefused(await put(), 'rate_limited', tooMany);
    expectRefused(await use(), 'rate_limited', tooMany);
  });

  test('without a trusted proxy, the address is that of the connection, whatever a header says', async () => {
    const bare = await start();
    const person = await createPerson(bare);
    allAreWrong();
    const statuses: number[] = [];
    for (let count = 0; count < 9; count++) {
      statuses.push((await signIn(openBrowser(bare), person.email, wrongPassword, newAddress())).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

/** Makes links as the server and the command line do. */
function links(own: TestServer) {
  return createSetupLinks({
    store: own.store,
    clock: own.clock,
    passwords: createPasswords(),
    limiter: createSignInLimiter(),
  });
}

function tokenIn(url: string): string {
  const token = /#token=([\w-]+)$/.exec(url)?.[1] ?? '';
  canaries.add(token);
  return token;
}

const use = (own: TestServer, body: object, browser = openBrowser(own)) =>
  browser.send('/api/setup', { body, headers: newAddress() });
const preview = (own: TestServer, token: string) => openBrowser(own).send('/api/setup/preview', { body: { token } });

async function expectDead(own: TestServer, token: string): Promise<void> {
  expectRefused(await preview(own, token), 'not_found', noSuchLink);
  const reply = await use(own, { token, password: newPassword, email: 'late@example.com' });
  expectRefused(reply, 'not_found', noSuchLink);
  expect(reply.headers).not.toHaveProperty('set-cookie');
  expect(await own.store.findUserByEmail('late@example.com')).toBeUndefined();
}

test('GET /api/setup tells whether anybody can sign in', async () => {
  const own = await start();
  const isSetUp = async () => {
    const reply = await openBrowser(own).send('/api/setup');
    expect([reply.status, reply.headers['cache-control']]).toEqual([200, 'no-store']);
    return reply.json();
  };
  expect(await isSetUp()).toEqual({ isSetUp: false });
  await createPerson(own);
  expect(await isSetUp()).toEqual({ isSetUp: true });
});

describe('the first owner’s link', () => {
  async function startEmpty(environment: Readonly<Record<string, string>> = {}) {
    const own = await start({ environment });
    const { setupUrl } = (await own.ready)!;
    return { own, url: setupUrl!, token: tokenIn(setupUrl!) };
  }

  test('is made at the first start, on the server’s own address, with the token where no log sees it', async () => {
    const { own, url } = await startEmpty();
    expect(url).toMatch(new RegExp(`^${own.publicOrigin}/setup#token=[\\w-]{43}$`));
  });

  test('shows what it is for, makes the account and the organization, signs in, and works once', async () => {
    const { own, token } = await startEmpty();
    expect((await preview(own, token)).json()).toEqual({
      purpose: 'first_owner',
      email: null,
      organization: null,
      role: 'owner',
      hasAccount: false,
    });
    const browser = openBrowser(own);
    const body = { token, password: newPassword, email: ' Boss@Example.COM', organizationName: ' Acme ' };
    const reply = await use(own, body, browser);
    const session = {
      user: { id: expect.stringMatching(/^usr_[0-9a-z]{25}$/) as unknown, email: 'boss@example.com' },
      organizations: [{ id: expect.stringMatching(/^org_[0-9a-z]{25}$/) as unknown, name: 'Acme', role: 'owner' }],
    };
    expect([reply.status, reply.json()]).toEqual([200, session]);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(parseSetCookie(cookieLine(reply))).toMatchObject({
      name: expect.stringMatching(/^postern-\d+$/) as unknown,
      httpOnly: true,
      sameSite: 'lax',
    });
    const { user, organizations } = reply.json() as { user: { id: string }; organizations: { id: string }[] };
    const id = organizations[0]!.id;
    expect((await browser.send('/api/session')).json()).toEqual(session);
    expect((await browser.send(`/api/org/${id}/credits`)).json()).toEqual({ granted: 1_000, spent: 0 });
    const audit = (await browser.send(`/api/org/${id}/audit`)).json() as { data: { action: string }[] };
    const actor = { kind: 'user', id: user.id, name: 'boss@example.com' };
    expect(audit.data.toSorted((a, b) => a.action.localeCompare(b.action))).toMatchObject([
      {
        actor,
        action: 'member.joined',
        target: { kind: 'member', id: user.id, name: 'boss@example.com' },
        before: null,
        after: { role: 'owner' },
      },
      {
        actor,
        action: 'organization.created',
        target: { kind: 'organization', id, name: 'Acme' },
        before: null,
        after: { name: 'Acme', granted: 1_000 },
      },
    ]);
    await expectDead(own, token);
    expect((await signIn(openBrowser(own), 'boss@example.com', newPassword)).status).toBe(200);
  });

  test('has a name for the person and for the organization where none is given', async () => {
    const { own, token } = await startEmpty();
    expect((await use(own, { token, password: newPassword })).json()).toMatchObject({
      user: { email: 'owner@localhost' },
      organizations: [{ name: 'My organization', role: 'owner' }],
    });
  });

  test('with the demo on it makes an organization of their own, which comes first, and joins the demo’s too', async () => {
    const { own, token } = await startEmpty({ DEMO: 'on' });
    expect((await preview(own, token)).json()).toMatchObject({ purpose: 'first_owner', organization: 'Demo' });
    const reply = await use(own, { token, password: newPassword, organizationName: 'Mine' });
    expect(reply.json()).toMatchObject({
      organizations: [
        { name: 'Mine', role: 'owner' },
        { id: 'org_demo', name: 'Demo', role: 'owner' },
      ],
    });
    // What the owner makes in it is out of reach for the pair that the demo page shows to everybody.
    const { demo } = (await own.ready)!;
    const id = (reply.json() as { organizations: { id: string }[] }).organizations[0]!.id;
    const agent = await own.createAgent(id, { public: true });
    const headers = { authorization: `Bearer ${demo!.key.publicKey}:${demo!.secretKey}` };
    const listed = (await send(own, '/api/v1/agents', { headers })).json() as { data: { id: string }[] };
    expect(listed.data.map((one) => one.id)).toEqual(['agt_demo']);
    expect((await send(own, `/api/v1/agents/${agent.id}`, { headers })).status).toBe(404);
    expect((await send(own, `/api/org/${id}/api-keys`, { headers })).status).toBe(403);
  });

  test('ends after a day', async () => {
    const { own, token } = await startEmpty();
    own.clock.advance(dayMs - 1);
    expect((await preview(own, token)).status).toBe(200);
    own.clock.advance(1);
    await expectDead(own, token);
    expect(await own.store.hasUsers()).toBe(false);
  });

  test('is made anew at each start until somebody can sign in; then none is made, and those that were are dead', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
    const database = `lmdb:${folder}`;
    const tokens: string[] = [];
    for (let count = 0; count < 2; count++) {
      const own = await start({ database });
      tokens.push(tokenIn((await own.ready)!.setupUrl!));
      await own.stop();
    }
    const own = await start({ database });
    expect((await use(own, { token: tokens[1]!, password: newPassword })).status).toBe(200);
    await expectDead(own, tokens[0]!);
    await own.stop();
    const again = await start({ database });
    expect((await again.ready)!.setupUrl).toBeUndefined();
    await again.stop();
    rmSync(folder, { recursive: true });
  });

  test('a body that is none, or another page, leaves it as good as it was', async () => {
    const { own, token } = await startEmpty();
    const body = { token, password: 'short', email: 'no address', organizationName: ' ', role: 'owner' };
    const list = ['password', 'email', 'organizationName', 'role'].map((path) => ({
      path,
      message: expect.any(String) as unknown,
    }));
    expectRefused(await use(own, body), 'request_invalid', { problems: list });
    for (const origin of [null, 'null', 'https://evil.example']) {
      const good = { token, password: newPassword };
      expectRefused(await openBrowser(own).send('/api/setup', { body: good, origin }), 'forbidden', otherPage);
      const shown = await openBrowser(own).send('/api/setup/preview', { body: { token }, origin });
      expectRefused(shown, 'forbidden', otherPage);
    }
    expect(await own.store.hasUsers()).toBe(false);
    expect((await use(own, { token, password: newPassword })).status).toBe(200);
  });

  test.each([
    ['the same e-mail', ['one@example.com', 'one@example.com']],
    ['two e-mails', ['one@example.com', 'two@example.com']],
  ])('used twice at the same moment, with %s, makes one account in one organization', async (_name, emails) => {
    const { own, token } = await startEmpty();
    const create = vi.spyOn(own.store, 'createOrganization');
    const createUser = vi.spyOn(own.store, 'createUser');
    const replies = await Promise.all(emails.map((email) => use(own, { token, password: newPassword, email })));
    const done = replies.filter(({ status }) => status === 200).map((reply) => reply.json());
    expect(done.length).toBeGreaterThan(0);
    for (const session of done) expect(session).toEqual(done[0]);
    for (const reply of replies.filter(({ status }) => status !== 200)) {
      expect(reply.problem().code).toBe('not_found');
    }
    const made = await Promise.all(createUser.mock.results.map(({ value }) => value as Promise<string>));
    expect(made.filter((result) => result === 'created')).toHaveLength(1);
    const organizations = await Promise.all(create.mock.results.map(({ value }) => value as Promise<string>));
    expect(organizations.filter((result) => result === 'created')).toHaveLength(1);
    const { user } = done[0] as { user: { id: string } };
    expect(await own.store.listMembershipsOf(user.id)).toHaveLength(1);
    await expectDead(own, token);
  });
});

describe('an invitation', () => {
  test('of a new person: shows what it is for, makes the account with the password given, signs in, and works once', async () => {
    const { token } = await links(server).makeInvitation(organizationId, 'new@example.com', 'viewer');
    canaries.add(token);
    expect((await preview(server, token)).json()).toEqual({
      purpose: 'invitation',
      email: 'new@example.com',
      organization: 'A test',
      role: 'viewer',
      hasAccount: false,
    });
    const browser = openBrowser(server);
    const reply = await use(server, { token, password: newPassword, email: 'another@example.com' }, browser);
    expect([reply.status, reply.json()]).toEqual([
      200,
      {
        user: { id: expect.stringMatching(/^usr_/) as unknown, email: 'new@example.com' },
        organizations: [{ id: organizationId, name: 'A test', role: 'viewer' }],
      },
    ]);
    expect(await isSignedIn(browser)).toBe(true);
    await expectDead(server, token);
    expect(await server.store.findUserByEmail('another@example.com')).toBeUndefined();
    expect((await signIn(openBrowser(server), 'new@example.com', newPassword)).status).toBe(200);
  });

  test('of somebody with an account asks for that account’s password, and leaves it and its sessions as they are', async () => {
    const ownId = await server.createOrganization();
    const member = await createMember(server, organizationId, 'owner');
    const { token } = await links(server).makeInvitation(ownId, member.user.email, 'member');
    canaries.add(token);
    expect((await preview(server, token)).json()).toMatchObject({ email: member.user.email, hasAccount: true });
    const wrong = await use(server, { token, password: wrongPassword });
    expectRefused(wrong, 'sign_in_required', wrongEither);
    expect(wrong.headers).not.toHaveProperty('set-cookie');
    expect(await server.store.findMember(ownId, member.user.id)).toBeUndefined();
    const reply = await use(server, { token, password: everybodysPassword });
    expect(reply.status).toBe(200);
    expect((reply.json().organizations as object[]).toSorted()).toHaveLength(2);
    expect(await server.store.findMember(ownId, member.user.id)).toMatchObject({ role: 'member' });
    expect((await server.store.findUser(member.user.id))!.passwordHash).toBe(member.user.passwordHash);
    expect(await isSignedIn(member)).toBe(true);
    await expectDead(server, token);
  });

  test('followed in a browser where somebody else is signed in ends that session', async () => {
    const { token } = await links(server).makeInvitation(organizationId, 'guest@example.com', 'viewer');
    const member = await createMember(server, organizationId, 'owner');
    const before = openBrowser(server, member.cookies);
    const reply = await use(server, { token, password: newPassword }, member);
    expect(reply.json()).toMatchObject({ user: { email: 'guest@example.com' } });
    expect(await sessionsOf(member.user)).toEqual([]);
    expect([await isSignedIn(before), await isSignedIn(member)]).toEqual([false, true]);
  });

  test('does not lift the role of one who is a member already', async () => {
    const member = await createMember(server, organizationId, 'viewer');
    const { token } = await links(server).makeInvitation(organizationId, member.user.email, 'owner');
    expect((await use(server, { token, password: everybodysPassword })).status).toBe(200);
    expect(await server.store.findMember(organizationId, member.user.id)).toMatchObject({ role: 'viewer' });
  });

  test('used twice at the same moment makes one account and one member', async () => {
    const { token } = await links(server).makeInvitation(organizationId, 'twice@example.com', 'member');
    const createUser = vi.spyOn(server.store, 'createUser');
    const body = { token, password: newPassword };
    const replies = await Promise.all([use(server, body), use(server, body)]);
    const made = await Promise.all(createUser.mock.results.map(({ value }) => value as Promise<string>));
    expect(made.filter((result) => result === 'created')).toHaveLength(1);
    const users = replies.filter(({ status }) => status === 200).map((reply) => reply.json());
    expect(users.length).toBeGreaterThan(0);
    for (const session of users) expect(session).toEqual(users[0]);
    const { items } = await server.store.listAudit(organizationId, { limit: 100 });
    const joined = items.filter(
      ({ action, target }) => action === 'member.joined' && target.name === 'twice@example.com',
    );
    expect(joined).toHaveLength(1);
  });

  test('used at the same moment with two passwords: who made the account is in, the other is not', async () => {
    const { token } = await links(server).makeInvitation(organizationId, 'raced@example.com', 'member');
    const replies = await Promise.all([
      use(server, { token, password: newPassword }),
      use(server, { token, password: wrongPassword }),
    ]);
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect([401, 404]).toContain(statuses.find((status) => status !== 200));
  });

  test('ends after seven days', async () => {
    const own = await start();
    const { token } = await links(own).makeInvitation(await own.createOrganization(), 'new@example.com', 'member');
    own.clock.advance(7 * dayMs - 1);
    expect((await preview(own, token)).status).toBe(200);
    own.clock.advance(1);
    await expectDead(own, token);
  });

  test('is dead once a newer one was made for the same person', async () => {
    const { token } = await links(server).makeInvitation(organizationId, 'twoways@example.com', 'owner');
    const newer = await links(server).makeInvitation(organizationId, 'twoways@example.com', 'viewer');
    await expectDead(server, token);
    expect((await preview(server, newer.token)).json()).toMatchObject({ role: 'viewer' });
  });
});

describe('a reset', () => {
  async function makeReset(user: User): Promise<string> {
    const made = await links(server).makeReset(user.email);
    if (isRefusal(made)) throw new Error(made.code);
    canaries.add(made.token);
    return made.token;
  }

  test('sets another password, ends every session, signs in, and works once', async () => {
    const member = await createMember(server, organizationId, 'owner');
    const token = await makeReset(member.user);
    expect((await preview(server, token)).json()).toEqual({
      purpose: 'reset',
      email: member.user.email,
      organization: null,
      role: null,
      hasAccount: false,
    });
    expect(await isSignedIn(member)).toBe(true);
    const browser = openBrowser(server);
    const reply = await use(server, { token, password: newPassword }, browser);
    expect([reply.status, reply.json()]).toEqual([
      200,
      {
        user: { id: member.user.id, email: member.user.email },
        organizations: [{ id: organizationId, name: 'A test', role: 'owner' }],
      },
    ]);
    expect([await isSignedIn(member), await isSignedIn(browser)]).toEqual([false, true]);
    expect((await signIn(openBrowser(server), member.user.email)).status).toBe(401);
    expect((await signIn(openBrowser(server), member.user.email, newPassword)).status).toBe(200);
    await expectDead(server, token);
  });

  test('is dead once the password was changed, also by another reset', async () => {
    const member = await createMember(server, organizationId, 'owner');
    const [one, two] = [await makeReset(member.user), await makeReset(member.user)];
    const changed = await member.send('/api/session/password', {
      method: 'PUT',
      body: { currentPassword: everybodysPassword, newPassword },
      headers: newAddress(),
    });
    expect(changed.status).toBe(200);
    await expectDead(server, one);
    await expectDead(server, two);
    expect(await isSignedIn(member)).toBe(true);
  });

  test('used twice at the same moment sets one of the two', async () => {
    const person = await createPerson(server);
    const token = await makeReset(person);
    const passwords = ['the first of the two', 'the second of the two'];
    const replies = await Promise.all(passwords.map((password) => use(server, { token, password })));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    const winner = replies.findIndex(({ status }) => status === 200);
    expect((await signIn(openBrowser(server), person.email, passwords[winner])).status).toBe(200);
    expect(await sessionsOf(person)).toHaveLength(2);
  });

  test('of an e-mail that nobody has is none', async () => {
    expect(await links(server).makeReset('nobody@example.com')).toMatchObject({ code: 'not_found' });
  });
});

describe('a token that is no link’s', () => {
  test.each(['x', 'x'.repeat(200), '../..', '\u0000'])('%j is 404', async (token) => {
    await expectDead(server, token);
  });

  test.each([[{}], [{ token: '' }], [{ token: 1 }], [{ token: 'x'.repeat(201) }], [{ token: { $ne: '' } }]])(
    '%j is 400',
    async (body) => {
      const list = [{ path: 'token', message: expect.any(String) as unknown }];
      const shown = await openBrowser(server).send('/api/setup/preview', { body });
      expectRefused(shown, 'request_invalid', { problems: list });
      const used = await use(server, { ...body, password: newPassword });
      expectRefused(used, 'request_invalid', { problems: list });
    },
  );
});

test('no password, cookie or token is in any line of the log', async () => {
  const [first] = servers;
  await expect.poll(() => first!.logLines.filter((line) => line.includes('/api/setup')).length).toBeGreaterThan(20);
  expect(canaries.size).toBeGreaterThan(20);
  for (const line of servers.flatMap(({ logLines }) => logLines)) {
    for (const canary of canaries) {
      // The shortest are no text that a log could have by accident.
      if (canary.length >= 8) expect(line).not.toContain(canary);
    }
  }
});
