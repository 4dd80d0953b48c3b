/** What every store must do with audit events, run over each adapter. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AuditEvent, AuditFacts } from '../../server/records/audit-event.ts';
import { openStore } from '../../server/store/open.ts';
import { databaseAt } from '../support/database-at.ts';
import type { Store } from '../../server/store/port.ts';
import { sampleAuditEvent, sampleOrganization } from '../support/sample-records.ts';

/** `databaseUrl` makes the URL of a database. */
export function testAudit(databaseUrl: () => Promise<string>): void {
  let store: Store;
  let org: string;

  beforeAll(async () => {
    store = await openStore(databaseAt(await databaseUrl()));
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
}
