/**
 * One-time links: for the first owner, for somebody invited, for a forgotten password. The store has the digest of a token,
 * never the token. A link does its work first and is deleted last, so a process that dies in between loses nothing. The work
 * itself can't be done twice: an e-mail has one account, a first owner gets an id made from the link, and a reset is bound to
 * the password that it replaces.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createAudit } from '../audit/audit.ts';
import { dayMs, type Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { Role } from '../records/membership.ts';
import type { Invitation, SetupLink } from '../records/setup-link.ts';
import type { User } from '../records/user.ts';
import { createId, type IdPrefix } from '../records/id.ts';
import type { Store } from '../store/port.ts';
import type { SetupInput } from './account-input.ts';
import { refuseCommonPassword } from './common-passwords.ts';
import { createOrganization, firstCredits } from './organizations.ts';
import type { Passwords } from './passwords.ts';
import { wrongPassword } from './sessions.ts';
import type { SignInLimiter } from './sign-in-limiter.ts';

const linkDays = { first_owner: 1, invitation: 7, reset: 1 } as const;
/** Of a reset that anybody may ask for. */
const forgottenMs = 3_600_000;
/** Offered to the first owner, who may write another one. */
const firstOwnerEmail = 'owner@localhost';
const firstOrganizationName = 'My organization';

interface MadeLink {
  readonly link: SetupLink;
  /** Goes out once. */
  readonly token: string;
}

export interface MadeInvitation extends MadeLink {
  readonly link: Invitation;
}

interface LinkPreview {
  readonly purpose: SetupLink['purpose'];
  readonly email: string | null;
  /** The name of the organization that is joined, by a first owner beside their own; null when none is. */
  readonly organization: string | null;
  readonly role: Role | null;
  /** Then the password asked for is the one that this account has. */
  readonly hasAccount: boolean;
}

export interface SetupLinks {
  /** Undefined once somebody can sign in. It begins an organization; `organizationId` is joined too, unless it is null. */
  makeForFirstOwner(organizationId: string | null): Promise<MadeLink | undefined>;
  makeInvitation(organizationId: string, email: string, role: Role): Promise<MadeInvitation>;
  makeReset(email: string): Promise<MadeLink | Refusal>;
  /** A reset that ends soon, and ends the one made so before. Undefined: another one is being made at this moment. */
  makeForgotten(user: User): Promise<MadeLink | undefined>;
  preview(token: string): Promise<LinkPreview | Refusal>;
  /** Does what the link is for; resolves to who may now be signed in. */
  use(input: SetupInput, address: string): Promise<User | Refusal>;
}

interface SetupLinkParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly limiter: SignInLimiter;
}

const noSuchLink = refuse('not_found', {
  detail: 'This link was used, has ended, or was never made.',
  fix: 'Ask for a new one: an owner invites again, or whoever runs the server uses the command postern user invite.',
});

export function createSetupLinks({ store, clock, passwords, limiter }: SetupLinkParts): SetupLinks {
  const recordAudit = createAudit({ store, clock });

  type LinkFields = Pick<SetupLink, 'purpose' | 'organizationId' | 'email' | 'role' | 'passwordHash'>;

  function draft(fields: LinkFields, lifeMs = linkDays[fields.purpose] * dayMs): MadeLink {
    const nowMs = clock();
    const token = randomBytes(32).toString('base64url');
    const id = createId('lnk', nowMs);
    const link = { ...fields, id, tokenDigest: digest(token), createdAt: nowMs, expiresAt: nowMs + lifeMs };
    return { link, token };
  }

  async function make(fields: LinkFields): Promise<MadeLink> {
    const made = draft(fields);
    await store.createLink(made.link);
    return made;
  }

  function resetOf({ email, passwordHash }: User): LinkFields {
    return { purpose: 'reset', organizationId: null, email, role: null, passwordHash };
  }

  async function find(token: string): Promise<SetupLink | undefined> {
    const link = await store.findLink(digest(token));
    return link !== undefined && link.expiresAt > clock() ? link : undefined;
  }

  /** The account of an e-mail, made now (with the given id) or proven by its password. */
  async function proveAccount(
    email: string,
    password: string,
    address: string,
    id = createId('usr', clock()),
  ): Promise<User | Refusal> {
    const trying = await limiter.begin(address, email);
    if (isRefusal(trying)) return trying;
    const known = await store.findUserByEmail(email);
    if (known === undefined) {
      const common = await refuseCommonPassword(password, email, 'password');
      if (common !== undefined) {
        await trying.succeed();
        return common;
      }
      const passwordHash = await passwords.hash(password, trying.caller);
      if (isRefusal(passwordHash)) return passwordHash;
      const user: User = { id, email, passwordHash, sessions: [], createdAt: clock() };
      if ((await store.createUser(user)) === 'created') {
        await trying.succeed();
        return user;
      }
    }
    const user = known ?? (await store.findUserByEmail(email));
    // Somebody else used this link at the same time, with another e-mail, and has the link's id.
    if (user === undefined) return noSuchLink;
    const isRight = await passwords.verify(password, user.passwordHash, trying.caller);
    if (isRefusal(isRight)) return isRight;
    if (!isRight) return wrongPassword;
    await trying.succeed();
    return user;
  }

  async function join(user: User, organizationId: string, role: Role): Promise<Refusal | undefined> {
    const added = await store.addMember({ organizationId, userId: user.id, role, createdAt: clock() });
    if (added === 'not_found') return noSuchLink;
    // A conflict is somebody who is a member already.
    if (added === 'created') {
      await recordAudit(
        { kind: 'user', id: user.id, name: user.email },
        {
          organizationId,
          action: 'member.joined',
          target: { kind: 'member', id: user.id, name: user.email },
          before: null,
          after: { role },
        },
      );
    }
    return undefined;
  }

  /** The person whom a first owner's link made before its use was cut off. Null: it was not used. Undefined: it is spent. */
  async function findFirstOwner(link: SetupLink): Promise<User | null | undefined> {
    if (!(await store.hasUsers())) return null;
    const begun = await store.findUser(idFrom(link, 'usr'));
    if (begun === undefined) return undefined;
    // To join their own organization is the last step.
    return (await store.findMember(idFrom(link, 'org'), begun.id)) === undefined ? begun : undefined;
  }

  async function useForFirstOwner(link: SetupLink, input: SetupInput, address: string): Promise<User | Refusal> {
    const begun = await findFirstOwner(link);
    if (begun === undefined) return noSuchLink;
    const email = begun?.email ?? input.email ?? firstOwnerEmail;
    const user = await proveAccount(email, input.password, address, idFrom(link, 'usr'));
    if (isRefusal(user)) return user;
    // One that went away meanwhile is not missed.
    if (link.organizationId !== null) await join(user, link.organizationId, 'owner');
    const id = idFrom(link, 'org');
    const name = input.organizationName ?? firstOrganizationName;
    const actor = { kind: 'user', id: user.id, name: user.email } as const;
    await createOrganization({ store, clock, actor }, { id, name, credits: firstCredits });
    return (await join(user, id, 'owner')) ?? user;
  }

  async function useInvitation(link: SetupLink, input: SetupInput, address: string): Promise<User | Refusal> {
    if (link.email === null || link.organizationId === null || link.role === null) return noSuchLink;
    const user = await proveAccount(link.email, input.password, address);
    if (isRefusal(user)) return user;
    return (await join(user, link.organizationId, link.role)) ?? user;
  }

  async function useReset(link: SetupLink, { password }: SetupInput, address: string): Promise<User | Refusal> {
    const user = link.email === null ? undefined : await store.findUserByEmail(link.email);
    // Before the hash: a link that is spent costs no run of scrypt.
    if (link.passwordHash === null || user?.passwordHash !== link.passwordHash) return noSuchLink;
    const common = await refuseCommonPassword(password, user.email, 'password');
    if (common !== undefined) return common;
    const passwordHash = await passwords.hash(password, { address, isKnown: false });
    if (isRefusal(passwordHash)) return passwordHash;
    const change = { passwordHash, sessions: [] };
    const changed = await store.changeUser(user.id, change, { passwordHash: link.passwordHash });
    return typeof changed === 'string' ? noSuchLink : changed;
  }

  return {
    async makeForFirstOwner(organizationId) {
      if (await store.hasUsers()) return undefined;
      return make({ purpose: 'first_owner', organizationId, email: null, role: 'owner', passwordHash: null });
    },

    async makeInvitation(organizationId, email, role) {
      // One person has one way in: an older invitation would still carry its own role.
      for (const link of await store.listLinks(organizationId)) {
        if (link.email === email) await store.deleteLink(link.id);
      }
      const made = await make({ purpose: 'invitation', organizationId, email, role, passwordHash: null });
      return { ...made, link: { ...made.link, email, role } };
    },

    async makeReset(email) {
      const user = await store.findUserByEmail(email);
      if (user === undefined) return refuse('not_found', { detail: 'Nobody has this e-mail here.' });
      return make(resetOf(user));
    },

    async makeForgotten(user) {
      const { link, token } = draft(resetOf(user), forgottenMs);
      const own = { ...link, id: forgottenId(user) };
      await store.deleteLink(own.id);
      return (await store.createLink(own)) === 'created' ? { link: own, token } : undefined;
    },

    async preview(token) {
      const link = await find(token);
      if (link === undefined) return noSuchLink;
      const { purpose, organizationId, role } = link;
      const begun = purpose === 'first_owner' ? await findFirstOwner(link) : null;
      const email = link.email ?? begun?.email ?? null;
      const user = email === null ? undefined : await store.findUserByEmail(email);
      const isSpent = purpose === 'reset' ? user?.passwordHash !== link.passwordHash : begun === undefined;
      if (isSpent) return noSuchLink;
      const organization = organizationId === null ? undefined : await store.findOrganization(organizationId);
      const hasAccount = purpose !== 'reset' && user !== undefined;
      return { purpose, email, organization: organization?.name ?? null, role, hasAccount };
    },

    async use(input, address) {
      const link = await find(input.token);
      if (link === undefined) return noSuchLink;
      const uses = { first_owner: useForFirstOwner, invitation: useInvitation, reset: useReset };
      const user = await uses[link.purpose](link, input, address);
      if (!isRefusal(user)) await store.deleteLink(link.id);
      return user;
    },
  };
}

/** In the fragment, which browsers send nowhere: so that the token is in no log and no Referer. */
export function setupUrl(publicOrigin: string, token: string): string {
  return `${publicOrigin}/setup#token=${token}`;
}

/**
 * The id of what a first owner's link makes: the same whenever it is used, so that two uses at once, or one after a crash,
 * can not make a second account or organization.
 */
function idFrom({ id }: SetupLink, prefix: IdPrefix): string {
  return id.replace(/^lnk_/, `${prefix}_`);
}

/** A person has one such link, whoever makes it. Ids that are made of a time begin with 0. */
function forgottenId({ id }: User): string {
  return id.replace(/^usr_./, 'lnk_f');
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
