/** How long an organization keeps conversations: `retentionDays` of `/api/org/{organizationId}/settings`. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import { sweep } from '../../server/sweep.ts';
import { createMember, type Browser } from '../support/people.ts';
import { sampleConversation } from '../support/sample-records.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
afterAll(() => server.stop());

let organizationId: string;
let owner: Browser;
let path: string;

beforeEach(async () => {
  organizationId = await server.createOrganization();
  owner = await createMember(server, organizationId, 'owner');
  path = `/api/org/${organizationId}/settings`;
});

const patch = (body: object) => owner.send(path, { method: 'PATCH', body });
const events = async () => (await server.store.listAudit(organizationId, { limit: 10 })).items;

async function talked(idleMs: number): Promise<() => Promise<boolean>> {
  const conversation = sampleConversation(organizationId, { lastActiveAt: server.clock() - idleMs });
  await server.store.createConversation(conversation);
  return async () => (await server.store.findConversation(organizationId, conversation.id)) !== undefined;
}

test('is the server’s 30 days until an owner chooses another, which is written down', async () => {
  expect((await owner.send(path)).json()).toMatchObject({ retentionDays: 30 });
  const before = (await events()).length;
  expect((await patch({ retentionDays: 365 })).json()).toMatchObject({ retentionDays: 365 });
  expect((await owner.send(path)).json()).toMatchObject({ name: 'A test', retentionDays: 365 });
  expect((await patch({ retentionDays: 365 })).status).toBe(200);
  const written = await events();
  expect(written).toHaveLength(before + 1);
  expect(written[0]).toMatchObject({
    action: 'organization.changed',
    before: { retentionDays: 30 },
    after: { retentionDays: 365 },
  });
});

test('that would delete at once is a conflict that says how much, until it is confirmed; the next sweep deletes', async () => {
  const [idle, other, fresh] = [await talked(2 * dayMs), await talked(dayMs + 1_000), await talked(1_000)] as const;
  const refused = await patch({ name: 'Half', retentionDays: 1 });
  expect(refused.problem()).toMatchObject({
    status: 409,
    code: 'conflict',
    detail: 'This deletes 2 conversations for good within minutes.',
    deletes: 2,
  });
  expect((await owner.send(path)).json()).toMatchObject({ name: 'A test', retentionDays: 30 });
  await sweep(server.store, server.clock);
  expect(await idle()).toBe(true);
  expect((await patch({ retentionDays: 1, confirm: true })).json()).toMatchObject({ retentionDays: 1 });
  await sweep(server.store, server.clock);
  expect([await idle(), await other(), await fresh()]).toEqual([false, false, true]);
});

test('that grows, or that nothing has outlived, needs no word of confirmation', async () => {
  const kept = await talked(2 * dayMs);
  expect((await patch({ retentionDays: 3 })).status).toBe(200);
  expect((await patch({ retentionDays: 90 })).status).toBe(200);
  await sweep(server.store, server.clock);
  expect(await kept()).toBe(true);
});

test.each([0, 0.039, 365.1, -1, '30', null])('%j days are no retention', async (retentionDays) => {
  expect((await patch({ retentionDays })).problem()).toMatchObject({
    code: 'request_invalid',
    problems: [{ path: 'retentionDays' }],
  });
});

test('viewers and members read it and can’t change it; a stranger finds nothing', async () => {
  for (const role of ['viewer', 'member'] as const) {
    const browser = await createMember(server, organizationId, role);
    expect((await browser.send(path)).json()).toMatchObject({ retentionDays: 30 });
    const refused = await browser.send(path, { method: 'PATCH', body: { retentionDays: 1, confirm: true } });
    expect(refused.problem().code).toBe('forbidden');
  }
  const stranger = await createMember(server, await server.createOrganization(), 'owner');
  const hidden = await stranger.send(path, { method: 'PATCH', body: { retentionDays: 1 } });
  expect(hidden.problem().code).toBe('not_found');
  expect((await server.store.findOrganization(organizationId))?.retentionDays).toBeUndefined();
});
