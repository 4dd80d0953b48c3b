import mongoose from 'mongoose';
import pLimit from 'p-limit';
import { addUsage, type KeyActivity, type UsageDay } from '../../records/usage-day.ts';
import { pauseBeforeRetry, tooLong, type MongoConnection } from './connection.ts';
import { fromUsageDay, toUsageDay } from './mapping.ts';
import { activityChanges, insert, limited, matchChanges } from './queries.ts';
import { StoreUnavailableError, UsageLeftError, type UsageStore } from '../port.ts';

const { trusted } = mongoose;

const daysAtOnce = 8;

export function createUsage({ models, run }: MongoConnection): UsageStore {
  const { keys, usageDays } = models;

  return {
    /**
     * A few days at a time, because look-ups wait for the same connections, and none any more once the store went away. A
     * day that was given up on may have been on its way, and is counted twice then.
     */
    async addUsage(batch) {
      const left: UsageDay[] = [];
      let away: StoreUnavailableError | undefined;
      let broken: Error | undefined;
      const isLeft = async (write: () => Promise<void>): Promise<boolean> => {
        if (away !== undefined) return true;
        try {
          await write();
        } catch (error) {
          if (error instanceof StoreUnavailableError) {
            away ??= error;
            return true;
          }
          broken ??= error as Error;
        }
        return false;
      };
      const limit = pLimit(daysAtOnce);
      const writeDay = async (day: UsageDay): Promise<void> => {
        if (await isLeft(() => addDay(day))) left.push(day);
      };
      await Promise.all(batch.days.map((day) => limit(writeDay, day)));
      await isLeft(() => addActivities(batch.activities));
      await isLeft(() => dropThoseOfDeletedKeys(batch.days));
      if (away !== undefined) throw new UsageLeftError({ days: left, activities: batch.activities }, broken ?? away);
      if (broken !== undefined) throw broken;
    },

    listUsage: (organizationId, keyIds, fromDate, toDate) =>
      run(async () => {
        const days = {
          organizationId,
          keyId: trusted({ $in: [...keyIds] }),
          date: trusted({ $gte: fromDate, $lte: toDate }),
        };
        const found = await usageDays.find(days, {}, limited).sort({ date: 1, keyId: 1 }).lean();
        return found.map(toUsageDay);
      }),
  };

  function addDay(day: UsageDay): Promise<void> {
    const { organizationId, keyId, date } = day;
    return run(async (isInTime) => {
      while (isInTime()) {
        const found = await usageDays.findOne({ organizationId, keyId, date }, {}, limited).lean();
        if (found === null) {
          if ((await insert(usageDays, fromUsageDay(addUsage(undefined, day), 1))) === 'created') return;
        } else {
          const { revision } = found;
          const merged = fromUsageDay(addUsage(toUsageDay(found), day), revision + 1);
          const guarded = { organizationId, keyId, date, revision };
          if ((await usageDays.updateOne(guarded, { $set: merged }, limited)).matchedCount === 1) return;
        }
        // Another process wrote in between: merge into what it wrote.
        await pauseBeforeRetry();
      }
      throw tooLong();
    });
  }

  function addActivities(activities: readonly KeyActivity[]): Promise<void> {
    return run(async () => {
      const changes = activities.flatMap((seen) => [...activityChanges(seen), ...matchChanges(seen)]);
      if (changes.length > 0) await keys.bulkWrite(changes, { ordered: false });
    });
  }

  /** After writing, so that a key which is deleted at the same time leaves nothing whichever came first. */
  function dropThoseOfDeletedKeys(days: readonly UsageDay[]): Promise<void> {
    return run(async () => {
      const keyIds = [...new Set(days.map(({ keyId }) => keyId))];
      const there = await keys.find({ _id: trusted({ $in: keyIds }) }, { organizationId: 1 }, limited).lean();
      const owners = new Map(there.map((key) => [key._id, key.organizationId]));
      const gone = days.filter(({ keyId, organizationId }) => owners.get(keyId) !== organizationId);
      for (const { keyId, organizationId } of gone) await usageDays.deleteMany({ keyId, organizationId }, limited);
    });
  }
}
