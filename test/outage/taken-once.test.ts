/** Credits taken under a receipt, the process that takes them killed at any moment: asked again, each is taken once. */
import { unbound } from '../../server/records/budget.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { bundleScript } from '../support/store-process.ts';
import { sampleOrganization, sampleTime } from '../support/sample-records.ts';
import { describeOnBothStores } from '../support/stores.ts';

const rounds = 10;
const amount = 3;

describeOnBothStores('a process that takes credits, killed', ({ databaseUrl, open }) => {
  // Fails on MongoDB when what was taken is given back, or taken again, by whoever finds it halfway.
  test(
    `${rounds} times: what it took, and what it was about to take, is taken once`,
    { timeout: 120_000 },
    async () => {
      const script = await bundleScript('taking-child');
      const store = await open();
      let acknowledged = 0;
      for (let round = 0; round < rounds; round++) {
        const organization = sampleOrganization();
        await store.createOrganization(organization, 1_000_000);
        const child = spawn(process.execPath, [script, databaseUrl, organization.id, String(sampleTime)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const closed = once(child, 'close');
        let said = 0;
        for await (const line of createInterface({ input: child.stdout })) {
          if (said++ === 0) setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
          expect(line).toMatch(/^receipt-\d+$/);
        }
        expect(await closed).toStrictEqual([null, 'SIGKILL']);
        acknowledged += said;
        const under = (index: number) => ({
          id: `receipt-${index}`,
          at: sampleTime + 1,
          endsAt: sampleTime + 86_400_001,
        });
        // What is halfway with nobody to ask again is finished by the sweep.
        if (round % 2 === 0) await store.sweepReceipts(sampleTime + 3_600_000);
        const spentBefore = (await store.findCredits(organization.id))!.spent;
        expect(spentBefore).toBeGreaterThanOrEqual(said * amount);
        // The last ones that were taken, those that were under way, and some that nobody began.
        const asked = spentBefore / amount + 8;
        for (let index = Math.max(0, asked - 64); index < asked; index++) {
          const taken = await store.takeCredits(organization.id, amount, under(index), unbound);
          expect(taken).toMatchObject({ isRepeated: expect.any(Boolean) as unknown });
        }
        // A change that was on its way to the server when its process died may come last; the sweep gives it back.
        await store.sweepReceipts(sampleTime + 3_600_000);
        expect(await store.findCredits(organization.id)).toMatchObject({ spent: asked * amount });
      }
      expect(acknowledged).toBeGreaterThan(rounds);
      await store.close();
    },
  );
});
