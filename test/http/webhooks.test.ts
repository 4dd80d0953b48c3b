/** Webhooks over HTTP: made, tried, changed and deleted by an owner, and what never gets out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Webhook as Verifier } from 'standardwebhooks';
import type { CreatedWebhook, Delivery, DeliveryPage, Webhooks } from '../../server/http/wire.ts';
import { createMember, type Member } from '../support/people.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let receiver: Receiver;
let organizationId: string;
let owner: Member;

beforeAll(async () => {
  server = await startTestServer({ environment: { WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on' } });
  receiver = await startReceiver();
  organizationId = await server.createOrganization();
  owner = await createMember(server, organizationId, 'owner');
});
afterAll(async () => {
  await server.stop();
  await receiver.close();
});

const hooks = () => `/api/org/${organizationId}/webhooks`;

async function make(body: object = { url: receiver.url, events: ['key.budget'] }): Promise<CreatedWebhook> {
  const reply = await owner.send(hooks(), { method: 'POST', body });
  expect(reply.status).toBe(201);
  return reply.json() as unknown as CreatedWebhook;
}

async function listDeliveries(id: string): Promise<DeliveryPage> {
  return (await owner.send(`${hooks()}/${id}/deliveries`)).json() as unknown as DeliveryPage;
}

test('a test message arrives, verifies, and is shown with what was answered; sent again it has the same id', async () => {
  const { webhook, secret } = await make();
  const times = receiver.received.length;
  receiver.answer((response) => response.writeHead(200).end('thank you'));
  const sent = (await owner.send(`${hooks()}/${webhook.id}/test`, { method: 'POST' })).json() as unknown as Delivery;
  expect(sent).toMatchObject({ event: 'test', state: 'waiting', attempts: 0, lastAttempt: null });
  await expect.poll(async () => (await listDeliveries(webhook.id)).data[0]?.state).toBe('delivered');
  const { headers, body } = receiver.received[times]!;
  expect(headers['webhook-id']).toBe(sent.id);
  expect(headers['webhook-timestamp']).toBe(String(server.clock() / 1_000));
  // The library looks at its own clock: the signature alone is compared.
  const signed = new Verifier(secret!).sign(sent.id, new Date(server.clock()), body);
  expect(headers['webhook-signature']).toBe(signed);
  expect((await listDeliveries(webhook.id)).data).toMatchObject([
    { id: sent.id, attempts: 1, nextAttemptAt: null, lastAttempt: { status: 200, answer: 'thank you', failure: null } },
  ]);
  const again = await owner.send(`${hooks()}/${webhook.id}/deliveries/${sent.id}/retry`, { method: 'POST' });
  expect(again.status).toBe(202);
  await expect.poll(() => receiver.received.length).toBe(times + 2);
  expect(receiver.received.at(-1)?.id).toBe(sent.id);
});

test('a test goes out once, also to a webhook that is switched off', async () => {
  const { webhook } = await make();
  receiver.answer((response) => response.writeHead(500).end());
  await owner.send(`${hooks()}/${webhook.id}`, { method: 'PATCH', body: { enabled: false } });
  await owner.send(`${hooks()}/${webhook.id}/test`, { method: 'POST' });
  await expect.poll(async () => (await listDeliveries(webhook.id)).data[0]?.state).toBe('given_up');
  expect((await listDeliveries(webhook.id)).data[0]).toMatchObject({ attempts: 1, lastAttempt: { status: 500 } });
});

test('a secret is shown once, and a new one when it is asked for; the audit log and the log have none', async () => {
  const { webhook, secret } = await make({
    url: `${receiver.url}/T0KEN-in-path`,
    events: ['credits.low', 'key.budget'],
  });
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  expect(webhook.events).toEqual(['key.budget', 'credits.low']);
  const listed = await owner.send(hooks());
  expect((listed.json() as unknown as Webhooks).data.find(({ id }) => id === webhook.id)).toEqual(webhook);
  const changed = await owner.send(`${hooks()}/${webhook.id}`, { method: 'PATCH', body: { events: ['credits.low'] } });
  expect(changed.json()).toEqual({ webhook: { ...webhook, events: ['credits.low'] } });
  const rotated = await owner.send(`${hooks()}/${webhook.id}`, { method: 'PATCH', body: { rotateSecret: true } });
  const { secret: next, webhook: after } = rotated.json() as unknown as CreatedWebhook;
  expect(next).toMatch(/^whsec_/);
  expect(next).not.toBe(secret);
  expect(after.previousSecretUntil).not.toBeNull();
  const { text } = await owner.send(`/api/org/${organizationId}/audit`);
  for (const place of [listed.text, text, ...server.logLines]) {
    expect(place).not.toContain(secret);
    expect(place).not.toContain(next);
  }
  for (const place of [text, ...server.logLines]) expect(place).not.toContain('T0KEN');
  expect(text).toContain('"action":"webhook.created"');
});

test('of deleted ones nothing is left', async () => {
  const { webhook } = await make();
  expect((await owner.send(`${hooks()}/${webhook.id}`, { method: 'DELETE' })).status).toBe(204);
  for (const [method, path] of [
    ['DELETE', ''],
    ['PATCH', ''],
    ['POST', '/test'],
    ['GET', '/deliveries'],
    ['POST', '/deliveries/dlv_1/retry'],
  ] as const) {
    const body = method === 'PATCH' ? { body: { enabled: true } } : {};
    expect((await owner.send(`${hooks()}/${webhook.id}${path}`, { method, ...body })).problem().code).toBe('not_found');
  }
});

test('there are 20 at most', async () => {
  const other = await server.createOrganization();
  const theirs = await createMember(server, other, 'owner');
  const body = { url: 'https://hooks.example/', events: ['key.budget'] };
  for (let count = 0; count < 20; count++)
    expect((await theirs.send(`/api/org/${other}/webhooks`, { method: 'POST', body })).status).toBe(201);
  const refused = await theirs.send(`/api/org/${other}/webhooks`, { method: 'POST', body });
  expect(refused.problem().code).toBe('conflict');
});

describe('an address', () => {
  const code = async (from: TestServer, url: string) => {
    const id = await from.createOrganization();
    const member = await createMember(from, id, 'owner');
    const reply = await member.send(`/api/org/${id}/webhooks`, {
      method: 'POST',
      body: { url, events: ['key.budget'] },
    });
    return reply.status === 201 ? 'made' : reply.problem().code;
  };

  test.each([
    'ftp://hooks.example/',
    'hooks.example',
    'https://user:password@hooks.example/',
    'https://hooks.example/#part',
    `https://hooks.example/${'x'.repeat(2_000)}`,
  ])('%s is none', async (url) => {
    expect(await code(server, url)).toBe('request_invalid');
  });

  test('of this machine or its network is refused where nobody allowed it, and in production one without https', async () => {
    const strict = await startTestServer();
    for (const url of [
      'http://127.0.0.1/',
      'https://10.0.0.1/',
      'https://[::1]/',
      'https://0x7f.1/',
      'https://2130706433/',
    ])
      expect(await code(strict, url)).toBe('request_invalid');
    expect(await code(strict, 'http://hooks.example/')).toBe('made');
    await strict.stop();
    const production = await startTestServer({
      environment: {
        NODE_ENV: 'production',
        PUBLIC_URL: 'https://gate.example.com',
        WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on',
      },
    });
    expect(await code(production, 'http://hooks.example/')).toBe('request_invalid');
    expect(await code(production, 'https://hooks.example/')).toBe('made');
    await production.stop();
  });
});
