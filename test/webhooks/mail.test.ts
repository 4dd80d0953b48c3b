/** Webhooks that are mailboxes, with a real SMTP server: who gets mail, what is in it, and what a refusal comes to. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../server/config.ts';
import type { CreatedWebhook, Delivery, DeliveryPage } from '../../server/http/wire.ts';
import { createMailer } from '../../server/network/mailer.ts';
import { mailsPerAddress } from '../../server/network/mail-post.ts';
import { parseMailFrom, parseSmtpUrl } from '../../server/network/smtp-url.ts';
import { webhookEvents } from '../../server/records/webhook.ts';
import { mailWordsOf } from '../../server/webhooks/mail-words.ts';
import { createMember, type Member } from '../support/people.ts';
import { sampleDelivery } from '../support/sample-records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { smtpLogin, startSmtp, type SmtpReceiver } from '../support/smtp.ts';

let smtp: SmtpReceiver;
let server: TestServer;
let organizationId: string;
let owner: Member;

const from = 'Postern <gate@example.com>';

beforeAll(async () => {
  smtp = await startSmtp();
  server = await startTestServer({ environment: { SMTP_URL: smtp.url, MAIL_FROM: from } });
});
afterAll(async () => {
  await server.stop();
  await smtp.close();
});

beforeEach(async () => {
  smtp.mails.length = 0;
  smtp.refuse(null);
  organizationId = await server.createOrganization();
  owner = await createMember(server, organizationId, 'owner');
});

const path = (rest = '') => `/api/org/${organizationId}/webhooks${rest}`;
const make = (url: string) => owner.send(path(), { body: { url, events: ['key.budget'] } });
const mailbox = () => `mailto:${owner.user.email}`;

async function makeMailbox(): Promise<string> {
  const reply = await make(mailbox());
  expect(reply.status).toBe(201);
  return (reply.json() as unknown as CreatedWebhook).webhook.id;
}

const deliveriesOf = async (id: string) =>
  ((await owner.send(path(`/${id}/deliveries`))).json() as unknown as DeliveryPage).data;

async function put(webhookId: string, change: object = {}): Promise<string> {
  const body = JSON.stringify({ type: 'key.budget', data: { keyId: 'key_1', keyName: 'Shop', percent: 80, spent: 8 } });
  const delivery = sampleDelivery({ organizationId, webhookId, body, dueAt: server.clock(), ...change });
  await server.store.createDelivery(delivery);
  return delivery.id;
}

const tried = (webhookId: string, id: string, state: Delivery['state'] = 'delivered'): Promise<Delivery> =>
  vi.waitFor(
    async () => {
      const found = (await deliveriesOf(webhookId)).find((one) => one.id === id);
      expect(found?.lastAttempt).not.toBeNull();
      expect(found?.state).toBe(state);
      return found!;
    },
    { timeout: 15_000, interval: 100 },
  );

describe('a webhook whose address is a mailbox', () => {
  test('sends a member what happened in words, with a link and an id that stays', async () => {
    const webhookId = await makeMailbox();
    const id = await put(webhookId);
    expect(await tried(webhookId, id)).toMatchObject({
      state: 'delivered',
      lastAttempt: { status: 250, failure: null },
    });
    const [{ mail, to, raw } = {}] = smtp.mails;
    expect(to).toEqual([owner.user.email]);
    expect(mail?.from?.text).toBe('"Postern" <gate@example.com>');
    expect(mail?.subject).toBe('Postern: A key’s budget is spent to 80 %');
    expect(mail?.messageId).toBe(`<${id}@localhost>`);
    expect(mail?.text).toContain('Web pages have spent 8 credits with the key “Shop”');
    expect(mail?.text).toContain(`${server.publicOrigin}/org/${organizationId}/settings/api-keys/key_1`);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(raw).not.toMatch(/whsec_|webhook-signature/);
    const [event] = (await server.store.listAudit(organizationId, { limit: 1 })).items;
    expect(event?.target.name).toBe(owner.user.email);
  });

  test('has no secret, and gets one when it becomes the address of a server', async () => {
    const made = await make(mailbox());
    expect(made.json()).not.toHaveProperty('secret');
    const { webhook } = made.json() as unknown as CreatedWebhook;
    const one = path(`/${webhook.id}`);
    const refused = await owner.send(one, { method: 'PATCH', body: { rotateSecret: true } });
    expect(refused.problem()).toMatchObject({
      status: 409,
      code: 'conflict',
      fix: expect.stringContaining('rotateSecret') as string,
    });
    expect(refused.text).not.toContain('whsec_');
    const toServer = { url: 'https://hooks.example/', rotateSecret: true };
    const changed = await owner.send(one, { method: 'PATCH', body: { url: toServer.url } });
    const { secret } = changed.json() as unknown as CreatedWebhook;
    expect(secret).toMatch(/^whsec_/);
    const back = await owner.send(one, { method: 'PATCH', body: { url: mailbox() } });
    expect([back.status, 'secret' in back.json()]).toEqual([200, false]);
    const again = await owner.send(one, { method: 'PATCH', body: toServer });
    const { secret: next } = again.json() as unknown as CreatedWebhook;
    expect(next).toMatch(/^whsec_/);
    expect(next).not.toBe(secret);
    const both = await owner.send(one, { method: 'PATCH', body: { url: mailbox(), rotateSecret: true } });
    expect(both.problem()).toMatchObject({ code: 'conflict' });
    expect((await server.store.findWebhook(organizationId, webhook.id))?.url).toBe(toServer.url);
  });

  test('a name with line breaks in it makes no header', async () => {
    const webhookId = await makeMailbox();
    const data = {
      keyId: 'key_1',
      keyName: 'x\r\nBcc: eve@example.com\r\n\r\nHi',
      percent: 'a\r\nBcc: eve@example.com',
    };
    await tried(webhookId, await put(webhookId, { body: JSON.stringify({ data }) }));
    const [{ mail, to } = {}] = smtp.mails;
    expect(to).toEqual([owner.user.email]);
    expect(mail?.headers.has('bcc')).toBe(false);
  });

  test('a permanent refusal ends the message, a temporary one is tried again', async () => {
    const webhookId = await makeMailbox();
    smtp.refuse(550);
    const never = await tried(webhookId, await put(webhookId, { subject: 'key_1' }), 'given_up');
    expect(never).toMatchObject({ state: 'given_up', lastAttempt: { status: 550 } });
    expect(never.lastAttempt?.answer).toContain('Not this mailbox');
    smtp.refuse(451);
    const id = await put(webhookId, { subject: 'key_2' });
    expect(await tried(webhookId, id, 'waiting')).toMatchObject({ lastAttempt: { status: 451 } });
    smtp.refuse(null);
    server.clock.advance(10_000);
    expect(await tried(webhookId, id)).toMatchObject({ attempts: 2 });
  });

  test('who has left gets nothing more, and the webhook is switched off', async () => {
    const leaver = await createMember(server, organizationId, 'member');
    const reply = await make(`mailto:${leaver.user.email.toUpperCase()}`);
    const { id: webhookId } = (reply.json() as unknown as CreatedWebhook).webhook;
    await server.store.removeMember(organizationId, leaver.user.id);
    expect(await tried(webhookId, await put(webhookId), 'given_up')).toMatchObject({
      lastAttempt: { status: null, failure: 'Nobody in this organization has this e-mail address any more.' },
    });
    expect(await server.store.findWebhook(organizationId, webhookId)).toMatchObject({ enabled: false });
    expect(smtp.mails.flatMap(({ to }) => to)).not.toContain(leaver.user.email);
  });

  test.each([
    ['a stranger', 'mailto:stranger@example.com', /members of this organization alone/],
    ['several', 'mailto:a@example.com,b@example.com', /one mailbox/],
    ['more than an address', 'mailto:a@example.com?cc=b@example.com', /one mailbox/],
    ['a line break', 'mailto:a@example.com%0d%0aBcc:b@example.com', /one mailbox/],
    ['nobody', 'mailto:', /one mailbox/],
  ])('%s is refused, also when it is changed', async (_name, url, message) => {
    const problems = [{ path: 'url', message: expect.stringMatching(message) as string }];
    expect((await make(url)).problem()).toMatchObject({ code: 'request_invalid', problems });
    const id = await makeMailbox();
    const changed = await owner.send(path(`/${id}`), { method: 'PATCH', body: { url } });
    expect(changed.problem()).toMatchObject({ code: 'request_invalid', problems });
  });

  test('gets so many an hour at most, whatever is asked for', async () => {
    const webhookId = await makeMailbox();
    const count = mailsPerAddress.requests;
    const ids = [];
    for (let index = 0; index <= count; index++) ids.push(await put(webhookId, { subject: 'key_1' }));
    await vi.waitFor(() => expect(smtp.mails).toHaveLength(count), { timeout: 40_000 });
    const late = await tried(webhookId, ids.at(-1)!, 'waiting');
    expect(late.lastAttempt?.failure).toContain('mails in an hour');
    expect(smtp.mails).toHaveLength(count);
    server.clock.advance(3_600_000);
    expect((await tried(webhookId, ids.at(-1)!)).attempts).toBe(2);
  });
});

test('a server without SMTP_URL says so', async () => {
  const without = await startTestServer();
  const id = await without.createOrganization();
  const its = await createMember(without, id, 'owner');
  const body = { url: `mailto:${its.user.email}`, events: ['key.budget'] };
  const reply = await its.send(`/api/org/${id}/webhooks`, { body });
  await without.stop();
  expect(reply.problem().problems?.[0]?.message).toContain('SMTP_URL');
});

test('each event has words of its own', () => {
  const words = webhookEvents.map((event) =>
    mailWordsOf({ event, organizationId: 'org_1', body: '{"data":{}}' }, 'https://gate.example'),
  );
  expect(new Set(words.map(({ subject }) => subject)).size).toBe(webhookEvents.length);
  expect(words.filter(({ text }) => text.startsWith('This happened'))).toEqual([]);
  const newer = mailWordsOf(
    { event: 'key.eaten' as never, organizationId: 'org_1', body: '{}' },
    'https://gate.example',
  );
  expect(newer.text).toContain('This happened: key.eaten.');
});

describe('the login', () => {
  const settings = (url: string) => ({ server: parseSmtpUrl(url)!, from: parseMailFrom(from)! });
  const mail = { to: 'ada@example.com', subject: 'Hi', text: 'Hi' };

  test('that is wrong is said, and tried again: it is no word on the mail', async () => {
    const sent = await createMailer(settings(`smtp://postern:wrong@127.0.0.1:${smtp.port}`))(mail);
    expect(sent).toEqual({ status: null, failure: 'The mail server refused the login.', answer: '' });
  });

  test('does not go to another machine in the clear', async () => {
    // An address of this machine that is not called so.
    const sent = await createMailer(settings(`smtp://postern:secret@[::ffff:127.0.0.1]:${smtp.port}`))(mail);
    expect(sent).toMatchObject({ status: null, failure: 'The mail server offers no good TLS.' });
    expect(smtp.mails).toEqual([]);
  });

  test('nobody there is said', async () => {
    expect(await createMailer(settings('smtp://127.0.0.1:1'))(mail)).toMatchObject({
      failure: 'The mail server could not be reached.',
    });
  });

  test('is in no log', () => {
    const logged = server.logLines.join('\n');
    expect(logged).not.toContain(smtpLogin.password);
    expect(logged).not.toContain(encodeURIComponent(smtpLogin.password));
  });

  test('and the URL are checked, and no problem repeats them', () => {
    const wrong = [
      'http://a',
      'smtp://',
      'smtp://u@h',
      'smtp://u:hunter2@h/x',
      'smtp://u:hunter2@h?a=b',
      'smtp://%zz:a@h',
    ];
    for (const SMTP_URL of wrong) {
      const read = readConfig({ SMTP_URL, MAIL_FROM: 'a@example.com' });
      expect(read).toMatchObject({ problems: [expect.stringMatching(/^SMTP_URL must be /)] });
      expect(JSON.stringify(read)).not.toContain('hunter2');
    }
    expect(readConfig({ SMTP_URL: 'smtp://h' })).toMatchObject({ problems: [expect.stringContaining('MAIL_FROM')] });
    for (const MAIL_FROM of ['x', 'a@b\r\nBcc: c@d', 'A <a@b>, B <b@c>', '<a@b'])
      expect(readConfig({ SMTP_URL: 'smtp://h', MAIL_FROM })).toHaveProperty('problems');
    expect(parseSmtpUrl('smtps://h')).toEqual({ host: 'h', port: 465, isTls: true, login: undefined });
  });
});
