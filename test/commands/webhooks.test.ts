/** The commands on webhooks, beside a server that uses the same store and a receiver that really listens. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { CreatedWebhook, Delivery, Webhooks } from '../../server/http/wire.ts';
import { webhookEvents } from '../../server/records/webhook.ts';
import type { Ran } from '../support/command.ts';
import { runHere } from '../support/command-line.ts';
import { freshDatabase } from '../support/mongod.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { createMovableClock, startTestServer, testSessionSecret, type TestServer } from '../support/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-webhooks-'));
const DATABASE_URL = `lmdb:${join(folder, 'store')}`;
const open = { WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on' };
let server: TestServer;
let receiver: Receiver;
let organizationId: string;

beforeAll(async () => {
  server = await startTestServer({
    database: DATABASE_URL,
    clock: createMovableClock(Date.now()),
    environment: open,
  });
  receiver = await startReceiver();
  organizationId = await server.createOrganization();
});
afterAll(async () => {
  await server.stop();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]): Promise<Ran> =>
  runHere({ DATABASE_URL, SESSION_SECRET: testSessionSecret, ...open }, ...args);

async function runJson<Result>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Result;
}

const create = (...args: string[]) => runJson<CreatedWebhook>('webhooks', 'create', '--url', receiver.url, ...args);

async function listed(): Promise<readonly string[]> {
  return (await runJson<Webhooks>('webhooks', 'list')).data.map(({ id }) => id);
}

/** The server's clock stands; what a command writes is due later than that. */
function letServerSend(): void {
  server.clock.advance(3_600_000);
}

// The server's clock stands still, so to it the message is not due: as if no server ran.
test('a test that no server takes: after a while it says so', { timeout: 60_000 }, async () => {
  const { webhook } = await create();
  const { code, stdout } = await run('webhooks', 'test', webhook.id);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: 'Nothing was sent yet: no server runs on this store, or it is busy.\n',
  });
  await run('webhooks', 'delete', webhook.id);
});

test('one is made, and the running server signs with the secret that was shown; then it is deleted', async () => {
  const { webhook, secret } = await create();
  expect(webhook).toMatchObject({ url: receiver.url, events: webhookEvents, enabled: true });
  expect(await listed()).toEqual([webhook.id]);
  letServerSend();
  receiver.answer((response) => response.writeHead(200).end('thanks'));
  const sent = await runJson<Delivery>('webhooks', 'test', webhook.id);
  expect(sent).toMatchObject({ event: 'test', state: 'delivered', lastAttempt: { status: 200, answer: 'thanks' } });
  const { headers, body } = receiver.received.at(-1)!;
  expect(headers['webhook-signature']).toBe(new Verifier(secret!).sign(sent.id, new Date(server.clock()), body));
  expect(await runJson('webhooks', 'delete', webhook.id)).toEqual({ id: webhook.id, deleted: true });
  expect(await listed()).toEqual([]);
  const { items } = await server.store.listAudit(organizationId, { limit: 2 });
  expect(items.map(({ action, actor }) => [action, actor.kind])).toEqual([
    ['webhook.deleted', 'command_line'],
    ['webhook.created', 'command_line'],
  ]);
});

test('for people: what it is told, its secret once, and its state', async () => {
  const events = ['--event', 'credits.low', '--event', 'key.budget'];
  const made = await run('webhooks', 'create', '--url', receiver.url, ...events, '--org', organizationId);
  expect(made.stdout).toMatch(/^Webhook whk_\w+ sends to http.*\nIts secret, shown this once:\nwhsec_\S{44}\n$/);
  const list = await run('webhooks', 'list');
  expect(list.stdout).toMatch(/^whk_\w+ {2}ok {2}http\S+ {2}key\.budget,credits\.low\n$/);
  expect(list.stdout).not.toContain('whsec_');
});

test('a test that is not taken is a no, with what was answered', async () => {
  const { webhook } = await create();
  letServerSend();
  receiver.answer((response) => response.writeHead(503).end());
  const { code, stdout } = await run('webhooks', 'test', webhook.id);
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'Not delivered. The answer had status 503.\n' });
});

test.each([
  ['an address that is none', ['create', '--url', 'hooks.example'], {}, 1, '--url: Write an address such as'],
  [
    'an address of this network',
    ['create', '--url', 'http://10.0.0.1/'],
    { WEBHOOKS_TO_PRIVATE_ADDRESSES: 'off' },
    1,
    '--url: The address is not a public one.',
  ],
  [
    'http in production',
    ['create', '--url', 'http://hooks.example/'],
    { NODE_ENV: 'production', PUBLIC_URL: 'https://gate.example' },
    1,
    '--url: The address must begin with https://.',
  ],
  ['an event that is none', ['create', '--url', 'https://hooks.example/', '--event', 'all'], {}, 1, '--event'],
  [
    'a secret too short to be the server’s',
    ['create', '--url', 'https://a.example/'],
    { SESSION_SECRET: 'x' },
    2,
    '32',
  ],
  ['a webhook of nobody', ['delete', 'whk_none'], {}, 1, 'There is no such webhook.'],
  ['a test of a webhook of nobody', ['test', 'whk_none'], {}, 1, 'There is no such webhook.'],
] as const)('%s: refused, and nothing is made', async (_name, args, environment, code, reason) => {
  const before = await listed();
  const given = { DATABASE_URL, SESSION_SECRET: testSessionSecret, ...open, ...environment };
  const ran = await runHere(given, 'webhooks', ...args);
  expect(ran).toMatchObject({ code, stdout: '' });
  expect(ran.stderr).toContain(reason);
  expect(await listed()).toEqual(before);
});

const mongod = inject('mongod').url;

test.skipIf(mongod === undefined)(
  'on MongoDB the server’s SESSION_SECRET must be given: no other is made up',
  async () => {
    const database = { DATABASE_URL: freshDatabase(mongod ?? '') };
    await runHere(database, 'org', 'create', '--name', 'Acme');
    const ran = await runHere(database, 'webhooks', 'create', '--url', 'https://hooks.example/');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('Set SESSION_SECRET');
    const made = await runHere(
      { ...database, SESSION_SECRET: testSessionSecret },
      ...['webhooks', 'create', '--url', 'https://hooks.example/'],
    );
    expect(made.code).toBe(0);
  },
);
