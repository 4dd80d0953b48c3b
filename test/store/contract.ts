/** What every store must do, run unchanged over each adapter: a file for each part in `contract/`. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { testAgents } from './contract/agents.ts';
import { testBudgets } from './contract/budgets.ts';
import { testConversations } from './contract/conversations.ts';
import { testCredits } from './contract/credits.ts';
import { newOrganization, type Given, type StoreUnderTest } from './contract/given.ts';
import { testKeys } from './contract/keys.ts';
import { testManyCalls } from './contract/many-calls.ts';
import { testOrganizations } from './contract/organizations.ts';
import { testTurns } from './contract/turns.ts';
import { testTwoProcesses } from './contract/two-processes.ts';
import { testUsage } from './contract/usage.ts';
import { openWhole } from '../support/open-whole.ts';

/** `databaseUrl` makes the URL of an empty database. */
export function testStore(databaseUrl: () => Promise<string>): void {
  let store: StoreUnderTest;
  let url: string;
  let org: string;

  beforeAll(async () => {
    url = await databaseUrl();
    store = await openWhole(url);
  });

  afterAll(async () => {
    await store.close();
  });

  beforeEach(async () => {
    org = await newOrganization(store, 10);
  });

  test('answers a ping', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });

  const given = (): Given => ({ store, url, org });
  testOrganizations(given);
  testCredits(given);
  testBudgets(given);
  testKeys(given);
  testAgents(given);
  testConversations(given);
  testTurns(given);
  testManyCalls(given);
  testUsage(given);
  testTwoProcesses(given);
}
