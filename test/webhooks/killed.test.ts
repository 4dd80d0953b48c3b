/** A server that is killed in the middle of sending: the next one sends what it had taken, under the same id, once. */
import { expect, test } from 'vitest';
import { createId } from '../../server/records/id.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startReceiver } from '../support/receiver.ts';
import { describeOnBothStores } from '../support/stores.ts';
import { sampleDelivery, sampleOrganization, sampleWebhook } from '../support/sample-records.ts';

const environment = { WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on' };
const messages = 3;

describeOnBothStores('a server that sends webhooks', ({ databaseUrl, open }) => {
  test('and is killed loses no message, and sends none twice that was taken', { timeout: 120_000 }, async () => {
    const store = await open();
    const receiver = await startReceiver();
    const hanging: (() => void)[] = [];
    receiver.answer((response) => void hanging.push(() => response.writeHead(204).end()));
    const { id: organizationId } = sampleOrganization();
    const now = Date.now();
    const webhook = sampleWebhook(organizationId, { url: receiver.url });
    await store.createWebhook(webhook);
    const ids: string[] = [];
    for (let count = 0; count < messages; count++) {
      const id = createId('dlv', now + count);
      ids.push(id);
      await store.createDelivery(
        sampleDelivery({ id, organizationId, webhookId: webhook.id, createdAt: now, dueAt: now }),
      );
    }
    const first = await startServerProcess(databaseUrl, environment);
    await first.ready;
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(1);
    first.signal('SIGKILL');
    await first.stop();
    const second = await startServerProcess(databaseUrl, environment);
    await second.ready;
    receiver.answer((response) => response.writeHead(204).end());
    // What was taken is free again when the first one's time with it is over.
    await expect.poll(() => receiver.received.length, { timeout: 60_000, interval: 200 }).toBe(1 + messages);
    const received = () => receiver.received.map(({ id }) => id);
    expect(received()).toEqual([ids[0], ...ids]);
    expect(await second.stop()).toBe(0);
    // A restart that is not a crash sends nothing again.
    const third = await startServerProcess(databaseUrl, environment);
    await third.ready;
    await store.createDelivery(
      sampleDelivery({ organizationId, webhookId: webhook.id, createdAt: now, dueAt: now, subject: 'key_2' }),
    );
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(2 + messages);
    expect(new Set(received()).size).toBe(1 + messages);
    expect(await third.stop()).toBe(0);
    await receiver.close();
    await store.close();
  });
});
