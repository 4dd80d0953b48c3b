/** A question that nobody could answer becomes a message to people: form, webhook, dashboard. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

const settings = '/org/org_demo/settings';
let server: BuiltServer;
let receiver: Receiver;
let browser: Browser;
let owner: WatchedPage;
let page: Page;

beforeAll(async () => {
  [server, browser, receiver] = await Promise.all([
    startBuiltServer({ DEMO: 'on', WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on' }),
    launchBrowser(),
    startReceiver(),
  ]);
  const [link = ''] = /http:\S+\/setup#token=\S+/.exec(server.printed) ?? [];
  owner = await openPage(browser, link);
  ({ page } = owner);
  await page.getByLabel('New password').fill('correct horse battery staple');
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.waitForURL(/\/settings\/api-keys$/);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await receiver.close();
});

test('an owner offers the form, a visitor leaves a message, a webhook tells where it is, and the dashboard shows it', async () => {
  const made = await page.request.post(`${server.origin}/api/org/org_demo/webhooks`, {
    data: { url: receiver.url, events: ['contact.requested'] },
    headers: { origin: server.origin },
  });
  expect(made.status()).toBe(201);

  await page.goto(`${server.origin}${settings}/webhooks`);
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'General' }).click();
  await page.getByLabel('E-mail address', { exact: true }).fill('help@example.com');
  await page.getByLabel('Visitors may leave a message').check();
  await page.getByRole('button', { name: 'Save contact' }).click();
  await page.getByText('The contact is saved.').waitFor();
  await page.getByLabel('Address of the notice').fill('https://example.com/privacy');
  await page.getByRole('button', { name: 'Save notice' }).click();
  await page.getByText('The privacy notice is saved.').waitFor();

  const shop = await openPage(browser, `http://shop.example.localhost:${server.port}/`);
  const chat = shop.page.locator('postern-chat');
  await chat.locator('.launcher').click();
  await chat.locator('.composer textarea').fill('Verkauft ihr Fahrräder?');
  await chat.locator('.composer textarea').press('Enter');
  await chat.getByRole('link', { name: 'help@example.com' }).waitFor();
  await chat.locator('[part=leave-message]').click();
  await chat.locator('form [name=email]').fill('ada@example.com');
  await chat.locator('form [name=name]').fill('Ada');
  await chat.locator('form [name=text]').fill('Bitte ruft mich an.');
  await chat.locator('form [part=send-message]').click();
  await chat.locator('.contact[role=status]').waitFor();

  await expect.poll(() => receiver.received.length).toBe(1);
  const [told] = receiver.received;
  expect(told?.body).not.toContain('ada@example.com');
  const { type, data } = JSON.parse(told!.body) as { type: string; data: { url: string; conversationId: string } };
  expect(type).toBe('contact.requested');

  await page.goto(`${server.origin}${settings}/conversations?contact=true`);
  await page.getByRole('link', { name: 'Verkauft ihr Fahrräder?' }).waitFor();
  await page.goto(data.url);
  const left = page.getByRole('listitem').filter({ hasText: 'Bitte ruft mich an.' });
  await left.getByText('Ada', { exact: true }).waitFor();
  expect(await left.getByRole('link', { name: 'ada@example.com' }).getAttribute('href')).toBe('mailto:ada@example.com');
  expect([owner.errors, owner.thrown, await owner.violations()]).toEqual([[], [], []]);
  expect([shop.errors, shop.thrown, await shop.violations()]).toEqual([[], [], []]);
});

test('out of credits at the first message, a visitor leaves one all the same, and the owner finds it', async () => {
  const credits = await page.request.get(`${server.origin}/api/org/org_demo/credits`);
  const { granted } = (await credits.json()) as { granted: number };
  // All of them are kept back, and none is left for visitors.
  const taken = await page.request.patch(`${server.origin}/api/org/org_demo/credits`, {
    data: { reservedCredits: granted },
    headers: { origin: server.origin },
  });
  expect(taken.ok()).toBe(true);

  const shop = await openPage(browser, `http://shop.example.localhost:${server.port}/`);
  const chat = shop.page.locator('postern-chat');
  await chat.locator('.launcher').click();
  await chat.locator('.composer textarea').fill('Habt ihr Lastenräder?');
  await chat.locator('.composer textarea').press('Enter');
  await chat.locator('.trouble').waitFor();
  await chat.locator('[part=leave-message]').click();
  expect(await chat.locator('form [name=text]').inputValue()).toBe('Habt ihr Lastenräder?');
  await chat.locator('form [name=email]').fill('bob@example.com');
  await chat.locator('form [part=send-message]').click();
  await chat.locator('.contact[role=status]').waitFor();

  await page.goto(`${server.origin}${settings}/conversations?contact=true`);
  await page.getByRole('link', { name: 'Habt ihr Lastenräder?' }).click();
  const left = page.getByRole('listitem').filter({ hasText: 'Habt ihr Lastenräder?' });
  await left.getByRole('link', { name: 'bob@example.com' }).waitFor();
  expect(await page.getByRole('list', { name: 'Messages' }).count()).toBe(0);
  expect([owner.errors, owner.thrown, await owner.violations()]).toEqual([[], [], []]);
  // What the browser says of the refusal itself.
  expect([shop.thrown, await shop.violations()]).toEqual([[], []]);
});
