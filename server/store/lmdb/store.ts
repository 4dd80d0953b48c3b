/**
 * The embedded store: LMDB, memory-mapped, shared by any number of processes on one machine. A read renews its snapshot
 * first, so it sees every change that any process had acknowledged. A change is one write transaction (LMDB has one
 * writer at a time), decided inside it and acknowledged when it is on disk: `overlappingSync: false` makes the commit wait
 * for the flush.
 */
import { createAgents } from './agents.ts';
import { createAudit } from './audit.ts';
import { createLmdbConnection } from './connection.ts';
import { createConversations } from './conversations.ts';
import { createCredits } from './credits.ts';
import { createDeliveries } from './deliveries.ts';
import { createDigestKeys } from './digest-keys.ts';
import { exporters } from './exporters.ts';
import { createKeys } from './keys.ts';
import { createLinks } from './links.ts';
import { createOrganizations } from './organizations.ts';
import { createTurns } from './turns.ts';
import { createUsage } from './usage.ts';
import { createUsers } from './users.ts';
import { createWebhooks } from './webhooks.ts';
import type { CopyableStore, Store } from '../port.ts';
import { silentObserver } from '../watch.ts';

/** Opens the folder, or makes it (mode 0700). */
export function openLmdbStore(path: string, observer = silentObserver): Store & CopyableStore {
  const connection = createLmdbConnection(path, observer);
  const { db, read, add, close } = connection;
  return {
    ping: () => read(() => undefined),
    close,
    ...createOrganizations(connection),
    ...createUsers(connection),
    ...createLinks(connection),
    ...createAudit(connection),
    ...createCredits(connection),
    ...createKeys(connection),
    ...createAgents(connection),
    ...createConversations(connection),
    ...createTurns(connection),
    ...createUsage(connection),
    ...createDigestKeys(path),
    ...createWebhooks(connection),
    ...createDeliveries(connection),
    exportRecords: (kind, after, limit) => read(() => exporters[kind](db, after, limit)),
    importRecords: add,
  };
}
