/** One browser that is signed in. Its cookie carries the id, sealed. */
export interface Session {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const sessionsMax = 20;

/** A person who can sign in, whatever organizations they belong to. */
export interface User {
  readonly id: string;
  /** Trimmed and in lower case; unique. */
  readonly email: string;
  /** `scrypt-kdf` output in base64. */
  readonly passwordHash: string;
  /** Oldest first, at most `sessionsMax`: in the same record, so that a new password ends them in the same change. */
  readonly sessions: readonly Session[];
  readonly createdAt: number;
}

export type UserChange = Partial<Pick<User, 'passwordHash' | 'sessions'>>;
