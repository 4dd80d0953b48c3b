/** Who belongs to an organization, in which role. An organization always keeps an owner. Every change is written down. */
import { createAudit } from '../audit/audit.ts';
import type { Clock } from '../gate/clock.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { AuditAction, AuditFacts } from '../records/audit-event.ts';
import type { Membership, Role } from '../records/membership.ts';
import type { Invitation, SetupLink } from '../records/setup-link.ts';
import type { Store } from '../store/port.ts';
import type { InviteInput } from './account-input.ts';
import type { MadeInvitation, SetupLinks } from './setup-links.ts';

/** Members and invitations in one organization. */
const membersMax = 500;

interface Member extends Membership {
  readonly email: string;
}

interface Listed {
  readonly members: readonly Member[];
  readonly invitations: readonly Invitation[];
}

export interface MemberManager {
  list(organizationId: string): Promise<Listed>;
  invite(organizationId: string, input: InviteInput): Promise<MadeInvitation | Refusal>;
  change(organizationId: string, userId: string, role: Role): Promise<Member | Refusal>;
  /** `id`: a person's, or an invitation's. */
  remove(organizationId: string, id: string): Promise<Refusal | undefined>;
}

interface MemberManagerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly links: Pick<SetupLinks, 'makeInvitation'>;
  /** Whose changes these are. */
  readonly actor: Actor;
}

type MemberStore = Pick<Store, 'listMembers' | 'listLinks' | 'findUser'>;

const noSuchMember = refuse('not_found', { detail: 'This organization has no such member.' });

const lastOwner = refuse('conflict', {
  detail: 'This is the last owner, and an organization needs one.',
  fix: 'Make another member an owner first.',
});

export function createMemberManager({ store, clock, links, actor }: MemberManagerParts): MemberManager {
  const recordAudit = createAudit({ store, clock });

  function record(
    action: AuditAction,
    organizationId: string,
    person: { readonly id: string; readonly email: string },
    before: AuditFacts | null,
    after: AuditFacts | null,
  ): Promise<void> {
    const target = { kind: 'member', id: person.id, name: person.email } as const;
    return recordAudit(actor, { organizationId, action, target, before, after });
  }

  async function findMember(organizationId: string, userId: string): Promise<Member | undefined> {
    const membership = await store.findMember(organizationId, userId);
    return membership && describe(store, membership);
  }

  async function removeInvitation(organizationId: string, linkId: string): Promise<Refusal | undefined> {
    const invitation = (await store.listLinks(organizationId)).filter(isInvitation).find(({ id }) => id === linkId);
    if (invitation === undefined || (await store.deleteLink(linkId)) === 'not_found') return noSuchMember;
    await record('invitation.revoked', organizationId, invitation, { role: invitation.role }, null);
    return undefined;
  }

  return {
    list: (organizationId) => listMembers({ store, clock }, organizationId),

    async invite(organizationId, { email, role }) {
      const { members, invitations } = await listMembers({ store, clock }, organizationId);
      if (members.some((member) => member.email === email)) {
        return refuse('conflict', {
          detail: 'This person is a member already.',
          fix: 'Change their role in the list instead.',
        });
      }
      if (members.length + invitations.length >= membersMax) {
        return refuse('conflict', { detail: `An organization has at most ${membersMax} members and invitations.` });
      }
      const made = await links.makeInvitation(organizationId, email, role);
      await record('member.invited', organizationId, { id: made.link.id, email }, null, { role });
      return made;
    },

    async change(organizationId, userId, role) {
      const member = await findMember(organizationId, userId);
      if (member === undefined) return noSuchMember;
      const changed = await store.changeMember(organizationId, userId, role);
      if (changed === 'not_found') return noSuchMember;
      if (changed === 'last_owner') return lastOwner;
      const { email } = member;
      const { before, after } = changed;
      if (before.role !== role) {
        await record('member.changed', organizationId, { id: userId, email }, { role: before.role }, { role });
      }
      return { ...after, email };
    },

    async remove(organizationId, id) {
      if (id.startsWith('lnk_')) return removeInvitation(organizationId, id);
      const member = await findMember(organizationId, id);
      if (member === undefined) return noSuchMember;
      const removed = await store.removeMember(organizationId, id);
      if (removed === 'not_found') return noSuchMember;
      if (removed === 'last_owner') return lastOwner;
      await record('member.removed', organizationId, { id, email: member.email }, { role: member.role }, null);
      return undefined;
    },
  };
}

/** With the invitations that still work. */
export async function listMembers(
  { store, clock }: Pick<MemberManagerParts, 'clock'> & { readonly store: MemberStore },
  organizationId: string,
): Promise<Listed> {
  const [memberships, allLinks] = await Promise.all([
    store.listMembers(organizationId),
    store.listLinks(organizationId),
  ]);
  const described = await Promise.all(memberships.map((membership) => describe(store, membership)));
  const nowMs = clock();
  return {
    members: described.filter((member) => member !== undefined),
    invitations: allLinks.filter(isInvitation).filter(({ expiresAt }) => expiresAt > nowMs),
  };
}

async function describe(store: MemberStore, membership: Membership): Promise<Member | undefined> {
  const user = await store.findUser(membership.userId);
  return user && { ...membership, email: user.email };
}

function isInvitation(link: SetupLink): link is Invitation {
  return link.purpose === 'invitation' && link.email !== null && link.role !== null;
}
