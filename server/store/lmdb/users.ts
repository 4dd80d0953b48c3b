import { sessionsMax } from '../../records/user.ts';
import type { LmdbConnection } from './connection.ts';
import { put } from './entries.ts';
import type { UserStore } from '../port.ts';

export function createUsers({ db, read, write, create }: LmdbConnection): UserStore {
  const { users, emails } = db;
  return {
    createUser: (user) => create('users', user),
    findUser: (userId) => read(() => users.get(userId)),

    findUserByEmail: (email) =>
      read(() => {
        const userId = emails.get(email);
        return userId === undefined ? undefined : users.get(userId);
      }),

    hasUsers: () => read(() => [...users.getKeys({ limit: 1 })].length > 0),

    addSession: (userId, passwordHash, session) =>
      write(() => {
        const user = users.get(userId);
        if (user === undefined) return 'not_found';
        if (user.passwordHash !== passwordHash) return 'conflict';
        put(users, userId, { ...user, sessions: [...user.sessions, session].slice(-sessionsMax) });
        return 'added';
      }),

    endSession: (userId, sessionId) =>
      write(() => {
        const user = users.get(userId);
        if (user?.sessions.some(({ id }) => id === sessionId) !== true) return 'not_found';
        put(users, userId, { ...user, sessions: user.sessions.filter(({ id }) => id !== sessionId) });
        return 'ended';
      }),

    changeUser: (userId, change, guard) =>
      write(() => {
        const user = users.get(userId);
        if (user === undefined) return 'not_found';
        if (guard !== undefined && user.passwordHash !== guard.passwordHash) return 'conflict';
        const changed = { ...user, ...change };
        put(users, userId, changed);
        return changed;
      }),
  };
}
