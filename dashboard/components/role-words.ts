import type { Role } from '../../server/http/wire.ts';
import { roles } from '../../server/accounts/roles.ts';

/** What each role may do, in one line. */
export const roleWords: Readonly<Record<Role, string>> = {
  owner: 'Everything, also members, roles and credits.',
  member: 'Makes, changes and deletes keys and agents. Reads the rest.',
  viewer: 'Reads everything here and changes nothing.',
};

export const roleNames: Readonly<Record<Role, string>> = { owner: 'Owner', member: 'Member', viewer: 'Viewer' };

/** `an owner`. */
export const roleArticles: Readonly<Record<Role, string>> = {
  owner: 'an owner',
  member: 'a member',
  viewer: 'a viewer',
};

/** What a `<select>` answers is text. */
export function toRole(text: string): Role {
  return roles.find((role) => role === text) ?? 'viewer';
}
