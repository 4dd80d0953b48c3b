/**
 * From the printed link to a chat that answers on one's own page, with the dashboard alone: the steps of docs/quick-start.md, as
 * fast as a browser does them. What a person needs for reading and typing comes on top.
 */
import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchBrowser, openPage, screens, startSites, widerBy, type SiteServer } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

let server: BuiltServer;
let sites: SiteServer;
let browser: Browser;

beforeEach(async () => {
  [server, sites, browser] = await Promise.all([startBuiltServer(), startSites(), launchBrowser()]);
});
afterEach(async () => {
  await browser.close();
  await Promise.all([server.stop(), sites.stop()]);
});

test.each(screens)(
  'on %s an empty page has a chat that answers after four steps, and the dashboard says so by itself',
  async (_, screen) => {
    const startedAt = performance.now();
    const [link = ''] = /http:\S+\/setup#token=\S+/.exec(server.printed) ?? [];
    const { page, thrown, violations } = await openPage(browser, link, screen);
    const newcomer = page.getByLabel('E-mail');
    if (await newcomer.isEditable()) await newcomer.fill('ada@example.com');
    await page.getByLabel('New password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Begin' }).click();

    await page.getByRole('link', { name: 'Create an agent' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Guide');
    await page.getByRole('button', { name: 'Add question' }).click();
    await page.getByLabel('Question', { exact: true }).fill('When do you open?');
    await page.getByLabel('Answer', { exact: true }).fill('At nine.');
    await page.getByRole('button', { name: /^(Create|Save)/ }).click();
    await page.getByText('“Guide” is made.').waitFor();

    await page.getByRole('link', { name: 'API Keys' }).first().click();
    await page.getByRole('button', { name: 'Create a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Website');
    await dialog.getByLabel('Allowed domains').fill('shop.example.localhost');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await dialog.getByLabel('I have stored the secret key').check();
    await dialog.getByRole('button', { name: 'Done' }).click();

    await page.getByText('Waiting for the first page…').waitFor();
    expect(await widerBy(page)).toBe(0);
    const tag = await page.locator('pre[aria-label="Script tag"]').innerText();
    const shop = await openPage(browser, sites.put('shop.example.localhost', `<h1>Shop</h1>${tag}`), screen);
    await shop.page.getByRole('button', { name: 'Chat' }).click();
    await shop.page.locator('textarea').fill('When do you open?');
    await shop.page.keyboard.press('Enter');
    await shop.page.locator('.message.agent').getByText('At nine.').waitFor();

    await page.bringToFront();
    await expect
      .poll(() => page.locator('first-steps').innerText(), { timeout: 10_000 })
      .toMatch(/Seen on http:\/\/shop\.example\.localhost:\d+ just now: the chat opened\./);
    console.log(`From the link to an answer on a page: ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await page.getByRole('link', { name: 'Website' }).waitFor();
    expect(await page.getByText('From here to a chat on your page').count()).toBe(0);
    expect([thrown, await violations()]).toEqual([[], []]);
  },
  60_000,
);
