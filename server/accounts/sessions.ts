/**
 * Who is signed in. A session is an id in the person's record, carried by a sealed cookie: every request reads the record,
 * so a session that was ended, or a password that was changed, is refused at the next request in every process.
 */
import { dayMs, type Clock } from '../gate/clock.ts';
import { isRefusal, refuse, type Refusal } from '../gate/problem.ts';
import type { Session, User } from '../records/user.ts';
import { createId } from '../records/id.ts';
import type { Store } from '../store/port.ts';
import { refuseCommonPassword } from './common-passwords.ts';
import type { Passwords } from './passwords.ts';
import type { SessionSeal } from './session-seal.ts';
import type { SignInLimiter } from './sign-in-limiter.ts';

export const sessionDays = 14;

/** Somebody who signed in, with what their browser keeps. */
export interface SignedIn {
  readonly user: User;
  readonly cookie: string;
}

export interface CurrentSession {
  readonly user: User;
  readonly sessionId: string;
}

export interface Sessions {
  signIn(email: string, password: string, address: string): Promise<SignedIn | Refusal>;
  /** A new session for somebody who has just proven who they are. */
  begin(user: User): Promise<SignedIn | Refusal>;
  find(cookie: string): Promise<CurrentSession | undefined>;
  end(current: CurrentSession): Promise<void>;
  endAll(user: User): Promise<void>;
  /** Ends every session and begins a new one. */
  changePassword(
    user: User,
    currentPassword: string,
    newPassword: string,
    address: string,
  ): Promise<SignedIn | Refusal>;
}

interface SessionParts {
  readonly store: Pick<Store, 'findUser' | 'findUserByEmail' | 'addSession' | 'endSession' | 'changeUser'>;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly limiter: SignInLimiter;
  readonly seal: SessionSeal;
}

/** The answer to an unknown e-mail and to a wrong password alike. */
export const wrongPassword = refuse('sign_in_required', {
  detail: 'The e-mail or the password is wrong.',
  fix: 'Check both. If the password is lost, whoever runs the server makes a link with: postern user reset --email YOU.',
});

const changedMeanwhile = refuse('conflict', {
  detail: 'The password was changed at the same time.',
  fix: 'Sign in with the new one.',
});

export function createSessions({ store, clock, passwords, limiter, seal }: SessionParts): Sessions {
  function newSession(): Session {
    const nowMs = clock();
    return { id: createId('ssn', nowMs), createdAt: nowMs, expiresAt: nowMs + sessionDays * dayMs };
  }

  async function begin(user: User): Promise<SignedIn | Refusal> {
    const session = newSession();
    const added = await store.addSession(user.id, user.passwordHash, session);
    return added === 'added' ? { user, cookie: await seal.seal(user.id, session) } : changedMeanwhile;
  }

  return {
    begin,

    async signIn(email, password, address) {
      const trying = await limiter.begin(address, email);
      if (isRefusal(trying)) return trying;
      const user = await store.findUserByEmail(email);
      const isRight = await passwords.verify(password, user?.passwordHash, trying.caller);
      if (isRefusal(isRight)) return isRight;
      if (!isRight || user === undefined) return wrongPassword;
      await trying.succeed();
      return begin(user);
    },

    async find(cookie) {
      const sealed = await seal.open(cookie);
      if (sealed === undefined) return undefined;
      const { userId, sessionId } = sealed;
      const user = await store.findUser(userId);
      const session = user?.sessions.find(({ id }) => id === sessionId);
      if (user === undefined || session === undefined || session.expiresAt <= clock()) return undefined;
      return { user, sessionId };
    },

    async end({ user, sessionId }) {
      await store.endSession(user.id, sessionId);
    },

    async endAll(user) {
      await store.changeUser(user.id, { sessions: [] });
    },

    async changePassword(user, currentPassword, newPassword, address) {
      const trying = await limiter.begin(address, user.email);
      if (isRefusal(trying)) return trying;
      const isRight = await passwords.verify(currentPassword, user.passwordHash, trying.caller);
      if (isRefusal(isRight)) return isRight;
      if (!isRight) {
        return refuse('forbidden', {
          detail: 'The current password is wrong.',
          problems: [{ path: 'currentPassword', message: 'This is not your current password.' }],
        });
      }
      await trying.succeed();
      const common = await refuseCommonPassword(newPassword, user.email, 'newPassword');
      if (common !== undefined) return common;
      const passwordHash = await passwords.hash(newPassword, trying.caller);
      if (isRefusal(passwordHash)) return passwordHash;
      const session = newSession();
      const changed = await store.changeUser(
        user.id,
        { passwordHash, sessions: [session] },
        { passwordHash: user.passwordHash },
      );
      if (typeof changed === 'string') return changedMeanwhile;
      return { user: changed, cookie: await seal.seal(user.id, session) };
    },
  };
}
