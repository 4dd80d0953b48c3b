/** What every store must do with what is noted about a key's domains, run over each adapter. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareEntry, type DomainEntry } from '../../server/records/domain-entry.ts';
import type { Store } from '../../server/store/port.ts';
import { openWhole } from '../support/open-whole.ts';
import { sampleActivity, sampleKey, sampleOrganization, sampleTime } from '../support/sample-records.ts';

/** `databaseUrl` makes the URL of a database. */
export function testDomains(databaseUrl: () => Promise<string>): void {
  let store: Store;
  const org = sampleOrganization().id;

  beforeAll(async () => {
    store = await openWhole(await databaseUrl());
  });

  afterAll(async () => {
    await store.close();
  });

  test('what is noted is kept as it was given, and changed together with the list', async () => {
    const key = sampleKey(org);
    await store.createKey(key);
    expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(key);
    const domains: readonly DomainEntry[] = [
      { ...bareEntry('pr-12.example.dev'), label: 'PR 12', expiresAt: sampleTime, addedAt: sampleTime },
    ];
    const change = { allowedDomains: ['pr-12.example.dev'], domains };
    const after = { ...key, ...change, revision: 2 };
    expect(await store.changeKey(org, key.id, change)).toStrictEqual({ before: key, after });
    expect(await store.findKey(org, key.id)).toStrictEqual(after);
  });

  // Fails for a store that writes the entry which it read, or an older time over a newer one.
  test('a match marks its own domain with the newest time, and leaves the revision and what is gone alone', async () => {
    const key = sampleKey(org, { allowedDomains: ['a.example', '*.b.example'] });
    await store.createKey(key);
    const add = (at: number, ...patterns: string[]) =>
      store.addUsage({
        days: [],
        activities: [sampleActivity(key, { matches: patterns.map((pattern) => ({ pattern, at })) })],
      });
    await add(7, '*.b.example');
    await add(9, 'a.example', '*.b.example', 'gone.example');
    await add(8, 'a.example');
    expect(await store.findKey(org, key.id)).toStrictEqual({
      ...key,
      domains: [
        { ...bareEntry('a.example'), lastMatchedAt: 9 },
        { ...bareEntry('*.b.example'), lastMatchedAt: 9 },
      ],
    });
  });

  test('nobody’s key is marked but the one of that organization', async () => {
    const key = sampleKey(org, { allowedDomains: ['a.example'] });
    await store.createKey(key);
    const stranger = { ...key, organizationId: 'org_stranger' };
    const matches = [{ pattern: 'a.example', at: 5 }];
    await store.addUsage({ days: [], activities: [sampleActivity(stranger, { matches })] });
    expect(await store.findKey(org, key.id)).toStrictEqual(key);
  });
}
