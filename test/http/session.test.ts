/** Signing in and out, and the cookie between: `/api/session`. */
import { parseSetCookie } from 'cookie';
import { decodeProtectedHeader, EncryptJWT, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { hashPassword } from '../../server/accounts/passwords.ts';
import { createSessionSeal } from '../../server/accounts/session-seal.ts';
import { dayMs } from '../../server/gate/clock.ts';
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
  cookieName,
} from '../support/people.ts';
import type { Reply } from '../support/requests.ts';
import { testSessionSecret } from '../support/server.ts';
import { openSessions, newPassword, wrongPassword, signInFirst, otherPage, wrongEither } from '../support/sessions.ts';

const {
  server,
  organizationId,
  canaries,
  start,
  stop,
  newAddress,
  signIn,
  isSignedIn,
  sessionsOf,
  cookieLine,
  expectRefused,
  expectSilentLog,
} = await openSessions();
afterEach(() => vi.restoreAllMocks());
afterAll(stop);

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
    expect(await ask('GET', '/api/setup/forgotten')).toEqual([405, 'POST']);
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

test('no password, cookie or token is in any line of the log', () =>
  expectSilentLog('/api/session', { canariesMin: 20, linesMin: 20 }));
