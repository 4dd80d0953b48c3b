/** A forgotten password, with a real SMTP server: who gets a link, and that nobody learns who has an account. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { resetsMailed } from '../../server/accounts/forgotten-passwords.ts';
import { isRefusal } from '../../server/gate/problem.ts';
import type { User } from '../../server/records/user.ts';
import { StoreUnavailableError } from '../../server/store/port.ts';
import { freshDatabase } from '../support/mongod.ts';
import { createPerson, everybodysPassword, openBrowser, openSignedIn, type BrowserRequest } from '../support/people.ts';
import { expectLimit } from '../support/problem.ts';
import type { Reply } from '../support/requests.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { links, newPassword } from '../support/sessions.ts';
import { startSmtp, type SmtpReceiver } from '../support/smtp.ts';

const { url: mongod } = inject('mongod');
const folder = mkdtempSync(join(tmpdir(), 'postern-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = '/api/setup/forgotten';
const soonMs = resetsMailed.soon.windowSeconds * 1_000;
const hourMs = 3_600_000;
let addresses = 0;
const newAddress = () => ({ 'x-forwarded-for': `198.51.${addresses >> 8}.${addresses++ & 255}` });

describe.each([
  ['the embedded store', () => `lmdb:${join(folder, 'store')}`],
  ...(mongod === undefined ? [] : [['MongoDB', () => freshDatabase(mongod)] as const]),
] as const)('a forgotten password, on %s', (_name, makeDatabase) => {
  let smtp: SmtpReceiver;
  let server: TestServer;
  let person: User;

  beforeAll(async () => {
    smtp = await startSmtp();
    server = await startTestServer({
      database: makeDatabase(),
      environment: {
        SMTP_URL: smtp.url,
        MAIL_FROM: 'gate@example.com',
        TRUST_PROXY: '1',
        PUBLIC_URL: 'http://gate.example.com',
      },
    });
  });
  afterAll(async () => {
    await server.stop();
    await smtp.close();
  });

  beforeEach(async () => {
    server.clock.advance(1);
    person = await createPerson(server);
    smtp.mails.length = 0;
    smtp.refuse(null);
  });
  afterEach(() => vi.restoreAllMocks());

  const ask = (email: string, request: BrowserRequest = {}): Promise<Reply> =>
    openBrowser(server).send(path, { body: { email }, headers: newAddress(), ...request });

  /** So many came, and no more until somebody else, who asks later, has theirs. */
  async function mailsOf(email: string, count: number): Promise<string[]> {
    const texts = () => smtp.mails.filter(({ to }) => to.includes(email)).map(({ mail }) => mail.text ?? '');
    await vi.waitFor(() => expect(texts()).toHaveLength(count), { timeout: 10_000, interval: 20 });
    const other = await createPerson(server, { email: `other-${crypto.randomUUID()}@example.com` });
    await ask(other.email);
    await vi.waitFor(() => expect(smtp.mails.at(-1)?.to).toEqual([other.email]), { timeout: 10_000, interval: 20 });
    expect(texts()).toHaveLength(count);
    return texts();
  }

  const tokenIn = (text = ''): string => /#token=([\w-]{43})\n/.exec(text)?.[1] ?? '';
  const use = (token: string, password = newPassword, browser = openBrowser(server)) =>
    browser.send('/api/setup', { body: { token, password }, headers: newAddress() });
  const preview = async (token: string) =>
    (await openBrowser(server).send('/api/setup/preview', { body: { token } })).status;

  test('mails the account’s own address a link to the server’s own, whatever the request says', async () => {
    const headers = { ...newAddress(), 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    const reply = await ask(` ${person.email.toUpperCase()} `, { host: 'evil.example', headers });
    expect([reply.status, reply.text]).toEqual([204, '']);
    const [text = ''] = await mailsOf(person.email, 1);
    expect(text)
      .toBe(`Somebody asked for a new password for the account ${person.email} on gate.example.com. It is not known who.

To set one, open this link within an hour. It works once; send it to nobody:

http://gate.example.com/setup#token=${tokenIn(text)}

It ends all sessions of the account. If you did not want this, do nothing: nothing changes unless the link is used.
`);
    const [{ mail, raw } = {}] = smtp.mails;
    expect([mail?.subject, mail?.html]).toEqual(['A new password for gate.example.com', false]);
    expect(raw).not.toContain('evil');
    const log = server.logLines.join('\n');
    for (const secret of [tokenIn(text), person.email]) expect(log).not.toContain(secret);
    expect(log).toContain(person.id);
  });

  test('the link sets another password once, ends all sessions and every other link', async () => {
    const old = await openSignedIn(server, person);
    const operators = await links(server).makeReset(person.email);
    if (isRefusal(operators)) throw new Error(operators.code);
    await ask(person.email);
    const token = tokenIn((await mailsOf(person.email, 1))[0]);
    expect(await preview(operators.token)).toBe(200);
    const browser = openBrowser(server);
    expect((await use(token, newPassword, browser)).status).toBe(200);
    expect([(await old.send('/api/session')).status, (await browser.send('/api/session')).status]).toEqual([401, 200]);
    for (const dead of [token, operators.token]) {
      expect((await use(dead, 'yet another pass phrase')).status).toBe(404);
      expect(await preview(dead)).toBe(404);
    }
    const signIn = (password: string) =>
      openBrowser(server).send('/api/session', { body: { email: person.email, password }, headers: newAddress() });
    expect((await signIn(newPassword)).status).toBe(200);
    expect((await signIn(everybodysPassword)).status).toBe(401);
  });

  test('the link ends after an hour, with a newer one, and when the password is changed otherwise', async () => {
    await ask(person.email);
    const first = tokenIn((await mailsOf(person.email, 1))[0]);
    server.clock.advance(hourMs - 1);
    expect(await preview(first)).toBe(200);
    await ask(person.email);
    const second = tokenIn((await mailsOf(person.email, 2))[1]);
    expect([await preview(first), await preview(second)]).toEqual([404, 200]);
    server.clock.advance(hourMs);
    expect(await preview(second)).toBe(404);
    await ask(person.email);
    const third = tokenIn((await mailsOf(person.email, 3))[2]);
    const member = await openSignedIn(server, person);
    const changed = await member.send('/api/session/password', {
      method: 'PUT',
      body: { currentPassword: everybodysPassword, newPassword },
      headers: newAddress(),
    });
    expect(changed.status).toBe(200);
    expect([await preview(third), (await use(third)).status]).toEqual([404, 404]);
  });

  test('used twice at the same moment, the link sets one of the two', async () => {
    await ask(person.email);
    const token = tokenIn((await mailsOf(person.email, 1))[0]);
    const replies = await Promise.all(
      ['the first of two', 'the second of two'].map((password) => use(token, password)),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 404]);
  });

  test('made at the same moment, one link is made and works', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => links(server).makeForgotten(person)));
    const works = [];
    for (const one of made) if (one !== undefined && (await preview(one.token)) === 200) works.push(one);
    expect(works).toHaveLength(1);
  });

  const seen = ({ status, text, headers }: Reply) => {
    const others = Object.entries(headers).filter(([name]) => !['date', 'x-request-id'].includes(name));
    return { status, text, others };
  };

  test('an address without an account gets the same answer and nothing else', async () => {
    const create = vi.spyOn(server.store, 'createLink');
    const unknown = await ask('nobody@example.com');
    const known = await ask(person.email);
    expect(seen(unknown)).toEqual(seen(known));
    expect(known.headers['cache-control']).toBe('no-store');
    await mailsOf(person.email, 1);
    expect(smtp.mails.some(({ to }) => to.includes('nobody@example.com'))).toBe(false);
    expect(create.mock.calls.map(([{ email }]) => email)).not.toContain('nobody@example.com');
  });

  test('the answer waits for nothing that depends on an account', async () => {
    const find = vi.spyOn(server.store, 'findUserByEmail').mockImplementation(() => new Promise(() => undefined));
    for (const email of [person.email, 'nobody@example.com']) expect((await ask(email)).status).toBe(204);
    await vi.waitFor(() => expect(find).toHaveBeenCalledTimes(2), 10_000);
    expect(smtp.mails).toEqual([]);
  });

  test('nor does it say that a mailbox had enough: one link every five minutes, five a day, however it is written', async () => {
    const [name = '', host = ''] = person.email.split('@');
    const spellings = [
      person.email,
      person.email.toUpperCase(),
      ` ${name}@${host.toUpperCase()}`,
      `\t${person.email}\n`,
    ];
    const first = seen(await ask(person.email));
    for (const spelling of spellings) expect(seen(await ask(spelling))).toEqual(first);
    await mailsOf(person.email, 1);
    for (let count = 2; count <= resetsMailed.inADay.requests; count++) {
      server.clock.advance(soonMs);
      await ask(person.email);
      await mailsOf(person.email, count);
    }
    server.clock.advance(soonMs);
    expect(seen(await ask(person.email))).toEqual(first);
    const texts = await mailsOf(person.email, resetsMailed.inADay.requests);
    // The newest link still works: who floods a mailbox keeps nobody out.
    expect(await preview(tokenIn(texts.at(-1)))).toBe(200);
  });

  test('accounts under one mailbox share what it gets', async () => {
    const [name = '', host = ''] = person.email.split('@');
    const tagged = await createPerson(server, { email: `${name}+other@${host}` });
    await ask(person.email);
    await mailsOf(person.email, 1);
    await ask(tagged.email);
    await mailsOf(tagged.email, 0);
  });

  test('a network address asks so often an hour, whether or not there are such accounts', async () => {
    const headers = newAddress();
    for (let count = 0; count < resetsMailed.byAddress.requests; count++)
      expect((await ask(`nobody${count}@example.com`, { headers })).status).toBe(204);
    for (const email of [person.email, 'nobody@example.com']) {
      const refused = await ask(email, { headers });
      expect(refused.problem()).toMatchObject({ code: 'rate_limited', fix: 'Wait 60 minutes, then try again.' });
      expectLimit(refused);
      expect(refused.headers['retry-after']).toBe('3600');
    }
    await mailsOf(person.email, 0);
  });

  test.each([
    'x@example.com\r\nBcc: eve@example.com',
    'x@example.com,eve@example.com',
    'x@example.com\u0000',
    '<x@example.com>, eve@example.com',
    '',
    `${'x'.repeat(250)}@example.com`,
    { $ne: '' },
    ['x@example.com'],
  ])('%j makes no header and no second recipient', async (email) => {
    const reply = await openBrowser(server).send(path, { body: { email }, headers: newAddress() });
    expect([204, 400]).toContain(reply.status);
    if (reply.status === 400) expect(reply.problem().problems?.map(({ path: field }) => field)).toContain('email');
    await mailsOf(person.email, 0);
    expect(smtp.mails.flatMap(({ to }) => to)).not.toContain('eve@example.com');
  });

  test.each(['http://evil.example', 'null', null])('a page of %j may not ask', async (origin) => {
    expect((await ask(person.email, { origin })).problem()).toMatchObject({ code: 'forbidden' });
    await mailsOf(person.email, 0);
  });

  test('what the mail server refuses is in the log alone, and the next try need not wait', async () => {
    smtp.refuse(550);
    const before = server.logLines.length;
    expect((await ask(person.email)).status).toBe(204);
    const failed = await vi.waitFor(() => {
      const line = server.logLines.slice(before).find((one) => one.includes('was not mailed'));
      expect(line).toBeDefined();
      return JSON.parse(line ?? '') as unknown;
    }, 10_000);
    expect(failed).toMatchObject({ userId: person.id, failure: 'The mail server refused it with 550.' });
    smtp.refuse(null);
    await ask(person.email);
    await mailsOf(person.email, 1);
  });

  test('while the store is away that is the answer, for everybody', async () => {
    vi.spyOn(server.store, 'ping').mockRejectedValue(new StoreUnavailableError('away'));
    for (const email of [person.email, 'nobody@example.com'])
      expect((await ask(email)).problem().code).toBe('store_unavailable');
  });

  test('the sign-in page knows that there is mail', async () => {
    expect((await openBrowser(server).send('/api/setup')).json()).toEqual({ isSetUp: true, isMailOn: true });
  });
});

test('a server without mail says so, and who can help', async () => {
  const without = await startTestServer();
  const browser = openBrowser(without);
  expect((await browser.send('/api/setup')).json()).toEqual({ isSetUp: false, isMailOn: false });
  const reply = await browser.send(path, { body: { email: 'ada@example.com' } });
  expect(reply.problem()).toMatchObject({ code: 'not_found', detail: 'This server sends no mail.' });
  await without.stop();
});

test('a server that stops has handed over first what was asked for', async () => {
  const smtp = await startSmtp();
  const stopping = await startTestServer({ environment: { SMTP_URL: smtp.url, MAIL_FROM: 'gate@example.com' } });
  const { email } = await createPerson(stopping);
  expect((await openBrowser(stopping).send(path, { body: { email } })).status).toBe(204);
  await stopping.stop();
  expect(smtp.mails.map(({ to }) => to)).toEqual([[email]]);
  await smtp.close();
});
