/** Sets for one actor what an organization keeps back for secret calls, and writes it down. */
import { createAudit } from '../audit/audit.ts';
import type { Clock } from '../gate/clock.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { Actor } from '../records/actor.ts';
import type { Store } from '../store/port.ts';

/** `reservedCredits`: null is a fifth of what was granted. Undefined: done. */
export async function reserveCredits(
  parts: { readonly store: Store; readonly clock: Clock; readonly actor: Actor },
  organizationId: string,
  reservedCredits: number | null,
): Promise<Refusal | undefined> {
  const { store, clock, actor } = parts;
  const changed = await store.changeOrganization(organizationId, { reservedCredits });
  if (changed === 'not_found') return refuse('not_found', { detail: 'There is no such organization.' });
  const { before, after } = changed;
  if (before.reservedCredits === after.reservedCredits) return undefined;
  await createAudit({ store, clock })(actor, {
    organizationId,
    action: 'credits.reserved',
    target: { kind: 'organization', id: organizationId, name: after.name },
    before: { reservedCredits: before.reservedCredits },
    after: { reservedCredits: after.reservedCredits },
  });
  return undefined;
}
