/** Organizations are made and renamed here, for one actor, and it is written down. */
import { createAudit, differing } from '../audit/audit.ts';
import type { Clock } from '../gate/clock.ts';
import type { Actor } from '../records/actor.ts';
import { createId } from '../records/id.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Organization } from '../records/organization.ts';
import type { User } from '../records/user.ts';
import type { Store } from '../store/port.ts';

interface NewOrganization {
  /** Given where the same one must come of a second try. */
  readonly id?: string;
  readonly name: string;
  /** Granted from the start. */
  readonly credits: number;
}

/** One that is there already under the id stays as it is. */
export async function createOrganization(
  parts: { readonly store: Store; readonly clock: Clock; readonly actor: Actor },
  { id = createId('org', parts.clock()), name, credits }: NewOrganization,
): Promise<Organization> {
  const { store, clock, actor } = parts;
  const organization = { id, name, createdAt: clock(), reservedCredits: null };
  if ((await store.createOrganization(organization, credits)) === 'created') {
    await createAudit({ store, clock })(actor, {
      organizationId: id,
      action: 'organization.created',
      target: { kind: 'organization', id, name },
      before: null,
      after: { name, granted: credits },
    });
  }
  return organization;
}

/** What somebody's organization begins with. Its owner may grant more. */
export const firstCredits = 1_000;
/** More than anybody needs, and no more than one who means ill can make. */
const ownedMax = 50;

const ownsTooMany = refuse('conflict', {
  detail: `You own ${ownedMax} organizations already.`,
  fix: 'Leave one in Settings → Members first; or whoever runs this server makes one with "postern organizations create".',
});

/** Makes an organization whose owner is a person. Credits are as of every first one. */
export async function foundOrganization(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  { id: userId, email }: User,
  name: string,
): Promise<Organization | Refusal> {
  const owned = (await store.listMembershipsOf(userId)).filter(({ role }) => role === 'owner');
  if (owned.length >= ownedMax) return ownsTooMany;
  const actor = { kind: 'user', id: userId, name: email } as const;
  const organization = await createOrganization({ store, clock, actor }, { name, credits: firstCredits });
  const { id: organizationId } = organization;
  await store.addMember({ organizationId, userId, role: 'owner', createdAt: clock() });
  await createAudit({ store, clock })(actor, {
    organizationId,
    action: 'member.joined',
    target: { kind: 'member', id: userId, name: email },
    before: null,
    after: { role: 'owner' },
  });
  return organization;
}

export async function renameOrganization(
  { store, clock, actor }: { readonly store: Store; readonly clock: Clock; readonly actor: Actor },
  organizationId: string,
  name: string,
): Promise<Organization | Refusal> {
  const changed = await store.changeOrganization(organizationId, { name });
  if (changed === 'not_found') return refuse('not_found', { detail: 'There is no such organization.' });
  const facts = differing({ name: changed.before.name }, { name: changed.after.name });
  if (facts !== undefined) {
    await createAudit({ store, clock })(actor, {
      organizationId,
      action: 'organization.changed',
      target: { kind: 'organization', id: organizationId, name },
      ...facts,
    });
  }
  return changed.after;
}
