/** The loop of who answers for an agent: nobody could answer a question; it is read, answered, and asked again. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, screens, widerBy, type WatchedPage } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

const question = 'Verkauft ihr Fahrräder?';
const settings = '/org/org_demo/settings';
let server: BuiltServer;
let browser: Browser;
let owner: WatchedPage;
let page: Page;
let publicKey: string;

async function ask(message = question): Promise<{ readonly outcome: string; readonly text: string }> {
  const response = await fetch(`${server.origin}/api/v1/agents/agt_demo/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${publicKey}`,
      origin: 'http://shop.example.localhost',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ message }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { reply: { outcome: string; text: string } }).reply;
}

describe.each(screens)('on %s', (_, screen) => {
  beforeAll(async () => {
    [server, browser] = await Promise.all([startBuiltServer({ DEMO: 'on' }), launchBrowser()]);
    const [link = ''] = /http:\S+\/setup#token=\S+/.exec(server.printed) ?? [];
    owner = await openPage(browser, link, screen);
    ({ page } = owner);
    await page.getByLabel('New password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.waitForURL(/\/settings\/api-keys$/);
    const keys = await page.request.get(`${server.origin}/api/org/org_demo/api-keys`);
    publicKey = ((await keys.json()) as { data: [{ publicKey: string }] }).data[0].publicKey;
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test('a question without an answer is found in the list, read, answered on the agent’s page, and answered from then on', async () => {
    expect((await ask()).outcome).toBe('none');
    await page.goto(`${server.origin}${settings}/conversations`);
    await page.getByRole('radio', { name: 'Unanswered' }).check();
    await page.waitForURL(/\?outcome=unanswered$/);
    await page.getByRole('link', { name: question }).click();
    await page.getByText('No answer', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Postern guide' }).click();
    await page.getByRole('button', { name: `Add an answer to “${question}”` }).click();
    await page.getByLabel('Answer', { exact: true }).fill('Nein, nur Schlüssel.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('agent-unanswered').getByText('Answered now').waitFor();
    expect(await widerBy(page)).toBe(0);
    expect(await ask()).toMatchObject({ outcome: 'answered', text: 'Nein, nur Schlüssel.' });
  });

  test('another one is added as another wording of a question that is there, asked again and answered', async () => {
    const other = 'Sperrzone umzäunen?';
    expect((await ask(other)).outcome).toBe('none');
    await page.goto(`${server.origin}${settings}/agents/agt_demo`);
    await page.getByRole('button', { name: `Add as another wording: “${other}”` }).click();
    await page.getByLabel('The question that it asks in other words').selectOption('How do I allow my domain?');
    await page.getByRole('button', { name: 'Add to this question' }).click();
    expect(await page.getByLabel('Other wordings').inputValue()).toBe(other);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('agent-unanswered li', { hasText: other }).getByText('Answered now').waitFor();
    expect(await ask(other)).toMatchObject({
      outcome: 'answered',
      text: expect.stringContaining('allowed domains') as string,
    });
  });

  test('a conversation that is deleted is gone from the list', async () => {
    await page.goto(`${server.origin}${settings}/conversations?outcome=unanswered`);
    await page.getByRole('link', { name: question }).click();
    await page.getByRole('button', { name: 'Delete conversation…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
    await page.waitForURL(/\/conversations$/);
    // The one that was answered stays.
    await expect.poll(() => page.getByRole('link', { name: question }).count()).toBe(1);
    expect([owner.errors, owner.thrown, await owner.violations()]).toEqual([[], [], []]);
  });
});
