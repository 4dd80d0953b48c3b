/** A process that claims a message, takes its price, asks an agent that never answers, says so, and waits to be killed. */
import { createConverse, type TurnRequest } from '../../server/chat/converse.ts';
import { createBudgets } from '../../server/credits/budgets.ts';
import { createCounters } from '../../server/usage/counters.ts';
import { openStore } from '../../server/store/open.ts';
import { databaseAt } from './database-at.ts';

const [databaseUrl = '', nowMs = '', request = ''] = process.argv.slice(2);
const store = await openStore(databaseAt(databaseUrl));
const converse = createConverse({
  store,
  budgets: createBudgets(createCounters(), () => Number(nowMs)),
  clock: () => Number(nowMs),
  openAgent: () =>
    Promise.resolve({
      async *answer() {
        console.log('asked');
        await new Promise(() => setInterval(() => undefined, 1_000));
        yield 'never';
      },
    }),
  onAgentError: () => undefined,
});
const asked = JSON.parse(request) as Omit<TurnRequest, 'signal'>;
for await (const event of converse({ ...asked, signal: new AbortController().signal })) {
  if (event.type === 'refused') throw new Error(event.refusal.code);
}
