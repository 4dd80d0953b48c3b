import { expect, test } from 'vitest';
import { dayMs, toUtcDate } from '../server/gate/clock.ts';
import { sweep } from '../server/sweep.ts';
import { sampleTime } from './support/sample-records.ts';
import { startTestServer } from './support/server.ts';

test('the keys of digests go whatever else fails, and what else there is goes when they can’t', async () => {
  const server = await startTestServer();
  try {
    const { store } = server;
    const done: string[] = [];
    const swept = (isBroken: 'deleteDigestKeys' | 'listHolds') =>
      sweep(
        {
          ...store,
          deleteDigestKeys: (date) => {
            done.push(date);
            return isBroken === 'deleteDigestKeys' ? Promise.reject(new Error('keys')) : store.deleteDigestKeys(date);
          },
          listHolds: (...asked) =>
            isBroken === 'listHolds' ? Promise.reject(new Error('holds')) : store.listHolds(...asked),
          deleteExpiredLinks: (nowMs) => {
            done.push('links');
            return store.deleteExpiredLinks(nowMs);
          },
        },
        () => sampleTime,
      );
    const oldest = toUtcDate(sampleTime - dayMs);
    await expect(swept('listHolds')).rejects.toThrow('holds');
    expect(done.splice(0)).toEqual([oldest]);
    await expect(swept('deleteDigestKeys')).rejects.toThrow('keys');
    expect(done).toEqual([oldest, 'links']);
  } finally {
    await server.stop();
  }
});
