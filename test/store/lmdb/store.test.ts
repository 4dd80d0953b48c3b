import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conversationTurnsMax } from '../../../server/records/conversation.ts';
import { openFolder } from '../../../server/store/lmdb/databases.ts';
import { openLmdbStore } from '../../../server/store/lmdb/store.ts';
import { StoreUnavailableError } from '../../../server/store/port.ts';
import { longestHoldMs } from '../../support/longest-hold.ts';
import {
  sampleAgent,
  sampleAuditEvent,
  sampleConversation,
  sampleKey,
  sampleModel,
  sampleTime,
  sampleTurn,
} from '../../support/sample-records.ts';
import { testAccounts } from '../accounts-contract.ts';
import { testAudit } from '../audit-contract.ts';
import { testDomains } from '../domains-contract.ts';
import { bareEntry } from '../../../server/records/domain-entry.ts';
import { testStore } from '../contract.ts';
import { testConversations } from '../conversations-contract.ts';
import { testRetention } from '../retention-contract.ts';
import { testTransfer } from '../transfer-contract.ts';
import { testWebhooks } from '../webhooks-contract.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-lmdb-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the embedded store', () => {
  const url = () => Promise.resolve(`lmdb:${join(folder, 'contract')}`);
  testStore(url);
  describe('for accounts', () => testAccounts(url));
  describe('for what is shown of conversations', () => testConversations(url));
  describe('for how long organizations keep conversations', () => testRetention(url));
  describe('for the audit log', () => testAudit(url));
  describe('for the domains of a key', () => testDomains(url));
  describe('for webhooks', () => testWebhooks(url));
  describe('for copying', () => {
    let databases = 0;
    testTransfer(() => Promise.resolve(`lmdb:${join(folder, `copying-${databases++}`)}`));
  });

  test('makes its folder for its owner only', async () => {
    const path = join(folder, 'new', 'deep');
    const store = openLmdbStore(path);
    await store.close();
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('audit events from before there was an index are found by it', async () => {
    const path = join(folder, 'audit-before');
    const event = sampleAuditEvent('org_1');
    const store = openLmdbStore(path);
    await store.addAuditEvent(event);
    await store.close();
    const { root, close } = openFolder(path);
    const index = root.openDB({ name: 'auditFacets', encoding: 'json' });
    await index.clearAsync();
    await root.openDB({ name: 'meta', encoding: 'json' }).remove('auditFacets');
    await close();
    const again = openLmdbStore(path);
    const found = await again.listAudit('org_1', { limit: 1 }, { target: event.target.id });
    await again.close();
    expect(found.items).toStrictEqual([event]);
  });

  test('a rare kind of audit event is looked for a thousand events at a time', async () => {
    const path = join(folder, 'audit-rare');
    const store = openLmdbStore(path);
    const rare = sampleAuditEvent('org_1', { action: 'key.deleted' });
    await store.addAuditEvent(rare);
    await Promise.all(Array.from({ length: 1_200 }, () => store.addAuditEvent(sampleAuditEvent('org_1'))));
    const filter = { target: rare.target.id, actions: ['key.deleted'] } as const;
    const first = await store.listAudit('org_1', { limit: 5 }, filter);
    expect(first.items).toStrictEqual([]);
    const { items, nextCursor } = await store.listAudit('org_1', { limit: 5, cursor: first.nextCursor! }, filter);
    await store.close();
    expect(items).toStrictEqual([rare]);
    expect(nextCursor).toBeNull();
  });

  // Fails without noSubdir: such a path was taken for a file.
  test('is a folder whatever its name', async () => {
    const path = join(folder, 'store-2026.11.23');
    const store = openLmdbStore(path);
    await store.ping();
    await store.close();
    expect((await readdir(path)).toSorted()).toStrictEqual(['data.mdb', 'lock.mdb']);
  });

  // Fails when one record that can't be read is the trouble of all that are looked up with it.
  test('gives the good records beside a damaged one, which is away and not "no such key"', async () => {
    const path = join(folder, 'damaged');
    const store = openLmdbStore(path);
    const [good, damaged] = [sampleKey('org_1'), sampleKey('org_1')];
    await store.createKey(good);
    await store.createKey(damaged);
    const raw = openFolder(path).root.openDB<Buffer, string>({ name: 'keys', encoding: 'binary' });
    await raw.put(damaged.publicKey, Buffer.from('{"id":'));
    const found = await Promise.allSettled([damaged, good].map((key) => store.findKeyByPublicKey(key.publicKey)));
    expect(found).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: good }]);
    expect((found[0] as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailableError);
    await store.close();
  });

  test('reads a key from before there was anything to note about it as having nothing noted', async () => {
    const path = join(folder, 'old-key');
    const store = openLmdbStore(path);
    const key = sampleKey('org_1');
    await store.createKey(key);
    const without = { notes: '', tags: [], publishableScopes: [], externalId: null };
    const noted = { ...without, metadata: {}, createdBy: null, revision: 0 };
    const domains = key.allowedDomains.map(bareEntry);
    const absent = { ...noted, budget: null, visitorBudget: null, domains };
    const later = new Set(Object.keys(absent));
    const old = Object.fromEntries(Object.entries(key).filter(([field]) => !later.has(field)));
    await openFolder(path).root.openDB<unknown, string>({ name: 'keys', encoding: 'json' }).put(key.publicKey, old);
    const read = { ...old, ...absent };
    expect(await store.findKeyByPublicKey(key.publicKey)).toStrictEqual(read);
    expect(await store.findKey('org_1', key.id)).toStrictEqual(read);
    const changed = { ...read, externalId: 'c1', revision: 1 };
    expect(await store.changeKey('org_1', key.id, { externalId: 'c1' })).toStrictEqual({
      before: read,
      after: changed,
    });
    await store.close();
  });

  test('reads an agent from before it could say that no human answers, or have a model, as saying so and having none', async () => {
    const path = join(folder, 'old-agent');
    const store = openLmdbStore(path);
    const agent = sampleAgent('org_1', {
      disclosure: false,
      disclosureText: 'A robot.',
      synonyms: [['a', 'b']],
      model: sampleModel(),
    });
    await store.createAgent(agent, { entries: [] });
    await openFolder(path)
      .root.openDB<unknown, [string, string]>({ name: 'knowledge', encoding: 'json' })
      .put(['org_1', agent.id], { entries: [{ question: 'Q', answer: 'A' }] });
    const knowledge = { entries: [{ question: 'Q', aliases: [], answer: 'A' }] };
    const later = new Set(['disclosure', 'disclosureText', 'synonyms', 'model']);
    const old = Object.fromEntries(Object.entries(agent).filter(([field]) => !later.has(field)));
    await openFolder(path)
      .root.openDB<unknown, [string, string]>({ name: 'agents', encoding: 'json' })
      .put(['org_1', agent.id], old);
    const read = { ...old, disclosure: true, disclosureText: null, synonyms: [], model: null };
    expect(await store.findAgent('org_1', agent.id)).toStrictEqual(read);
    expect((await store.listAgents('org_1', { limit: 1 })).items).toStrictEqual([read]);
    const { records } = await store.exportRecords('agents', null, 1);
    expect(records).toStrictEqual([{ agent: read, knowledge }]);
    expect(await store.findAgentKnowledge('org_1', agent.id)).toStrictEqual(knowledge);
    expect(await store.findKeptAgent('org_1', agent.id)).toStrictEqual({ agent: read, knowledge });
    await store.close();
  });

  // Some 10 ms; 170 and more where all turns are read at one go.
  test('a rating in the longest conversation holds nobody up', async () => {
    const store = openLmdbStore(join(folder, 'long'));
    const conversation = sampleConversation('org_1');
    await store.createConversation(conversation);
    const long = Array.from({ length: conversationTurnsMax }, (_, index) =>
      sampleTurn(conversation.id, {
        message: '問'.repeat(4_000),
        state: 'answered',
        reply: { id: `msg_${index}`, text: '答'.repeat(10_000), createdAt: sampleTime },
      }),
    );
    await store.importRecords('turns', long);
    const rate = async () => expect(await store.rateReply(conversation.id, 'msg_0', -1)).toBe('rated');
    expect(await longestHoldMs(rate, { boundMs: 80 })).toBeLessThan(80);
    expect((await store.findConversation('org_1', conversation.id))?.summary).toMatchObject({ rating: -1 });
    await store.close();
  });

  test('is unavailable once closed', async () => {
    const store = openLmdbStore(join(folder, 'closed'));
    await store.close();
    await store.close();
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
    await expect(store.grantCredits('org_1', 1)).rejects.toThrow(StoreUnavailableError);
  });
});
