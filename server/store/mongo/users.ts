import type { QueryFilter } from 'mongoose';
import { sessionsMax, type User } from '../../records/user.ts';
import type { MongoConnection } from './connection.ts';
import { fromIdentified, toUser } from './mapping.ts';
import type { UserDocument } from './models.ts';
import { changed, limited } from './queries.ts';
import type { UserStore } from '../port.ts';

export function createUsers({ models, run, create, isThere, confirmed }: MongoConnection): UserStore {
  const { users } = models;

  const find = (filter: QueryFilter<UserDocument>): Promise<User | undefined> =>
    run(async () => {
      const found = await users.findOne(filter, {}, confirmed()).lean();
      return found === null ? undefined : toUser(found);
    });

  return {
    createUser: (user) => create(users, fromIdentified(user)),
    findUser: (userId) => find({ _id: userId }),
    findUserByEmail: (email) => find({ email }),
    hasUsers: () => run(() => isThere(users, {})),

    addSession: (userId, passwordHash, { id, createdAt, expiresAt }) =>
      run(async () => {
        const { matchedCount } = await users.updateOne(
          { _id: userId, passwordHash },
          { $push: { sessions: { $each: [{ id, createdAt, expiresAt }], $slice: -sessionsMax } } },
          limited,
        );
        if (matchedCount === 1) return 'added';
        return (await isThere(users, { _id: userId })) ? 'conflict' : 'not_found';
      }),

    endSession: (userId, sessionId) =>
      run(async () => {
        const session = { _id: userId, 'sessions.id': sessionId };
        const { matchedCount } = await users.updateOne(session, { $pull: { sessions: { id: sessionId } } }, limited);
        return matchedCount === 1 ? 'ended' : 'not_found';
      }),

    changeUser: (userId, change, guard) =>
      run(async () => {
        const user = { _id: userId };
        const guarded = guard === undefined ? user : { ...user, passwordHash: guard.passwordHash };
        const found = await users.findOneAndUpdate(guarded, { $set: change }, changed);
        if (found !== null) return toUser(found);
        return guard !== undefined && (await isThere(users, user)) ? 'conflict' : 'not_found';
      }),
  };
}
