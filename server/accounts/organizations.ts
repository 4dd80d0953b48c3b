/** Organizations are made and renamed here, for one actor, and it is written down. */
import { createAudit, differing } from '../audit/audit.ts';
import { dayMs, type Clock } from '../gate/clock.ts';
import type { Actor } from '../records/actor.ts';
import { createId } from '../records/id.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Organization } from '../records/organization.ts';
import type { User } from '../records/user.ts';
import type { Store } from '../store/port.ts';
import type { SettingsInput } from './account-input.ts';

interface SettingsParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Of organizations that chose no retention. */
  readonly serverRetentionDays: number;
}

/** `deletes`: so many conversations would go at once; no more are counted than `deletesCountedMax`. */
type SettingsRefusal = Refusal & { readonly deletes?: number };

const deletesCountedMax = 10_000;

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
  fix: 'Leave one in Settings → Members first; or whoever runs this server makes one with: postern org create --name NAME.',
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

export async function changeOrganization(
  parts: SettingsParts & { readonly actor: Actor },
  organizationId: string,
  { confirm, name, auditReading, retentionDays, contact, privacyUrl }: SettingsInput,
): Promise<Organization | SettingsRefusal> {
  const { store, clock, actor } = parts;
  const deletes = confirm === true ? 0 : await countOutlived(parts, organizationId, retentionDays);
  if (deletes > 0) return { ...refuseDeleting(deletes), deletes };
  const change = {
    ...(name !== undefined && { name }),
    ...(auditReading !== undefined && { auditReading }),
    ...(retentionDays !== undefined && { retentionDays }),
    ...(contact !== undefined && { contact }),
    ...(privacyUrl !== undefined && { privacyUrl }),
  };
  const changed = await store.changeOrganization(organizationId, change);
  if (changed === 'not_found') return refuse('not_found', { detail: 'There is no such organization.' });
  const facts = differing(factsOf(changed.before, parts), factsOf(changed.after, parts));
  if (facts !== undefined) {
    await createAudit({ store, clock })(actor, {
      organizationId,
      action: 'organization.changed',
      target: { kind: 'organization', id: organizationId, name: changed.after.name },
      ...facts,
    });
  }
  return changed.after;
}

/** What an organization did not choose is as everywhere on this server. */
export function settingsOf(
  { auditReading = false, retentionDays, contact = null, privacyUrl = null }: Omit<Organization, 'id' | 'name'>,
  { serverRetentionDays }: Pick<SettingsParts, 'serverRetentionDays'>,
) {
  return { auditReading, retentionDays: retentionDays ?? serverRetentionDays, contact, privacyUrl };
}

/** For the audit log: the contact one by one. */
function factsOf({ name, ...fields }: Organization, parts: Pick<SettingsParts, 'serverRetentionDays'>) {
  const { contact, ...others } = settingsOf(fields, parts);
  const { text = null, email = null, url = null, phone = null, leaveMessage = false } = contact ?? {};
  const ways = { contactText: text, contactEmail: email, contactUrl: url, contactPhone: phone };
  return { name, ...others, ...ways, leaveMessage };
}

/** How many conversations a retention ends that goes on under the present one. */
async function countOutlived(
  { store, clock, serverRetentionDays }: SettingsParts,
  organizationId: string,
  days = Infinity,
): Promise<number> {
  const organization = await store.findOrganization(organizationId);
  if (days >= (organization?.retentionDays ?? serverRetentionDays)) return 0;
  const idle = { organizationId, lastActiveBefore: clock() - days * dayMs };
  return store.countIdleConversations(idle, deletesCountedMax);
}

function refuseDeleting(deletes: number): Refusal {
  const count = deletes.toLocaleString('en');
  const conversations = deletes === 1 ? '1 conversation' : `${count} conversations`;
  return refuse('conflict', {
    detail: `This deletes ${deletes === deletesCountedMax ? 'at least ' : ''}${conversations} for good within minutes.`,
    fix: 'Choose a longer time, or send the change again with "confirm": true.',
  });
}
