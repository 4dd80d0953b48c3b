import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../server/audit/audit.ts';
import { dayMs, toUtcDate } from '../../server/gate/clock.ts';
import { createSecretKey, isPublicKey, isSecretKey } from '../../server/gate/key-format.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import { createId } from '../../server/records/id.ts';
import { keyInput, keyPatch } from '../../server/keys/key-input.ts';
import { createKeyManager, type KeyManager, type KeyWithSecret } from '../../server/keys/manage.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import { createScryptQueue } from '../../server/gate/scrypt-queue.ts';
import { createSecrets, isFingerprintEqual } from '../../server/gate/secret.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store } from '../../server/store/port.ts';
import { createMovableClock } from '../support/server.ts';

const clock = createMovableClock();
const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
let store: Store;
let keys: KeyManager;
let organizationId: string;

beforeAll(async () => {
  store = await openStore({ kind: 'lmdb', path: folder });
  keys = createKeyManager({ store, clock, actor: commandLine });
  organizationId = createId('org', clock());
  await store.createOrganization({ id: organizationId, name: 'A test', createdAt: clock(), reservedCredits: null }, 0);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function make(fields: object = {}): Promise<KeyWithSecret> {
  return (await keys.create(organizationId, keyInput.parse({ name: 'A key', ...fields }))) as KeyWithSecret;
}
const edit = (key: KeyRecord, patch: object) => keys.edit(organizationId, key.id, keyPatch.parse(patch));
const stored = (key: KeyRecord) => store.findKeyByPublicKey(key.publicKey);

describe('create', () => {
  test('a key with safe defaults: no domains, the scopes of the chat, no limit, no learning', async () => {
    const { key, secretKey } = await make();
    expect([isPublicKey(key.publicKey), isSecretKey(secretKey)]).toEqual([true, true]);
    expect(key).toMatchObject({
      allowedDomains: [],
      enabled: true,
      expiresAt: null,
      scopes: ['agents:read', 'messages:write'],
      publishableScopes: [],
      notes: '',
      tags: [],
      externalId: null,
      metadata: {},
      rateLimit: null,
      refuseSecretInBrowser: false,
      learningUntil: null,
      previousSecret: null,
      lastUsedAt: null,
    });
    expect(await stored(key)).toEqual(key);
  });

  test('the secret is in no stored field', async () => {
    const { key, secretKey } = await make();
    const text = JSON.stringify(await stored(key));
    expect(text).not.toContain(secretKey.slice(3));
    expect(text).not.toContain(secretKey.slice(3, 30));
    expect(isFingerprintEqual(secretKey, key.secret)).toBe(true);
  });

  test('domains are normalized, and a list may be one text', async () => {
    const { key } = await make({ allowedDomains: ' Shop.Example, *.b\u00fccher.example\nhttps://a.example:443/ ' });
    expect(key.allowedDomains).toEqual(['shop.example', '*.xn--bcher-kva.example', 'https://a.example']);
  });

  test('in an organization that is not there, or with an expiry that is past: nothing is made', async () => {
    const before = (await keys.list(organizationId, { limit: 100 })).items.length;
    expect(await keys.create('org_none', keyInput.parse({ name: 'x' }))).toMatchObject({ code: 'not_found' });
    const expiresAt = new Date(clock()).toISOString();
    expect(await make({ expiresAt })).toMatchObject({ code: 'request_invalid', problems: [{ path: 'expiresAt' }] });
    expect((await keys.list(organizationId, { limit: 100 })).items).toHaveLength(before);
  });
});

describe('input', () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `tag ${index}`);
  const pathsOf = (input: object): string[] =>
    keyInput.safeParse(input).error?.issues.map(({ path }) => path.join('.')) ?? [];

  test('every problem is told with its place', () => {
    const input = {
      name: ' ',
      allowedDomains: ['ok.example', '*.com', '*'],
      scopes: ['all the rest'],
      rateLimit: { requests: 0, windowSeconds: 1.5 },
    };
    expect(pathsOf(input)).toEqual([
      'name',
      'allowedDomains.1',
      'allowedDomains.2',
      'scopes.0',
      'rateLimit.requests',
      'rateLimit.windowSeconds',
    ]);
  });

  test('unknown fields, also those that only the server may set', () => {
    for (const field of ['id', 'secret', 'publicKey', 'enabled', 'confirm', '$set']) {
      expect(keyInput.safeParse({ name: 'x', [field]: 'x' }).success).toBe(false);
    }
    for (const field of ['id', 'secret', 'publicKey', 'previousSecret', 'organizationId']) {
      expect(keyPatch.safeParse({ [field]: 'x' }).success).toBe(false);
    }
  });

  test('scopes, an external id and metadata within their limits', () => {
    const good = {
      name: 'x',
      scopes: [...Array.from({ length: 49 }, (_, index) => `a${index}:read`), 'keys:verify'],
      publishableScopes: ['a1:read', 'a1:read'],
      externalId: 'ada+1@example.com',
      metadata: { plan: 'x'.repeat(500), seats: 5, 'is.trial': false, note: null },
    };
    expect(keyInput.parse(good)).toMatchObject({ ...good, publishableScopes: ['a1:read'] });
    const many = (count: number, value: unknown) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, value]));
    const bad: [object, string][] = [
      [{ scopes: Array.from({ length: 51 }, (_, index) => `a${index}`) }, 'scopes'],
      [{ publishableScopes: ['keys:manage'] }, 'publishableScopes.0'],
      [{ publishableScopes: ['a', 'agents:read'] }, 'publishableScopes.1'],
      ...['', '-', 'a b', 'a\n', 'é', 'x'.repeat(201), 7].map((id): [object, string] => [
        { externalId: id },
        'externalId',
      ]),
      [{ metadata: [] }, 'metadata'],
      [{ metadata: { deep: {} } }, 'metadata.deep'],
      [{ metadata: { text: 'x'.repeat(501) } }, 'metadata.text'],
      [{ metadata: { $set: 1 } }, 'metadata.$set'],
      [{ metadata: { ['n'.repeat(65)]: 1 } }, `metadata.${'n'.repeat(65)}`],
      [{ metadata: many(51, 1) }, 'metadata'],
      [{ metadata: many(9, 'é'.repeat(250)) }, 'metadata'],
    ];
    for (const [fields, path] of bad) {
      expect(pathsOf({ name: 'x', ...fields })).toEqual([path]);
      expect(keyPatch.safeParse(fields).success).toBe(false);
    }
  });

  test('notes of several lines and tags within their limits; of tags that differ only in case the first', () => {
    const good = { name: 'x', notes: ' Ada asks for it.\n\n\tEnds in May. \u{1f6aa} ', tags: [' Shop ', 'SHOP', 'é'] };
    expect(keyInput.parse({ ...good, tags: [...good.tags, 'e\u0301'] })).toEqual({
      name: 'x',
      notes: 'Ada asks for it.\n\n\tEnds in May. \u{1f6aa}',
      tags: ['Shop', 'é'],
    });
    expect(keyPatch.parse({ notes: '', tags: [] })).toEqual({ notes: '', tags: [] });
    expect(keyPatch.parse({ notes: 'x'.repeat(2_000), tags: many(20) })).toMatchObject({ tags: many(20) });
    for (const [fields, path] of [
      [{ notes: 'x'.repeat(2_001) }, 'notes'],
      [{ notes: 'a\u0000' }, 'notes'],
      [{ notes: 'a\u202eb' }, 'notes'],
      [{ notes: null }, 'notes'],
      [{ notes: `It was pk_1:${createSecretKey()}.` }, 'notes'],
      [{ tags: 'a' }, 'tags'],
      [{ tags: many(21) }, 'tags'],
      ...['', ' ', 'a,b', 'a\nb', '\u200b', 'x'.repeat(31), 7].map((tag) => [{ tags: ['ok', tag] }, 'tags.1'] as const),
    ] as const) {
      expect(pathsOf({ name: 'x', ...fields })).toEqual([path]);
      expect(keyPatch.safeParse(fields).success).toBe(false);
    }
  });

  test('101 domains', () => {
    const allowedDomains = Array.from({ length: 101 }, (_, index) => `a${index}.example`);
    expect(pathsOf({ name: 'x', allowedDomains })).toEqual(['allowedDomains']);
    expect(keyInput.safeParse({ name: 'x', allowedDomains: allowedDomains.slice(1) }).success).toBe(true);
  });
});

describe('edit', () => {
  test('changes what was named and nothing else', async () => {
    const { key } = await make({ allowedDomains: ['shop.example'] });
    const after = { ...key, name: 'Another', enabled: false, revision: 2 };
    expect(await edit(key, { name: 'Another', enabled: false })).toEqual(after);
    expect(await stored(key)).toEqual(after);
  });

  test('null takes an expiry or a limit away', async () => {
    const expiresAt = new Date(clock() + dayMs).toISOString();
    const { key } = await make({ expiresAt, rateLimit: { requests: 1, windowSeconds: 1 } });
    expect(await edit(key, { expiresAt: null, rateLimit: null })).toMatchObject({ expiresAt: null, rateLimit: null });
  });

  test('learning mode ends by itself after at most 14 days', async () => {
    const { key } = await make();
    const until = (days: number) => ({ learningUntil: new Date(clock() + days * dayMs).toISOString() });
    expect(await edit(key, until(14.01))).toMatchObject({
      code: 'request_invalid',
      problems: [{ path: 'learningUntil' }],
    });
    expect(await edit(key, until(0))).toMatchObject({ code: 'request_invalid' });
    expect(await edit(key, until(14))).toMatchObject({ learningUntil: clock() + 14 * dayMs });
  });

  test('of a key that is not there, or another organization’s', async () => {
    const { key } = await make();
    expect(await keys.edit(organizationId, 'key_none', {})).toMatchObject({ code: 'not_found' });
    expect(await keys.edit('org_other', key.id, { enabled: false })).toMatchObject({ code: 'not_found' });
    expect(await stored(key)).toEqual(key);
  });
});

describe('publishable scopes', () => {
  test('are among the key’s own, when it is made and when it is changed', async () => {
    const problems = [{ path: 'publishableScopes.1' }];
    const publishableScopes = ['orders:read', 'orders:write'];
    const refused = { code: 'request_invalid', problems };
    expect(await make({ scopes: ['orders:read'], publishableScopes })).toMatchObject(refused);
    const { key } = await make({ scopes: ['orders:read'] });
    expect(await edit(key, { publishableScopes })).toMatchObject(refused);
    expect(await edit(key, { scopes: publishableScopes, publishableScopes })).toMatchObject({ publishableScopes });
  });

  // Fails when they stay in the record: a scope that is given back would be every visitor's again, unasked.
  test('that the key loses are publishable no more, also when it gets them back', async () => {
    const { key } = await make({ scopes: ['orders:read', 'a'], publishableScopes: ['orders:read', 'a'] });
    expect(await edit(key, { scopes: ['a'] })).toMatchObject({ scopes: ['a'], publishableScopes: ['a'] });
    expect(await edit(key, { scopes: ['a', 'orders:read'] })).toMatchObject({ publishableScopes: ['a'] });
    const { items } = await store.listAudit(organizationId, { limit: 100 });
    const both = ['orders:read', 'a'];
    expect(items.filter(({ target }) => target.id === key.id)).toContainEqual(
      expect.objectContaining({
        before: { scopes: both, publishableScopes: both },
        after: { scopes: ['a'], publishableScopes: ['a'] },
      }),
    );
  });
});

describe('a change of domains is replayed first', () => {
  async function seen(
    key: KeyRecord,
    daysAgo: number,
    origins: Readonly<Record<string, [number, number]>>,
  ): Promise<void> {
    const at = clock() - daysAgo * dayMs;
    const list = Object.entries(origins).map(([origin, [accepted, refused]]) => ({
      origin,
      accepted,
      refused,
      lastSeenAt: at,
    }));
    const day = { organizationId, keyId: key.id, date: toUtcDate(at), accepted: 0, refused: {}, origins: list };
    await store.addUsage({ days: [day], activities: [] });
  }

  test('what would block a seen origin is a conflict with the replay; confirmed, it is saved', async () => {
    const { key } = await make({ allowedDomains: ['shop.example', 'blog.example'] });
    await seen(key, 1, {
      'https://shop.example': [5, 0],
      'https://blog.example': [7, 1],
      'https://evil.example': [0, 9],
    });
    await seen(key, 29, { 'https://blog.example': [4, 0] });
    expect(await edit(key, { allowedDomains: ['shop.example'] })).toEqual({
      ok: false,
      code: 'conflict',
      detail: 'This blocks 1 origin that used the key in the last 30 days (12 requests).',
      fix: 'Keep their domains in the list, or send the change again with "confirm": true.',
      replay: [
        { origin: 'https://blog.example', requests: 12, allowed: false, isBlockedAnew: true },
        { origin: 'https://evil.example', requests: 9, allowed: false, isBlockedAnew: false },
        { origin: 'https://shop.example', requests: 5, allowed: true, isBlockedAnew: false },
      ],
    });
    expect((await stored(key))?.allowedDomains).toEqual(['shop.example', 'blog.example']);
    expect(await edit(key, { allowedDomains: ['shop.example'], confirm: true })).toMatchObject({
      allowedDomains: ['shop.example'],
    });
  });

  test('more domains, or other ones for the same origins, need no confirmation; what was seen 31 days ago is past', async () => {
    const { key } = await make({ allowedDomains: ['a.shop.example'] });
    await seen(key, 1, { 'https://a.shop.example': [1, 0] });
    await seen(key, 32, { 'https://old.example': [100, 0] });
    expect(await edit(key, { allowedDomains: ['*.shop.example'] })).toMatchObject({
      allowedDomains: ['*.shop.example'],
    });
  });
});

describe('rotate', () => {
  test('the same key with another secret; the previous one until the grace ends', async () => {
    const { key, secretKey } = await make({ allowedDomains: ['shop.example'] });
    const rotated = (await keys.rotate(organizationId, key.id, 60)) as KeyWithSecret;
    expect(rotated.secretKey).not.toBe(secretKey);
    expect(rotated.key).toEqual({
      ...key,
      secret: rotated.key.secret,
      previousSecret: { ...key.secret, expiresAt: clock() + 60_000 },
      revision: 2,
    });
    expect(isFingerprintEqual(rotated.secretKey, rotated.key.secret)).toBe(true);
    expect(await stored(key)).toEqual(rotated.key);
  });

  test('without grace there is no previous secret', async () => {
    const { key } = await make();
    expect(await keys.rotate(organizationId, key.id, 0)).toMatchObject({ key: { previousSecret: null } });
  });

  test('two at once: one rotates, the other gets a conflict, and the stored secret is the one that was handed out', async () => {
    const { key } = await make();
    const results = await Promise.all([
      keys.rotate(organizationId, key.id, 60),
      keys.rotate(organizationId, key.id, 60),
    ]);
    const made = results.filter((result) => 'secretKey' in result);
    expect(made).toHaveLength(1);
    expect(results.find(isRefusal)).toMatchObject({ code: 'conflict' });
    const current = (await stored(key))!;
    expect(isFingerprintEqual(made[0]!.secretKey, current.secret)).toBe(true);
    expect(current.previousSecret).toMatchObject({ hash: key.secret.hash });
  });

  test('a hundred at once: one rotates, after one run of scrypt; the others cost none', async () => {
    const { key } = await make();
    let runs = 0;
    const secrets = createSecrets({ queue: createScryptQueue() });
    const counting = createKeyManager({
      store,
      clock,
      actor: commandLine,
      secrets: { store: (...values) => (runs++, secrets.store(...values)) },
    });
    const results = await Promise.all(Array.from({ length: 100 }, () => counting.rotate(organizationId, key.id, 60)));
    expect(results.filter((result) => 'secretKey' in result)).toHaveLength(1);
    expect(results.filter((result) => isRefusal(result) && result.code === 'conflict')).toHaveLength(99);
    expect(runs).toBe(1);
    expect(await counting.rotate(organizationId, key.id, 60)).toHaveProperty('secretKey');
  });

  test('while too many hash: nothing is made or changed', async () => {
    const { key } = await make();
    const secrets = createSecrets({ queue: createScryptQueue({ runsMax: 0, waitingMax: 0 }) });
    const busy = createKeyManager({ store, clock, actor: commandLine, secrets });
    expect(await busy.rotate(organizationId, key.id, 60)).toMatchObject({ code: 'server_busy' });
    expect(await stored(key)).toEqual(key);
    const before = (await store.listKeys(organizationId, { limit: 1_000 })).items.length;
    expect(await busy.create(organizationId, { name: 'A key' })).toMatchObject({ code: 'server_busy' });
    expect((await store.listKeys(organizationId, { limit: 1_000 })).items).toHaveLength(before);
    // It is no longer being rotated.
    expect(await keys.rotate(organizationId, key.id, 60)).toHaveProperty('secretKey');
  });

  test('of a key that is not there', async () => {
    expect(await keys.rotate(organizationId, 'key_none', 0)).toMatchObject({ code: 'not_found' });
  });
});

describe('remove', () => {
  test('is permanent, takes the figures along, and a second time there is nothing', async () => {
    const { key } = await make();
    const day = { organizationId, keyId: key.id, date: toUtcDate(clock()), accepted: 1, refused: {}, origins: [] };
    await store.addUsage({ days: [day], activities: [] });
    expect(await keys.remove('org_other', key.id)).toMatchObject({ code: 'not_found' });
    expect(await keys.remove(organizationId, key.id)).toBeUndefined();
    expect(await stored(key)).toBeUndefined();
    expect(await keys.find(organizationId, key.id)).toMatchObject({ code: 'not_found' });
    expect(await store.listUsage(organizationId, [key.id], day.date, day.date)).toEqual([]);
    expect(await keys.remove(organizationId, key.id)).toMatchObject({ code: 'not_found' });
  });
});
