import mongoose from 'mongoose';
import type { MongoConnection } from './connection.ts';
import { fromIdentified, toLink } from './mapping.ts';
import { limited } from './queries.ts';
import type { LinkStore } from '../port.ts';

const { trusted } = mongoose;

export function createLinks({ models, run, create, confirmed }: MongoConnection): LinkStore {
  const { links } = models;
  return {
    createLink: (link) => create(links, fromIdentified(link)),

    findLink: (tokenDigest) =>
      run(async () => {
        const found = await links.findOne({ tokenDigest }, {}, confirmed()).lean();
        return found === null ? undefined : toLink(found);
      }),

    listLinks: (organizationId) =>
      run(async () => (await links.find({ organizationId }, {}, confirmed()).sort({ _id: -1 }).lean()).map(toLink)),

    deleteLink: (linkId) =>
      run(async () => {
        const { deletedCount } = await links.deleteOne({ _id: linkId }, limited);
        return deletedCount === 1 ? 'deleted' : 'not_found';
      }),

    deleteExpiredLinks: (expiredBefore) =>
      run(async () => {
        const { deletedCount } = await links.deleteMany({ expiresAt: trusted({ $lt: expiredBefore }) }, limited);
        return deletedCount;
      }),
  };
}
