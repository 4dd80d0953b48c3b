/** What is told, once, in order, and again until it is taken: with both stores, a real receiver and a clock that is moved. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Webhook as Verifier } from 'standardwebhooks';
import { dayMs, toUtcDate } from '../../server/gate/clock.ts';
import { windowAt } from '../../server/records/budget.ts';
import type { KeyRecord } from '../../server/records/key.ts';
import { webhookEvents, type Webhook, type WebhookEvent } from '../../server/records/webhook.ts';
import { StoreUnavailableError, type Store } from '../../server/store/port.ts';
import { createWebhooks, type Webhooks } from '../../server/webhooks/webhooks.ts';
import {
  sampleActivity,
  sampleDelivery,
  sampleKey,
  sampleOrganization,
  sampleUsageDay,
  sampleWebhook,
} from '../support/sample-records.ts';
import { createMovableClock, testSessionSecret, type MovableClock } from '../support/server.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { describeOnBothStores } from '../support/stores.ts';

interface Body {
  readonly type: WebhookEvent;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const hourMs = 3_600_000;

describeOnBothStores('webhooks', ({ open }) => {
  let store: Store;
  let clock: MovableClock;
  let receiver: Receiver;
  let organizationId: string;
  let processes: readonly Webhooks[];
  let outcomes: string[];

  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());

  beforeEach(async () => {
    while ((await store.deleteOldDeliveries(Number.MAX_SAFE_INTEGER)) > 0);
    clock = createMovableClock();
    receiver = await startReceiver();
    outcomes = [];
    processes = [startProcess(), startProcess()];
    const organization = sampleOrganization();
    organizationId = organization.id;
    await store.createOrganization(organization, 100);
    return async () => {
      await Promise.all(processes.map((one) => one.stop(0)));
      await receiver.close();
    };
  });

  function startProcess(): Webhooks {
    return createWebhooks({
      store,
      clock,
      sessionSecret: testSessionSecret,
      publicOrigin: 'http://localhost:3000',
      isHttpsOnly: false,
      isPrivateAllowed: true,
      onOutcome: (outcome) => void outcomes.push(outcome),
      onError: (error) => {
        throw error;
      },
    });
  }

  async function newWebhook(change: Partial<Webhook> = {}): Promise<Webhook> {
    const webhook = sampleWebhook(organizationId, { url: receiver.url, events: webhookEvents, ...change });
    await store.createWebhook(webhook);
    for (const { parts } of processes) parts.subscribers.forget(organizationId);
    return webhook;
  }

  async function newKey(change: Partial<KeyRecord> = {}): Promise<KeyRecord> {
    const key = sampleKey(organizationId, { createdAt: clock() - 100 * dayMs, ...change });
    await store.createKey(key);
    return key;
  }

  const sendAll = async () => {
    await Promise.all(processes.map((one) => one.outbox.look()));
    await Promise.all(processes.map((one) => one.outbox.settle()));
  };

  /** Both processes judge at the same time what both saw. */
  async function judgeAll(): Promise<readonly Body[]> {
    await Promise.all(processes.map((one) => one.watch.judgeAll()));
    return sent();
  }

  async function sent(): Promise<readonly Body[]> {
    await sendAll();
    return receiver.received.splice(0).map(({ body }) => JSON.parse(body) as Body);
  }

  async function useKey(key: KeyRecord, more?: Parameters<Webhooks['watch']['see']>[0]) {
    const batch = more ?? { days: [sampleUsageDay(key, { origins: [] })], activities: [] };
    for (const { watch } of processes) watch.see(batch);
    await Promise.all(processes.map((one) => one.watch.judgeUsed()));
    return sent();
  }

  const seen = (key: KeyRecord, ...origins: readonly string[]) => ({
    days: [
      sampleUsageDay(key, {
        date: toUtcDate(clock()),
        origins: origins.map((origin) => ({ origin, accepted: 0, refused: 1, lastSeenAt: clock() })),
      }),
    ],
    activities: [],
  });

  describe('are told once, whichever process sees it', () => {
    test('30, 7 and 1 days before a key ends', async () => {
      await newWebhook();
      const key = await newKey({ expiresAt: clock() + 31 * dayMs });
      expect(await judgeAll()).toEqual([]);
      for (const days of [30, 7, 1]) {
        clock.advance(key.expiresAt! - days * dayMs - clock() + 1);
        expect(await judgeAll()).toMatchObject([{ type: 'key.expiring', data: { keyId: key.id, days } }]);
        expect(await judgeAll()).toEqual([]);
      }
    });

    test('nothing of a threshold that was crossed before the key was made', async () => {
      await newWebhook();
      await newKey({ createdAt: clock(), expiresAt: clock() + 5 * dayMs });
      expect(await judgeAll()).toEqual([]);
    });

    test('at 50, 80 and 100 % of a budget, and again in the next window', async () => {
      await newWebhook();
      const budget = { credits: 10, per: 'hour' } as const;
      const key = await newKey({ budget });
      await store.grantCredits(organizationId, 10_000);
      const take = (amount: number) => {
        const window = windowAt(key, 'hour', clock());
        return store.takeCredits(organizationId, amount, null, {
          leavesReserve: true,
          budget: { window, credits: 10 },
        });
      };
      await take(4);
      expect(await useKey(key)).toEqual([]);
      for (const [amount, percent] of [
        [1, 50],
        [3, 80],
        [2, 100],
      ] as const) {
        await take(amount);
        expect(await useKey(key)).toMatchObject([{ type: 'key.budget', data: { keyId: key.id, percent } }]);
        expect(await useKey(key)).toEqual([]);
      }
      clock.advance(hourMs);
      await take(9);
      expect(await useKey(key)).toMatchObject([{ type: 'key.budget', data: { percent: 80, spent: 9 } }]);
      // What lies below was said with it, also after some was given back.
      expect(await useKey(key)).toEqual([]);
    });

    test('at 20 and 5 % of the credits, and again after more were granted', async () => {
      await newWebhook();
      const key = await newKey();
      const take = (amount: number) =>
        store.takeCredits(organizationId, amount, null, { leavesReserve: false, budget: null });
      await take(79);
      expect(await useKey(key)).toEqual([]);
      await take(1);
      expect(await useKey(key)).toMatchObject([{ type: 'credits.low', data: { percent: 20, left: 20 } }]);
      await take(20);
      expect(await useKey(key)).toMatchObject([{ type: 'credits.low', data: { percent: 5, left: 0 } }]);
      expect(await useKey(key)).toEqual([]);
      await store.grantCredits(organizationId, 5);
      expect(await useKey(key)).toMatchObject([{ type: 'credits.low', data: { percent: 5, left: 5 } }]);
    });

    test('a secret in a browser, once a day', async () => {
      await newWebhook();
      const key = await newKey();
      const inBrowser = {
        days: [sampleUsageDay(key, { origins: [] })],
        activities: [
          sampleActivity(key, { secretSeenInBrowserAt: clock(), secretSeenInBrowserOrigin: 'https://a.example' }),
        ],
      };
      expect(await useKey(key, inBrowser)).toMatchObject([
        { type: 'key.secret_in_browser', data: { origin: 'https://a.example', isRefused: false } },
      ]);
      expect(await useKey(key, inBrowser)).toEqual([]);
      clock.advance(dayMs);
      const refused = { days: [sampleUsageDay(key, { refused: { secret_in_browser: 1 } })], activities: [] };
      expect(await useKey(key, refused)).toMatchObject([{ data: { origin: null, isRefused: true } }, {}]);
    });

    test('that a key has stopped to learn', async () => {
      await newWebhook();
      const key = await newKey({ learningUntil: clock() + hourMs });
      expect(await useKey(key)).toEqual([]);
      clock.advance(hourMs);
      expect(await useKey(key)).toMatchObject([{ type: 'key.learning_ended', data: { keyId: key.id } }]);
      expect(await judgeAll()).toEqual([]);
    });

    test('that an agent found nothing, at most once an hour, with how often', async () => {
      await newWebhook();
      const agent = { id: 'agt_1', organizationId, name: 'Help' };
      const [one, two] = processes as [Webhooks, Webhooks];
      for (let times = 0; times < 3; times++) one.watch.seeUnanswered(agent);
      await one.watch.judgeUsed();
      two.watch.seeUnanswered(agent);
      await two.watch.judgeUsed();
      expect(await sent()).toMatchObject([
        { type: 'conversation.unanswered', data: { agentId: 'agt_1', messages: 3 } },
      ]);
      clock.advance(hourMs);
      await two.watch.judgeUsed();
      expect(await sent()).toMatchObject([{ data: { messages: 1 } }]);
    });
  });

  describe('an origin that is new to a key', () => {
    test('is told, and not again, also after a restart; what came earlier is not new', async () => {
      await newWebhook();
      const key = await newKey();
      const old = { origin: 'https://old.example', accepted: 1, refused: 0, lastSeenAt: clock() };
      const yesterday = toUtcDate(clock() - dayMs);
      await store.addUsage({ days: [sampleUsageDay(key, { date: yesterday, origins: [old] })], activities: [] });
      expect(await useKey(key, seen(key, 'https://new.example', 'https://old.example'))).toMatchObject([
        {
          type: 'key.new_origin',
          data: { keyId: key.id, origins: [{ origin: 'https://new.example', isAccepted: false }], more: 0 },
        },
      ]);
      clock.advance(hourMs);
      const restarted = startProcess();
      restarted.watch.see(seen(key, 'https://new.example'));
      await restarted.watch.judgeUsed();
      expect(await sent()).toEqual([]);
      await restarted.stop(0);
    });

    test('of a flood of made-up ones, one message an hour names 20 and counts the others', async () => {
      await newWebhook();
      const key = await newKey();
      const flood = (from: number) =>
        seen(key, ...Array.from({ length: 500 }, (_, index) => `https://made-up-${from + index}.example`));
      const [first, ...none] = await useKey(key, flood(0));
      expect(none).toEqual([]);
      expect(first?.data.origins).toHaveLength(20);
      expect(first?.data.more).toBe(480);
      for (let round = 1; round < 10; round++) expect(await useKey(key, flood(500 * round))).toEqual([]);
      clock.advance(hourMs);
      expect(await useKey(key, flood(9_000))).toHaveLength(1);
    });
  });

  describe('what was used', () => {
    const newOrigin = (data: object) => ({ type: 'key.new_origin', data });
    const startOn = (other: Partial<Store>) =>
      createWebhooks({
        store: { ...store, ...other },
        clock,
        sessionSecret: testSessionSecret,
        publicOrigin: 'http://localhost:3000',
        isHttpsOnly: false,
        isPrivateAllowed: true,
        onOutcome: () => undefined,
        onError: () => undefined,
      });

    test('a moment before midnight is told after it, though the day before has its origin by then', async () => {
      await newWebhook();
      const key = await newKey();
      clock.advance(dayMs - (clock() % dayMs) - 1_000);
      const late = seen(key, 'https://late.example');
      await store.addUsage(late);
      clock.advance(2_000);
      expect(await useKey(key, late)).toMatchObject([newOrigin({ keyId: key.id })]);
      expect(await useKey(key, seen(key, 'https://late.example'))).toEqual([]);
    });

    test('while the store was away is told when it is back', async () => {
      await newWebhook();
      const key = await newKey();
      let isAway = true;
      const one = startOn({
        findKey: (...which) => (isAway ? Promise.reject(new StoreUnavailableError()) : store.findKey(...which)),
      });
      one.watch.see(seen(key, 'https://new.example'));
      await expect(one.watch.judgeUsed()).rejects.toThrow(StoreUnavailableError);
      one.watch.see(seen(key, 'https://newer.example'));
      isAway = false;
      await one.watch.judgeUsed();
      await one.outbox.settle();
      const origins = ['https://new.example', 'https://newer.example'].map((origin) => ({ origin }));
      expect(await sent()).toMatchObject([newOrigin({ origins })]);
      await one.stop(0);
    });

    test('is told though another organization’s could not be judged', async () => {
      const other = await newKey({ organizationId: sampleOrganization().id });
      await store.createWebhook(
        sampleWebhook(other.organizationId, { url: receiver.url, events: webhookEvents, enabled: true }),
      );
      await newWebhook();
      const key = await newKey();
      const one = startOn({
        findKey: (organizationId, keyId) =>
          keyId === other.id ? Promise.reject(new Error('broken')) : store.findKey(organizationId, keyId),
      });
      one.watch.see(seen(other, 'https://new.example'));
      one.watch.see(seen(key, 'https://new.example'));
      await expect(one.watch.judgeUsed()).rejects.toThrow('broken');
      await one.outbox.settle();
      expect(await sent()).toMatchObject([newOrigin({ keyId: key.id })]);
      await one.stop(0);
    });
  });

  test('what nobody wants is not kept, and is told once somebody does', async () => {
    await newKey({ expiresAt: clock() + 6 * dayMs });
    await newWebhook({ events: ['key.budget'] });
    await newWebhook({ enabled: false });
    expect(await judgeAll()).toEqual([]);
    await newWebhook({ events: ['key.expiring'] });
    expect(await judgeAll()).toHaveLength(1);
  });

  test('a process that dies between the notice and the message loses nothing', async () => {
    await newWebhook();
    await newKey({ expiresAt: clock() + 6 * dayMs });
    const dying = createWebhooks({
      store: { ...store, createDelivery: () => Promise.reject(new Error('died')) },
      clock,
      sessionSecret: testSessionSecret,
      publicOrigin: 'http://localhost:3000',
      isHttpsOnly: false,
      isPrivateAllowed: true,
      onOutcome: () => undefined,
      onError: () => undefined,
    });
    await expect(dying.watch.judgeAll()).rejects.toThrow('died');
    expect(await judgeAll()).toHaveLength(1);
    expect(await judgeAll()).toEqual([]);
  });

  test('a message is signed as Standard Webhooks say, also with the secret before for a day', async () => {
    const webhook = await newWebhook();
    const [{ parts }] = processes as [Webhooks];
    const verify = (secret: string) => {
      const { headers, body } = receiver.received[0]!;
      return new Verifier(secret).verify(
        body,
        headers as Record<string, string>,
        {
          toleranceInSeconds: Number.MAX_SAFE_INTEGER,
        } as never,
      );
    };
    const before = parts.secrets.secretOf(webhook);
    const now = Date.now();
    clock.advance(now - clock());
    await newKey({ createdAt: clock() - 90 * dayMs, expiresAt: clock() + dayMs / 2 });
    await Promise.all(processes.map((one) => one.watch.judgeAll()));
    await sendAll();
    expect(verify(before)).toMatchObject({ type: 'key.expiring' });
    expect(() => verify(parts.secrets.secretOf({ ...webhook, secretVersion: 2 }))).toThrow();
    expect(() => verify(parts.secrets.secretOf({ ...webhook, id: 'whk_other' }))).toThrow();
    receiver.received.splice(0);
    const rotated = { secretVersion: 2, previousSecretUntil: clock() + 1 };
    await store.changeWebhook(organizationId, webhook.id, rotated);
    const { items } = await store.listDeliveries(webhook.id, { limit: 1 });
    await store.resendDelivery(webhook.id, items[0]!.id, clock());
    await sendAll();
    expect(verify(before)).toEqual(verify(parts.secrets.secretOf({ ...webhook, secretVersion: 2 })));
    receiver.received.splice(0);
    clock.advance(1);
    await store.resendDelivery(webhook.id, items[0]!.id, clock());
    await sendAll();
    expect(() => verify(before)).toThrow();
  });

  describe('a receiver that fails', () => {
    test('is tried again over a day with growing pauses under one id, then given up', async () => {
      const webhook = await newWebhook();
      receiver.answer((response) => response.writeHead(500).end('x'.repeat(5_000)));
      await newKey({ expiresAt: clock() + 6 * dayMs });
      await Promise.all(processes.map((one) => one.watch.judgeAll()));
      const times: number[] = [];
      const startedAt = clock();
      const ids = new Set<string>();
      for (let state = 'waiting'; state === 'waiting';) {
        await sendAll();
        if (receiver.received.length > 0) times.push(clock() - startedAt);
        for (const { id } of receiver.received.splice(0)) ids.add(id);
        const { items } = await store.listDeliveries(webhook.id, { limit: 1 });
        const [{ dueAt, lastAttempt }] = items as [(typeof items)[0]];
        expect(lastAttempt).toMatchObject({ status: 500, failure: null, answer: 'x'.repeat(2_000) });
        ({ state } = items[0]!);
        if (state === 'waiting') clock.advance(Math.max(1, dueAt - clock()));
      }
      expect(ids.size).toBe(1);
      expect(times).toHaveLength(11);
      const pauses = times.slice(1).map((time, index) => time - times[index]!);
      expect(pauses.slice(1).every((pause, index) => pause > pauses[index]! * 0.6)).toBe(true);
      expect(times.at(-1)).toBeGreaterThan(18 * hourMs);
      expect(times.at(-1)).toBeLessThan(30 * hourMs);
      expect(outcomes).toEqual([...Array.from({ length: 10 }, () => 'failed'), 'given_up']);
    });

    test('holds up what is about the same key, and nothing else', async () => {
      const webhook = await newWebhook();
      const healthy = await newWebhook();
      const [failing, fine] = [await newKey({ expiresAt: clock() + 29 * dayMs }), await newKey()];
      receiver.answer((response, { body }) => response.writeHead(body.includes(failing.id) ? 500 : 204).end());
      const about = (id: string) =>
        receiver.received
          .splice(0)
          .map(({ body }) => JSON.parse(body) as Body)
          .filter(({ data }) => data.keyId === id)
          .map(({ type }) => type);
      await Promise.all(processes.map((one) => one.watch.judgeAll()));
      await sendAll();
      expect(about(failing.id)).toEqual(['key.expiring', 'key.expiring']);
      for (const { id } of [failing, fine]) await store.changeKey(organizationId, id, { learningUntil: clock() });
      await Promise.all(processes.map((one) => one.watch.judgeAll()));
      await sendAll();
      expect(about(fine.id)).toEqual(['key.learning_ended', 'key.learning_ended']);
      // Taken at last: the older one first.
      receiver.answer((response) => response.writeHead(204).end());
      clock.advance(10_000);
      await sendAll();
      expect(about(failing.id).toSorted()).toEqual([
        ...['key.expiring', 'key.expiring', 'key.learning_ended', 'key.learning_ended'],
      ]);
      for (const { id } of [webhook, healthy])
        expect((await store.findWebhook(organizationId, id))?.failingSince).toBeNull();
    });

    test('is switched off after three days without one success, or when it says 410, and it is written down', async () => {
      const failingSince = clock() - 3 * dayMs - 1;
      const [webhook, tired] = [await newWebhook({ failingSince }), await newWebhook({ failingSince })];
      const other = await newWebhook();
      const to = ({ id: webhookId }: Webhook, attempts: number) => {
        const message = sampleDelivery({ organizationId, webhookId, attempts, dueAt: clock(), createdAt: clock() });
        return store.createDelivery({ ...message, body: attempts === 0 ? other.id : webhookId });
      };
      receiver.answer((response, { body }) => response.writeHead(body === other.id ? 410 : 500).end());
      await to(webhook, 10);
      await to(tired, 9);
      await to(other, 0);
      await sendAll();
      expect(await store.findWebhook(organizationId, tired.id)).toMatchObject({ enabled: true, failingSince });
      for (const { id } of [webhook, other])
        expect(await store.findWebhook(organizationId, id)).toMatchObject({ enabled: false, disabledAt: clock() });
      const { items } = await store.listAudit(organizationId, { limit: 10 });
      expect(items).toMatchObject([
        { action: 'webhook.changed', actor: { kind: 'server' }, after: { enabled: false } },
        { action: 'webhook.changed', actor: { kind: 'server' }, after: { enabled: false } },
      ]);
      expect(JSON.stringify(items)).not.toContain('/hook');
    });

    test('at an address that was changed meanwhile says nothing of the new one', async () => {
      const webhook = await newWebhook();
      const url = 'https://moved.example/';
      receiver.answer((response) => {
        void store.changeWebhook(organizationId, webhook.id, { url }).then(() => response.writeHead(410).end());
      });
      await store.createDelivery(
        sampleDelivery({ organizationId, webhookId: webhook.id, attempts: 0, dueAt: clock(), createdAt: clock() }),
      );
      await sendAll();
      expect(receiver.received).toHaveLength(1);
      expect(await store.findWebhook(organizationId, webhook.id)).toEqual({ ...webhook, url });
    });

    test('is not followed elsewhere', async () => {
      const webhook = await newWebhook();
      const elsewhere = await startReceiver();
      receiver.answer((response) => response.writeHead(307, { location: elsewhere.url }).end());
      await newKey({ expiresAt: clock() + 6 * dayMs });
      await Promise.all(processes.map((one) => one.watch.judgeAll()));
      await sendAll();
      expect(receiver.received).toHaveLength(1);
      expect(elsewhere.received).toHaveLength(0);
      await elsewhere.close();
      const { items } = await store.listDeliveries(webhook.id, { limit: 1 });
      expect(items).toMatchObject([{ state: 'waiting', lastAttempt: { status: 307 } }]);
    });
  });

  test('a receiver that never answers holds up no other webhook', async () => {
    const slow = await startReceiver();
    slow.answer(() => undefined);
    await newWebhook({ url: slow.url });
    await newWebhook();
    for (let keys = 0; keys < 3; keys++) await newKey({ expiresAt: clock() + 6 * dayMs });
    await Promise.all(processes.map((one) => one.watch.judgeAll()));
    void sendAll();
    await expect.poll(() => receiver.received.length, { timeout: 5_000 }).toBe(3);
    await Promise.all(processes.map((one) => one.stop(0)));
    expect(slow.received.length).toBeGreaterThan(0);
    await slow.close();
  });
});
