/** The real command, as a process, on a store that a real server is using at the same time. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPublicKey, createSecretKey } from '../server/gate/key-format.ts';
import type { Key } from '../server/http/wire.ts';
import { bundleCommand, type BundledCommand } from './support/command.ts';
import { runHere } from './support/command-line.ts';
import { createMember, everybodysPassword, openBrowser } from './support/people.ts';
import { send } from './support/requests.ts';
import { startSmtp, type SmtpReceiver } from './support/smtp.ts';
import { createMovableClock, startTestServer, type TestServer } from './support/server.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
const database = `lmdb:${join(folder, 'store')}`;
const asPublic = { DATABASE_URL: database, PUBLIC_URL: 'https://gate.example.com' };
let command: BundledCommand;
let server: TestServer;
let organizationId: string;
let agentId: string;

async function run(...args: string[]): Promise<Ran> {
  return runWith({ DATABASE_URL: database }, ...args);
}

function runWith(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [command.path, ...args], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const runInProcess = (...args: string[]) =>
  runHere(
    { DATABASE_URL: database },
    ...args.map((word) =>
      word === 'ORG' ? organizationId : /\.(md|json|txt)$/.test(word) ? join(folder, word) : word,
    ),
  );

/** What `--json` printed: one object on one line, and nothing else. */
async function runJson<Result = Record<string, unknown>>(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as Result;
}

interface MadeKey {
  readonly key: Key;
  readonly secretKey: string;
}
const makeKey = (...args: string[]) =>
  runJson<MadeKey>('keys', 'create', '--org', organizationId, '--name', 'A key', ...args);
const get = (headers: Readonly<Record<string, string>>) => send(server, '/api/v1/agents', { headers });
const asSecret = ({ key, secretKey }: MadeKey) => ({ authorization: `Bearer ${key.publicKey}:${secretKey}` });
const asPage = ({ key }: MadeKey) => ({ authorization: `Bearer ${key.publicKey}`, origin: 'https://shop.example' });
async function codeOf(headers: Readonly<Record<string, string>>): Promise<unknown> {
  const reply = await get(headers);
  return reply.status === 200 ? 'ok' : reply.problem().code;
}

beforeAll(async () => {
  command = await bundleCommand('cli', folder);
  // The command has the system's clock, so the server beside it gets the same time.
  server = await startTestServer({ database, clock: createMovableClock(Date.now()) });
  writeFileSync(join(folder, 'faq.md'), '# When do you open?\n\nAt nine.\n');
  writeFileSync(join(folder, 'faq.json'), '[{"question":"When do you open?","answer":"At nine."}]');
  writeFileSync(join(folder, 'broken.json'), '[{"question"');
  writeFileSync(join(folder, 'empty.md'), 'no heading');
  const { id, name, credits } = await runJson<{ id: string; name: string; credits: number }>(
    'org',
    'create',
    '--name',
    ' Acme ',
    '--credits',
    '5',
  );
  expect({ name, credits }).toEqual({ name: 'Acme', credits: 5 });
  organizationId = id;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
  command.remove();
});

describe('org create', () => {
  test('makes an organization with its credits, which the running server sees', async () => {
    expect(await server.store.findOrganization(organizationId)).toMatchObject({ name: 'Acme' });
    expect(await server.store.findCredits(organizationId)).toEqual({ granted: 5, spent: 0 });
    const { items } = await server.store.listAudit(organizationId, { limit: 10 });
    expect(items.filter(({ action }) => action === 'organization.created')).toMatchObject([
      {
        actor: { kind: 'command_line' },
        target: { kind: 'organization', id: organizationId, name: 'Acme' },
        before: null,
        after: { name: 'Acme', granted: 5 },
      },
    ]);
  });
});

describe('agents create', () => {
  test('from JSON and from Markdown; the running server answers with it', async () => {
    const agent = await runJson<{ id: string }>(
      ...[
        'agents',
        'create',
        '--org',
        organizationId,
        '--name',
        'Guide',
        '--faq',
        'faq.md',
        '--public',
        '--price',
        '2',
        '--disclosure',
        'A robot answers.',
      ],
    );
    agentId = agent.id;
    expect(agent).toEqual({
      id: expect.stringMatching(/^agt_/) as unknown,
      kind: 'faq',
      name: 'Guide',
      description: '',
      greeting: '',
      suggestions: [],
      creditsPerMessage: 2,
      disclosure: true,
      disclosureText: 'A robot answers.',
      public: true,
      model: null,
      createdAt: expect.stringMatching(/Z$/) as unknown,
      revision: 1,
    });
    const other = ['--org', organizationId, '--name', 'Other', '--faq', 'faq.json', '--disclosure', 'off'];
    expect(await runJson('agents', 'create', ...other)).toMatchObject({ disclosure: false, disclosureText: null });
    const key = await makeKey('--domain', 'shop.example');
    const { data } = (await get(asPage(key))).json() as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual([agentId]);
    const path = `/api/v1/agents/${agentId}/messages`;
    const reply = await send(server, path, { headers: asSecret(key), body: { message: 'When do you open?' } });
    expect(reply.json()).toMatchObject({ reply: { text: 'At nine.' }, credits: { spent: 2, remaining: 3 } });
  });

  test('a FAQ with signs that turn the writing round is refused, with its place', async () => {
    writeFileSync(join(folder, 'turned.md'), '# Open?\nAt nine.\n# Price?\ninvoice\u202Efdp');
    const turned = await run('agents', 'create', '--org', organizationId, '--name', 'Turned', '--faq', 'turned.md');
    expect(turned).toMatchObject({ code: 1, stdout: '' });
    expect(turned.stderr).toContain('faq.1.answer');
  });
});

describe('a model agent', () => {
  const upstreams = join(folder, 'upstreams.json');
  const withUpstreams = (...args: string[]) => runWith({ DATABASE_URL: database, AGENT_UPSTREAMS: upstreams }, ...args);
  const created = ['agents', 'create', '--name', 'Model', '--model', 'local/org/small'];
  const whole = ['--instructions', 'told.txt', '--output-tokens', '50', '--only-from-faq', '--caller-instructions'];
  const priced = ['--price', '7', '--token-price', '0.5'];
  const edited = (...args: string[]) => withUpstreams('agents', 'edit', ...args, '--json');
  let id: string;
  beforeAll(() => {
    const listed = [{ name: 'local', baseUrl: 'http://127.0.0.1:9/v1', models: ['org/small', 'large'] }];
    writeFileSync(upstreams, JSON.stringify(listed));
    writeFileSync(join(folder, 'told.txt'), 'You sell socks.\n');
    writeFileSync(join(folder, 'leak.txt'), `Use sk_${'0123456789abcdef'.repeat(4)} please.`);
  });
  const model = {
    upstream: 'local',
    name: 'org/small',
    instructions: 'You sell socks.',
    outputTokensMax: 50,
    creditsPer1000Tokens: 0.5,
    answersOnlyFromKnowledge: true,
    allowCallerInstructions: true,
  };

  test('is made with all that it may have', async () => {
    const faq = ['--faq', 'faq.md'];
    const made = await withUpstreams(...created, ...whole, ...priced, ...faq, '--org', organizationId, '--json');
    expect([made.code, made.stderr]).toEqual([0, '']);
    ({ id } = JSON.parse(made.stdout) as { id: string });
    expect(await server.store.findAgent(organizationId, id)).toMatchObject({
      kind: 'model',
      creditsPerMessage: 7,
      model,
    });
  });

  test('is changed by what is named, and keeps the rest', async () => {
    const changed = await edited(id, '--model', 'local/large', '--token-price', 'off', '--only-from-faq', 'off');
    const now = { ...model, name: 'large', creditsPer1000Tokens: null, answersOnlyFromKnowledge: false };
    expect(JSON.parse(changed.stdout)).toMatchObject({ id, kind: 'model', creditsPerMessage: 7, model: now });
    writeFileSync(join(folder, 'told.txt'), 'You sell shoes.\n');
    const again = await edited(id, '--instructions', 'told.txt', '--price', '3', '--public', 'on', '--name', 'Shoes');
    expect(JSON.parse(again.stdout)).toMatchObject({ name: 'Shoes', public: true, creditsPerMessage: 3 });
    expect(await server.store.findAgent(organizationId, id)).toMatchObject({
      model: { ...now, instructions: 'You sell shoes.' },
    });
    const { items } = await server.store.listAudit(organizationId, { limit: 1 });
    expect(items).toMatchObject([
      { action: 'agent.changed', actor: { kind: 'command_line' }, after: { name: 'Shoes' } },
    ]);
  });

  test.each([
    ['nothing', [], 2, 'Say what to change'],
    ['a model that is not listed', ['--model', 'local/huge'], 1, 'org/small, large'],
    ['half a model', ['--model', 'local'], 2, '--model must be UPSTREAM/MODEL'],
    ['a secret in the instructions', ['--instructions', 'leak.txt'], 1, '--instructions: This has a secret key in it'],
    ['too many tokens', ['--output-tokens', '8001'], 1, '--output-tokens: At most 8000.'],
    ['neither on nor off', ['--public', 'yes'], 2, '--public must be on or off'],
    ['a price with four decimals', ['--token-price', '0.5555'], 2, 'at most three decimals'],
  ])('is not changed by %s', async (_what, args, code, words) => {
    const before = await server.store.findAgent(organizationId, id);
    const ran = await withUpstreams('agents', 'edit', id, ...args);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr).not.toContain('0123456789abcdef');
    expect(await server.store.findAgent(organizationId, id)).toEqual(before);
  });

  test.each(['--instructions', '--output-tokens', '--token-price', '--only-from-faq', '--caller-instructions'])(
    'needs a model for %s',
    async (option) => {
      const value = option.includes('only') || option.includes('caller') ? [] : ['1'];
      const ran = await withUpstreams('agents', 'create', '--name', 'x', '--org', organizationId, option, ...value);
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(`${option} needs --model.`)]);
    },
  );

  test('loses its model, and answers from its FAQ', async () => {
    expect(JSON.parse((await edited(id, '--model', 'off', '--disclosure', 'off')).stdout)).toMatchObject({
      kind: 'faq',
      model: null,
      disclosure: false,
    });
    const refused = await edited(id, '--instructions', 'told.txt');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--model')]);
    const other = await edited('agt_none', '--name', 'x');
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('There is no such agent')]);
  });
});

describe('user invite', () => {
  const tokenOf = (url: string): string => {
    const start = 'https://gate.example.com/setup#token=';
    expect(url.slice(0, start.length)).toBe(start);
    return url.slice(start.length);
  };

  test('makes a link on the public address that lets one person into the running server, once', async () => {
    const args = ['user', 'invite', '--org', organizationId, '--email', ' Ada@Example.com ', '--role', 'viewer'];
    const { code, stdout } = await runWith(asPublic, ...args, '--json');
    const { url, ...more } = JSON.parse(stdout) as { url: string };
    expect([code, more]).toEqual([0, {}]);
    const token = tokenOf(url);
    const browser = openBrowser(server);
    const reply = await browser.send('/api/setup', { body: { token, password: 'a new pass phrase of mine' } });
    expect(reply.json()).toMatchObject({
      user: { email: 'ada@example.com' },
      organizations: [{ id: organizationId, name: 'Acme', role: 'viewer' }],
    });
    expect((await browser.send(`/api/org/${organizationId}/members`)).status).toBe(200);
    const again = await openBrowser(server).send('/api/setup', { body: { token, password: 'another password' } });
    expect(again.status).toBe(404);
    expect(await run(...args)).toMatchObject({ code: 1, stdout: '' });
  });

  test('for people: whom it is for and for how long; a member where no role is named', async () => {
    const { stdout } = await runWith(asPublic, 'user', 'invite', '--org', organizationId, '--email', 'eve@example.com');
    expect(stdout).toMatch(
      /^eve@example\.com may join as member, once and within 7 days:\n\n {2}https:\/\/gate\.example\.com\/setup#token=[\w-]{43}\n$/,
    );
  });

  test('leads to this machine where no public address is set', async () => {
    const { url } = await runJson<{ url: string }>(
      ...['user', 'invite', '--org', organizationId, '--email', 'bob@example.com'],
    );
    expect(url).toMatch(/^http:\/\/localhost:3000\/setup#token=/);
  });
});

describe('user reset', () => {
  test('makes a link with which one sets another password at the running server, once, and every session ends', async () => {
    const member = await createMember(server, organizationId, 'member', { email: 'forgetful@example.com' });
    const { code, stdout } = await runWith(asPublic, 'user', 'reset', '--email', ' Forgetful@example.com', '--json');
    expect(code).toBe(0);
    const { url } = JSON.parse(stdout) as { url: string };
    expect(url).toMatch(/^https:\/\/gate\.example\.com\/setup#token=[\w-]{43}$/);
    const body = { token: url.slice(url.indexOf('=') + 1), password: 'a new pass phrase of mine' };
    expect((await member.send('/api/session')).status).toBe(200);
    expect((await openBrowser(server).send('/api/setup', { body })).status).toBe(200);
    expect((await member.send('/api/session')).status).toBe(401);
    const signIn = (password: string) =>
      openBrowser(server).send('/api/session', { body: { email: member.user.email, password } });
    expect((await signIn(everybodysPassword)).status).toBe(401);
    expect((await signIn(body.password)).status).toBe(200);
    expect((await openBrowser(server).send('/api/setup', { body })).status).toBe(404);
  });
});

describe('a link that is mailed', () => {
  let smtp: SmtpReceiver;
  beforeAll(async () => {
    smtp = await startSmtp();
  });
  afterAll(() => smtp.close());
  beforeEach(() => {
    smtp.mails.length = 0;
    smtp.refuse(null);
  });

  const withMail = (...args: string[]) =>
    runWith({ ...asPublic, SMTP_URL: smtp.url, MAIL_FROM: 'gate@example.com' }, ...args);
  const linkIn = (text = ''): string => /https:\/\/gate\.example\.com\/setup#token=[\w-]{43}/.exec(text)?.[0] ?? 'none';

  test('is shown too: an invitation', async () => {
    const args = ['user', 'invite', '--org', organizationId, '--email', 'Mailed@example.com', '--mail'];
    const { code, stdout, stderr } = await withMail(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^mailed@example\.com may join as member[^]+\n\nIt was mailed, too\.\n$/);
    const [{ mail, to } = {}] = smtp.mails;
    expect([smtp.mails.length, to]).toEqual([1, ['mailed@example.com']]);
    expect(mail?.text).toContain('You are invited to join “Acme” as member.');
    expect(mail?.text).toContain(`\n${linkIn(stdout)}\n`);
  });

  test('is shown too: a reset, which works', async () => {
    const member = await createMember(server, organizationId, 'member', { email: 'lost@example.com' });
    const { code, stdout } = await withMail('user', 'reset', '--email', member.user.email, '--mail', '--json');
    const { url, ...more } = JSON.parse(stdout) as { url: string };
    expect([code, more]).toEqual([0, { mail: { sent: true, failure: null } }]);
    const [{ mail, to } = {}] = smtp.mails;
    expect(to).toEqual([member.user.email]);
    expect(mail?.text).toContain('Whoever runs gate.example.com made a link');
    expect(mail?.text).toContain(`within a day. It works once; send it to nobody:\n\n${url}\n`);
    const body = { token: url.slice(url.indexOf('=') + 1), password: 'a new pass phrase of mine' };
    expect((await openBrowser(server).send('/api/setup', { body })).status).toBe(200);
  });

  test.each(['invite', 'reset'])(
    'is shown all the same when it can not be mailed, with what to do: %s',
    async (name) => {
      const { user } = await createMember(server, await server.createOrganization(), 'owner');
      const args = [
        'user',
        name,
        ...(name === 'invite' ? ['--org', organizationId] : []),
        '--email',
        user.email,
        '--mail',
      ];
      const without = await runWith(asPublic, ...args);
      expect(linkIn(without.stdout)).not.toBe('none');
      expect([without.code, without.stderr]).toEqual([
        1,
        'The link was not mailed. This server sends no mail: SMTP_URL is not set.\nSet SMTP_URL and MAIL_FROM as the server has them, or hand the link over yourself.\n',
      ]);
      smtp.refuse(550);
      const refused = await withMail(...args, '--json');
      expect([refused.code, JSON.parse(refused.stdout)]).toEqual([
        1,
        {
          url: linkIn(refused.stdout),
          mail: { sent: false, failure: expect.stringContaining('Not this mailbox') as string },
        },
      ]);
      expect(refused.stderr).toContain('hand the link over yourself');
      expect(`${refused.stdout}${refused.stderr}`).not.toContain(new URL(smtp.url).password);
    },
  );

  test('is not made where the settings of mail are wrong', async () => {
    const wrong = { ...asPublic, SMTP_URL: 'smtp://postern:hunter2@mail/x', MAIL_FROM: 'gate@example.com' };
    const ran = await runWith(wrong, 'user', 'reset', '--email', 'lost@example.com', '--mail');
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([2, '', expect.stringMatching(/^SMTP_URL must be /)]);
    expect(ran.stderr).not.toContain('hunter2');
  });

  test('says that it leads nowhere else than here, where no public address is set', async () => {
    const local = { DATABASE_URL: database, SMTP_URL: smtp.url, MAIL_FROM: 'gate@example.com' };
    const { code, stderr } = await runWith(local, 'user', 'reset', '--email', 'lost@example.com', '--mail');
    expect([code, stderr]).toEqual([0, expect.stringContaining('set PUBLIC_URL as the server has it') as string]);
  });
});

describe('the audit log', () => {
  test('has every change of the command line, and that it came from there; no secret is in it', async () => {
    const { id: ownId } = await runJson<{ id: string }>('org', 'create', '--name', 'Audited');
    const made = await runJson<MadeKey>('keys', 'create', '--org', ownId, '--name', 'Shop', '--domain', 'shop.example');
    const { id } = made.key;
    await runJson('keys', 'disable', '--org', ownId, id);
    const rotated = await runJson<MadeKey>('keys', 'rotate', '--org', ownId, id, '--grace', '0');
    await runJson('keys', 'domains', '--org', ownId, id, '--set', 'other.example');
    await runJson('keys', 'delete', '--org', ownId, id);
    const agent = await runJson<{ id: string }>('agents', 'create', '--org', ownId, '--name', 'G', '--faq', 'faq.md');
    const invited = await runJson<{ url: string }>('user', 'invite', '--org', ownId, '--email', 'new@example.com');
    const { items } = await server.store.listAudit(ownId, { limit: 100 });
    const key = { kind: 'key', id, name: 'Shop' };
    const actor = { kind: 'command_line', id: null, name: null };
    expect(items.toReversed()).toMatchObject(
      [
        {
          action: 'organization.created',
          target: { kind: 'organization', id: ownId, name: 'Audited' },
          after: { granted: 0 },
        },
        { action: 'key.created', target: key, before: null, after: { name: 'Shop', allowedDomains: ['shop.example'] } },
        { action: 'key.changed', target: key, before: { enabled: true }, after: { enabled: false } },
        { action: 'key.rotated', target: key, after: { secretHint: rotated.key.secretHint } },
        {
          action: 'key.changed',
          target: key,
          before: { allowedDomains: ['shop.example'] },
          after: { allowedDomains: ['other.example'] },
        },
        { action: 'key.deleted', target: key, before: { allowedDomains: ['other.example'] }, after: null },
        { action: 'agent.created', target: { kind: 'agent', id: agent.id, name: 'G' }, after: { answers: 1 } },
        { action: 'member.invited', target: { kind: 'member', name: 'new@example.com' }, after: { role: 'member' } },
      ].map((event) => ({ ...event, actor, organizationId: ownId })),
    );
    const text = JSON.stringify(items);
    for (const secret of [made.secretKey, rotated.secretKey]) expect(text).not.toContain(secret.slice(3, 40));
    expect(text).not.toContain(invited.url.slice(-43));
  });
});

describe('keys create', () => {
  test('the pair once, to the field, and it works at the running server at once', async () => {
    const expires = '2099-01-01T00:00:00.000Z';
    const made = await makeKey(
      ...['--domain', 'Shop.Example', '--domain', '*.blog.example', '--scope', 'agents:read', '--expires', expires],
      ...['--scope', 'orders:read', '--publishable-scope', 'orders:read', '--external-id', 'customer-42'],
      ...['--tags', 'production, Shop', '--notes', 'Ada asks for it.\nUntil May.'],
      ...['--metadata', '{"plan":"pro","seats":5}', '--budget', '9/month', '--visitor-budget', 'off'],
    );
    const month = new Date().toISOString().slice(0, 7);
    expect(made).toEqual({
      key: {
        id: expect.stringMatching(/^key_/) as unknown,
        name: 'A key',
        notes: 'Ada asks for it.\nUntil May.',
        tags: ['production', 'Shop'],
        publicKey: expect.stringMatching(/^pk_[0-9a-z]{32}$/) as unknown,
        secretHint: `sk_…${made.secretKey.slice(-4)}`,
        allowedDomains: ['shop.example', '*.blog.example'],
        domains: ['shop.example', '*.blog.example'].map((pattern) => ({
          pattern,
          label: null,
          expiresAt: null,
          addedAt: expect.stringMatching(/^\d{4}-/) as unknown,
          addedBy: { kind: 'command_line', id: null, name: null },
          lastMatchedAt: null,
        })),
        enabled: true,
        expiresAt: expires,
        scopes: ['agents:read', 'orders:read'],
        publishableScopes: ['orders:read'],
        externalId: 'customer-42',
        metadata: { plan: 'pro', seats: 5 },
        rateLimit: null,
        budget: { credits: 9, per: 'month' },
        visitorBudget: null,
        spent: { credits: 0, since: `${month}-01T00:00:00.000Z` },
        refuseSecretInBrowser: false,
        learningUntil: null,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
        createdBy: { kind: 'command_line', id: null, name: null },
        revision: 1,
        lastUsedAt: null,
        lastUsedOrigin: null,
        previousSecret: null,
        secretSeenInBrowser: null,
        status: 'enabled',
      },
      secretKey: expect.stringMatching(/^sk_[0-9a-z]{64}$/) as unknown,
    });
    expect([await codeOf(asSecret(made)), await codeOf(asPage(made))]).toEqual(['ok', 'ok']);
  });

  test('for people: the pair and a warning that it is shown only now', async () => {
    const { stdout } = await run('keys', 'create', '--org', organizationId, '--name', 'Mine');
    expect(stdout).toMatch(/pk_[0-9a-z]{32}:sk_[0-9a-z]{64}/);
    expect(stdout).toContain('shown only now');
  });
});

describe('a change while the server runs', () => {
  test('keys disable: the very next call is key_disabled; keys enable: the next one works', async () => {
    const made = await makeKey('--domain', 'shop.example');
    expect([await codeOf(asSecret(made)), await codeOf(asPage(made))]).toEqual(['ok', 'ok']);
    const disabled = await runJson('keys', 'disable', '--org', organizationId, made.key.id);
    expect(disabled).toMatchObject({ id: made.key.id, enabled: false, status: 'disabled' });
    expect([await codeOf(asSecret(made)), await codeOf(asPage(made))]).toEqual(['key_disabled', 'key_disabled']);
    expect(await runJson('keys', 'enable', '--org', organizationId, made.key.id)).toMatchObject({ status: 'enabled' });
    expect([await codeOf(asSecret(made)), await codeOf(asPage(made))]).toEqual(['ok', 'ok']);
  });

  test('keys delete: the very next call is key_invalid', async () => {
    const made = await makeKey();
    expect(await codeOf(asSecret(made))).toBe('ok');
    expect(await runJson('keys', 'delete', '--org', organizationId, made.key.id)).toEqual({
      id: made.key.id,
      deleted: true,
    });
    expect(await codeOf(asSecret(made))).toBe('key_invalid');
    expect(await run('keys', 'delete', '--org', organizationId, made.key.id)).toMatchObject({ code: 1, stdout: '' });
  });

  test('keys rotate: the new secret works at once, the previous one only with a grace', async () => {
    const made = await makeKey();
    const graceful = await runJson<MadeKey>('keys', 'rotate', '--org', organizationId, made.key.id);
    const day = 86_400_000;
    const until = Date.parse(graceful.key.previousSecret!.expiresAt);
    expect(Math.abs(until - Date.now() - day)).toBeLessThan(60_000);
    expect([await codeOf(asSecret(made)), await codeOf(asSecret(graceful))]).toEqual(['ok', 'ok']);
    const sudden = await runJson<MadeKey>('keys', 'rotate', '--org', organizationId, made.key.id, '--grace', '0');
    expect(sudden.key).toMatchObject({ id: made.key.id, publicKey: made.key.publicKey, previousSecret: null });
    const codes = [await codeOf(asSecret(made)), await codeOf(asSecret(graceful)), await codeOf(asSecret(sudden))];
    expect(codes).toEqual(['key_invalid', 'key_invalid', 'ok']);
  });

  test('keys domains: shows them, sets them, and says what is blocked now', async () => {
    const made = await makeKey('--domain', 'shop.example');
    const domains = ['keys', 'domains', '--org', organizationId, made.key.id];
    expect(await runJson(...domains)).toMatchObject({ allowedDomains: ['shop.example'] });
    expect(await codeOf(asPage(made))).toBe('ok');
    await expect.poll(() => server.keys.replay(organizationId, made.key.id, [])).toHaveLength(1);
    const changed = await run(...domains, '--set', 'other.example', '--set', '*.third.example', '--json');
    expect(JSON.parse(changed.stdout)).toMatchObject({ allowedDomains: ['other.example', '*.third.example'] });
    expect(changed.stderr).toBe('Now blocked: https://shop.example (1 requests in the last 30 days).\n');
    expect(await codeOf(asPage(made))).toBe('origin_not_allowed');
    const emptied = await run(...domains, '--set', '', '--json');
    expect(JSON.parse(emptied.stdout)).toMatchObject({ allowedDomains: [] });
  });
});

describe('keys list', () => {
  test('every key, newest first, and never a secret', async () => {
    const first = await makeKey();
    const second = await makeKey();
    const { data } = await runJson<{ data: { id: string }[] }>('keys', 'list', '--org', organizationId);
    expect(data.slice(0, 2).map(({ id }) => id)).toEqual([second.key.id, first.key.id]);
    expect(JSON.stringify(data)).not.toContain(first.secretKey.slice(3, 20));
  });
});

describe('keys explain', () => {
  test('takes a publishable key and never a pair', async () => {
    const pair = `${createPublicKey()}:${createSecretKey()}`;
    const ended = await run('keys', 'explain', '--org', organizationId, pair, 'https://a.example');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).not.toContain(pair);
  });

  test('a key that is mistyped is refused, as a page with it would be', async () => {
    const { code, stdout } = await run('keys', 'explain', `pk_${'a'.repeat(32)}`, 'https://a.example');
    expect(code).toBe(1);
    expect(stdout).toContain('Refused: credentials_malformed.');
  });

  test('which check, which pattern, why', async () => {
    const made = await makeKey('--domain', '*.shop.example');
    const explain = async (origin: string, publicKey = made.key.publicKey): Promise<object> => {
      const { code, stdout, stderr } = await run('keys', 'explain', publicKey, origin, '--json');
      return { ...(JSON.parse(stdout) as object), exitCode: code, stderr };
    };
    expect(await explain('https://a.shop.example')).toMatchObject({
      allowed: true,
      code: 'ok',
      pattern: '*.shop.example',
      exitCode: 0,
      stderr: '',
    });
    expect(await explain('https://shop.example')).toMatchObject({
      exitCode: 1,
      stderr: '',
      allowed: false,
      code: 'origin_not_allowed',
      pattern: null,
      fix: 'Add shop.example to the allowed domains of this key in Settings → API Keys.',
    });
    expect(await explain('https://a.shop.example', createPublicKey())).toMatchObject({
      exitCode: 1,
      allowed: false,
      code: 'key_invalid',
    });
    const { stdout } = await run('keys', 'explain', '--org', organizationId, made.key.publicKey, 'null');
    expect(stdout).toContain('✗ the origin is a web origin');
  });
});

describe('refused: exit 1, the reason on stderr, nothing on stdout', () => {
  test.each<[string, string[], string]>([
    ['a key of no organization', ['keys', 'create', '--org', 'org_none', '--name', 'x'], 'no such organization'],
    ['the list of no organization', ['keys', 'list', '--org', 'org_none'], 'no such organization'],
    [
      'an agent of no organization',
      ['agents', 'create', '--org', 'org_none', '--name', 'x', '--faq', 'faq.md'],
      'no such organization',
    ],
    [
      'somebody of no organization',
      ['user', 'invite', '--org', 'org_none', '--email', 'a@example.com'],
      'no such organization',
    ],
    [
      'an e-mail that is none',
      ['user', 'invite', '--org', 'ORG', '--email', 'nobody'],
      '--email: Write an e-mail address',
    ],
    [
      'a role that is none',
      ['user', 'invite', '--org', 'ORG', '--email', 'a@example.com', '--role', 'admin'],
      '--role: This must be one of owner, member, viewer.',
    ],
    ['a reset for nobody', ['user', 'reset', '--email', 'nobody@example.com'], 'Nobody has this e-mail here.'],
    ['a key that is not there', ['keys', 'disable', '--org', 'ORG', 'key_none'], 'no such key'],
    ['rotating a key that is not there', ['keys', 'rotate', '--org', 'ORG', 'key_none'], 'no such key'],
    [
      'a domain that is none',
      ['keys', 'create', '--org', 'ORG', '--name', 'x', '--domain', '*.com'],
      '--domain: *.com: ',
    ],
    [
      'a scope that is none',
      ['keys', 'create', '--org', 'ORG', '--name', 'x', '--scope', 'Orders read'],
      '--scope: A scope has 1 to 64 of the characters ',
    ],
    [
      'an expiry that is past',
      ['keys', 'create', '--org', 'ORG', '--name', 'x', '--expires', '2020-01-01T00:00:00Z'],
      '--expires: This time is past.',
    ],
    [
      'an expiry that is no time',
      ['keys', 'create', '--org', 'ORG', '--name', 'x', '--expires', 'tomorrow'],
      '--expires: Write a time such as 2027-01-31T00:00:00Z.',
    ],
    [
      'a name that is too long',
      ['keys', 'create', '--org', 'ORG', '--name', 'x'.repeat(101)],
      '--name: At most 100 characters.',
    ],
    ['a key of nobody', ['keys', 'show', 'key_none'], 'no such key'],
    ['an agent of nobody', ['agents', 'delete', 'agt_none'], 'no such agent'],
    ['a webhook of nobody', ['webhooks', 'test', 'whk_none'], 'no such webhook'],
    ['somebody who is not there', ['user', 'remove', '--org', 'ORG', '--email', 'no@example.com'], 'no such member'],
    ['no credits', ['credits', 'grant', '--org', 'ORG', '0'], 'grant: At least 1.'],
    [
      'a grace over 30 days',
      ['keys', 'rotate', '--org', 'ORG', 'key_none', '--grace', '2592001'],
      '--grace: At most 2592000.',
    ],
    [
      'a FAQ that is not there',
      ['agents', 'create', '--org', 'ORG', '--name', 'x', '--faq', 'none.md'],
      'can not be read',
    ],
    [
      'a FAQ that is broken',
      ['agents', 'create', '--org', 'ORG', '--name', 'x', '--faq', 'broken.json'],
      'not valid JSON',
    ],
    [
      'a FAQ without an answer',
      ['agents', 'create', '--org', 'ORG', '--name', 'x', '--faq', 'empty.md'],
      'at least one question',
    ],
  ])('%s', async (_name, args, reason) => {
    const { code, stdout, stderr } = await runInProcess(...args, '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const { detail, problems = [] } = JSON.parse(stderr) as { detail?: string; problems?: Record<string, string>[] };
    expect([detail, ...problems.map(({ path, message }) => `${path!}: ${message!}`)].join('\n')).toContain(reason);
    const forPeople = await runInProcess(...args);
    expect({ code: forPeople.code, stdout: forPeople.stdout }).toEqual({ code: 1, stdout: '' });
    expect(forPeople.stderr).toContain(reason);
    expect(forPeople.stderr).not.toContain('    at ');
  });

  test('a store that can not be opened: one sentence', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const { code, stderr } = await runWith(
      { DATABASE_URL: `lmdb:${join(folder, 'a-file', 'store')}` },
      ...['org', 'create', '--name', 'x'],
    );
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  // Fails when a command makes the database that it looks into: in the wrong folder a key to stop then "is not there".
  test('the wrong folder: it says so, and makes nothing', async () => {
    const path = join(folder, 'nowhere');
    const { code, stderr } = await runWith(
      { DATABASE_URL: `lmdb:${path}` },
      ...['keys', 'disable', '--org', organizationId, 'key_none'],
    );
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no database in ${path}.`);
    expect(existsSync(path)).toBe(false);
  });
});

describe('wrong usage: exit 2, how it goes on stderr', () => {
  test.each<[string, string[]]>([
    ['no command', []],
    ['an unknown command', ['keys', 'explode']],
    ['a name of an object’s own', ['constructor', '']],
    ['an unknown option', ['keys', 'list', '--org', 'x', '--all']],
    ['an option without its value', ['keys', 'list', '--org']],
    ['a group without a command', ['keys']],
    ['a rate limit that is none', ['keys', 'edit', 'key_1', '--rate-limit', 'fast']],
    ['nothing to change', ['keys', 'edit', 'key_1']],
    ['a list replaced and added to', ['keys', 'domains', 'key_1', '--set', 'a.example', '--add', 'b.example']],
    ['more days than there are', ['usage', '--days', '91']],
    ['without --name', ['org', 'create']],
    ['without --email', ['user', 'invite', '--org', 'x']],
    ['a reset without --email', ['user', 'reset']],
    ['a number that is none', ['org', 'create', '--name', 'x', '--credits', 'many']],
    ['without the key’s id', ['keys', 'disable', '--org', 'x']],
    ['one word too many', ['keys', 'disable', '--org', 'x', 'key_1', 'key_2']],
    ['a FAQ of another kind', ['agents', 'create', '--org', 'x', '--name', 'x', '--faq', 'faq.txt']],
  ])('%s', async (_name, args) => {
    const { code, stdout, stderr } = await runInProcess(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: postern ');
  });

  test('--json: what is wrong is one JSON object on stderr', async () => {
    const { code, stdout, stderr } = await runInProcess('keys', 'create', '--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      code: 'wrong_usage',
      detail: expect.stringContaining('--name is missing.') as unknown,
    });
  });

  test('what was typed in a wrong place is not told back: it may be a password or a key', async () => {
    const secret = createSecretKey();
    for (const args of [
      [`mongodb://me:${secret}@db`],
      ['keys', `--form=mongodb://me:${secret}@db`],
      ['keys', 'list', `--${secret}`],
      ['keys', 'disable', 'key_1', secret],
      [secret, 'list'],
    ]) {
      const { code, stdout, stderr } = await runInProcess(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain(secret.slice(3, 20));
    }
  });

  test('a DATABASE_URL that is none; help is no mistake', async () => {
    expect(await runWith({ DATABASE_URL: 'postgres://x' }, 'keys', 'list', '--org', 'x')).toMatchObject({
      code: 2,
      stdout: '',
    });
    expect(await run('--help')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('start', () => {
  test('refuses a wrong configuration with every problem at once: exit 2', async () => {
    const { code, stdout, stderr } = await runWith({ PORT: 'x', DEMO: 'x', DATABASE_URL: database }, 'start');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('PORT must be');
    expect(stderr).toContain('DEMO must be');
  });

  test('prints the demo’s two calls and the first owner’s link, then the line that it listens, serves all, and ends cleanly on SIGTERM', async () => {
    mkdirSync(join(folder, 'demo'));
    const env = {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_URL: `lmdb:${join(folder, 'demo', 'store')}`,
    };
    const child = spawn(process.execPath, [command.path, 'start'], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      printed.push(line);
      if (/listening on http:\/\/127\.0\.0\.1:\d+$/.test(line)) break;
    }
    const port = Number(/:(\d+)$/.exec(printed.at(-1)!)?.[1]);
    expect((await send({ port }, '/readyz')).status).toBe(200);
    const calls = printed.filter((line) => line.trim().startsWith('curl '));
    expect(calls).toHaveLength(2);
    for (const line of calls) {
      const words = [...line.trim().matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const headers = words
        .filter((_word, index) => words[index - 1] === '-H')
        .map((header) => header.split(': ') as [string, string]);
      const body = words[words.indexOf('-d') + 1]!;
      const reply = await send({ port }, new URL(words[1]!).pathname, { headers, body });
      expect(reply.status).toBe(200);
      expect(reply.json()).toMatchObject({ reply: { text: expect.stringMatching(/\w/) as unknown } });
    }
    const url = printed.find((line) => line.includes('/setup#token='))?.trim() ?? '';
    const publicOrigin = `http://localhost:${port}`;
    expect(url).toMatch(new RegExp(`^${publicOrigin}/setup#token=[\\w-]{43}$`));
    const body = { token: url.slice(url.indexOf('=') + 1), password: 'a new pass phrase of mine' };
    const signedIn = await openBrowser({ port, publicOrigin }).send('/api/setup', { body });
    expect(signedIn.json()).toMatchObject({ organizations: [{ role: 'owner' }, { id: 'org_demo', role: 'owner' }] });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
