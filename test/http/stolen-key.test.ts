import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unbound, windowAt } from '../../server/records/budget.ts';
import type { Arrived } from '../../server/http/call-self.ts';
import { runStolenKey } from '../../server/http/run-stolen-key.ts';
import type { StolenKeyEvent } from '../../server/http/wire.ts';
import { openStream, send } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const path = '/demo/api/stolen-key';
const organizationId = 'org_demo';
let server: TestServer;

beforeAll(async () => {
  // Where a script can call from several addresses of this machine, the usual limit is not in its way.
  const limit = process.platform === 'darwin' ? 'off' : '120/60';
  server = await startTestServer({ environment: { DEMO: 'on', RATE_LIMIT_PER_KEY_IP: limit } });
});
afterAll(() => server.stop());

const startRun = (of = server) => openStream(of, path, { body: {}, headers: { origin: of.publicOrigin } });
const listKeys = async () => (await server.store.listKeys(organizationId, { limit: 100 })).items;
const spentOf = async (keyId: string) => {
  const window = windowAt({ id: keyId, organizationId }, 'day', server.clock());
  return (await server.store.listSpendings(organizationId, [window.id]))[0]?.spent ?? 0;
};
const creditsSpent = async () => (await server.store.findCredits(organizationId))?.spent;

/** A run that reached the server at such an address, whatever address the test has. */
function partsOf(of: TestServer, arrived: Arrived): Parameters<typeof runStolenKey>[0] {
  const { store, keys, clock } = of;
  const origin = `http://shop.example.localhost:${of.port}`;
  return {
    ...{ store, keys, clock, organizationId, origin, arrived },
    meter: { flush: () => Promise.resolve() },
    agentId: 'agt_demo',
    allowedDomains: ['*.example.localhost'],
    host: `localhost:${of.port}`,
    signal: new AbortController().signal,
    isServing: () => of.isServing(),
  };
}

async function readRun(): Promise<readonly StolenKeyEvent[]> {
  const stream = await startRun();
  expect(stream.status).toBe(200);
  return (await stream.rest()).map(({ data }) => data as unknown as StolenKeyEvent);
}

function only<Type extends StolenKeyEvent['type']>(events: readonly StolenKeyEvent[], type: Type) {
  return events.filter((event): event is Extract<StolenKeyEvent, { type: Type }> => event.type === type);
}

test(
  '200 calls of a script with a forged Origin spend the budget and no more, and the pair goes on',
  { timeout: 60_000 },
  async () => {
    const before = (await creditsSpent()) ?? 0;
    const events = await readRun();
    expect([...new Set(events.map(({ type }) => type))]).toEqual(['key', 'script', 'pair', 'evidence']);
    const script = only(events, 'script');
    expect(script.map(({ sent }) => sent)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(script[49]).toEqual({ type: 'script', sent: 50, answered: 50, refused: {}, told: null, spent: 50 });
    expect(script.at(-1)).toEqual({
      type: 'script',
      sent: 200,
      answered: 50,
      refused: { budget_exhausted: 150 },
      told: 'What web pages may spend with this key in one day is used up.',
      spent: 50,
    });
    expect(only(events, 'pair')).toEqual(Array(5).fill({ type: 'pair', status: 200, code: 'ok' }));

    const [made] = only(events, 'key');
    const keys = await listKeys();
    expect(keys.map(({ name }) => name).sort()).toEqual(['Demo', 'Stolen key (demo)']);
    const key = keys.find(({ id }) => id === made?.keyId);
    expect(key).toMatchObject({
      publicKey: made?.publicKey,
      budget: { credits: 50, per: 'day' },
      createdBy: { kind: 'demo' },
    });
    expect([await spentOf(key?.id ?? ''), await spentOf('key_demo')]).toEqual([50, 0]);
    expect(((await creditsSpent()) ?? 0) - before).toBe(55);
    expect(JSON.stringify(events)).not.toContain('sk_');

    // What the script did is told by what it did not send, and from how many addresses.
    const [{ evidence } = { evidence: undefined }] = only(events, 'evidence');
    expect(evidence).toMatchObject({ calls: 200, withoutBrowserHeaders: 200, days: [{ addressedCalls: 200 }] });
    const groups = evidence?.days[0]?.groups ?? [];
    expect(groups.map(({ calls }) => calls)).toEqual(process.platform === 'darwin' ? [200] : [50, 50, 50, 50]);
    expect(JSON.stringify(evidence)).not.toContain('127.');

    // The next has a key of its own with a whole budget, and this one is gone; who leaves stops it.
    const next = await startRun();
    const first = (await next.next())?.data as unknown as StolenKeyEvent;
    expect(first).toMatchObject({ type: 'key' });
    expect((await next.next())?.data).toMatchObject({ sent: 1, answered: 1, spent: 1 });
    const busy = await startRun();
    expect(busy.status).toBe(409);
    next.leave();
    const again = async () => {
      const run = await startRun();
      const data = run.status === 200 ? (await run.next())?.data : undefined;
      run.leave();
      return data?.type;
    };
    await expect.poll(again).toBe('key');
    const left = (await listKeys()).map(({ id }) => id);
    expect(left).toHaveLength(2);
    expect(left).not.toContain(key?.id);
    expect(left).not.toContain(first.type === 'key' && first.keyId);
  },
);

describe('nobody else starts it', () => {
  const own = () => ({ origin: server.publicOrigin });

  test.each<[string, () => Readonly<Record<string, string>>, string | undefined]>([
    ['another site’s page', () => ({ origin: 'http://evil.localhost' }), undefined],
    ['a page on the machine’s other name', () => ({ origin: `http://127.0.0.1:${server.port}` }), undefined],
    ['a sandboxed page', () => ({ origin: 'null' }), undefined],
    ['who names no origin', () => ({}), undefined],
    ['who comes through a proxy', () => ({ ...own(), 'x-forwarded-for': '192.0.2.1' }), undefined],
    ['who comes through a proxy that says so', () => ({ ...own(), via: '1.1 proxy' }), undefined],
    ['who uses a name that leads here', own, 'rebound.example'],
  ])('%s', async (_who, headers, host) => {
    const before = (await listKeys()).map(({ id }) => id);
    const reply = await send(server, path, { body: {}, headers: headers(), ...(host && { host }) });
    expect([reply.status, reply.problem().code]).toEqual(host ? [404, 'not_found'] : [403, 'forbidden']);
    expect((await listKeys()).map(({ id }) => id)).toEqual(before);
  });

  test('the page is told, so that it offers it here alone', async () => {
    const rules = { calls: 200, pairCalls: 5, budget: { credits: 50, per: 'day' } };
    expect((await send(server, '/demo/api/key')).json()).toMatchObject({ stolenKey: { ...rules, mayRun: true } });
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    expect((await send(server, '/demo/api/key', { headers })).json()).toMatchObject({ stolenKey: { mayRun: false } });
  });

  test('a body says nothing', async () => {
    const reply = await send(server, path, { body: { calls: 1_000_000 }, headers: own() });
    expect([reply.status, reply.problem().code]).toEqual([400, 'request_invalid']);
  });
});

describe('it makes no key for nothing', () => {
  let own: TestServer;
  beforeAll(async () => {
    own = await startTestServer({ environment: { DEMO: 'on' } });
  });
  afterAll(() => own.stop());

  async function expectRefusal(detail: string, fix: string): Promise<void> {
    const stream = await startRun(own);
    stream.leave();
    expect(stream.status).toBe(409);
    const problem = (await send(own, path, { body: {}, headers: { origin: own.publicOrigin } })).problem();
    expect([problem.code, problem.detail, problem.fix]).toEqual([
      'conflict',
      expect.stringContaining(detail),
      expect.stringContaining(fix),
    ]);
    expect((await own.store.listKeys(organizationId, { limit: 10 })).items).toHaveLength(1);
  }

  test('where its agent is kept from pages, or gone', async () => {
    await own.store.changeAgent(organizationId, 'agt_demo', { public: false }, undefined);
    await expectRefusal('agt_demo is not public', 'agents edit agt_demo --public on --org org_demo');
    const found = await own.store.findKeptAgent(organizationId, 'agt_demo');
    await own.store.deleteAgent(organizationId, 'agt_demo');
    await expectRefusal('agt_demo was deleted', 'Start the server again');
    if (found) await own.store.createAgent({ ...found.agent, public: true }, found.knowledge);
  });

  test('where the server can’t be called', async () => {
    const run = runStolenKey(partsOf(own, { localAddress: '127.0.0.1', localPort: 1 }));
    expect((await run.next()).value).toMatchObject({ ok: false, code: 'conflict' });
    expect((await own.store.listKeys(organizationId, { limit: 10 })).items).toHaveLength(1);
  });

  test('where pages may not spend enough for the rest of the demo: what is kept back for secret calls is not theirs', async () => {
    // Of 100,000 a fifth is kept back.
    await own.store.takeCredits(organizationId, 79_001, null, unbound);
    await expectRefusal('Fewer than 1,000 credits', 'credits grant');
    await own.store.changeOrganization(organizationId, { reservedCredits: 19_999 });
    const stream = await startRun(own);
    expect((await stream.next())?.data).toMatchObject({ type: 'key' });
    stream.leave();
  });
});

test('a server that listens for both kinds of addresses is called over IPv4, from several', async () => {
  const both = await startTestServer({ environment: { DEMO: 'on', HOST: '::', PUBLIC_URL: 'http://localhost:3000' } });
  const run = runStolenKey(partsOf(both, { localAddress: '::ffff:127.0.0.1', localPort: both.port }));
  expect((await run.next()).value).toMatchObject({ type: 'key' });
  for (let sent = 1; sent <= 5; sent++) expect((await run.next()).value).toMatchObject({ sent, answered: sent });
  await run.return();
  await both.stop();
});

test('stopping the server ends a run with a word, and that is no error', async () => {
  const own = await startTestServer({ environment: { DEMO: 'on' } });
  const stream = await startRun(own);
  for (let events = 0; events < 4; events++) await stream.next();
  const stopped = own.stop();
  expect((await stream.rest()).at(-1)?.data).toEqual({ type: 'failed', detail: 'The server is stopping.' });
  await stopped;
  const lines = own.logLines.map((line) => JSON.parse(line) as { readonly level: string; readonly path?: string });
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect(lines.filter((line) => line.path === path).map(({ level }) => level)).toEqual(['info']);
});
