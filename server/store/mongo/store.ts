/**
 * The store on MongoDB, for many processes. A standalone server is enough: every change is one guarded change of one
 * document, acknowledged by a majority and in the journal. Reads ask the primary. A read by which the caller decides what to
 * do next asks a majority too. An operation that takes longer than about two seconds throws a StoreUnavailableError; its
 * change may or may not have happened.
 */
import { createAgents } from './agents.ts';
import { createAudit } from './audit.ts';
import { createMongoConnection } from './connection.ts';
import { createConversations } from './conversations.ts';
import { exporters, importers } from './copying.ts';
import { createCredits } from './credits.ts';
import { createDeliveries } from './deliveries.ts';
import { createDigestKeys } from './digest-keys.ts';
import { createTakings } from './takings.ts';
import { createKeys } from './keys.ts';
import { createLinks } from './links.ts';
import { createOrganizations } from './organizations.ts';
import { createSpendings } from './spendings.ts';
import { createTurns } from './turns.ts';
import { createUsage } from './usage.ts';
import { createUsers } from './users.ts';
import { createWebhooks } from './webhooks.ts';
import { StoreUnavailableError, type CopyableStore, type Store } from '../port.ts';
import { silentObserver } from '../watch.ts';

/**
 * Connects and builds the indexes. A server that is not there is no reason to fail: operations throw
 * StoreUnavailableError until it comes. A URL that can't be read throws, without its text, which has a password in it.
 */
export async function openMongoStore(url: string, observer = silentObserver): Promise<Store & CopyableStore> {
  const connection = createMongoConnection(url, observer);
  const { models, run, ping, close } = connection;
  try {
    await run(() => Promise.resolve());
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) {
      await close();
      throw error;
    }
  }
  const spendings = createSpendings(connection);
  const credits = createCredits(connection, spendings);
  const conversations = createConversations(connection);
  return {
    ping,
    close,
    ...createOrganizations(connection),
    ...createUsers(connection),
    ...createLinks(connection),
    ...createAudit(connection),
    ...credits,
    ...createTakings(connection, spendings),
    ...createKeys(connection),
    ...createAgents(connection),
    ...conversations,
    ...createTurns({ ...credits, ...conversations }),
    ...createUsage(connection),
    ...createDigestKeys(connection),
    ...createWebhooks(connection),
    ...createDeliveries(connection),
    exportRecords: (kind, after, limit) => run(() => exporters[kind](models, after, limit)),
    importRecords: (kind, records) => run(() => importers[kind](models, records)),
  };
}
