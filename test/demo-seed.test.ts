import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { AgentPatch } from '../server/agents/agent-input.ts';
import { createAgentManager } from '../server/agents/manage.ts';
import { commandLine } from '../server/audit/audit.ts';
import { systemClock } from '../server/gate/clock.ts';
import { isRefusal } from '../server/gate/problem.ts';
import type { Scope } from '../server/gate/scope.ts';
import { demoOrganizationId, seedDemo, type Demo } from '../server/demo-seed.ts';

import { createKeyManager, type KeyManager } from '../server/keys/manage.ts';
import { isFingerprintEqual } from '../server/gate/secret.ts';
import { openLmdbStore } from '../server/store/lmdb/store.ts';
import type { Store } from '../server/store/port.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
const sessionSecret = 'a session secret of more than 32 characters';
let store: Store;
let keys: KeyManager;
let first: Demo;
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  store = openLmdbStore(join(folder, crypto.randomUUID()));
  keys = createKeyManager({ store, clock: systemClock, actor: commandLine });
  first = await seedDemo(store, systemClock, sessionSecret);
  return () => store.close();
});

test('the demo’s organization is made once, and that is in the audit log', async () => {
  await seedDemo(store, systemClock, sessionSecret);
  const { items } = await store.listAudit(demoOrganizationId, { limit: 100 });
  expect(items.filter(({ action }) => action === 'organization.created')).toMatchObject([
    { actor: { kind: 'server' }, target: { id: demoOrganizationId, name: 'Demo' }, after: { granted: 100_000 } },
  ]);
});

test('every start has the same key with the same secret', async () => {
  const again = await seedDemo(store, systemClock, sessionSecret);
  expect(again).toEqual(first);
  expect(first.isSecretCurrent).toBe(true);
  expect(isFingerprintEqual(first.secretKey, first.key.secret)).toBe(true);
});

test('the pair that everybody is shown has chat’s scopes and no other, also one that was given more before', async () => {
  const chats: readonly Scope[] = ['agents:read', 'messages:write'];
  expect(first.key.scopes).toEqual(chats);
  await keys.edit(demoOrganizationId, first.key.id, { scopes: [...chats, 'keys:verify', 'keys:manage', 'usage:read'] });
  expect((await seedDemo(store, systemClock, sessionSecret)).key.scopes).toEqual(chats);
  expect((await store.findKey(demoOrganizationId, first.key.id))?.scopes).toEqual(chats);
  // What is narrower stays so.
  await keys.edit(demoOrganizationId, first.key.id, { scopes: ['agents:read', 'usage:read'] });
  expect((await seedDemo(store, systemClock, sessionSecret)).key.scopes).toEqual(['agents:read']);
});

test('a secret that was rotated away stays gone at the next start', async () => {
  const rotated = await keys.rotate(demoOrganizationId, first.key.id, 0);
  if (isRefusal(rotated)) throw new Error(rotated.code);
  const again = await seedDemo(store, systemClock, sessionSecret);
  expect(again.isSecretCurrent).toBe(false);
  expect(again.key.secret).toEqual(rotated.key.secret);
  expect(again.key.previousSecret).toBeNull();
});

test('a deleted key comes back as another key with another secret', async () => {
  await keys.remove(demoOrganizationId, first.key.id);
  const again = await seedDemo(store, systemClock, sessionSecret);
  expect(again.key.publicKey).not.toBe(first.key.publicKey);
  expect(again.secretKey).not.toBe(first.secretKey);
  expect(await store.findKeyByPublicKey(first.key.publicKey)).toBeUndefined();
});

test('processes that start at once agree on one key', async () => {
  await keys.remove(demoOrganizationId, first.key.id);
  const demos = await Promise.all(Array.from({ length: 4 }, () => seedDemo(store, systemClock, sessionSecret)));
  expect(new Set(demos.map(({ key }) => key.publicKey)).size).toBe(1);
  expect(demos.every(({ isSecretCurrent }) => isSecretCurrent)).toBe(true);
});

describe('the agent with a model', () => {
  const models = (name: string, upstream = 'demo') => ({
    agentUpstreams: [{ name: upstream, baseUrl: 'http://localhost:1/v1', apiKey: undefined, models: [name] }],
    demoModel: { upstream, name },
  });
  const seed = (given?: Parameters<typeof seedDemo>[3]) => seedDemo(store, systemClock, sessionSecret, given);
  /** As somebody does who is not the server. */
  const edit = (patch: AgentPatch) =>
    createAgentManager({ store, clock: systemClock, actor: commandLine, upstreams: [] }).edit(
      demoOrganizationId,
      'agt_demomodel',
      patch,
    );
  const findAgent = () => store.findKeptAgent(demoOrganizationId, 'agt_demomodel');

  test('is there with DEMO_UPSTREAM alone: public, disclosed, priced, and it knows what the FAQ knows', async () => {
    expect(first.modelAgentId).toBeNull();
    expect(await findAgent()).toBeUndefined();
    expect((await seed(models('llama3.2'))).modelAgentId).toBe('agt_demomodel');
    const found = await findAgent();
    expect(found?.agent).toMatchObject({
      kind: 'model',
      public: true,
      disclosure: true,
      creditsPerMessage: 5,
      model: { upstream: 'demo', name: 'llama3.2', creditsPer1000Tokens: 1 },
    });
    expect(found?.knowledge).toEqual((await store.findKeptAgent(demoOrganizationId, first.agentId))?.knowledge);
  });

  test('takes another model of a later start, and keeps what somebody changed', async () => {
    await seed(models('llama3.2'));
    await edit({ name: 'Mine', creditsPerMessage: 9 });
    await seed(models('qwen3', 'other'));
    expect((await findAgent())?.agent).toMatchObject({
      name: 'Mine',
      creditsPerMessage: 9,
      model: { upstream: 'other', name: 'qwen3' },
    });
  });

  test('is kept from pages at a start without the variable, and comes back with it', async () => {
    await seed(models('llama3.2'));
    expect((await seed()).modelAgentId).toBeNull();
    expect((await findAgent())?.agent.public).toBe(false);
    expect((await seed(models('llama3.2'))).modelAgentId).toBe('agt_demomodel');
    expect((await findAgent())?.agent.public).toBe(true);
  });

  test('is kept from pages without the variable also where its model is listed still', async () => {
    await seed(models('llama3.2'));
    expect((await seed({ ...models('llama3.2'), demoModel: undefined })).modelAgentId).toBeNull();
    expect((await findAgent())?.agent.public).toBe(false);
  });

  test('stays hidden where somebody hid it, also over a start without the variable', async () => {
    await seed(models('llama3.2'));
    await edit({ public: false });
    await seed(models('llama3.2'));
    expect((await findAgent())?.agent.public).toBe(false);
    await seed();
    await seed(models('qwen3'));
    expect((await findAgent())?.agent).toMatchObject({ public: false, model: { name: 'qwen3' } });
    // Shown by them and then hidden by a start is the server's doing again.
    await edit({ public: true });
    await seed();
    for (let times = 0; times < 120; times++) await edit({ name: `Name ${times}` });
    await seed(models('qwen3'));
    expect((await findAgent())?.agent.public).toBe(true);
  });

  test('is left alone, and not offered, once somebody gave it no model', async () => {
    await seed(models('llama3.2'));
    await edit({ model: null });
    const changed = (await findAgent())?.agent;
    for (const given of [models('llama3.2'), undefined]) {
      expect((await seed(given)).modelAgentId).toBeNull();
      expect((await findAgent())?.agent).toEqual(changed);
    }
  });

  test('processes that start at once agree on one', async () => {
    await Promise.all(Array.from({ length: 4 }, () => seed(models('llama3.2'))));
    await Promise.all(Array.from({ length: 4 }, () => seed(models('qwen3'))));
    expect((await findAgent())?.agent).toMatchObject({ public: true, model: { name: 'qwen3' } });
    expect((await store.listAgents(demoOrganizationId, { limit: 10 })).items).toHaveLength(2);
  });
});
