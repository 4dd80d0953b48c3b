/** The other end of store-process.ts: a line of calls in, a line of results out. */
import { createInterface } from 'node:readline';
import { openStore } from '../../server/store/open.ts';
import { databaseAt } from './database-at.ts';
import type { StoreCall } from './store-process.ts';

const store = await openStore(databaseAt(process.argv[2] ?? ''));
await store.ping();
console.log(JSON.stringify('ready'));
for await (const line of createInterface({ input: process.stdin })) {
  const calls = JSON.parse(line) as StoreCall[];
  const results = calls.map(([name, first, second, ...others]) => {
    const given = name === 'answerTurn' ? () => Promise.resolve(second) : second;
    return (store[name] as (...args: unknown[]) => Promise<unknown>)(first, given, ...others);
  });
  console.log(JSON.stringify(await Promise.all(results)));
}
await store.close();
