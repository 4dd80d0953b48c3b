/** Organizations with their members, who are part of their organization's document. */
import mongoose from 'mongoose';
import type { Membership } from '../../records/membership.ts';
import { publicPart, type PublicOrganization } from '../../records/organization.ts';
import { each, joined } from '../joined.ts';
import type { MongoConnection } from './connection.ts';
import { fromMembership, fromOrganization, toMemberships, toOrganization } from './mapping.ts';
import type { OrganizationDocument } from './models.ts';
import { plain, textOf } from './plain.ts';
import { bothAs, limited, lookUpsPerQueryMax } from './queries.ts';
import type { Changed, OrganizationStore } from '../port.ts';

const { trusted } = mongoose;
const organizationOnly = {
  name: 1,
  createdAt: 1,
  reservedCredits: 1,
  auditReading: 1,
  retentionDays: 1,
  contact: 1,
  privacyUrl: 1,
} as const;
const membersOnly = { members: 1, revision: 1 } as const;

export function createOrganizations({
  models,
  run,
  create,
  changeAsRead,
  confirmed,
}: MongoConnection): OrganizationStore {
  const { organizations } = models;

  /** `decide` gets the members and gives those of afterwards, or why they stay as they are. */
  async function changeMembers<Reason extends string>(
    organizationId: string,
    decide: (members: readonly Membership[]) => readonly Membership[] | Reason,
  ): Promise<Changed<readonly Membership[]> | Reason | 'not_found'> {
    const made = await changeAsRead<OrganizationDocument, Reason>(
      organizations,
      { _id: organizationId },
      membersOnly,
      (found) => {
        const members = decide(toMemberships(found));
        return typeof members === 'string' ? members : { members: members.map(fromMembership) };
      },
    );
    return typeof made === 'string' ? made : bothAs(toMemberships, made);
  }

  const publicOnes = joined(findPublicOnes, lookUpsPerQueryMax);

  async function findPublicOnes(ids: readonly string[]): Promise<(PublicOrganization | undefined | Error)[]> {
    const distinct = [...new Set(ids)];
    const options = { ...limited, projection: organizationOnly, batchSize: distinct.length + 1 };
    const found = await run(() =>
      plain(organizations)
        .find({ _id: { $in: distinct } }, options)
        .toArray(),
    );
    const documents = new Map(found.map((document) => [document._id, document]));
    return each(ids, (id) => {
      const document = documents.get(id);
      return document && publicPart(toOrganization(document));
    });
  }

  return {
    createOrganization(organization, creditsGranted) {
      const credits = { granted: creditsGranted, spent: 0 };
      return create(organizations, fromOrganization({ organization, credits, holds: [] }));
    },

    findOrganization: (organizationId) =>
      run(async () => {
        const found = await organizations.findOne({ _id: organizationId }, organizationOnly, confirmed()).lean();
        return found === null ? undefined : toOrganization(found);
      }),

    findPublicOrganization: async (organizationId) => publicOnes.load(textOf(organizationId)),

    async changeOrganization(organizationId, change) {
      const made = await changeAsRead<OrganizationDocument>(organizations, { _id: organizationId }, {}, () => change);
      return typeof made === 'string' ? made : bothAs(toOrganization, made);
    },

    listOwnRetentions: (after, limit) =>
      run(async () => {
        const chosen = {
          retentionDays: trusted({ $gt: 0 }),
          ...(after !== null && { _id: trusted({ $gt: after }) }),
        };
        const found = organizations.find(chosen, { retentionDays: 1 }, limited).sort({ _id: 1 }).limit(limit);
        return (await found.lean()).map(({ _id, retentionDays = 0 }) => ({ organizationId: _id, retentionDays }));
      }),

    async addMember(membership) {
      const { organizationId, userId } = membership;
      const members = await changeMembers<'conflict'>(organizationId, (before) =>
        before.some((member) => member.userId === userId) ? 'conflict' : [...before, membership].sort(bySeniority),
      );
      return typeof members === 'string' ? members : 'created';
    },

    findMember: (organizationId, userId) =>
      run(async () => {
        const member = { _id: organizationId, 'members.userId': userId };
        const found = await organizations.findOne(member, membersOnly, confirmed()).lean();
        return found === null ? undefined : toMemberships(found).find((membership) => membership.userId === userId);
      }),

    listMembers: (organizationId) =>
      run(async () => {
        const found = await organizations.findOne({ _id: organizationId }, membersOnly, confirmed()).lean();
        return found === null ? [] : toMemberships(found);
      }),

    listMembershipsOf: (userId) =>
      run(async () => {
        const theirs = organizations.find({ 'members.userId': userId }, membersOnly, confirmed()).sort({ _id: 1 });
        return (await theirs.lean()).flatMap(toMemberships).filter((membership) => membership.userId === userId);
      }),

    async changeMember(organizationId, userId, role) {
      const members = await changeMembers<'not_found' | 'last_owner'>(organizationId, (before) => {
        if (!before.some((member) => member.userId === userId)) return 'not_found';
        if (role !== 'owner' && isLastOwner(userId, before)) return 'last_owner';
        return before.map((member) => (member.userId === userId ? { ...member, role } : member));
      });
      if (typeof members === 'string') return members;
      const [before, after] = [members.before, members.after].map((all) => all.find((one) => one.userId === userId));
      return before === undefined || after === undefined ? 'not_found' : { before, after };
    },

    async removeMember(organizationId, userId) {
      const members = await changeMembers<'not_found' | 'last_owner'>(organizationId, (before) => {
        const others = before.filter((member) => member.userId !== userId);
        if (others.length === before.length) return 'not_found';
        return isLastOwner(userId, before) ? 'last_owner' : others;
      });
      return typeof members === 'string' ? members : 'removed';
    },
  };
}

function isLastOwner(userId: string, members: readonly Membership[]): boolean {
  const owners = members.filter(({ role }) => role === 'owner');
  return owners.length === 1 && owners[0]?.userId === userId;
}

function bySeniority(a: Membership, b: Membership): number {
  return a.createdAt - b.createdAt || (a.userId < b.userId ? -1 : 1);
}
