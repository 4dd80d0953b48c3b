/** Another password, and how often passwords may be tried. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSetCookie } from 'cookie';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { scryptThreads } from '../../server/scrypt-threads.ts';
import {
  createMember,
  createPerson,
  everybodysPassword,
  openBrowser,
  openSignedIn,
  type Browser,
  type BrowserRequest,
} from '../support/people.ts';
import {
  links,
  openSessions,
  newPassword,
  wrongPassword,
  signInFirst,
  otherPage,
  wrongEither,
} from '../support/sessions.ts';

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

test('no password, cookie or token is in any line of the log', () =>
  expectSilentLog('/api/session', { canariesMin: 4, linesMin: 20 }));
