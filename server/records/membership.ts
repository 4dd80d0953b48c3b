/** What each may do is in `accounts/roles.ts`. */
export type Role = 'owner' | 'member' | 'viewer';

/** A person in one organization. An organization always keeps an owner. */
export interface Membership {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: Role;
  readonly createdAt: number;
}
