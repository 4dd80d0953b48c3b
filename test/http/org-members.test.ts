/** `…/members` and `…/audit`: who belongs to an organization, and who changed what. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { dayMs, toIsoTime } from '../../server/gate/clock.ts';
import type { ProblemCode } from '../../server/gate/problem.ts';
import type { Role } from '../../server/records/membership.ts';
import { createId } from '../../server/records/id.ts';
import {
  createMember,
  createPerson,
  everybodysPassword,
  openBrowser,
  openClient,
  openSignedIn,
  type Member,
} from '../support/people.ts';
import { expectProblemBody } from '../support/problem.ts';
import type { Reply } from '../support/requests.ts';
import { sampleKey, sampleLink } from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let organizationId: string;
let owner: Member;
const tokens = new Set<string>();

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Each test has an organization of its own, with one owner. */
beforeEach(async () => {
  organizationId = await server.createOrganization();
  owner = await createMember(server, organizationId, 'owner');
  server.clock.advance(1);
});

const sentence: unknown = expect.stringMatching(/\S/);
const path = (rest: string) => `/api/org/${organizationId}${rest}`;
const invite = (body: object, by = owner): Promise<Reply> => by.send(path('/members'), { body });
const changeRole = (id: string, body: object, by = owner): Promise<Reply> =>
  by.send(path(`/members/${id}`), { method: 'PATCH', body });
const remove = (id: string, by = owner): Promise<Reply> => by.send(path(`/members/${id}`), { method: 'DELETE' });
const join = (role: Role) => createMember(server, organizationId, role);
const readMembers = async () => (await owner.send(path('/members'))).json();
const readAll = async () => [
  await server.store.listMembers(organizationId),
  await server.store.listLinks(organizationId),
  await server.store.listAudit(organizationId, { limit: 1_000 }),
];

interface Invited {
  readonly invitation: { readonly id: string };
  readonly url: string;
}

function tokenOf(reply: Reply): string {
  const { url } = reply.json() as unknown as Invited;
  const token = url.slice(`${server.publicOrigin}/setup#token=`.length);
  expect(url).toBe(`${server.publicOrigin}/setup#token=${token}`);
  expect(token).toMatch(/^[\w-]{43}$/);
  tokens.add(token);
  return token;
}

const follow = (token: string, password = everybodysPassword, browser = openBrowser(server)) =>
  browser.send('/api/setup', { body: { token, password } });

const expectRefused = (reply: Reply, code: ProblemCode, fields: object = {}) =>
  expectProblemBody(reply, server.publicOrigin, code, fields);

/** A refusal that leaves members, invitations and the log as they were. */
async function expectUnchanged(asked: () => Promise<Reply>, code: ProblemCode, fields: object = {}): Promise<void> {
  const before = await readAll();
  expectRefused(await asked(), code, fields);
  expect(await readAll()).toEqual(before);
}

const lastOwner = {
  detail: 'This is the last owner, and an organization needs one.',
  fix: 'Make another member an owner first.',
};
const noSuchMember = { detail: 'This organization has no such member.' };

describe('GET …/members', () => {
  test('members in the order in which they came, and open invitations without their tokens, to the field', async () => {
    const viewer = await join('viewer');
    server.clock.advance(1);
    const member = await join('member');
    await server.store.createLink(sampleLink(organizationId, { email: 'late@example.com', expiresAt: server.clock() }));
    const { invitation } = (await invite({ email: 'new@example.com', role: 'owner' })).json() as unknown as Invited;
    const present = ({ user }: Member, role: Role) => ({
      userId: user.id,
      email: user.email,
      role,
      createdAt: toIsoTime(user.createdAt),
    });
    const reply = await viewer.send(path('/members'));
    expect([reply.status, reply.json()]).toEqual([
      200,
      {
        data: [present(owner, 'owner'), present(viewer, 'viewer'), present(member, 'member')],
        invitations: [
          {
            id: invitation.id,
            email: 'new@example.com',
            role: 'owner',
            createdAt: toIsoTime(server.clock()),
            expiresAt: toIsoTime(server.clock() + 7 * dayMs),
          },
        ],
      },
    ]);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.text).not.toContain(member.user.passwordHash);
  });
});

describe('POST …/members', () => {
  test('makes a one-time link, shown this once, that lets in who is invited with that role', async () => {
    const reply = await invite({ email: ' New@Example.com ', role: 'viewer' });
    expect([reply.status, reply.json()]).toEqual([
      201,
      {
        invitation: {
          id: expect.stringMatching(/^lnk_[0-9a-z]{25}$/) as unknown,
          email: 'new@example.com',
          role: 'viewer',
          createdAt: toIsoTime(server.clock()),
          expiresAt: toIsoTime(server.clock() + 7 * dayMs),
        },
        url: expect.any(String) as unknown,
        mail: null,
      },
    ]);
    expect(reply.headers['cache-control']).toBe('no-store');
    const token = tokenOf(reply);
    expect((await owner.send(path('/members'))).text).not.toContain(token);
    expect((await owner.send(path('/audit'))).text).not.toContain(token);
    expect(JSON.stringify(await readAll())).not.toContain(token);
    const browser = openBrowser(server);
    expect((await follow(token, everybodysPassword, browser)).json()).toMatchObject({
      user: { email: 'new@example.com' },
      organizations: [{ id: organizationId, role: 'viewer' }],
    });
    expect((await browser.send(path('/api-keys'))).status).toBe(200);
    expect(await readMembers()).toMatchObject({ data: [{ role: 'owner' }, { role: 'viewer' }], invitations: [] });
    expect((await follow(token)).status).toBe(404);
  });

  test('a member where no role is named', async () => {
    expect((await invite({ email: 'a@example.com' })).json()).toMatchObject({ invitation: { role: 'member' } });
  });

  test('of somebody who is a member already is a conflict', async () => {
    const { user } = await join('viewer');
    await expectUnchanged(() => invite({ email: user.email.toUpperCase(), role: 'owner' }), 'conflict', {
      detail: 'This person is a member already.',
      fix: 'Change their role in the list instead.',
    });
  });

  test('of the same person again takes the place of the link before, with its role', async () => {
    const before = tokenOf(await invite({ email: 'twice@example.com', role: 'owner' }));
    const after = tokenOf(await invite({ email: 'twice@example.com', role: 'viewer' }));
    expect((await readMembers()).invitations).toMatchObject([{ email: 'twice@example.com', role: 'viewer' }]);
    expect((await follow(before)).status).toBe(404);
    expect((await follow(after)).json()).toMatchObject({ organizations: [{ role: 'viewer' }] });
  });

  test('says nothing about whether somebody has an account here', async () => {
    const stranger = await createPerson(server);
    const shapeOf = (reply: Reply) => {
      const { invitation } = reply.json() as { invitation: object };
      return [reply.status, Object.keys(reply.json()), { ...invitation, id: '', email: '' }];
    };
    expect(shapeOf(await invite({ email: stranger.email }))).toEqual(
      shapeOf(await invite({ email: 'nobody.here@example.com' })),
    );
  });

  test.each<[object, readonly string[]]>([
    [{}, ['email']],
    [{ email: 'no address', role: 'admin', name: 'x' }, ['email', 'role', 'name']],
    [{ email: 'a b@example.com' }, ['email']],
    [{ email: `${'x'.repeat(250)}@a.example` }, ['email']],
    [{ email: { $ne: '' } }, ['email']],
  ])('%j is refused', async (body, paths) => {
    const list = paths.map((place) => ({ path: place, message: sentence }));
    await expectUnchanged(() => invite(body), 'request_invalid', { problems: list });
  });

  test('an organization has at most 500 members and invitations', async () => {
    await Promise.all(
      Array.from({ length: 499 }, (_, index) =>
        server.store.createLink(
          sampleLink(organizationId, { email: `${index}@example.com`, expiresAt: server.clock() + dayMs }),
        ),
      ),
    );
    await expectUnchanged(() => invite({ email: 'one.more@example.com' }), 'conflict', {
      detail: 'An organization has at most 500 members and invitations.',
    });
  });
});

describe('PATCH …/members/{userId}', () => {
  test('changes the role, which holds from the next request on', async () => {
    const member = await join('viewer');
    const create = () => member.send(path('/agents'), { body: { name: 'x', faq: '# Q\nA' } });
    expect((await create()).status).toBe(403);
    const reply = await changeRole(member.user.id, { role: 'member' });
    expect([reply.status, reply.json()]).toEqual([
      200,
      {
        userId: member.user.id,
        email: member.user.email,
        role: 'member',
        createdAt: toIsoTime(member.user.createdAt),
      },
    ]);
    expect((await create()).status).toBe(201);
    await changeRole(member.user.id, { role: 'viewer' });
    expect((await create()).status).toBe(403);
  });

  test('to the same role is no event', async () => {
    const member = await join('viewer');
    const before = await readAll();
    expect((await changeRole(member.user.id, { role: 'viewer' })).status).toBe(200);
    expect(await readAll()).toEqual(before);
  });

  test('the last owner stays one; with another owner, may be something else', async () => {
    for (const role of ['member', 'viewer']) {
      await expectUnchanged(() => changeRole(owner.user.id, { role }), 'conflict', lastOwner);
    }
    expect((await changeRole(owner.user.id, { role: 'owner' })).status).toBe(200);
    const second = await join('owner');
    expect((await changeRole(owner.user.id, { role: 'viewer' }, second)).status).toBe(200);
    await expectUnchanged(() => changeRole(second.user.id, { role: 'viewer' }, second), 'conflict', lastOwner);
  });

  test('two owners who make each other less at the same time: one of them stays', async () => {
    const second = await join('owner');
    const replies = await Promise.all([
      changeRole(second.user.id, { role: 'member' }),
      changeRole(owner.user.id, { role: 'member' }, second),
    ]);
    const statuses = replies.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    const members = await server.store.listMembers(organizationId);
    expect(members.map(({ role }) => role).toSorted()).toEqual(['member', 'owner']);
  });

  test('one who is no member, or an invitation, is not there', async () => {
    const stranger = await createPerson(server);
    const { invitation } = (await invite({ email: 'a@example.com' })).json() as unknown as Invited;
    for (const id of [stranger.id, invitation.id]) {
      await expectUnchanged(() => changeRole(id, { role: 'viewer' }), 'not_found', noSuchMember);
    }
  });

  test.each<[object, readonly string[]]>([
    [{}, ['role']],
    [{ role: 'admin' }, ['role']],
    [{ role: 'member', email: 'other@example.com' }, ['email']],
  ])('%j is refused', async (body, paths) => {
    const list = paths.map((place) => ({ path: place, message: sentence }));
    await expectUnchanged(() => changeRole(owner.user.id, body), 'request_invalid', { problems: list });
  });
});

describe('DELETE …/members/{id}', () => {
  test('takes somebody out at once, whose session and other organizations go on', async () => {
    const member = await join('member');
    const otherId = await server.createOrganization();
    const role = 'viewer';
    await server.store.addMember({ organizationId: otherId, userId: member.user.id, role, createdAt: 0 });
    const reply = await remove(member.user.id);
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect((await member.send(path('/api-keys'))).status).toBe(404);
    expect((await member.send('/api/session')).json()).toMatchObject({ organizations: [{ id: otherId }] });
    await expectUnchanged(() => remove(member.user.id), 'not_found', noSuchMember);
  });

  test.each(['viewer', 'member', 'owner'] as const)('anybody may leave: a %s', async (role) => {
    const member = await join(role);
    expect((await remove(member.user.id, member)).status).toBe(204);
    expect(await server.store.findMember(organizationId, member.user.id)).toBeUndefined();
    const { items } = await server.store.listAudit(organizationId, { limit: 1 });
    expect(items).toMatchObject([
      { action: 'member.removed', actor: { id: member.user.id }, target: { id: member.user.id }, before: { role } },
    ]);
  });

  test('but nobody but an owner takes out somebody else, not even a member a viewer', async () => {
    const [member, viewer] = [await join('member'), await join('viewer')];
    const forbidden = { detail: sentence, fix: sentence };
    await expectUnchanged(() => remove(viewer.user.id, member), 'forbidden', forbidden);
    await expectUnchanged(() => remove(owner.user.id, viewer), 'forbidden', forbidden);
    const { invitation } = (await invite({ email: 'a@example.com' })).json() as unknown as Invited;
    await expectUnchanged(() => remove(invitation.id, member), 'forbidden', forbidden);
  });

  test('leaving needs the server’s own page as well', async () => {
    const member = await join('member');
    const request = { method: 'DELETE', origin: 'https://evil.example' };
    const asked = () => member.send(path(`/members/${member.user.id}`), request);
    await expectUnchanged(asked, 'forbidden', { detail: sentence, fix: sentence });
  });

  test('the last owner neither leaves nor is taken out', async () => {
    await join('member');
    await expectUnchanged(() => remove(owner.user.id), 'conflict', lastOwner);
  });

  test('two owners who leave at the same time: one of them stays', async () => {
    const second = await join('owner');
    const replies = await Promise.all([remove(owner.user.id), remove(second.user.id, second)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(await server.store.listMembers(organizationId)).toMatchObject([{ role: 'owner' }]);
  });

  test('revokes an invitation: its link is dead at once', async () => {
    const reply = await invite({ email: 'a@example.com' });
    const { invitation } = reply.json() as unknown as Invited;
    expect((await remove(invitation.id)).status).toBe(204);
    expect((await readMembers()).invitations).toEqual([]);
    const followed = await follow(tokenOf(reply));
    expect([followed.status, followed.problem().code]).toEqual([404, 'not_found']);
    expect(await server.store.findUserByEmail('a@example.com')).toBeUndefined();
    await expectUnchanged(() => remove(invitation.id), 'not_found', noSuchMember);
  });

  test('a link that is no invitation is nobody’s to revoke', async () => {
    const first = sampleLink(organizationId, { purpose: 'first_owner', email: null, role: 'owner' });
    await server.store.createLink(first);
    expect((await readMembers()).invitations).toEqual([]);
    await expectUnchanged(() => remove(first.id), 'not_found', noSuchMember);
  });
});

describe('GET …/audit', () => {
  test('who did what to what, as it was and as it is, newest first, to the field, and no secret in it', async () => {
    const by = async (send: () => Promise<Reply>, status = 200): Promise<Record<string, unknown>> => {
      // Each in a millisecond of its own: events of one are in no order.
      server.clock.advance(1);
      const reply = await send();
      expect(reply.status).toBe(status);
      return reply.text === '' ? {} : reply.json();
    };
    const api = (method: string, rest: string, body?: object) => () =>
      owner.send(path(rest), { method, ...(body && { body }) });
    interface Made {
      readonly key: { readonly id: string; readonly publicKey: string; readonly secretHint: string };
      readonly secretKey: string;
    }
    const scopes = ['keys:manage'];
    const fields = { name: 'Shop', allowedDomains: ['shop.example'], scopes };
    const made = (await by(api('POST', '/api-keys', fields), 201)) as unknown as Made;
    const keyPath = `/api-keys/${made.key.id}`;
    await by(api('PATCH', keyPath, { enabled: false, name: 'Blog' }));
    await by(api('PATCH', keyPath, { enabled: true }));
    const rotated = (await by(api('POST', `${keyPath}/rotate`, { graceSeconds: 60 }))) as unknown as Made;
    const rotatedAt = server.clock();
    const authorization = `Bearer ${made.key.publicKey}:${rotated.secretKey}`;
    const pair = openClient(server, { authorization });
    await by(() => pair.send(path(keyPath), { method: 'PATCH', body: { refuseSecretInBrowser: true } }));
    const invited = (await by(
      api('POST', '/members', { email: 'audited@example.com', role: 'viewer' }),
      201,
    )) as unknown as Invited;
    const token = invited.url.slice(invited.url.indexOf('=') + 1);
    tokens.add(token);
    const { user } = (await by(() => follow(token, 'a new pass phrase of mine'))) as { user: { id: string } };
    await by(api('PATCH', `/members/${user.id}`, { role: 'member' }));
    await by(api('DELETE', `/members/${user.id}`), 204);
    const other = (await by(api('POST', '/members', { email: 'revoked@example.com' }), 201)) as unknown as Invited;
    await by(api('DELETE', `/members/${other.invitation.id}`), 204);
    await by(api('POST', '/credits', { grant: 5 }));
    await by(api('DELETE', keyPath), 204);

    const reply = await owner.send(path('/audit'));
    const { data, nextCursor } = reply.json() as { data: { id: string; at: string }[]; nextCursor: unknown };
    expect(nextCursor).toBeNull();
    const ownerItself = { kind: 'user', id: owner.user.id, name: owner.user.email };
    const newcomer = { kind: 'user', id: user.id, name: 'audited@example.com' };
    const key = (name: string) => ({ kind: 'key', id: made.key.id, name });
    const person = (id: string, name: string) => ({ kind: 'member', id, name });
    const hints = [made.key.secretHint, rotated.key.secretHint];
    const facts = {
      name: 'Shop',
      allowedDomains: ['shop.example'],
      domains: [],
      enabled: true,
      expiresAt: null,
      scopes,
      publishableScopes: [],
      notes: '',
      tags: [],
      externalId: null,
      metadata: {},
      rateLimit: null,
      budget: { credits: 500, per: 'day' },
      visitorBudget: { credits: 200, per: 'day' },
      refuseSecretInBrowser: false,
      learningUntil: null,
      secretHint: hints[0],
    };
    const previousSecretExpiresAt = toIsoTime(rotatedAt + 60_000);
    const expected = [
      [ownerItself, 'key.created', key('Shop'), null, facts],
      [ownerItself, 'key.changed', key('Blog'), { name: 'Shop', enabled: true }, { name: 'Blog', enabled: false }],
      [ownerItself, 'key.changed', key('Blog'), { enabled: false }, { enabled: true }],
      [
        ownerItself,
        'key.rotated',
        key('Blog'),
        { secretHint: hints[0] },
        { secretHint: hints[1], previousSecretExpiresAt },
      ],
      [key('Blog'), 'key.changed', key('Blog'), { refuseSecretInBrowser: false }, { refuseSecretInBrowser: true }],
      [ownerItself, 'member.invited', person(invited.invitation.id, 'audited@example.com'), null, { role: 'viewer' }],
      [newcomer, 'member.joined', person(user.id, 'audited@example.com'), null, { role: 'viewer' }],
      [ownerItself, 'member.changed', person(user.id, 'audited@example.com'), { role: 'viewer' }, { role: 'member' }],
      [ownerItself, 'member.removed', person(user.id, 'audited@example.com'), { role: 'member' }, null],
      [ownerItself, 'member.invited', person(other.invitation.id, 'revoked@example.com'), null, { role: 'member' }],
      [ownerItself, 'invitation.revoked', person(other.invitation.id, 'revoked@example.com'), { role: 'member' }, null],
      [
        ownerItself,
        'credits.granted',
        { kind: 'organization', id: organizationId, name: 'A test' },
        { granted: 1_000 },
        { granted: 1_005 },
      ],
      [
        ownerItself,
        'key.deleted',
        key('Blog'),
        { ...facts, name: 'Blog', refuseSecretInBrowser: true, secretHint: hints[1] },
        null,
      ],
    ].map(([actor, action, target, before, after]) => ({
      id: expect.stringMatching(/^evt_[0-9a-z]{25}$/) as unknown,
      at: expect.stringMatching(/^2026-11-23T.*Z$/) as unknown,
      actor,
      action,
      target,
      before,
      after,
    }));
    expect(data.toReversed()).toEqual(expected);
    expect(data.map(({ at }) => at)).toEqual(
      data
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );

    const record = (await server.store.listAudit(organizationId, { limit: 100 })).items;
    const hash = (await server.store.findUserByEmail('audited@example.com'))!.passwordHash;
    for (const text of [reply.text, JSON.stringify(record)]) {
      for (const secret of [made.secretKey, rotated.secretKey]) expect(text).not.toContain(secret.slice(3, 40));
      expect(text).not.toContain(made.key.publicKey);
      expect(text).not.toMatch(/sk_[0-9a-z]{4}|"hash"|fingerprint|tokenDigest|passwordHash/);
      for (const known of tokens) expect(text).not.toContain(known);
      for (const known of [hash, owner.user.passwordHash]) expect(text).not.toContain(known);
    }
  });

  test('in pages: each event once, newest first, also while more come; another organization’s are not in it', async () => {
    const key = sampleKey(organizationId);
    await server.store.createKey(key);
    const rename = async (name: string) => {
      server.clock.advance(1);
      await owner.send(path(`/api-keys/${key.id}`), { method: 'PATCH', body: { name } });
    };
    for (const name of ['1', '2', '3', '4', '5']) await rename(name);
    const otherId = await server.createOrganization();
    const stranger = await createMember(server, otherId, 'owner');
    await stranger.send(`/api/org/${otherId}/credits`, { body: { grant: 1 } });
    const seen: unknown[] = [];
    for (let cursor = ''; ;) {
      const reply = await owner.send(path(`/audit?limit=2${cursor}`));
      const page = reply.json() as { data: { after: { name: string } }[]; nextCursor: string | null };
      seen.push(page.data.map(({ after }) => after.name));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
      await rename('later');
    }
    expect(seen).toEqual([['5', '4'], ['3', '2'], ['1']]);
  });

  test.each([
    ['limit=0&cursor=x', ['limit', 'cursor']],
    ['limit=101', ['limit']],
  ])('?%s is refused', async (query, paths) => {
    const list = paths.map((place) => ({ path: place, message: sentence }));
    expectRefused(await owner.send(path(`/audit?${query}`)), 'request_invalid', { problems: list });
  });

  test('markup in names is text', async () => {
    const name = '<img src=x onerror=alert(1)>';
    await owner.send(path('/agents'), { body: { name, faq: '# Q\nA' } });
    const reply = await owner.send(path('/audit'));
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.json().data).toMatchObject([{ target: { name } }]);
  });

  test('a change is acknowledged only when its event is stored', async () => {
    const member = await join('viewer');
    let release = (): void => undefined;
    const stored = new Promise<void>((resolve) => (release = resolve));
    const add = vi.spyOn(server.store, 'addAuditEvent').mockImplementationOnce(() => stored);
    let isAnswered = false;
    const changing = changeRole(member.user.id, { role: 'member' }).then((reply) => {
      isAnswered = true;
      return reply;
    });
    await expect.poll(() => add.mock.calls.length).toBe(1);
    expect(isAnswered).toBe(false);
    release();
    expect((await changing).status).toBe(200);
    add.mockRestore();
  });
});

test('a person has a place in each of their organizations, and switches by its id', async () => {
  const person = await createPerson(server);
  const browser = await openSignedIn(server, person);
  const otherId = createId('org', server.clock());
  await server.store.createOrganization(
    { id: otherId, name: 'Another', createdAt: server.clock(), reservedCredits: null },
    0,
  );
  for (const [id, role] of [
    [organizationId, 'viewer'],
    [otherId, 'owner'],
  ] as const) {
    await server.store.addMember({ organizationId: id, userId: person.id, role, createdAt: server.clock() });
  }
  const { organizations } = (await browser.send('/api/session')).json();
  expect(organizations).toEqual(
    expect.arrayContaining([
      { id: organizationId, name: 'A test', role: 'viewer' },
      { id: otherId, name: 'Another', role: 'owner' },
    ]),
  );
  for (const id of [organizationId, otherId]) {
    expect((await browser.send(`/api/org/${id}/members`)).status).toBe(200);
  }
});
