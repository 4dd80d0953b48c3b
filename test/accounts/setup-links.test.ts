/** One-time links whose use is cut off in the middle: by a crash, or by a store that goes away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPasswords, hashPassword } from '../../server/accounts/passwords.ts';
import { createSetupLinks, type SetupLinks } from '../../server/accounts/setup-links.ts';
import { createSignInLimiter } from '../../server/accounts/sign-in-limiter.ts';
import { isRefusal, type Refusal } from '../../server/gate/problem.ts';
import type { User } from '../../server/records/user.ts';
import { createId } from '../../server/records/id.ts';
import { openLmdbStore } from '../../server/store/lmdb/store.ts';
import type { AuditEvent } from '../../server/records/audit-event.ts';
import type { Created, Store } from '../../server/store/port.ts';
import { createMovableClock } from '../support/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
const clock = createMovableClock();
const passwords = createPasswords();
const caller = { address: '192.0.2.9', isKnown: false };
const password = 'a new pass phrase of mine';
let store: Store;
let links: SetupLinks;

beforeEach(() => {
  store = openLmdbStore(join(folder, crypto.randomUUID()));
  links = createSetupLinks({ store, clock, passwords, limiter: createSignInLimiter() });
  return () => store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

class CutOffError extends Error {}

type Step = 'createUser' | 'createOrganization' | 'addMember' | 'addAuditEvent' | 'deleteLink';

/** The next call of a method does what it does, and then everything ends; of audit events, the next one about a member. */
function cutOffAfter(step: Step): void {
  const real = store[step].bind(store) as (...args: unknown[]) => Promise<Created>;
  vi.spyOn(store, step as 'createUser').mockImplementationOnce(async (...args: unknown[]) => {
    const made = await real(...args);
    if (step !== 'addAuditEvent' || (args[0] as AuditEvent).action === 'member.joined') throw new CutOffError();
    cutOffAfter(step);
    return made;
  });
}

async function makeOrganization(name = 'Acme'): Promise<string> {
  const id = createId('org', clock());
  await store.createOrganization({ id, name, createdAt: clock(), reservedCredits: null }, 0);
  return id;
}

function allowed(result: User | Refusal): User {
  if (isRefusal(result)) throw new Error(result.code);
  return result;
}

describe('a password that is tried first', () => {
  const refusal = (message: RegExp) => ({
    ok: false,
    code: 'request_invalid',
    problems: [{ path: 'password', message: expect.stringMatching(message) as unknown }],
  });

  test('is refused by the first owner’s link, an invitation and a reset, which stay good', async () => {
    const first = (await links.makeForFirstOwner(null))!;
    const use = (token: string, tried: string) =>
      links.use({ token, password: tried, email: 'boss@example.com' }, '192.0.2.1');
    for (const common of ['password', 'PassWord', '12345678', 'ｐａｓｓｗｏｒｄ']) {
      expect(await use(first.token, common)).toEqual(refusal(/most people use/));
    }
    expect(await use(first.token, 'boss@example.com')).toEqual(refusal(/your e-mail/));
    expect(await store.hasUsers()).toBe(false);
    const boss = allowed(await use(first.token, password));
    const reset = await links.makeReset('boss@example.com');
    if (isRefusal(reset)) throw new Error(reset.code);
    expect(await use(reset.token, 'football')).toEqual(refusal(/most people use/));
    expect((await store.findUser(boss.id))!.passwordHash).toBe(boss.passwordHash);
    allowed(await use(reset.token, 'another pass phrase of mine'));
    const { token } = await links.makeInvitation(await makeOrganization(), 'new@example.com', 'member');
    expect(await use(token, 'iloveyou')).toEqual(refusal(/most people use/));
    expect(await store.findUserByEmail('new@example.com')).toBeUndefined();
    allowed(await use(token, password));
  });

  test('of an account from before is taken by an invitation: it is not chosen there', async () => {
    const user: User = {
      id: createId('usr', clock()),
      email: 'old@example.com',
      passwordHash: (await passwords.hash('password', { address: '192.0.2.1', isKnown: false })) as string,
      sessions: [],
      createdAt: clock(),
    };
    await store.createUser(user);
    const { token } = await links.makeInvitation(await makeOrganization(), user.email, 'member');
    expect(allowed(await links.use({ token, password: 'password' }, '192.0.2.1')).id).toBe(user.id);
  });
});

describe('the first owner’s link', () => {
  const input = (token: string) => ({ token, password, email: 'boss@example.com', organizationName: 'Acme' });

  test.each<[Step, string | null]>([
    ['createUser', null],
    ['createOrganization', null],
    ['createUser', 'Demo'],
    ['addMember', 'Demo'],
    ['addAuditEvent', 'Demo'],
    ['createOrganization', 'Demo'],
  ])(
    'cut off after %s (joining beside their own: %s) shows whose account was begun, and the same link finishes the job, once',
    async (step, joined) => {
      const joinedId = joined === null ? null : await makeOrganization(joined);
      const { token } = (await links.makeForFirstOwner(joinedId))!;
      cutOffAfter(step);
      await expect(links.use(input(token), '192.0.2.1')).rejects.toThrow(CutOffError);
      // Nobody makes another one meanwhile, and this one still leads somewhere.
      expect(await links.makeForFirstOwner(null)).toBeUndefined();
      expect(await links.preview(token)).toEqual({
        purpose: 'first_owner',
        email: 'boss@example.com',
        organization: joined,
        role: 'owner',
        hasAccount: true,
      });
      const user = allowed(await links.use(input(token), '192.0.2.1'));
      expect(user.email).toBe('boss@example.com');
      const memberships = await store.listMembershipsOf(user.id);
      expect(memberships.map(({ role }) => role)).toEqual(joinedId === null ? ['owner'] : ['owner', 'owner']);
      const own = memberships.find(({ organizationId }) => organizationId !== joinedId)!.organizationId;
      expect(await store.findOrganization(own)).toMatchObject({ name: 'Acme' });
      const { items } = await store.listAudit(own, { limit: 10 });
      // Cut off between a change and its event, the change has none.
      const made = step === 'createOrganization' ? [] : ['organization.created'];
      expect(items.map(({ action }) => action).sort()).toEqual(['member.joined', ...made]);
      if (joinedId !== null) expect(await store.findMember(joinedId, user.id)).toMatchObject({ role: 'owner' });
      expect(await links.preview(token)).toMatchObject({ code: 'not_found' });
      expect(await links.use(input(token), '192.0.2.1')).toMatchObject({ code: 'not_found' });
    },
  );

  test('makes no second organization when it was cut off after the first', async () => {
    const { token } = (await links.makeForFirstOwner(null))!;
    const create = vi.spyOn(store, 'createOrganization');
    cutOffAfter('addMember');
    cutOffAfter('createOrganization');
    await expect(links.use(input(token), '192.0.2.1')).rejects.toThrow(CutOffError);
    await expect(links.use(input(token), '192.0.2.1')).rejects.toThrow(CutOffError);
    expect(new Set(create.mock.calls.map(([{ id }]) => id)).size).toBe(1);
  });

  test.each(['addMember', 'addAuditEvent', 'deleteLink'] as const)(
    'cut off after %s has made an owner, and is of no more use',
    async (step) => {
      const { token } = (await links.makeForFirstOwner(null))!;
      cutOffAfter(step);
      await expect(links.use(input(token), '192.0.2.1')).rejects.toThrow(CutOffError);
      const user = (await store.findUserByEmail('boss@example.com'))!;
      expect(await store.listMembershipsOf(user.id)).toMatchObject([{ role: 'owner' }]);
      expect(await links.preview(token)).toMatchObject({ code: 'not_found' });
      expect(await links.use(input(token), '192.0.2.1')).toMatchObject({ code: 'not_found' });
      const other = { ...input(token), email: 'thief@example.com' };
      expect(await links.use(other, '192.0.2.1')).toMatchObject({ code: 'not_found' });
      expect(await store.findUserByEmail('thief@example.com')).toBeUndefined();
      expect(await passwords.verify(password, user.passwordHash, caller)).toBe(true);
    },
  );

  test('used twice at the same time makes one account and one organization', async () => {
    const demoId = await makeOrganization('Demo');
    const { token } = (await links.makeForFirstOwner(demoId))!;
    const used = await Promise.all([links.use(input(token), '192.0.2.1'), links.use(input(token), '192.0.2.1')]);
    const users = used.filter((result): result is User => !isRefusal(result));
    expect(new Set(users.map(({ id }) => id)).size).toBe(1);
    expect(await store.listMembershipsOf(users[0]!.id)).toHaveLength(2);
    expect(await store.listMembers(demoId)).toHaveLength(1);
  });

  test('of a demo that went away still makes an owner', async () => {
    const { token } = (await links.makeForFirstOwner('org_demo'))!;
    const user = allowed(await links.use(input(token), '192.0.2.1'));
    expect(await store.listMembershipsOf(user.id)).toMatchObject([{ role: 'owner' }]);
  });

  test('cut off, goes on only with the password that was set, and for the account that was begun', async () => {
    const { token } = (await links.makeForFirstOwner(null))!;
    cutOffAfter('createUser');
    await expect(links.use(input(token), '192.0.2.1')).rejects.toThrow(CutOffError);
    const guess = { ...input(token), password: 'a wrong pass phrase of mine' };
    expect(await links.use(guess, '192.0.2.1')).toMatchObject({ code: 'sign_in_required' });
    const user = allowed(await links.use({ ...input(token), email: 'another@example.com' }, '192.0.2.1'));
    expect(user.email).toBe('boss@example.com');
    expect(await store.findUserByEmail('another@example.com')).toBeUndefined();
  });

  test('another one does not go on with it', async () => {
    const [{ token }, other] = [(await links.makeForFirstOwner(null))!, (await links.makeForFirstOwner(null))!];
    cutOffAfter('createUser');
    await expect(links.use(input(token), '192.0.2.1')).rejects.toThrow(CutOffError);
    expect(await links.preview(other.token)).toMatchObject({ code: 'not_found' });
    expect(await links.use(input(other.token), '192.0.2.1')).toMatchObject({ code: 'not_found' });
    expect(allowed(await links.use(input(token), '192.0.2.1')).email).toBe('boss@example.com');
  });
});

describe('an invitation', () => {
  test.each(['createUser', 'addMember', 'addAuditEvent'] as const)(
    'cut off after %s is finished by the same link, once',
    async (step) => {
      const organizationId = await makeOrganization();
      const { token } = await links.makeInvitation(organizationId, 'new@example.com', 'member');
      cutOffAfter(step);
      await expect(links.use({ token, password }, '192.0.2.1')).rejects.toThrow(CutOffError);
      expect(await links.preview(token)).toMatchObject({ email: 'new@example.com', hasAccount: true });
      const user = allowed(await links.use({ token, password }, '192.0.2.1'));
      expect(await store.listMembers(organizationId)).toMatchObject([{ userId: user.id, role: 'member' }]);
      expect(await links.use({ token, password }, '192.0.2.1')).toMatchObject({ code: 'not_found' });
    },
  );

  test('of an organization that went away is none', async () => {
    const { token } = await links.makeInvitation('org_gone', 'new@example.com', 'member');
    expect(await links.use({ token, password }, '192.0.2.1')).toMatchObject({ code: 'not_found' });
  });
});

describe('a reset', () => {
  test('cut off before it was deleted has set the password, and sets no other', async () => {
    const user = {
      id: createId('usr', clock()),
      email: 'a@example.com',
      passwordHash: await hashPassword('the password before'),
      sessions: [],
      createdAt: clock(),
    };
    await store.createUser(user);
    const made = await links.makeReset(user.email);
    if (isRefusal(made)) throw new Error(made.code);
    cutOffAfter('deleteLink');
    await expect(links.use({ token: made.token, password }, '192.0.2.1')).rejects.toThrow(CutOffError);
    const another = { token: made.token, password: 'another password' };
    expect(await links.use(another, '192.0.2.1')).toMatchObject({ code: 'not_found' });
    const { passwordHash } = (await store.findUser(user.id))!;
    expect(await passwords.verify(password, passwordHash, caller)).toBe(true);
  });
});

test('the store has no token, only what can not be turned back into one', async () => {
  const organizationId = await makeOrganization();
  const { token, link } = await links.makeInvitation(organizationId, 'new@example.com', 'member');
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(JSON.stringify([link, await store.listLinks(organizationId)])).not.toContain(token);
  expect(link.tokenDigest).toMatch(/^[0-9a-f]{64}$/);
});
