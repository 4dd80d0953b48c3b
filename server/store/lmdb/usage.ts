import { addUsage, newerActivity, withMatches } from '../../records/usage-day.ts';
import type { LmdbConnection } from './connection.ts';
import { put } from './entries.ts';
import { getKey } from './keys.ts';
import type { UsageStore } from '../port.ts';

export function createUsage({ db, read, write }: LmdbConnection): UsageStore {
  const { keys, usageDays } = db;
  return {
    addUsage: ({ days, activities }) =>
      write(() => {
        for (const day of days) {
          if (getKey(db, day.organizationId, day.keyId) === undefined) continue;
          put(usageDays, [day.keyId, day.date], addUsage(usageDays.get([day.keyId, day.date]), day));
        }
        for (const activity of activities) {
          const key = getKey(db, activity.organizationId, activity.keyId);
          if (key === undefined) continue;
          const domains = withMatches(key.domains, activity.matches);
          put(keys, key.publicKey, { ...key, ...newerActivity(key, activity), domains });
        }
      }),

    listUsage: (organizationId, keyIds, fromDate, toDate) =>
      read(() =>
        // Sorted ids and a stable sort by date: the days of one date are in the order of their keys.
        [...new Set(keyIds)]
          .sort()
          .flatMap((keyId) => [
            ...usageDays.getRange({ start: [keyId, fromDate], end: [keyId, toDate], inclusiveEnd: true }),
          ])
          .map(({ value }) => value)
          .filter((day) => day.organizationId === organizationId)
          .sort((a, b) => Number(a.date > b.date) - Number(a.date < b.date)),
      ),
  };
}
