/** A forgotten password in a real browser: asked for, mailed, set anew; the sessions from before are over. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSmtp, type SmtpReceiver } from '../support/smtp.ts';
import { launchBrowser, openPage } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

const email = 'ada@example.com';
let smtp: SmtpReceiver;
let server: BuiltServer;
let browser: Browser;

beforeAll(async () => {
  smtp = await startSmtp();
  [server, browser] = await Promise.all([
    startBuiltServer({ DEMO: 'off', SMTP_URL: smtp.url, MAIL_FROM: 'Postern <gate@example.com>' }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await smtp.close();
});

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

async function setPassword(page: Page, password: string): Promise<void> {
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/settings\/api-keys$/);
}

test('forgot, mail, link, new password, signed in; the old session is over', async () => {
  const [first = ''] = /http:\S+\/setup#token=\S+/.exec(server.printed) ?? [];
  const { page: old } = await openPage(browser, first);
  await old.getByLabel('E-mail').fill(email);
  await setPassword(old, 'the password that is forgotten');

  const { page, thrown, violations } = await openPage(browser, `${server.origin}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('link', { name: 'Forgot password?' }).click();
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
  await page.getByRole('button', { name: 'Mail me a link' }).waitFor();
  await expectAccessible(page);
  expect(await page.getByLabel('E-mail').inputValue()).toBe(email);
  await page.getByLabel('E-mail').press('Enter');
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
  await expectAccessible(page);

  const text = await vi.waitFor(() => smtp.mails[0]!.mail.text ?? '', { timeout: 10_000 });
  expect(smtp.mails.map(({ to }) => to)).toEqual([[email]]);
  const [link = ''] = /http:\S+/.exec(text) ?? [];
  expect(new URL(link).origin).toBe(server.origin);
  await page.goto(link);
  await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
  expect(page.url()).not.toContain('token');
  await setPassword(page, 'another pass phrase of Ada');

  await old.reload();
  await old.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.goto(link);
  await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  await page.getByRole('link', { name: 'Ask for another link' }).waitFor();
  await expectAccessible(page);
  expect([thrown, await violations()]).toEqual([[], []]);
});
