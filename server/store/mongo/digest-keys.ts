import mongoose from 'mongoose';
import { tooLong, type MongoConnection } from './connection.ts';
import { insert, limited } from './queries.ts';
import type { DigestKeyStore } from '../port.ts';

const { trusted } = mongoose;

export function createDigestKeys({ models, run, confirmed }: MongoConnection): DigestKeyStore {
  const { digestKeys } = models;
  return {
    keepDigestKey: (date, digestKey) =>
      run(async (isInTime) => {
        while (isInTime()) {
          const found = await digestKeys.findOne({ _id: date }, {}, confirmed()).lean();
          if (found !== null) return found.digestKey;
          if ((await insert(digestKeys, { _id: date, digestKey })) === 'created') return digestKey;
        }
        throw tooLong();
      }),

    deleteDigestKeys: (beforeDate) =>
      run(async () => {
        await digestKeys.deleteMany({ _id: trusted({ $lt: beforeDate }) }, limited);
      }),
  };
}
