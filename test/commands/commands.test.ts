/** Each command on a store that a server uses; test/cli.test.ts runs the command as a process. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ZipFile } from 'yazl';
import { allCommands } from '../../server/commands/all.ts';
import { synopsisOf } from '../../server/commands/synopsis.ts';
import type { Ran } from '../support/command.ts';
import { runHere } from '../support/command-line.ts';
import type { Key } from '../../server/http/wire.ts';
import { createMember } from '../support/people.ts';
import { readRepositoryFile } from '../support/repository.ts';
import { send } from '../support/requests.ts';
import { createMovableClock, startTestServer, type TestServer } from '../support/server.ts';

interface MadeKey {
  readonly key: { readonly id: string; readonly publicKey: string };
  readonly secretKey: string;
}

const folder = mkdtempSync(join(tmpdir(), 'postern-commands-'));
const database = `lmdb:${join(folder, 'store')}`;
let server: TestServer;
let acme: string;
let other: string;

const run = (...args: string[]): Promise<Ran> => runHere({ DATABASE_URL: database }, ...args);

async function runJson<Result = Record<string, unknown>>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Result;
}

beforeAll(async () => {
  server = await startTestServer({ database, clock: createMovableClock(Date.now()) });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('which organization', () => {
  test('none yet: it says how to make one; with one it need not be named; with two it asks, and names both', async () => {
    const none = await run('keys', 'list');
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('org create --name NAME');
    acme = (await runJson<{ id: string }>('org', 'create', '--name', 'Acme', '--credits', '7')).id;
    const { key } = await runJson<MadeKey>('keys', 'create', '--name', 'Only');
    expect(await server.store.findKey(acme, key.id)).toMatchObject({ name: 'Only' });
    other = (await runJson<{ id: string }>('org', 'create', '--name', 'Other')).id;
    const { code, stdout, stderr } = await run('keys', 'list');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const said of ['--org ID', acme, 'Acme', other, 'Other']) expect(stderr).toContain(said);
  });

  test('org list has every id, name and credits', async () => {
    const { data } = await runJson<{ data: object[] }>('org', 'list');
    expect(data).toMatchObject([
      { id: acme, name: 'Acme', credits: { granted: 7, spent: 0 } },
      { id: other, name: 'Other', credits: { granted: 0, spent: 0 } },
    ]);
    expect((await run('org', 'list')).stdout).toMatch(new RegExp(`^${acme}  7 credits left  Acme$`, 'm'));
  });

  test('a key’s or an agent’s id says its own; one of another organization is refused', async () => {
    const { key } = await runJson<MadeKey>('keys', 'create', '--org', other, '--name', 'Theirs');
    expect(await runJson('keys', 'disable', key.id)).toMatchObject({ id: key.id, enabled: false });
    expect(await run('keys', 'enable', '--org', acme, key.id)).toMatchObject({ code: 1, stdout: '' });
    expect(await runJson('keys', 'delete', key.id)).toEqual({ id: key.id, deleted: true });
    expect(await server.store.findKey(other, key.id)).toBeUndefined();
  });
});

describe('credits grant', () => {
  test('adds to what is there, and is in the audit log', async () => {
    expect(await runJson('credits', 'grant', '--org', acme, '5')).toEqual({ granted: 12, spent: 0 });
    expect(await server.store.findCredits(acme)).toEqual({ granted: 12, spent: 0 });
    const { items } = await server.store.listAudit(acme, { limit: 1 });
    expect(items).toMatchObject([
      { action: 'credits.granted', actor: { kind: 'command_line' }, before: { granted: 7 }, after: { granted: 12 } },
    ]);
  });
});

describe('agents list, agents delete', () => {
  test('shows them all; a deleted one is gone', async () => {
    const { id } = await server.createAgent(other);
    const { data } = await runJson<{ data: { id: string }[] }>('agents', 'list', '--org', other);
    expect(data.map((agent) => agent.id)).toEqual([id]);
    expect(await runJson('agents', 'delete', id)).toEqual({ id, deleted: true });
    expect(await server.store.findAgent(other, id)).toBeUndefined();
  });
});

describe('user list, user remove', () => {
  test('shows members and invitations; takes out both, but never the last owner', async () => {
    await createMember(server, acme, 'owner', { email: 'owner@example.com' });
    await createMember(server, acme, 'viewer', { email: 'viewer@example.com' });
    await runJson('user', 'invite', '--org', acme, '--email', 'new@example.com');
    const list = () =>
      runJson<{ members: { email: string }[]; invitations: { email: string }[] }>('user', 'list', '--org', acme);
    const before = await list();
    // Who came in one millisecond came at once.
    expect(before.members.map(({ email }) => email).toSorted()).toEqual(['owner@example.com', 'viewer@example.com']);
    expect(before.invitations.map(({ email }) => email)).toEqual(['new@example.com']);
    expect(JSON.stringify(before)).not.toMatch(/token|password/i);
    const remove = (email: string): Promise<Ran> => run('user', 'remove', '--org', acme, '--email', email);
    for (const email of ['Viewer@example.com', 'new@example.com'])
      expect(await remove(email)).toMatchObject({ code: 0 });
    const refused = await remove('owner@example.com');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('last owner');
    const after = await list();
    expect(after.members.map(({ email }) => email)).toEqual(['owner@example.com']);
    expect(after.invitations).toEqual([]);
  });
});

describe('keys show, keys edit', () => {
  test('edit changes what it names and nothing else, and the running server follows', async () => {
    const { key } = await runJson<MadeKey>(
      'keys',
      'create',
      '--org',
      acme,
      '--name',
      'Old',
      '--domain',
      'a.example, b.example',
    );
    const before = await runJson('keys', 'show', key.id);
    expect(before).toMatchObject({ name: 'Old', allowedDomains: ['a.example', 'b.example'], rateLimit: null });
    const named = await runJson('keys', 'edit', key.id, '--name', 'New');
    expect(named).toEqual({ ...before, name: 'New', revision: 2 });
    const edited = await runJson(
      ...['keys', 'edit', key.id, '--rate-limit', '1/60', '--expires', '2099-01-01T00:00:00Z'],
      ...['--scope', 'agents:read', '--refuse-secret-in-browser', 'on'],
      ...[
        '--scope',
        'orders:read',
        '--publishable-scope',
        'orders:read',
        '--external-id',
        'c-42',
        '--metadata',
        '{"a":1}',
      ],
      ...['--tags', 'live,Shop', '--notes', 'Ada asks for it.\nUntil May.'],
    );
    expect(edited).toMatchObject({
      rateLimit: { requests: 1, windowSeconds: 60 },
      expiresAt: '2099-01-01T00:00:00.000Z',
      scopes: ['agents:read', 'orders:read'],
      publishableScopes: ['orders:read'],
      notes: 'Ada asks for it.\nUntil May.',
      tags: ['live', 'Shop'],
      externalId: 'c-42',
      metadata: { a: 1 },
      refuseSecretInBrowser: true,
    });
    const tagged = async (...tags: string[]) =>
      await runJson('keys', 'list', '--org', acme, ...tags.flatMap((tag) => ['--tag', tag]));
    expect(await tagged('LIVE', 'shop')).toMatchObject({ data: [{ id: key.id }] });
    expect(await tagged('live', 'other')).toEqual({ data: [] });
    const shown = (await run('keys', 'show', key.id)).stdout;
    expect(shown).toMatch(/^tags +live, Shop$/m);
    expect(shown).toMatch(/^notes +Ada asks for it\.\n +Until May\.$/m);
    const headers = { authorization: `Bearer ${key.publicKey}`, origin: 'https://a.example' };
    const call = async () => (await send(server, '/api/v1/agents', { headers })).status;
    expect([await call(), await call()]).toEqual([200, 429]);
    const undone = await runJson(
      ...['keys', 'edit', key.id, '--rate-limit', 'off', '--expires', 'never', '--refuse-secret-in-browser', 'off'],
      ...['--external-id', '', '--publishable-scope', '', '--metadata', '{}'],
      ...['--tags', '', '--notes', ''],
    );
    expect(undone).toMatchObject({
      ...{ rateLimit: null, expiresAt: null, refuseSecretInBrowser: false },
      ...{ tags: [], notes: '' },
      ...{ externalId: null, publishableScopes: [], metadata: {}, scopes: ['agents:read', 'orders:read'] },
    });
    const wrong = await run('keys', 'edit', key.id, '--metadata', 'plan=pro');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--metadata must be a JSON object')]);
    expect((await run('keys', 'show', key.id)).stdout).toMatch(/^rate limit +the server’s$/m);
  });

  test('no output of either has anything of the secret but its hint', async () => {
    const { key, secretKey } = await runJson<MadeKey>('keys', 'create', '--org', acme, '--name', 'S');
    const { stdout } = await run('keys', 'show', key.id);
    expect(stdout).not.toContain(secretKey.slice(3, 20));
  });
});

describe('keys domains', () => {
  test('--add and --remove change single entries; one that is not there is refused, and nothing changes', async () => {
    const { key } = await runJson<MadeKey>('keys', 'create', '--org', acme, '--name', 'D', '--domain', 'a.example');
    const change = (...args: string[]) => runJson<{ allowedDomains: string[] }>('keys', 'domains', key.id, ...args);
    expect((await change('--add', 'B.example, c.example')).allowedDomains).toEqual([
      'a.example',
      'b.example',
      'c.example',
    ]);
    expect((await change('--remove', 'B.example', '--add', '*.d.example')).allowedDomains).toEqual([
      'a.example',
      'c.example',
      '*.d.example',
    ]);
    expect(await run('keys', 'domains', key.id, '--remove', 'nope.example')).toMatchObject({ code: 1, stdout: '' });
    expect((await change()).allowedDomains).toEqual(['a.example', 'c.example', '*.d.example']);
  });

  test('--for and --label say when what is added ends, and what it is; keys show says it too', async () => {
    const { key } = await runJson<MadeKey>('keys', 'create', '--org', acme, '--name', 'P', '--domain', 'a.example');
    const add = ['keys', 'domains', key.id, '--add', 'pr-12.example.dev', '--for', '3d', '--label', 'PR 12'];
    const before = Date.now();
    const { domains } = await runJson<Pick<Key, 'domains'>>(...add);
    expect(domains.map(({ pattern, label }) => [pattern, label])).toEqual([
      ['a.example', null],
      ['pr-12.example.dev', 'PR 12'],
    ]);
    const lastsMs = Date.parse(domains[1]?.expiresAt ?? '') - before;
    expect([lastsMs >= 3 * 86_400_000, lastsMs < 3 * 86_400_000 + 60_000]).toEqual([true, true]);
    for (const command of ['domains', 'show']) {
      const { stdout } = await run('keys', command, key.id);
      expect(stdout).toMatch(/pr-12\.example\.dev +PR 12 +ends \d{4}-/);
    }
  });

  test.each([
    [['--add', 'a.example', '--for', 'soon'], '--for must be minutes, hours or days'],
    [['--add', 'a.example', '--for', '0d'], '--for must be minutes, hours or days'],
    [['--label', 'PR 12'], '--for and --label are about what --add adds.'],
  ])('%j is wrong usage', async (args, why) => {
    const { key } = await runJson<MadeKey>('keys', 'create', '--org', acme, '--name', 'W');
    const { code, stderr } = await run('keys', 'domains', key.id, ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  });
});

describe('audit, usage', () => {
  test('audit: newest first, in pages', async () => {
    const first = await runJson<{ data: { action: string }[]; nextCursor: string }>(
      ...['audit', '--org', acme, '--limit', '2'],
    );
    expect(first.data).toHaveLength(2);
    const { items } = await server.store.listAudit(acme, { limit: 3 });
    const next = await runJson<{ data: { id: string }[] }>(
      ...['audit', '--org', acme, '--limit', '1', '--cursor', first.nextCursor],
    );
    expect(next.data.map(({ id }) => id)).toEqual([items[2]?.id]);
    expect((await run('audit', '--org', acme)).stdout).toContain('credits.granted');
  });

  test('audit: by who, what, which action and when', async () => {
    const find = async (...options: string[]) =>
      (await runJson<{ data: { action: string }[] }>('audit', '--org', acme, ...options)).data;
    const all = await find('--limit', '100');
    const granted = await find('--action', 'credits', '--actor', 'command_line', '--from', '2020-01-01');
    expect(granted.length).toBeGreaterThan(0);
    expect(granted).toEqual(all.filter(({ action }) => action.startsWith('credits.')));
    expect(await find('--to', '2020-01-01')).toEqual([]);
    expect(await find('--target', 'key_none')).toEqual([]);
    for (const [option, value] of [
      ['--actor', 'root'],
      ['--action', 'key.eaten'],
      ['--from', 'yesterday'],
    ] as const) {
      const refused = await run('audit', '--org', acme, option, value);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(option);
    }
  });

  test('usage: each key of an organization; one key by day and origin', async () => {
    const { key } = await runJson<MadeKey>('keys', 'create', '--org', other, '--name', 'Used', '--domain', 'a.example');
    for (const origin of ['https://a.example', 'https://evil.example']) {
      await send(server, '/api/v1/agents', { headers: { authorization: `Bearer ${key.publicKey}`, origin } });
    }
    await expect.poll(() => server.keys.replay(other, key.id, [])).not.toHaveLength(0);
    const all = await runJson<{ data: { keyId: string; days: object[] }[] }>('usage', '--org', other, '--days', '1');
    expect(all.data.find(({ keyId }) => keyId === key.id)?.days).toMatchObject([
      { accepted: 1, refused: { origin_not_allowed: 1 } },
    ]);
    const { stdout } = await run('usage', '--key', key.id);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d {2}1 {2}accepted {2}1 {2}refused {2}origin_not_allowed 1$/m);
    expect(stdout).toMatch(/^https:\/\/a\.example +1 {2}accepted {2}0 {2}refused$/m);
    expect(stdout).toContain('Without the headers that every browser sends: 1 of 1 calls with the publishable key.');
    const flood = { calls: 140, withoutBrowserHeaders: 139, addressedCalls: 140, groups: [] };
    const date = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const figures = { accepted: 140, refused: {}, origins: [], evidence: flood };
    await server.store.addUsage({ days: [{ organizationId: other, keyId: key.id, date, ...figures }], activities: [] });
    expect((await run('usage', '--key', key.id)).stdout).toContain(
      `140 of 141 calls with the publishable key. Most on ${date}: 139 of 140.`,
    );
  });
});

describe('help and version', () => {
  test('every command says how it is typed, and exits with 0', async () => {
    const overview = await run('--help');
    expect(overview).toMatchObject({ code: 0, stderr: '' });
    for (const one of allCommands) {
      expect(overview.stdout).toContain(`  ${one.name}`);
      const { code, stdout, stderr } = await run(...one.name.split(' '), '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`Usage: postern ${synopsisOf(one)} `);
    }
  });

  test('--version is that of package.json, also behind a command', async () => {
    const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string };
    for (const args of [['--version'], ['-v'], ['keys', 'list', '--version']]) {
      expect(await run(...args)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  test('docs/command-line.md lists the commands as the help does', () => {
    const section = readRepositoryFile('docs/command-line.md');
    const [, block = ''] = /```\n([^]*?)```/.exec(section) ?? [];
    const lines = block
      .trimEnd()
      .replaceAll(/\n {4,}/g, ' ')
      .split('\n');
    expect(lines).toEqual(allCommands.map(synopsisOf));
  });
});

describe('org export', () => {
  const out = join(folder, 'acme.zip');
  const inFolder = () => readdirSync(folder).filter((name) => name.includes('.zip'));

  test('writes a whole file that only its owner may read, and says so in the audit log', async () => {
    const { bytes, path } = await runJson<{ bytes: number; path: string }>(
      'org',
      'export',
      '--out',
      out,
      '--org',
      acme,
    );
    expect({ bytes, path }).toEqual({ bytes: statSync(out).size, path: out });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const files = unzipSync(readFileSync(out));
    expect(JSON.parse(strFromU8(files['organization.json']!))).toMatchObject({ id: acme, name: 'Acme' });
    expect(strFromU8(files['api-keys.ndjson']!)).toContain('"name":"Only"');
    const [event] = (await server.store.listAudit(acme, { limit: 1 })).items;
    expect(event).toMatchObject({ action: 'organization.exported', actor: { kind: 'command_line' } });
    expect(inFolder()).toEqual(['acme.zip']);
  });

  test('never replaces a file, and leaves none where something breaks', async () => {
    const before = readFileSync(out);
    const again = await run('org', 'export', '--out', out, '--org', acme);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('is there already');
    expect(readFileSync(out)).toEqual(before);
    const nowhere = await run('org', 'export', '--out', join(folder, 'none/acme.zip'), '--org', acme);
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(nowhere.stderr).toMatch(/^The file was not written: /);
    const broken = vi.spyOn(ZipFile.prototype, 'end').mockImplementation(function (this: ZipFile) {
      this.emit('error', new Error('no more'));
    });
    const half = await run('org', 'export', '--out', join(folder, 'half.zip'), '--org', acme);
    broken.mockRestore();
    expect(half).toMatchObject({ code: 1, stdout: '', stderr: 'The file was not written: no more\n' });
    expect(inFolder()).toEqual(['acme.zip']);
  });
});
