import type { Role } from './membership.ts';

/**
 * A link that lets one person set a password: the first owner (of whatever e-mail they choose), somebody invited into an
 * organization, or somebody who forgot theirs. Only the digest of its token is kept.
 */
export interface SetupLink {
  readonly id: string;
  /** SHA-256 of the token, in hex. */
  readonly tokenDigest: string;
  readonly purpose: 'first_owner' | 'invitation' | 'reset';
  /** Null: the first owner begins an organization; a reset belongs to none. */
  readonly organizationId: string | null;
  /** Null: the first owner says. */
  readonly email: string | null;
  readonly role: Role | null;
  /** A reset works only while the password is the one it was made for. */
  readonly passwordHash: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface Invitation extends SetupLink {
  readonly email: string;
  readonly role: Role;
}
