/** What every store must do with keys. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyRecord } from '../../../server/records/key.ts';
import { sampleActivity, sampleKey, sampleTime, sampleUsageDay } from '../../support/sample-records.ts';
import { type Given, newKey, newOrganization, type StoreUnderTest } from './given.ts';

export function testKeys(given: () => Given): void {
  describe('keys', () => {
    let store: StoreUnderTest;
    let org: string;

    beforeEach(() => {
      ({ store, org } = given());
    });

    test('are found exactly as they were made, by public key and by id', async () => {
      const bare = await newKey(store, org);
      const full = await newKey(store, org, {
        previousSecret: {
          hash: 'b2xk',
          fingerprint: '8899aabbccddeeff',
          digest: 'b2xkIQ==',
          hint: 'abcd',
          expiresAt: sampleTime + 1,
        },
        expiresAt: sampleTime + 2,
        rateLimit: { requests: 5, windowSeconds: 60 },
        allowedDomains: [],
        scopes: ['orders:read'],
        publishableScopes: ['orders:read'],
        notes: 'Who: Ada\nWhen: "now", $set, a.b',
        tags: ['production', 'Zoë & co.', '$set'],
        externalId: 'customer/$42',
        metadata: { plan: 'a "quote", $set, a.b', seats: 5, isTrial: false, 'a.b': null, constructor: 'x' },
        enabled: false,
        learningUntil: sampleTime + 3,
        lastUsedAt: sampleTime,
        lastUsedOrigin: 'https://a.example',
        previousSecretUsedAt: sampleTime,
        secretSeenInBrowserAt: sampleTime,
        secretSeenInBrowserOrigin: 'https://b.example',
      });
      for (const key of [bare, full]) {
        expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(key);
        expect(await store.findKey(org, key.id)).toStrictEqual(key);
      }
    });

    test('with the same id or the same public key are a conflict and change nothing', async () => {
      const key = await newKey(store, org);
      const twin = sampleKey(org, { publicKey: key.publicKey });
      expect(await store.createKey(twin)).toBe('conflict');
      expect(await store.createKey({ ...sampleKey(org), id: key.id })).toBe('conflict');
      expect(await store.findKey(org, twin.id)).toBeUndefined();
      expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(key);
      expect((await store.listKeys(org, { limit: 10 })).items).toStrictEqual([key]);
    });

    test('looked up at the same time are each their own, however often, and those between that are not there', async () => {
      const [first, second] = [await newKey(store, org), await newKey(store, org)];
      const asked = [first.publicKey, 'pk_none', second.publicKey, first.publicKey];
      const found = await Promise.all(asked.map((publicKey) => store.findKeyByPublicKey(publicKey)));
      expect(found).toStrictEqual([first, undefined, second, first]);
    });

    test('that are not there, or of another organization, are not found and not changed', async () => {
      const key = await newKey(store, org);
      const other = await newOrganization(store, 0);
      expect(await store.findKeyByPublicKey('pk_none')).toBeUndefined();
      for (const [organizationId, keyId] of [
        [org, 'key_none'],
        [other, key.id],
      ] as const) {
        expect(await store.findKey(organizationId, keyId)).toBeUndefined();
        expect(await store.changeKey(organizationId, keyId, { enabled: false })).toBe('not_found');
        const guard = { secretHash: key.secret.hash };
        expect(await store.changeKey(organizationId, keyId, { enabled: false }, guard)).toBe('not_found');
        expect(await store.deleteKey(organizationId, keyId)).toBe('not_found');
      }
      expect((await store.listKeys(other, { limit: 10 })).items).toStrictEqual([]);
      expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(key);
    });

    test('change in the named fields only', async () => {
      const key = await newKey(store, org);
      const change = {
        name: 'Blog',
        enabled: false,
        rateLimit: { requests: 1, windowSeconds: 2 },
        allowedDomains: [],
        domains: [],
        scopes: ['orders:read'],
        publishableScopes: ['orders:read'],
        notes: 'Two\nlines',
        tags: ['live'],
        externalId: 'customer-42',
        metadata: { plan: 'pro', 'a.b': 1 },
      };
      const first = { ...key, ...change, revision: 2 };
      expect(await store.changeKey(org, key.id, change)).toStrictEqual({ before: key, after: first });
      const less = { rateLimit: null, notes: '', tags: [], externalId: null, metadata: {} };
      const second = { ...first, ...less, revision: 3 };
      expect(await store.changeKey(org, key.id, less)).toStrictEqual({ before: first, after: second });
      expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(second);
    });

    test('keep a digest beside the current or the previous secret, whichever has its hash', async () => {
      const previousSecret = { ...sampleKey(org).secret, hash: 'b2xk', digest: null, expiresAt: sampleTime + 1 };
      const key = await newKey(store, org, { previousSecret });
      await store.keepSecretDigest(org, key.id, 'b2xk', 'of the previous one');
      const once = { ...key, previousSecret: { ...previousSecret, digest: 'of the previous one' } };
      expect(await store.findKey(org, key.id)).toStrictEqual(once);
      await store.keepSecretDigest(org, key.id, key.secret.hash, 'of the current one');
      const twice = { ...once, secret: { ...key.secret, digest: 'of the current one' } };
      expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(twice);
      await store.keepSecretDigest(org, key.id, 'of no secret', 'x');
      await store.keepSecretDigest('org_other', key.id, key.secret.hash, 'x');
      await store.keepSecretDigest(org, 'key_none', key.secret.hash, 'x');
      expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(twice);
    });

    test('change under a guard only while the secret is the one guarded', async () => {
      const key = await newKey(store, org);
      const secret = { hash: 'bmV3', fingerprint: 'ffffffffffffffff', digest: null, hint: 'new1' };
      const previousSecret = { ...key.secret, expiresAt: sampleTime + 1 };
      expect(await store.changeKey(org, key.id, { name: 'x' }, { secretHash: 'other' })).toBe('conflict');
      const rotated = await store.changeKey(org, key.id, { secret, previousSecret }, { secretHash: key.secret.hash });
      const after = { ...key, secret, previousSecret, revision: 2 };
      expect(rotated).toStrictEqual({ before: key, after });
      expect(await store.changeKey(org, key.id, { name: 'x' }, { secretHash: key.secret.hash })).toBe('conflict');
      expect(await store.findKey(org, key.id)).toStrictEqual(after);
    });

    test('change under a guard only while the revision is the one guarded, which a use does not change', async () => {
      const key = await newKey(store, org);
      await store.addUsage({
        days: [sampleUsageDay(key)],
        activities: [sampleActivity(key, { lastUsedAt: sampleTime, lastUsedOrigin: 'https://shop.example.com' })],
      });
      const used = { ...key, lastUsedAt: sampleTime, lastUsedOrigin: 'https://shop.example.com' };
      expect(await store.findKey(org, key.id)).toStrictEqual(used);
      const after = { ...used, enabled: false, revision: 2 };
      expect(await store.changeKey(org, key.id, { enabled: false }, { revision: 0 })).toBe('conflict');
      expect(await store.changeKey(org, key.id, { enabled: false }, { revision: 1 })).toStrictEqual({
        before: used,
        after,
      });
      expect(await store.changeKey(org, key.id, { enabled: true }, { revision: 1 })).toBe('conflict');
      expect(await store.findKey(org, key.id)).toStrictEqual(after);
    });

    // Fails for a guard that is looked at apart from the change.
    test('changed under one revision by many at once are changed by one of them', async () => {
      const key = await newKey(store, org);
      const names = Array.from({ length: 20 }, (_, index) => `name ${index}`);
      const made = await Promise.all(names.map((name) => store.changeKey(org, key.id, { name }, { revision: 1 })));
      const won = made.filter((one) => typeof one !== 'string');
      expect(won).toHaveLength(1);
      expect(made.filter((one) => one === 'conflict')).toHaveLength(19);
      expect(await store.findKey(org, key.id)).toStrictEqual({ ...key, name: won[0]!.after.name, revision: 2 });
    });

    // Fails for a "before" that was read apart from the change.
    test('changed by many at once are, for each of them, what the one before had left', async () => {
      const key = await newKey(store, org);
      const names = Array.from({ length: 20 }, (_, index) => `name ${index}`);
      const made = await Promise.all(names.map((name) => store.changeKey(org, key.id, { name })));
      const next = new Map(
        made.map((one) => (typeof one === 'string' ? [] : [one.before.name, one.after.name])) as [string, string][],
      );
      const path = [key.name];
      for (let name = next.get(key.name); name !== undefined; name = next.get(name)) path.push(name);
      expect(path).toHaveLength(21);
      expect((await store.findKey(org, key.id))!.name).toBe(path.at(-1));
    });

    test('are gone when deleted, with their usage, and only they', async () => {
      const [key, kept] = [await newKey(store, org), await newKey(store, org)];
      await store.addUsage({ days: [sampleUsageDay(key), sampleUsageDay(kept)], activities: [] });
      expect(await store.deleteKey(org, key.id)).toBe('deleted');
      expect(await store.deleteKey(org, key.id)).toBe('not_found');
      expect(await store.findKeyByPublicKey(key.publicKey)).toBeUndefined();
      expect(await store.findKey(org, key.id)).toBeUndefined();
      expect(await store.listUsage(org, [key.id], '2000-01-01', '2099-01-01')).toStrictEqual([]);
      expect(await store.listUsage(org, [kept.id], '2000-01-01', '2099-01-01')).toHaveLength(1);
      expect((await store.listKeys(org, { limit: 10 })).items).toStrictEqual([kept]);
    });

    // Fails for a store that pages by "skip so many".
    test('are listed newest first, each once, while others are added', async () => {
      const keys: KeyRecord[] = [];
      for (let count = 0; count < 7; count++) keys.push(await newKey(store, org));
      const seen: KeyRecord[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listKeys(org, { limit: 3, cursor });
        seen.push(...page.items);
        cursor = page.nextCursor ?? undefined;
        await newKey(store, org);
      } while (cursor !== undefined);
      expect(seen).toStrictEqual(keys.toReversed());
    });

    test('are counted for their organization alone', async () => {
      expect(await store.countKeys(org)).toBe(0);
      const [gone] = [await newKey(store, org), await newKey(store, org)];
      expect(await store.countKeys(org)).toBe(2);
      await store.deleteKey(org, gone.id);
      expect(await store.countKeys(org)).toBe(1);
      expect(await store.countKeys(`${org}0`)).toBe(0);
    });

    test('name the tags in use in their organization, each as it is written', async () => {
      expect(await store.listKeyTags(org, 10)).toEqual([]);
      const [gone, changed] = [
        await newKey(store, org, { tags: ['gone', 'both'] }),
        await newKey(store, org, { tags: ['old', 'both'] }),
      ];
      await newKey(store, org, { organizationId: `${org}0`, tags: ['theirs'] });
      await newKey(store, org, { tags: ['Both', 'émile', '🚀 launch', 'both ends', '~'] });
      const sorted = async () => (await store.listKeyTags(org, 10)).toSorted();
      const kept = ['Both', 'both', 'both ends', 'émile', '~', '🚀 launch'];
      expect(await sorted()).toEqual([...kept, 'gone', 'old'].sort());
      await store.changeKey(org, changed.id, { tags: ['both', 'new'] });
      await store.changeKey(org, changed.id, { name: 'Renamed' });
      await store.deleteKey(org, gone.id);
      expect(await sorted()).toEqual([...kept, 'new'].sort());
      const some = await store.listKeyTags(org, 3);
      expect([some.length, some.every((tag) => [...kept, 'new'].includes(tag))]).toEqual([3, true]);
    });

    test('that fill a page exactly have no next page', async () => {
      const keys = [await newKey(store, org), await newKey(store, org)];
      expect(await store.listKeys(org, { limit: 2 })).toStrictEqual({ items: keys.toReversed(), nextCursor: null });
      const first = await store.listKeys(org, { limit: 1 });
      expect(first).toStrictEqual({ items: [keys[1]], nextCursor: keys[1]!.id });
    });
  });
}
