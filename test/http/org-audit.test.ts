/** `…/audit`, `…/audit.csv` and `…/audit.ndjson`: changes by who, what, which action and when. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../server/records/audit-event.ts';
import { createId } from '../../server/records/id.ts';
import { createMember, type Member } from '../support/people.ts';
import { sampleAuditEvent } from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let organizationId: string;
let viewer: Member;
const madeUp: AuditEvent[] = [];

const person = { kind: 'user', id: 'usr_ana', name: 'ana@example.com' } as const;
const shell = { kind: 'command_line', id: null, name: null } as const;
const shop = { kind: 'key', id: 'key_shop', name: 'Shop' } as const;
const helper = { kind: 'agent', id: 'agt_help', name: '=HYPERLINK("https://evil.example")' } as const;

beforeAll(async () => {
  server = await startTestServer();
  organizationId = await server.createOrganization();
  viewer = await createMember(server, organizationId, 'viewer');
  await add('2026-05-01T08:00:00Z', { actor: person, target: shop, action: 'key.created', before: null });
  await add('2026-05-01T23:59:59.999Z', { actor: shell, target: helper, action: 'agent.created' });
  await add('2026-05-02T00:00:00Z', { actor: person, target: helper, action: 'agent.changed' });
  await add('2026-05-03T12:00:00Z', { actor: shell, target: shop, action: 'key.changed' });
});

afterAll(async () => {
  await server.stop();
});

async function add(time: string, change: Partial<AuditEvent>): Promise<void> {
  const at = Date.parse(time);
  const event = sampleAuditEvent(organizationId, { id: createId('evt', at), at, ...change });
  await server.store.addAuditEvent(event);
  madeUp.push(event);
}

const get = (rest: string) => viewer.send(`/api/org/${organizationId}/audit${rest}`);

async function found(query: string): Promise<readonly number[]> {
  const { data } = (await get(`?to=2026-05-31&${query}`)).json() as { data: { id: string }[] };
  return data.map(({ id }) => madeUp.findIndex((event) => event.id === id));
}

describe('GET …/audit', () => {
  test.each([
    ['', [3, 2, 1, 0]],
    ['actor=usr_ana', [2, 0]],
    ['actor=command_line', [3, 1]],
    ['target=agt_help', [2, 1]],
    ['action=key', [3, 0]],
    ['action=key.changed,agent.created', [3, 1]],
    ['from=2026-05-02', [3, 2]],
    ['from=2026-05-02T00:00:00.001Z', [3]],
    ['from=2026-05-02T02:00:00%2B02:00', [3, 2]],
    ['actor=usr_ana&target=agt_help&action=agent&from=2026-05-01', [2]],
    ['target=key_none', []],
    ['from=2026-06-01', []],
  ])('?%s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  test('a last day is included whole', async () => {
    const { data } = (await get('?to=2026-05-01')).json() as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual([madeUp[1]!.id, madeUp[0]!.id]);
  });

  test('the cursor goes on in what is found', async () => {
    const first = (await get('?target=key_shop&limit=1')).json() as { data: unknown[]; nextCursor: string };
    const next = (await get(`?target=key_shop&limit=1&cursor=${first.nextCursor}`)).json();
    expect(first.data).toMatchObject([{ action: 'key.changed' }]);
    expect(next).toMatchObject({ data: [{ action: 'key.created' }], nextCursor: null });
  });
});

test.each([
  ['actor', 'root'],
  ['actor', 'usr_ana%27'],
  ['target', '%24ne'],
  ['action', 'key.eaten'],
  ['action', 'key,'],
  ['action', ''],
  ['from', 'yesterday'],
  ['to', '2026-02-30'],
])('?%s=%s is refused, on a page and as a file', async (name, value) => {
  for (const kind of ['', '.csv', '.ndjson']) {
    const reply = await get(`${kind}?${name}=${value}`);
    expect(reply.status).toBe(400);
    expect(reply.problem()).toMatchObject({ code: 'request_invalid', problems: [{ path: name }] });
    expect(reply.headers).not.toHaveProperty('content-disposition');
  }
});

describe('as a file', () => {
  test('lines of JSON are the entries of the pages, those that are looked for', async () => {
    const { data } = (await get('?actor=usr_ana')).json() as { data: unknown[] };
    const reply = await get('.ndjson?actor=usr_ana');
    expect(reply.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(reply.headers['content-disposition']).toMatch(
      /^attachment; filename="postern-audit-\d{4}-\d\d-\d\d\.ndjson"$/,
    );
    const lines = reply.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(data);
    expect((await get('.ndjson?target=key_none')).text).toBe('');
  });

  test('a row of CSV for each change; what a spreadsheet would run is text', async () => {
    const reply = await get('.csv?target=agt_help&action=agent.created');
    const head = 'id,at,actor_kind,actor_id,actor_name,action,target_kind,target_id,target_name,before,after';
    const name = `"'=HYPERLINK(""https://evil.example"")"`;
    const facts = `"{""enabled"":true}","{""enabled"":false}"`;
    expect(reply.text).toBe(
      `${head}\r\n${madeUp[1]!.id},2026-05-01T23:59:59.999Z,command_line,,,agent.created,agent,agt_help,${name},${facts}\r\n`,
    );
    expect((await get('.csv?target=key_none')).text).toBe(`${head}\r\n`);
  });

  test('all that is found, however many pages', async () => {
    const start = Date.parse('2026-07-01');
    const many = Array.from({ length: 250 }, (_, index) => ({ id: createId('evt', start + index), at: start + index }));
    await Promise.all(many.map((change) => server.store.addAuditEvent(sampleAuditEvent(organizationId, change))));
    const ids = (await get('.csv?from=2026-07-01&to=2026-07-01')).text
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0]);
    expect(ids).toEqual(many.map(({ id }) => id).toReversed());
  });
});
