/** An invitation that is mailed, with a real SMTP server: who gets it, and what a failure leaves. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { invitationsMailed } from '../../server/accounts/mail-invitation.ts';
import type { CreatedInvitation } from '../../server/http/wire.ts';
import { createMember, type Member } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { startSmtp, type SmtpReceiver } from '../support/smtp.ts';

let smtp: SmtpReceiver;
let server: TestServer;
let owner: Member;
let path: string;

beforeAll(async () => {
  smtp = await startSmtp();
  server = await startTestServer({ environment: { SMTP_URL: smtp.url, MAIL_FROM: 'gate@example.com' } });
});
afterAll(async () => {
  await server.stop();
  await smtp.close();
});

beforeEach(async () => {
  smtp.mails.length = 0;
  smtp.refuse(null);
  server.clock.advance(1);
  const organizationId = await server.createOrganization();
  owner = await createMember(server, organizationId, 'owner');
  path = `/api/org/${organizationId}/members`;
});

async function invite(body: object, by = owner): Promise<CreatedInvitation> {
  const reply = await by.send(path, { body });
  expect(reply.status).toBe(201);
  return reply.json() as unknown as CreatedInvitation;
}

test('goes to whom it is for, with the link that is shown too', async () => {
  const made = await invite({ email: 'Ada@example.com', role: 'viewer' });
  expect(made.mail).toEqual({ sent: true, failure: null });
  expect(smtp.mails.map(({ to }) => to)).toEqual([['ada@example.com']]);
  const [{ mail } = {}] = smtp.mails;
  expect(mail?.subject).toBe('An invitation to A test');
  expect(mail?.text).toContain(`${owner.user.email} invites you to join “A test” as viewer.`);
  expect(mail?.text).toContain(`\n${made.url}\n`);
  expect(server.logLines.join('\n')).not.toContain(new URL(made.url).hash.slice('#token='.length));
});

test('does not where that is not wanted', async () => {
  expect((await invite({ email: 'bob@example.com', mail: false })).mail).toBeNull();
  expect(smtp.mails).toEqual([]);
});

test('that fails leaves the link as it is', async () => {
  smtp.refuse(550);
  const made = await invite({ email: 'cyd@example.com', mail: true });
  expect(made.mail).toEqual({ sent: false, failure: expect.stringContaining('Not this mailbox') as string });
  const token = new URL(made.url).hash.slice('#token='.length);
  const preview = await owner.send('/api/setup/preview', { body: { token } });
  expect(preview.json()).toMatchObject({ purpose: 'invitation', email: 'cyd@example.com' });
});

test('reaches an address so often a day, and leaves one person so often an hour', async () => {
  const email = 'dan@example.com';
  for (let count = 0; count < invitationsMailed.toOne.requests; count++)
    expect((await invite({ email })).mail?.sent).toBe(true);
  for (const same of [email, 'Dan+more@example.com'])
    expect((await invite({ email: same })).mail?.failure).toContain('in a day');
  for (let count = invitationsMailed.toOne.requests + 2; count < invitationsMailed.byOne.requests; count++)
    expect((await invite({ email: `dan${count}@example.com` })).mail?.sent).toBe(true);
  expect((await invite({ email: 'last@example.com' })).mail?.failure).toContain('in an hour');
  expect(smtp.mails).toHaveLength(invitationsMailed.byOne.requests - 2);
});

test('of a server without mail says so where it is asked for', async () => {
  const without = await startTestServer();
  const organizationId = await without.createOrganization();
  const its = await createMember(without, organizationId, 'owner');
  path = `/api/org/${organizationId}/members`;
  expect((await invite({ email: 'eva@example.com' }, its)).mail).toBeNull();
  const asked = await invite({ email: 'eva@example.com', mail: true }, its);
  expect(asked.mail).toEqual({ sent: false, failure: 'This server sends no mail: SMTP_URL is not set.' });
  await without.stop();
});
