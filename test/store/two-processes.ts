import { afterAll, beforeAll } from 'vitest';
import { bundleScript, startStoreProcess, type StoreCall, type StoreProcess } from '../support/store-process.ts';

export interface TwoProcesses {
  readonly left: StoreProcess['call'];
  readonly right: StoreProcess['call'];
  /** Has both make their calls, all at once; resolves to all results, those of the left first. */
  readonly race: (leftCalls: readonly StoreCall[], rightCalls: readonly StoreCall[]) => Promise<unknown[]>;
}

/** Two processes on one database, for the tests of the suite that this is called in. */
export function startTwoProcesses(url: () => string): TwoProcesses {
  let processes: readonly [StoreProcess, StoreProcess];

  beforeAll(async () => {
    const script = await bundleScript('store-child');
    processes = await Promise.all([startStoreProcess(script, url()), startStoreProcess(script, url())]);
  });

  afterAll(async () => {
    await Promise.all(processes.map((one) => one.stop()));
  });

  const left: StoreProcess['call'] = (calls) => processes[0].call(calls);
  const right: StoreProcess['call'] = (calls) => processes[1].call(calls);
  return {
    left,
    right,
    race: async (leftCalls, rightCalls) => (await Promise.all([left(leftCalls), right(rightCalls)])).flat(),
  };
}
