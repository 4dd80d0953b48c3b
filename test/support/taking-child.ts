/** A process that takes credits under one receipt after the other, four at a time, says each that was taken, until it is killed. */
import { unbound } from '../../server/records/budget.ts';
import { openStore } from '../../server/store/open.ts';
import { databaseAt } from './database-at.ts';

const [databaseUrl = '', organizationId = '', at = ''] = process.argv.slice(2);
const store = await openStore(databaseAt(databaseUrl));
let count = 0;

async function lane(): Promise<never> {
  for (;;) {
    const id = `receipt-${count++}`;
    const taken = await store.takeCredits(
      organizationId,
      3,
      { id, at: Number(at), endsAt: Number(at) + 86_400_000 },
      unbound,
    );
    if (typeof taken === 'string') throw new Error(taken);
    console.log(id);
  }
}
await Promise.all([lane(), lane(), lane(), lane()]);
