/** What every store must do with users, their sessions, members of organizations and links, run over each adapter. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Membership, Role } from '../../server/records/membership.ts';
import type { SetupLink } from '../../server/records/setup-link.ts';
import { sessionsMax, type User } from '../../server/records/user.ts';
import type { Store } from '../../server/store/port.ts';
import { openWhole } from '../support/open-whole.ts';
import {
  sampleLink,
  sampleMembership,
  sampleOrganization,
  sampleSession,
  sampleTime,
  sampleUser,
} from '../support/sample-records.ts';
import type { StoreCall } from '../support/store-process.ts';
import { startTwoProcesses } from './two-processes.ts';

/** `databaseUrl` makes the URL of a database without users. */
export function testAccounts(databaseUrl: () => Promise<string>): void {
  let store: Store;
  let url: string;
  let org: string;
  let hadUsers: boolean;

  beforeAll(async () => {
    url = await databaseUrl();
    store = await openWhole(url);
    hadUsers = await store.hasUsers();
  });

  afterAll(async () => {
    await store.close();
  });

  beforeEach(async () => {
    org = await newOrganization();
  });

  async function newOrganization(): Promise<string> {
    const organization = sampleOrganization();
    expect(await store.createOrganization(organization, 0)).toBe('created');
    return organization.id;
  }

  async function newUser(change: Partial<User> = {}): Promise<User> {
    const user = sampleUser(change);
    expect(await store.createUser(user)).toBe('created');
    return user;
  }

  async function newMember(role: Role, organizationId = org): Promise<Membership> {
    const membership = sampleMembership(organizationId, { role });
    expect(await store.addMember(membership)).toBe('created');
    return membership;
  }

  async function newLink(change: Partial<SetupLink> = {}): Promise<SetupLink> {
    const link = sampleLink(org, change);
    expect(await store.createLink(link)).toBe('created');
    return link;
  }

  async function ownersOf(organizationId: string): Promise<readonly string[]> {
    return (await store.listMembers(organizationId)).filter(({ role }) => role === 'owner').map(({ userId }) => userId);
  }

  describe('users', () => {
    test('are there once one was made', async () => {
      expect(hadUsers).toBe(false);
      await newUser();
      expect(await store.hasUsers()).toBe(true);
    });

    test('are found exactly as they were made, by id and by e-mail', async () => {
      const bare = await newUser();
      const full = await newUser({ email: '$ne.a+b@exämple.com', sessions: [sampleSession(), sampleSession()] });
      for (const user of [bare, full]) {
        expect(await store.findUser(user.id)).toStrictEqual(user);
        expect(await store.findUserByEmail(user.email)).toStrictEqual(user);
      }
    });

    test('with the same id or the same e-mail are a conflict and change nothing', async () => {
      const user = await newUser();
      const twin = sampleUser({ email: user.email });
      const impostor = sampleUser({ id: user.id, email: twin.id });
      expect(await store.createUser(twin)).toBe('conflict');
      expect(await store.createUser(impostor)).toBe('conflict');
      expect(await store.findUser(twin.id)).toBeUndefined();
      expect(await store.findUserByEmail(impostor.email)).toBeUndefined();
      expect(await store.findUserByEmail(user.email)).toStrictEqual(user);
    });

    test('that are not there are not found and not changed', async () => {
      expect(await store.findUser('usr_none')).toBeUndefined();
      expect(await store.findUserByEmail('none@example.com')).toBeUndefined();
      expect(await store.addSession('usr_none', 'hash', sampleSession())).toBe('not_found');
      expect(await store.endSession('usr_none', 'ssn_none')).toBe('not_found');
      expect(await store.changeUser('usr_none', { sessions: [] })).toBe('not_found');
      expect(await store.changeUser('usr_none', { sessions: [] }, { passwordHash: 'hash' })).toBe('not_found');
      expect(await store.findUser('usr_none')).toBeUndefined();
    });

    test('change in the named fields, under a guard only while the password is the one guarded', async () => {
      const user = await newUser({ sessions: [sampleSession()] });
      const guard = { passwordHash: user.passwordHash };
      expect(await store.changeUser(user.id, { sessions: [] }, { passwordHash: 'other' })).toBe('conflict');
      expect(await store.findUser(user.id)).toStrictEqual(user);
      const changed = { ...user, passwordHash: 'bmV3', sessions: [] };
      const change = { passwordHash: changed.passwordHash, sessions: [] };
      expect(await store.changeUser(user.id, change, guard)).toStrictEqual(changed);
      expect(await store.changeUser(user.id, { passwordHash: 'again' }, guard)).toBe('conflict');
      expect(await store.changeUser(user.id, {})).toStrictEqual(changed);
      expect(await store.findUserByEmail(user.email)).toStrictEqual(changed);
      expect(await store.changeUser(user.id, { passwordHash: 'bGFzdA' })).toMatchObject({ passwordHash: 'bGFzdA' });
    });
  });

  describe('sessions', () => {
    test('begin only while the password is the one that was proven', async () => {
      const { id, passwordHash } = await newUser();
      const session = sampleSession();
      expect(await store.addSession(id, passwordHash, session)).toBe('added');
      await store.changeUser(id, { passwordHash: 'bmV3' });
      expect(await store.addSession(id, passwordHash, sampleSession())).toBe('conflict');
      expect((await store.findUser(id))!.sessions).toStrictEqual([session]);
    });

    test('are dropped, the oldest first, when there are too many', async () => {
      const { id, passwordHash } = await newUser();
      const sessions = Array.from({ length: sessionsMax + 2 }, () => sampleSession());
      for (const session of sessions) expect(await store.addSession(id, passwordHash, session)).toBe('added');
      expect((await store.findUser(id))!.sessions).toStrictEqual(sessions.slice(2));
    });

    test('end once, and only they', async () => {
      const user = await newUser({ sessions: [sampleSession(), sampleSession(), sampleSession()] });
      const other = await newUser();
      const [first, second, third] = user.sessions;
      expect(await store.endSession(other.id, second!.id)).toBe('not_found');
      expect(await store.endSession(user.id, second!.id)).toBe('ended');
      expect(await store.endSession(user.id, second!.id)).toBe('not_found');
      expect(await store.findUser(user.id)).toStrictEqual({ ...user, sessions: [first, third] });
    });
  });

  describe('members', () => {
    test('are found exactly as they were made, in the order in which they came', async () => {
      const members = [await newMember('owner'), await newMember('member'), await newMember('viewer')];
      const late = sampleMembership(org);
      // Its user's id sorts first, all the same it came last.
      const last = { ...late, userId: 'usr_0' };
      expect(await store.addMember(last)).toBe('created');
      expect(await store.listMembers(org)).toStrictEqual([...members, last]);
      for (const one of members) expect(await store.findMember(org, one.userId)).toStrictEqual(one);
    });

    test('are in an organization once', async () => {
      const member = await newMember('owner');
      expect(await store.addMember({ ...member, role: 'viewer' })).toBe('conflict');
      expect(await store.listMembers(org)).toStrictEqual([member]);
      expect(await store.listMembershipsOf(member.userId)).toStrictEqual([member]);
    });

    test('are listed over the organizations of a user, in the order of their ids', async () => {
      const { userId } = await newMember('owner');
      const others = [await newOrganization(), await newOrganization()];
      for (const other of others) await newMember('owner', other);
      const added = others.map((other) => sampleMembership(other, { userId, role: 'viewer' }));
      for (const membership of added.toReversed()) expect(await store.addMember(membership)).toBe('created');
      expect(await store.listMembershipsOf(userId)).toStrictEqual([await store.findMember(org, userId), ...added]);
      expect(await store.removeMember(others[0]!, userId)).toBe('removed');
      expect((await store.listMembershipsOf(userId)).map((one) => one.organizationId)).toStrictEqual([org, others[1]]);
    });

    test('that are not there, or of another organization, are not found and not changed', async () => {
      const member = await newMember('owner');
      const other = await newOrganization();
      const owner = await newMember('owner', other);
      expect(await store.addMember(sampleMembership('org_none'))).toBe('not_found');
      expect(await store.listMembers('org_none')).toStrictEqual([]);
      expect(await store.listMembershipsOf('usr_none')).toStrictEqual([]);
      for (const [organizationId, userId] of [
        [org, 'usr_none'],
        [org, owner.userId],
        [other, member.userId],
        ['org_none', member.userId],
      ] as const) {
        expect(await store.findMember(organizationId, userId)).toBeUndefined();
        expect(await store.changeMember(organizationId, userId, 'owner')).toBe('not_found');
        expect(await store.changeMember(organizationId, userId, 'viewer')).toBe('not_found');
        expect(await store.removeMember(organizationId, userId)).toBe('not_found');
      }
      expect(await store.listMembers(org)).toStrictEqual([member]);
      expect(await store.listMembers(other)).toStrictEqual([owner]);
    });

    test('change their role and leave; others stay as they are', async () => {
      const [owner, member, viewer] = [await newMember('owner'), await newMember('member'), await newMember('viewer')];
      const promoted = { ...member, role: 'owner' } as const;
      expect(await store.changeMember(org, member.userId, 'owner')).toStrictEqual({ before: member, after: promoted });
      const demoted = { ...owner, role: 'viewer' } as const;
      expect(await store.changeMember(org, owner.userId, 'viewer')).toStrictEqual({ before: owner, after: demoted });
      expect(await store.changeMember(org, viewer.userId, 'viewer')).toStrictEqual({ before: viewer, after: viewer });
      expect(await store.listMembers(org)).toStrictEqual([demoted, promoted, viewer]);
      expect(await store.removeMember(org, viewer.userId)).toBe('removed');
      expect(await store.removeMember(org, viewer.userId)).toBe('not_found');
      expect(await store.findMember(org, viewer.userId)).toBeUndefined();
      expect(await store.listMembershipsOf(viewer.userId)).toStrictEqual([]);
      expect(await store.listMembers(org)).toStrictEqual([demoted, promoted]);
      expect(await store.addMember(viewer)).toBe('created');
    });

    test('keep the last owner, whoever else there is, but no more than that', async () => {
      const [owner, member] = [await newMember('owner'), await newMember('member')];
      await newMember('owner', await newOrganization());
      expect(await store.changeMember(org, owner.userId, 'member')).toBe('last_owner');
      expect(await store.removeMember(org, owner.userId)).toBe('last_owner');
      expect(await store.changeMember(org, owner.userId, 'owner')).toStrictEqual({ before: owner, after: owner });
      expect(await store.listMembers(org)).toStrictEqual([owner, member]);
      expect(await store.removeMember(org, member.userId)).toBe('removed');
      const next = await newMember('owner');
      expect(await store.removeMember(org, owner.userId)).toBe('removed');
      expect(await store.listMembers(org)).toStrictEqual([next]);
    });

    test('of an organization that never had an owner change and leave freely', async () => {
      const [first, second] = [await newMember('member'), await newMember('member')];
      expect(await store.changeMember(org, first.userId, 'viewer')).toStrictEqual({
        before: first,
        after: { ...first, role: 'viewer' },
      });
      expect(await store.removeMember(org, second.userId)).toBe('removed');
      expect(await store.listMembers(org)).toStrictEqual([{ ...first, role: 'viewer' }]);
    });
  });

  describe('links', () => {
    test('are found exactly as they were made, by the digest of their token', async () => {
      const invitation = await newLink();
      const first = await newLink({ purpose: 'first_owner', organizationId: null, email: null, role: null });
      const reset = await newLink({ purpose: 'reset', organizationId: null, role: null, passwordHash: 'aGFzaA==' });
      for (const link of [invitation, first, reset]) expect(await store.findLink(link.tokenDigest)).toStrictEqual(link);
      expect(await store.findLink(invitation.id)).toBeUndefined();
    });

    test('with the same id or the same token are a conflict and change nothing', async () => {
      const link = await newLink();
      const other = sampleLink(org);
      expect(await store.createLink({ ...other, tokenDigest: link.tokenDigest })).toBe('conflict');
      expect(await store.createLink({ ...other, id: link.id })).toBe('conflict');
      expect(await store.findLink(other.tokenDigest)).toBeUndefined();
      expect(await store.listLinks(org)).toStrictEqual([link]);
    });

    test('into an organization are listed newest first, and no others', async () => {
      const other = await newOrganization();
      const links = [await newLink(), await newLink({ organizationId: other }), await newLink(), await newLink()];
      await newLink({ organizationId: null });
      expect(await store.listLinks(org)).toStrictEqual([links[3], links[2], links[0]]);
      expect(await store.listLinks(other)).toStrictEqual([links[1]]);
      expect(await store.listLinks('org_none')).toStrictEqual([]);
    });

    test('are gone when deleted, and only they', async () => {
      const [link, kept] = [await newLink(), await newLink()];
      expect(await store.deleteLink(link.id)).toBe('deleted');
      expect(await store.deleteLink(link.id)).toBe('not_found');
      expect(await store.findLink(link.tokenDigest)).toBeUndefined();
      expect(await store.listLinks(org)).toStrictEqual([kept]);
      expect(await store.createLink(link)).toBe('created');
    });

    test('are deleted when they ended before a time', async () => {
      // Long ago, so that no other test's link is among them.
      const end = Date.UTC(2001, 0, 1);
      const [past, atTheTime] = [await newLink({ expiresAt: end - 1 }), await newLink({ expiresAt: end })];
      const ofNone = await newLink({ organizationId: null, expiresAt: end - 2 });
      const lasting = await newLink({ expiresAt: sampleTime });
      expect(await store.deleteExpiredLinks(end)).toBe(2);
      for (const { tokenDigest } of [past, ofNone]) expect(await store.findLink(tokenDigest)).toBeUndefined();
      expect(await store.listLinks(org)).toStrictEqual([lasting, atTheTime]);
      expect(await store.deleteExpiredLinks(end)).toBe(0);
      expect(await store.deleteExpiredLinks(end + 1)).toBe(1);
    });
  });

  describe('two processes at once', () => {
    const { race } = startTwoProcesses(() => url);
    const oneCreated = ['conflict', 'conflict', 'conflict', 'created'];

    test('make a user with one e-mail: exactly one is created', async () => {
      for (let round = 0; round < 20; round++) {
        const { email } = sampleUser();
        const users = Array.from({ length: 4 }, () => sampleUser({ email }));
        const create = (index: number): StoreCall => ['createUser', users[index]!];
        const results = await race([create(0), create(1)], [create(2), create(3)]);
        expect(results.toSorted()).toStrictEqual(oneCreated);
        expect(await store.findUserByEmail(email)).toStrictEqual(users[results.indexOf('created')]);
        for (const [index, user] of users.entries())
          expect(await store.findUser(user.id)).toStrictEqual(results[index] === 'created' ? user : undefined);
      }
    });

    // Fails for an addSession that writes the sessions it read.
    test('begin and end sessions of one user: none is lost, none stays', async () => {
      for (let round = 0; round < 10; round++) {
        const { id, passwordHash, sessions } = await newUser({ sessions: [sampleSession(), sampleSession()] });
        const added = Array.from({ length: 8 }, () => sampleSession());
        const add = added.map((session): StoreCall => ['addSession', id, passwordHash, session]);
        const end = sessions.map((session): StoreCall => ['endSession', id, session.id]);
        await race([...add.slice(0, 4), end[0]!], [...add.slice(4), end[1]!]);
        const kept = (await store.findUser(id))!.sessions;
        expect(kept.map((one) => one.id).toSorted()).toStrictEqual(added.map((one) => one.id).toSorted());
      }
    });

    // Fails for an addSession that compares the password before it writes, and not while.
    test('set a password and sign in with the one before: no session of that stays', async () => {
      for (let round = 0; round < 20; round++) {
        const { id, passwordHash } = await newUser();
        const signIn = (): StoreCall => ['addSession', id, passwordHash, sampleSession()];
        const change: StoreCall = ['changeUser', id, { passwordHash: 'bmV3', sessions: [] }, { passwordHash }];
        await race([signIn(), signIn(), signIn()], [signIn(), change, signIn()]);
        expect(await store.findUser(id)).toMatchObject({ passwordHash: 'bmV3', sessions: [] });
      }
    });

    test('set a password under the same guard: exactly one wins each round', async () => {
      const { id, passwordHash: before } = await newUser();
      let passwordHash = before;
      for (let round = 0; round < 20; round++) {
        const change = (by: string): StoreCall => [
          'changeUser',
          id,
          { passwordHash: `${by}${round}` },
          { passwordHash },
        ];
        const results = await race([change('a'), change('b')], [change('c'), change('d')]);
        const [winner, ...others] = results.filter((result) => result !== 'conflict') as User[];
        expect(others).toStrictEqual([]);
        expect(await store.findUser(id)).toStrictEqual(winner);
        passwordHash = winner!.passwordHash;
      }
    });

    // Fails for a store that counts the owners and then writes.
    test('have two owners remove or demote each other: exactly one owner stays', async () => {
      const remove = (userId: string): StoreCall => ['removeMember', org, userId];
      const demote = (userId: string): StoreCall => ['changeMember', org, userId, 'viewer'];
      const ways = [
        [remove, remove],
        [demote, demote],
        [remove, demote],
      ] as const;
      for (const [ofLeft, ofRight] of ways) {
        for (let round = 0; round < 20; round++) {
          org = await newOrganization();
          const [left, right] = [await newMember('owner'), await newMember('owner')];
          await newMember('member');
          const results = await race([ofLeft(right.userId)], [ofRight(left.userId)]);
          expect(results).toContain('last_owner');
          const owner = results[0] === 'last_owner' ? right : left;
          expect(await ownersOf(org)).toStrictEqual([owner.userId]);
          expect(await store.listMembershipsOf(owner.userId)).toStrictEqual([owner]);
        }
      }
    });

    test('have four owners all remove and demote everybody: exactly one owner stays', async () => {
      for (let round = 0; round < 20; round++) {
        org = await newOrganization();
        for (let count = 0; count < 4; count++) await newMember('owner');
        const owners = await ownersOf(org);
        const remove = owners.map((userId): StoreCall => ['removeMember', org, userId]);
        const demote = owners.map((userId): StoreCall => ['changeMember', org, userId, 'member']);
        await race([...remove, ...demote], [...demote.toReversed(), ...remove.toReversed()]);
        expect(await ownersOf(org)).toHaveLength(1);
      }
    });

    test('add members: each once, and none is lost', async () => {
      const members = Array.from({ length: 8 }, () => sampleMembership(org));
      const add = members.map((member): StoreCall => ['addMember', member]);
      const results = await race(add, add);
      expect(results.toSorted()).toStrictEqual([...add.map(() => 'conflict'), ...add.map(() => 'created')]);
      expect(await store.listMembers(org)).toStrictEqual(members);
    });

    test('make a link with one token: exactly one is created', async () => {
      for (let round = 0; round < 20; round++) {
        const { tokenDigest } = sampleLink(org);
        const create = (): StoreCall => ['createLink', sampleLink(org, { tokenDigest })];
        const results = await race([create(), create()], [create(), create()]);
        expect(results.toSorted()).toStrictEqual(oneCreated);
      }
      expect(await store.listLinks(org)).toHaveLength(20);
    });

    // What makes a link work once.
    test('delete one link: it is deleted once', async () => {
      for (let round = 0; round < 20; round++) {
        const { id } = await newLink();
        const results = await race([['deleteLink', id]], [['deleteLink', id]]);
        expect(results.toSorted()).toStrictEqual(['deleted', 'not_found']);
      }
    });
  });
}
