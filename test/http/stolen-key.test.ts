import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unbound, windowAt } from '../../server/records/budget.ts';
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

test('it leaves the demo’s organization enough credits for the rest of the demo', async () => {
  const poor = await startTestServer({ environment: { DEMO: 'on' } });
  await poor.store.takeCredits(organizationId, 99_001, null, unbound);
  const reply = await send(poor, path, { body: {}, headers: { origin: poor.publicOrigin } });
  expect([reply.status, reply.problem().code]).toEqual([409, 'conflict']);
  expect(reply.problem().fix).toContain('credits grant');
  expect((await poor.store.listKeys(organizationId, { limit: 10 })).items).toHaveLength(1);
  await poor.stop();
});
