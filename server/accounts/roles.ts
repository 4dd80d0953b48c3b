/**
 * What a member may do: viewers read, but no webhooks; members also change keys and agents, delete conversations and check pages; owners
 * also members, credits and settings, webhooks and the export.
 */
import type { Role } from '../records/membership.ts';

const ranks: Readonly<Record<Role, number>> = { viewer: 0, member: 1, owner: 2 };

/** As pages list them. */
export const roles = ['owner', 'member', 'viewer'] as const satisfies readonly Role[];

export function isAtLeast(role: Role, least: Role): boolean {
  return ranks[role] >= ranks[least];
}
