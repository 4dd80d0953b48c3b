/** The log lines about the store: one when it stops, one a minute while it stays away, one when it goes on. */
import type { Logger } from 'pino';
import type { DatabaseUrl } from './store/open.ts';
import type { StoreObserver } from './store/port.ts';

/** The embedded store goes on to answer reads while the disk takes no changes; MongoDB is there or not. */
const words = {
  lmdb: {
    away: "the store can't write",
    still: "the store still can't write",
    back: 'the store can write again',
  },
  mongodb: { away: 'the store is away', still: 'still waiting for the store', back: 'the store is back' },
} as const;

export function createStoreLines(logger: Logger, kind: DatabaseUrl['kind']): StoreObserver {
  const { away, still, back } = words[kind];
  return {
    onAway: (reason) => logger.error(`${away}: ${reason}`),
    onStillAway: (reason) => logger.error(`${still}: ${reason}`),
    onBack: () => logger.info(back),
  };
}
