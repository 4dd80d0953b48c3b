/** Organizations and their members. */
import type { Membership } from '../../records/membership.ts';
import { publicPart, type Organization } from '../../records/organization.ts';
import type { LmdbConnection } from './connection.ts';
import { below, put, remove } from './entries.ts';
import { inserts, putOwnRetention } from './inserts.ts';
import type { OrganizationStore } from '../port.ts';

export function createOrganizations({ db, read, write, create }: LmdbConnection): OrganizationStore {
  const { organizations, ownRetentions, members, memberships } = db;

  function isLastOwner({ organizationId, userId, role }: Membership): boolean {
    if (role !== 'owner') return false;
    return ![...below(members, organizationId)].some(({ value }) => value.role === 'owner' && value.userId !== userId);
  }

  return {
    createOrganization(organization, creditsGranted) {
      const credits = { granted: creditsGranted, spent: 0 };
      return create('organizations', { organization, credits, holds: [] });
    },

    findOrganization: (organizationId) => read(() => toOrganization(organizations.get(organizationId)?.organization)),

    findPublicOrganization: (organizationId) =>
      read(() => {
        const found = toOrganization(organizations.get(organizationId)?.organization);
        return found && publicPart(found);
      }),

    changeOrganization: (organizationId, change) =>
      write(() => {
        const entry = organizations.get(organizationId);
        const before = toOrganization(entry?.organization);
        if (entry === undefined || before === undefined) return 'not_found';
        const after = { ...before, ...change };
        put(organizations, organizationId, { ...entry, organization: after });
        putOwnRetention(db, after);
        return { before, after };
      }),

    listOwnRetentions: (after, limit) =>
      read(() =>
        [...ownRetentions.getRange({ ...(after !== null && { start: after, exclusiveStart: true }), limit })].map(
          ({ key, value }) => ({ organizationId: key, retentionDays: value }),
        ),
      ),

    addMember: (membership) =>
      write(() => {
        if (organizations.get(membership.organizationId) === undefined) return 'not_found';
        return inserts.members(db, membership) ? 'created' : 'conflict';
      }),

    findMember: (organizationId, userId) => read(() => members.get([organizationId, userId])),

    listMembers: (organizationId) =>
      read(() =>
        [...below(members, organizationId)].map(({ value }) => value).sort((a, b) => a.createdAt - b.createdAt),
      ),

    listMembershipsOf: (userId) =>
      read(() =>
        [...below(memberships, userId)]
          .map(({ key: [, organizationId] }) => members.get([organizationId, userId]))
          .filter((membership) => membership !== undefined),
      ),

    changeMember: (organizationId, userId, role) =>
      write(() => {
        const membership = members.get([organizationId, userId]);
        if (membership === undefined) return 'not_found';
        if (role !== 'owner' && isLastOwner(membership)) return 'last_owner';
        const changed = { ...membership, role };
        put(members, [organizationId, userId], changed);
        return { before: membership, after: changed };
      }),

    removeMember: (organizationId, userId) =>
      write(() => {
        const membership = members.get([organizationId, userId]);
        if (membership === undefined) return 'not_found';
        if (isLastOwner(membership)) return 'last_owner';
        remove(members, [organizationId, userId]);
        remove(memberships, [userId, organizationId]);
        return 'removed';
      }),
  };
}

/** One from before there were budgets has no reserve of its own. */
export function toOrganization<Kept extends Organization | undefined>(kept: Kept): Kept {
  return kept && { ...kept, reservedCredits: (kept as Partial<Organization>).reservedCredits ?? null };
}
