/** Grants credits for one actor, and writes it down. */
import { createAudit } from '../audit/audit.ts';
import type { Clock } from '../gate/clock.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { Credits } from '../records/credits.ts';
import type { Store } from '../store/port.ts';

export async function grantCredits(
  parts: { readonly store: Store; readonly clock: Clock; readonly actor: Actor },
  organizationId: string,
  amount: number,
): Promise<Credits | Refusal> {
  const { store, clock, actor } = parts;
  const organization = await store.findOrganization(organizationId);
  const credits = await store.grantCredits(organizationId, amount);
  if (organization === undefined || credits === 'not_found') {
    return refuse('not_found', { detail: 'There is no such organization.' });
  }
  await createAudit({ store, clock })(actor, {
    organizationId,
    action: 'credits.granted',
    target: { kind: 'organization', id: organizationId, name: organization.name },
    before: { granted: credits.granted - amount },
    after: { granted: credits.granted },
  });
  return credits;
}
