/** What every store must do with audit events, run over each adapter. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AuditEvent, AuditFacts } from '../../server/records/audit-event.ts';
import { createId } from '../../server/records/id.ts';
import type { AuditFilter, Page, Store } from '../../server/store/port.ts';
import { openWhole } from '../support/open-whole.ts';
import { sampleAuditEvent, sampleOrganization } from '../support/sample-records.ts';

/** `databaseUrl` makes the URL of a database. */
export function testAudit(databaseUrl: () => Promise<string>): void {
  let store: Store;
  let org: string;

  beforeAll(async () => {
    store = await openWhole(await databaseUrl());
  });

  afterAll(async () => {
    await store.close();
  });

  beforeEach(() => {
    org = sampleOrganization().id;
  });

  async function newEvent(change: Partial<AuditEvent> = {}): Promise<AuditEvent> {
    const event = sampleAuditEvent(org, change);
    await store.addAuditEvent(event);
    return event;
  }

  // Fails for a log that only grows.
  test('old ones are deleted, those of every organization, and the rest stays', async () => {
    const longAgo = Date.UTC(2001);
    const old = [await newEvent({ at: longAgo }), await newEvent({ at: longAgo + 1 })];
    const kept = await newEvent({ at: longAgo + 2 });
    const other = sampleAuditEvent(sampleOrganization().id, { at: longAgo });
    await store.addAuditEvent(other);
    expect(await store.deleteOldAuditEvents(longAgo + 2)).toBe(old.length + 1);
    expect(await store.deleteOldAuditEvents(longAgo + 2)).toBe(0);
    expect((await store.listAudit(org, { limit: 10 })).items).toStrictEqual([kept]);
    expect((await store.listAudit(other.organizationId, { limit: 10 })).items).toStrictEqual([]);
  });

  test('events are listed exactly as they were added, newest first, those of the organization', async () => {
    const first = await newEvent();
    const foreign = await newEvent({ organizationId: 'org_other' });
    const second = await newEvent({
      actor: { kind: 'server', id: null, name: null },
      action: 'credits.granted',
      target: { kind: 'organization', id: org, name: '' },
      before: null,
      after: { granted: 5 },
    });
    const third = await newEvent({ action: 'key.deleted', after: null, before: {} });
    expect(await store.listAudit(org, { limit: 10 })).toStrictEqual({
      items: [third, second, first],
      nextCursor: null,
    });
    expect((await store.listAudit('org_other', { limit: 1 })).items).toStrictEqual([foreign]);
    expect(await store.listAudit('org_none', { limit: 10 })).toStrictEqual({ items: [], nextCursor: null });
  });

  test('an event that is added again is there once, as it was', async () => {
    const event = await newEvent();
    await store.addAuditEvent(event);
    await store.addAuditEvent({ ...event, action: 'key.deleted' });
    expect((await store.listAudit(org, { limit: 10 })).items).toStrictEqual([event]);
  });

  // Fails for a store that pages by "skip so many".
  test('pages have each event once, newest first, while others are added', async () => {
    const events: AuditEvent[] = [];
    for (let count = 0; count < 7; count++) events.push(await newEvent());
    const seen: AuditEvent[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listAudit(org, { limit: 3, cursor });
      seen.push(...page.items);
      cursor = page.nextCursor ?? undefined;
      await newEvent();
    } while (cursor !== undefined);
    expect(seen).toStrictEqual(events.toReversed());
  });

  // Fails for a store that makes a fact's name the name of a field.
  test('facts come back exactly, whatever their names and values', async () => {
    const json = [
      '{"$set":{"$where":"1"},"a.b":["$ne",null],"":0,"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}',
      '{"toString":"x","_id":"y","1":[{"$gt":""}],"nul\\u0000":"\\u0000","half":"\\ud800","quote":"\\"\\\\"}',
    ];
    const facts = json.map((text) => JSON.parse(text) as AuditFacts);
    const event = await newEvent({
      actor: { kind: 'user', id: '$ne', name: '{"$ne":""}' },
      target: { kind: 'key', id: 'a.b', name: '__proto__' },
      before: facts[0]!,
      after: facts[1]!,
    });
    const [kept] = (await store.listAudit(org, { limit: 1 })).items;
    expect(kept).toMatchObject({ actor: event.actor, target: event.target });
    const found = [kept!.before, kept!.after];
    // As text, because the comparison of objects would ask these for their constructor.
    expect(found.map((one) => JSON.stringify(one))).toStrictEqual(facts.map((one) => JSON.stringify(one)));
    for (const one of found) expect(Object.getPrototypeOf(one)).toBe(Object.prototype);
  });

  /** As the server makes them: the id says when. */
  async function eventAt(at: number, change: Partial<AuditEvent> = {}): Promise<AuditEvent> {
    return newEvent({ id: createId('evt', at), at, ...change });
  }

  const ana = { kind: 'user', id: 'usr_ana', name: 'ana@example.com' } as const;
  const commandLine = { kind: 'command_line', id: null, name: null } as const;
  const shop = { kind: 'key', id: 'key_shop', name: 'Shop' } as const;
  const helper = { kind: 'agent', id: 'agt_help', name: 'Helper' } as const;

  test('events are found by who, what, which action and when, alone and together', async () => {
    const first = Date.UTC(2026, 4, 1);
    const byAna = await eventAt(first, { actor: ana, target: shop, action: 'key.created' });
    const byShell = await eventAt(first + 10, { actor: commandLine, target: helper, action: 'agent.created' });
    const later = await eventAt(first + 20, { actor: ana, target: helper, action: 'agent.changed' });
    const last = await eventAt(first + 30, { actor: commandLine, target: shop, action: 'key.changed' });
    await store.addAuditEvent(sampleAuditEvent('org_other', { id: createId('evt', first), actor: ana, target: shop }));
    const find = async (filter: AuditFilter) => (await store.listAudit(org, { limit: 10 }, filter)).items;
    expect(await find({})).toStrictEqual([last, later, byShell, byAna]);
    expect(await find({ actor: 'usr_ana' })).toStrictEqual([later, byAna]);
    expect(await find({ actor: 'command_line' })).toStrictEqual([last, byShell]);
    expect(await find({ target: 'key_shop' })).toStrictEqual([last, byAna]);
    expect(await find({ actions: ['key.changed', 'agent.created', 'key.deleted'] })).toStrictEqual([last, byShell]);
    expect(await find({ actions: [] })).toStrictEqual([]);
    expect(await find({ from: first + 10, to: first + 20 })).toStrictEqual([later, byShell]);
    expect(await find({ from: first + 21 })).toStrictEqual([last]);
    expect(await find({ to: first - 1 })).toStrictEqual([]);
    expect(await find({ from: first + 30, to: first })).toStrictEqual([]);
    expect(await find({ from: -1e15, to: 8e15 })).toHaveLength(4);
    expect(await find({ actor: 'usr_ana', target: 'agt_help' })).toStrictEqual([later]);
    expect(await find({ actor: 'usr_ana', actions: ['key.created'], to: first })).toStrictEqual([byAna]);
    expect(await find({ target: 'key_shop', actions: ['key.changed'], from: first + 31 })).toStrictEqual([]);
    expect(await find({ target: 'key_none' })).toStrictEqual([]);
  });

  test('pages of what is found have each event once, with several actions too', async () => {
    const wanted: AuditEvent[] = [];
    for (let count = 0; count < 9; count++) {
      const at = Date.UTC(2026, 5, 1) + count;
      const action = (['key.created', 'agent.changed', 'key.changed'] as const)[count % 3]!;
      const event = await eventAt(at, { action, actor: ana });
      if (action !== 'agent.changed') wanted.push(event);
    }
    for (const filter of [{ actions: ['key.changed', 'key.created'] }, { actor: 'usr_ana' }] as const) {
      const seen: AuditEvent[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page: Page<AuditEvent> = await store.listAudit(org, { limit: 2, cursor }, filter);
        seen.push(...page.items);
        cursor = page.nextCursor;
      }
      const expected = 'actor' in filter ? 9 : wanted.length;
      expect(seen).toHaveLength(expected);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(expected);
      expect(seen.map(({ id }) => id)).toStrictEqual(
        seen
          .map(({ id }) => id)
          .toSorted()
          .reverse(),
      );
    }
  });

  test('a deleted event is found by nothing', async () => {
    const event = await eventAt(Date.UTC(2001), { actor: ana, target: shop });
    expect((await store.listAudit(org, { limit: 1 }, { target: shop.id })).items).toStrictEqual([event]);
    await store.deleteOldAuditEvents(Date.UTC(2002));
    for (const filter of [{ target: shop.id }, { actor: ana.id }, { actions: [event.action] }])
      expect(await store.listAudit(org, { limit: 1 }, filter)).toStrictEqual({ items: [], nextCursor: null });
  });
}
