/** One-time links: the first owner’s, an invitation, a reset: `/api/setup`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSetCookie } from 'cookie';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import type { User } from '../../server/records/user.ts';
import { createMember, createPerson, everybodysPassword, openBrowser } from '../support/people.ts';
import { send } from '../support/requests.ts';
import type { TestServer } from '../support/server.ts';
import {
  links,
  openSessions,
  newPassword,
  wrongPassword,
  otherPage,
  wrongEither,
  noSuchLink,
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
  expect(await isSetUp()).toEqual({ isSetUp: false, isMailOn: false });
  await createPerson(own);
  expect(await isSetUp()).toEqual({ isSetUp: true, isMailOn: false });
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
    expect((await browser.send(`/api/org/${id}/credits`)).json()).toMatchObject({ granted: 1_000, spent: 0 });
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

test('no password, cookie or token is in any line of the log', () =>
  expectSilentLog('/api/setup', { canariesMin: 18, linesMin: 20 }));
