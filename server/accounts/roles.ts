/** What a member may do: viewers read; members also change keys and agents; owners also members and credits. */
import type { Role } from '../records/membership.ts';

const ranks: Readonly<Record<Role, number>> = { viewer: 0, member: 1, owner: 2 };

/** As pages list them. */
export const roles = ['owner', 'member', 'viewer'] as const satisfies readonly Role[];

export function isAtLeast(role: Role, least: Role): boolean {
  return ranks[role] >= ranks[least];
}
