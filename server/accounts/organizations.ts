/** The one way to make an organization: for one actor, and written down. */
import { createAudit } from '../audit/audit.ts';
import type { Clock } from '../gate/clock.ts';
import type { Actor } from '../records/actor.ts';
import { createId } from '../records/id.ts';
import type { Organization } from '../records/organization.ts';
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
