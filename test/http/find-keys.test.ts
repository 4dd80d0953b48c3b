/** `GET …/api-keys` with words, a state and an order, and `GET …/usage`, which lists the same keys. */
import { afterAll, describe, expect, test } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import { windowAt } from '../../server/records/budget.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import { openOrgKeys } from '../support/org-keys.ts';
import { createMember } from '../support/people.ts';
import { createId } from '../../server/records/id.ts';
import { sampleKey } from '../support/sample-records.ts';

const { server, expectRefused } = await openOrgKeys();
afterAll(() => server.stop());

const nowMs = server.clock();
const organizationId = await server.createOrganization();
const viewer = await createMember(server, organizationId, 'viewer');
const attention = { budget: { credits: 10, per: 'day' } } as const;

async function put(name: string, fields: Partial<KeyRecord> = {}): Promise<KeyRecord> {
  const key = sampleKey(organizationId, { name, createdAt: nowMs, lastUsedAt: nowMs, ...fields });
  await server.store.createKey(key);
  return key;
}

// In the order in which they are made; the newest comes first in the list.
const shop2 = await put('Shop 2', {
  tags: ['Production', 'eu'],
  allowedDomains: ['shop.example'],
  lastUsedAt: nowMs - 31 * dayMs,
});
const shop10 = await put('shop 10', { tags: ['production'], allowedDomains: ['*.SHOP.example'], enabled: false });
const expired = await put('Expired', { tags: ['EU', 'tag 10', 'tag 9'], expiresAt: nowMs, allowedDomains: [] });
const expiring = await put('Expiring', { expiresAt: nowMs + 30 * dayMs, allowedDomains: [], lastUsedAt: nowMs - 1 });
const never = await put('Émile', { lastUsedAt: null, createdAt: nowMs - 30 * dayMs, allowedDomains: [] });
const leaked = await put('Leaked', { secretSeenInBrowserAt: 1, enabled: false, allowedDomains: [] });
const spent = await put('Spent', { ...attention, allowedDomains: [] });
const unspent = await put('Unspent', { ...attention, allowedDomains: [] });
const others = sampleKey(await server.createOrganization(), { name: 'Shop of others' });
await server.store.createKey(others);
for (const [key, credits] of [
  [spent, 8],
  [unspent, 7],
] as const) {
  const budget = { window: windowAt(key, 'day', nowMs), credits: 10 };
  await server.store.grantCredits(organizationId, 100);
  expect(await server.store.takeCredits(organizationId, credits, null, { leavesReserve: false, budget })).toBeTypeOf(
    'object',
  );
}
const all = [unspent, spent, leaked, never, expiring, expired, shop10, shop2];

interface Answer {
  readonly data: readonly { readonly id?: string; readonly keyId?: string }[];
  readonly nextCursor: string | null;
  readonly total?: number;
}

const get = (path: string) => viewer.send(`/api/org/${organizationId}/${path}`);
async function find(query: string, list: 'api-keys' | 'usage' = 'api-keys'): Promise<Answer> {
  const reply = await get(`${list}?${query}`);
  expect(reply.status).toBe(200);
  return reply.json() as unknown as Answer;
}
const idsOf = (keys: readonly KeyRecord[]): readonly string[] => keys.map(({ id }) => id);
const idsIn = ({ data }: Answer): readonly string[] => data.map(({ id, keyId }) => id ?? keyId ?? '');

describe('GET …/api-keys', () => {
  test.each<[string, readonly KeyRecord[]]>([
    ['', all],
    ['q=', all],
    ['q=SHOP', [shop10, shop2]],
    ['q=shop.ex', [shop10, shop2]],
    ['q=%20shop%202%20', [shop2]],
    [`q=${shop2.publicKey}`, [shop2]],
    [`q=${shop2.publicKey.slice(3, 20)}`, [shop2]],
    ['q=%C3%A9mile', [never]],
    ['q=.*', []],
    ['q=nothing', []],
    ['q=PRODUC', [shop10, shop2]],
    ['tag=production', [shop10, shop2]],
    ['tag=%20Eu', [expired, shop2]],
    ['tag=prod', []],
    ['tag=production&tag=eu', [shop2]],
    ['tag=production&q=10&status=disabled&sort=name', [shop10]],
    ['status=enabled', [unspent, spent, never, expiring, shop2]],
    ['status=disabled', [leaked, shop10]],
    ['status=expired', [expired]],
    ['status=expiring', [expiring]],
    ['status=never_used', [never]],
    ['status=unused_30_days', [never, shop2]],
    ['status=needs_attention', [spent, leaked]],
    ['q=shop&status=enabled', [shop2]],
    ['sort=name', [never, expired, expiring, leaked, shop2, shop10, spent, unspent]],
    ['sort=last_used', [unspent, spent, leaked, expired, shop10, expiring, shop2, never]],
    ['sort=created', all],
  ])('%s: those keys, in that order, and how many there are', async (query, keys) => {
    const answer = await find(query);
    expect(idsIn(answer)).toEqual(idsOf(keys));
    expect(answer).toMatchObject({ nextCursor: null, total: keys.length });
    expect(idsIn(await find(query, 'usage'))).toEqual(idsOf(keys));
  });

  test.each(['sort=name', 'sort=last_used', 'sort=created', 'sort=created&q=e', 'status=enabled&sort=name'])(
    '%s in pages: the same, each key once, with the same total; also when the last of a page is gone',
    async (query) => {
      const whole = await find(query);
      const gone = sampleKey(organizationId, { name: 'Le', lastUsedAt: nowMs, createdAt: nowMs });
      await server.store.createKey(gone);
      const seen: string[] = [];
      let isThere = true;
      for (let cursor = ''; ;) {
        const page = await find(`${query}&limit=1${cursor}`);
        seen.push(...idsIn(page));
        expect(page.total).toBe((whole.total ?? 0) + Number(isThere));
        if (seen.at(-1) === gone.id) {
          await server.store.deleteKey(organizationId, gone.id);
          isThere = false;
        }
        if (page.nextCursor === null) break;
        cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
      expect(seen.filter((id) => id !== gone.id)).toEqual(idsIn(whole));
      expect(seen).toContain(gone.id);
    },
  );

  test.each([
    'status=lost',
    'sort=size',
    `q=${'x'.repeat(201)}`,
    'cursor=agt_1',
    'cursor=key_1.%20',
    'q=a&q=b',
    'tag=',
    'tag=a%2Cb',
  ])('%s: 400', async (query) => {
    for (const list of ['api-keys', 'usage'])
      expectRefused(await get(`${list}?${query}`), 'request_invalid', {
        problems: [
          {
            path: expect.stringMatching(new RegExp(`^${query.split('=')[0]}(\\.0)?$`)) as unknown,
            message: expect.any(String) as unknown,
          },
        ],
      });
  });

  test('every page names the tags in use, from A to Z, each in one case; those of a deleted key and of others not', async () => {
    const gone = await put('Gone', { tags: ['aaa'] });
    await server.store.createKey(sampleKey(others.organizationId, { tags: ['theirs'] }));
    const tags = ['eu', 'Production', 'tag 9', 'tag 10'];
    const inUse = async (query: string) =>
      ((await get(`api-keys?${query}`)).json() as unknown as { tags: string[] }).tags.map((tag) => tag.toLowerCase());
    expect(await inUse('')).toEqual(['aaa', ...tags.map((tag) => tag.toLowerCase())]);
    await server.store.deleteKey(organizationId, gone.id);
    for (const query of ['', 'limit=1', 'tag=eu', 'q=nothing'])
      expect(await inUse(query)).toEqual(tags.map((tag) => tag.toLowerCase()));
  });

  test('1,000 keys with words, by name, last page: each key once, and no more than 500 tags', async () => {
    const manyId = await server.createOrganization();
    const reader = await createMember(server, manyId, 'viewer');
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        server.store.createKey(
          sampleKey(manyId, {
            id: createId('key', nowMs + index),
            name: `Customer ${index}`,
            tags: [`customer ${index}`],
          }),
        ),
      ),
    );
    const names: string[] = [];
    for (let cursor = ''; ;) {
      const reply = await reader.send(`/api/org/${manyId}/api-keys?q=customer&sort=name&limit=100${cursor}`);
      const page = reply.json() as {
        data: { name: string }[];
        nextCursor: string | null;
        total: number;
        tags: string[];
      };
      expect(page.tags).toHaveLength(500);
      names.push(...page.data.map(({ name }) => name));
      expect(page.total).toBe(1_000);
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(names).toEqual(Array.from({ length: 1_000 }, (_, index) => `Customer ${index}`));
  });
});
