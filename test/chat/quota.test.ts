import { expect, test } from 'vitest';
import { createConversationQuota } from '../../server/chat/quota.ts';

test('every fiftieth conversation has its organization looked at, one look at a time, and an error is told', async () => {
  const looks: [string, number][] = [];
  let answer: (error?: Error) => void = () => undefined;
  const errors: unknown[] = [];
  const quota = createConversationQuota(
    {
      deleteConversationsBeyond: (organizationId, kept) => {
        looks.push([organizationId, kept]);
        return new Promise((resolve, reject) => {
          answer = (error) => (error === undefined ? resolve(0) : reject(error));
        });
      },
    },
    7,
    (error) => errors.push(error),
  );
  const begin = (organizationId: string, times: number): void => {
    for (let time = 0; time < times; time++) quota(organizationId);
  };
  begin('org_quiet', 1);
  begin('org_busy', 49);
  expect(looks).toEqual([['org_busy', 7]]);
  begin('org_busy', 50);
  expect(looks).toHaveLength(1);
  const broken = new Error('broken');
  answer(broken);
  await expect.poll(() => errors).toEqual([broken]);
  begin('org_other', 50);
  expect(looks).toEqual([
    ['org_busy', 7],
    ['org_other', 7],
  ]);
});
