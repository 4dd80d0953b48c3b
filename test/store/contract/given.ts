/** What each part of the contract is given, and makes of it. */
import { expect } from 'vitest';
import type { KeyRecord } from '../../../server/records/key.ts';
import type { CopyableStore, Store } from '../../../server/store/port.ts';
import { sampleKey, sampleOrganization } from '../../support/sample-records.ts';

export type StoreUnderTest = Store & CopyableStore;

export interface Given {
  readonly store: StoreUnderTest;
  /** Of its database. */
  readonly url: string;
  /** The id of an organization that was made for the test, with 10 credits. */
  readonly org: string;
}

export async function newOrganization(store: StoreUnderTest, credits: number): Promise<string> {
  const organization = sampleOrganization();
  expect(await store.createOrganization(organization, credits)).toBe('created');
  return organization.id;
}

export async function newKey(
  store: StoreUnderTest,
  organizationId: string,
  change: Partial<KeyRecord> = {},
): Promise<KeyRecord> {
  const key = sampleKey(organizationId, change);
  expect(await store.createKey(key)).toBe('created');
  return key;
}
