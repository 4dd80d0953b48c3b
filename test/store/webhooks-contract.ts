/** What every store must do with webhooks and the messages to them, run over each adapter. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Delivery, Webhook } from '../../server/records/webhook.ts';
import type { Store } from '../../server/store/port.ts';
import { openWhole } from '../support/open-whole.ts';
import { sampleDelivery, sampleOrganization, sampleTime, sampleWebhook } from '../support/sample-records.ts';
import type { StoreCall } from '../support/store-process.ts';
import { startTwoProcesses } from './two-processes.ts';

const now = sampleTime;
const lease = now + 20_000;
const many = 100;

/** `databaseUrl` makes the URL of a database. */
export function testWebhooks(databaseUrl: () => Promise<string>): void {
  let url: string;
  let store: Store;
  let webhook: Webhook;

  beforeAll(async () => {
    url = await databaseUrl();
    store = await openWhole(url);
  });

  afterAll(async () => {
    await store.close();
  });

  beforeEach(async () => {
    // What other tests left would be claimed too.
    while ((await store.deleteOldDeliveries(Number.MAX_SAFE_INTEGER)) > 0);
    webhook = await newWebhook();
  });

  async function newWebhook(organizationId = sampleOrganization().id): Promise<Webhook> {
    const made = sampleWebhook(organizationId);
    expect(await store.createWebhook(made)).toBe('created');
    return made;
  }

  async function newDelivery(change: Partial<Delivery> = {}, to = webhook): Promise<Delivery> {
    const delivery = sampleDelivery({ organizationId: to.organizationId, webhookId: to.id, ...change });
    expect(await store.createDelivery(delivery)).toBe('created');
    return delivery;
  }

  const claim = (nowMs = now, except: readonly string[] = []) =>
    store.claimDeliveries(nowMs, nowMs + 20_000, many, except);
  const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
  const delivered = { state: 'delivered', dueAt: now, lastAttempt: null } as const;

  test('a webhook is found, changed and deleted in its organization alone', async () => {
    const second = await newWebhook(webhook.organizationId);
    const foreign = await newWebhook();
    expect(await store.listWebhooks(webhook.organizationId)).toStrictEqual([second, webhook]);
    expect(await store.findWebhook(webhook.organizationId, webhook.id)).toStrictEqual(webhook);
    expect(await store.findWebhook(foreign.organizationId, webhook.id)).toBeUndefined();
    expect(await store.changeWebhook(foreign.organizationId, webhook.id, { enabled: false })).toBe('not_found');
    const off = { enabled: false };
    const elsewhere = { url: 'https://elsewhere.example/' };
    expect(await store.changeWebhook(webhook.organizationId, webhook.id, off, elsewhere)).toBe('not_found');
    expect(await store.findWebhook(webhook.organizationId, webhook.id)).toStrictEqual(webhook);
    const after = { ...webhook, enabled: false, disabledAt: now, failingSince: 1 };
    expect(
      await store.changeWebhook(
        webhook.organizationId,
        webhook.id,
        {
          enabled: false,
          disabledAt: now,
          failingSince: 1,
        },
        { url: webhook.url },
      ),
    ).toStrictEqual({ before: webhook, after });
    expect(await store.findWebhook(webhook.organizationId, webhook.id)).toStrictEqual(after);
    const [mine, theirs] = [await newDelivery(), await newDelivery({}, foreign)];
    expect(await store.deleteWebhook(foreign.organizationId, webhook.id)).toBe('not_found');
    expect(await store.deleteWebhook(webhook.organizationId, webhook.id)).toBe('deleted');
    expect(await store.deleteWebhook(webhook.organizationId, webhook.id)).toBe('not_found');
    expect(await store.findDelivery(webhook.id, mine.id)).toBeUndefined();
    expect(await store.findDelivery(foreign.id, theirs.id)).toStrictEqual(theirs);
    expect(await store.findDelivery(webhook.id, theirs.id)).toBeUndefined();
    expect(idsOf(await claim())).toStrictEqual([theirs.id]);
    expect(await store.createWebhook(foreign)).toBe('conflict');
  });

  test('the organizations with a webhook are walked in order, each once', async () => {
    await newWebhook(webhook.organizationId);
    const other = await newWebhook();
    const found: string[] = [];
    for (let after: string | null = null; ; after = found.at(-1) ?? null) {
      const page: readonly string[] = await store.listWebhookOrganizations(after, 1);
      if (page.length === 0) break;
      found.push(...page);
    }
    expect(found).toStrictEqual([...new Set(found)].toSorted());
    expect(found).toEqual(expect.arrayContaining([webhook.organizationId, other.organizationId]));
  });

  test('a notice is kept once until it ends, and told is told', async () => {
    const { organizationId } = webhook;
    const first = { organizationId, name: 'key.budget/key_1/80', at: now, endsAt: now + 10, isTold: false };
    expect(await store.keepNotice(first)).toStrictEqual(first);
    expect(await store.keepNotice({ ...first, at: now + 1, endsAt: now + 99 })).toStrictEqual(first);
    await store.markTold(organizationId, first.name);
    expect(await store.keepNotice({ ...first, at: now + 9 })).toStrictEqual({ ...first, isTold: true });
    const again = { ...first, at: now + 10, endsAt: now + 20 };
    expect(await store.keepNotice(again)).toStrictEqual(again);
    const foreign = { ...first, organizationId: 'org_other' };
    expect(await store.keepNotice(foreign)).toStrictEqual(foreign);
    expect(await store.deleteEndedNotices(now + 11)).toBe(1);
    expect(await store.keepNotice({ ...again, at: now + 11 })).toStrictEqual(again);
    while ((await store.deleteEndedNotices(now + 100)) > 0);
    expect(await store.keepNotice({ ...again, at: now + 12 })).toMatchObject({ at: now + 12 });
  });

  test('what is due is claimed once, and again when nobody ended it', async () => {
    const due = await newDelivery();
    await newDelivery({ dueAt: now + 30_000, subject: 'key_2' });
    await newDelivery({ state: 'delivered', subject: 'key_3' });
    const claimed = { ...due, dueAt: lease, attempts: 1 };
    expect(await claim()).toStrictEqual([claimed]);
    expect(await claim()).toStrictEqual([]);
    expect(await claim(lease - 1)).toStrictEqual([]);
    expect(await claim(lease)).toStrictEqual([{ ...claimed, dueAt: lease + 20_000, attempts: 2 }]);
    // The first attempt comes back from the dead.
    expect(await store.endAttempt(claimed, delivered, now)).toBe('conflict');
    const lastAttempt = { at: now, durationMs: 5, status: 200, failure: null, answer: 'ok' };
    expect(await store.endAttempt({ ...claimed, attempts: 2 }, { ...delivered, lastAttempt }, now)).toBe('ended');
    expect(await store.findDelivery(webhook.id, due.id)).toStrictEqual({
      ...due,
      ...delivered,
      attempts: 2,
      lastAttempt,
    });
    expect(await store.endAttempt({ ...claimed, attempts: 2 }, delivered, now)).toBe('conflict');
  });

  test('one of each webhook is claimed, none of those that are left out, and no more than asked for', async () => {
    const others = [await newWebhook(), await newWebhook(), await newWebhook()];
    await newDelivery();
    await newDelivery({ subject: 'key_2' });
    const theirs: Delivery[] = [];
    for (const other of others) theirs.push(await newDelivery({}, other));
    const found = await claim(now, [webhook.id, others[0]!.id]);
    expect(idsOf(found).toSorted()).toStrictEqual(idsOf(theirs.slice(1)).toSorted());
    expect((await store.claimDeliveries(now, lease, 1, [])).length).toBe(1);
    expect((await claim()).length).toBe(2);
  });

  test('what is about one thing goes in order, and what is about another does not wait for it', async () => {
    const [first, second] = [await newDelivery(), await newDelivery()];
    const aside = await newDelivery({ subject: 'key_2' });
    const [claimed] = await claim();
    expect(claimed?.id).toBe(first.id);
    const [other] = await claim();
    expect(other?.id).toBe(aside.id);
    expect(await store.endAttempt(other!, delivered, now)).toBe('ended');
    expect(await claim()).toStrictEqual([]);
    // Failed: it is tried later, and the second waits with it.
    const later = { state: 'waiting', dueAt: now + 60_000, lastAttempt: null } as const;
    expect(await store.endAttempt(claimed!, later, now)).toBe('ended');
    expect(await claim(now + 19_000)).toStrictEqual([]);
    const [again] = await claim(now + 60_000);
    expect(again).toMatchObject({ id: first.id, attempts: 2 });
    expect(await store.endAttempt(again!, { ...later, state: 'given_up' }, now + 60_001)).toBe('ended');
    expect(idsOf(await claim(now + 60_001))).toStrictEqual([second.id]);
  });

  test('a message is sent again as if it were new', async () => {
    const done = await newDelivery({ state: 'given_up', attempts: 11 });
    expect(await store.resendDelivery('whk_other', done.id, now)).toBe('not_found');
    const again = { ...done, state: 'waiting', attempts: 0, dueAt: now } as const;
    expect(await store.resendDelivery(webhook.id, done.id, now)).toStrictEqual(again);
    expect(await claim()).toStrictEqual([{ ...again, attempts: 1, dueAt: lease }]);
  });

  test('beyond the bounds the oldest are given up, and the oldest go', async () => {
    const list: Delivery[] = [];
    for (let index = 0; index < 5; index++) list.push(await newDelivery({ subject: `key_${index}` }));
    const foreign = await newDelivery({}, await newWebhook());
    expect(await store.boundDeliveries(webhook.id, { waiting: 3, kept: 4 })).toBe(3);
    const { items } = await store.listDeliveries(webhook.id, { limit: 10 });
    expect(items).toStrictEqual([list[4], list[3], list[2], { ...list[1], state: 'given_up' }]);
    expect(await store.boundDeliveries(webhook.id, { waiting: 3, kept: 4 })).toBe(0);
    expect(await store.findDelivery(foreign.webhookId, foreign.id)).toStrictEqual(foreign);
    const claimed: string[] = [];
    for (let round = 0; round < 4; round++) claimed.push(...idsOf(await claim(now, [foreign.webhookId])));
    expect(claimed.toSorted()).toStrictEqual(idsOf(list.slice(2)));
  });

  test('messages are listed newest first, by pages, those of the webhook', async () => {
    const [first, second, third] = [await newDelivery(), await newDelivery(), await newDelivery()];
    await newDelivery({}, await newWebhook());
    const page = await store.listDeliveries(webhook.id, { limit: 2 });
    expect(page).toStrictEqual({ items: [third, second], nextCursor: second.id });
    expect(await store.listDeliveries(webhook.id, { limit: 2, cursor: second.id })).toStrictEqual({
      items: [first],
      nextCursor: null,
    });
  });

  test('old messages go, waiting or not', async () => {
    const old = [await newDelivery({ createdAt: 1 }), await newDelivery({ createdAt: 2, state: 'delivered' })];
    const kept = await newDelivery({ createdAt: 3 });
    expect(await store.deleteOldDeliveries(3)).toBe(old.length);
    expect(await store.deleteOldDeliveries(3)).toBe(0);
    expect((await store.listDeliveries(webhook.id, { limit: 10 })).items).toStrictEqual([kept]);
    expect(idsOf(await claim())).toStrictEqual([kept.id]);
  });

  const processes = startTwoProcesses(() => url);

  test('of two processes that claim at once, one gets each message', async () => {
    const sent: Delivery[] = [];
    for (let index = 0; index < 20; index++) sent.push(await newDelivery({}, await newWebhook()));
    const calls: readonly StoreCall[] = [1, 2, 3].map(() => ['claimDeliveries', now, lease, many, []]);
    const claimed = (await processes.race(calls, calls)) as Delivery[][];
    expect(idsOf(claimed.flat()).toSorted()).toStrictEqual(idsOf(sent).toSorted());
  });

  test('of two processes that keep a notice at once, both have the same', async () => {
    const notice = (at: number) => ({
      organizationId: webhook.organizationId,
      name: 'once',
      at,
      endsAt: now + 1_000,
      isTold: false,
    });
    const calls = (from: number): readonly StoreCall[] =>
      [1, 2, 3].map((one) => ['keepNotice', notice(now + from + one)]);
    const kept = await processes.race(calls(0), calls(10));
    expect(new Set(kept.map((one) => JSON.stringify(one))).size).toBe(1);
  });
}
