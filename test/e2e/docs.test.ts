import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

let server: BuiltServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startBuiltServer({ DEMO: 'off' }), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const operation = (page: Page) => page.locator('.opblock', { hasText: '/api/v1/agents/{agentId}/messages' }).first();

async function mistakesOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}

test.each([
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
] as const)(
  'the reference at $width px, $colorScheme: whole, readable, from this server alone, and nothing is kept',
  async ({ width, colorScheme }) => {
    const context = { viewport: { width, height: 900 }, colorScheme };
    const { page, errors, thrown, violations } = await openPage(browser, 'about:blank', context);
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${server.origin}/api/docs`);
    await operation(page).locator('.opblock-summary-control').click();
    await operation(page).getByText('Responses', { exact: true }).waitFor();
    await operation(page).locator('.microlight').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(await mistakesOn(page)).toEqual([]);
    // Nothing can be sent, and no key can be given.
    expect(await page.getByRole('button', { name: /^(try it out|authorize|execute)$/i }).count()).toBe(0);
    expect(await page.locator('input:visible, textarea:visible').count()).toBe(0);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([
      0,
      0,
      '',
    ]);
    asked.delete('null');
    expect([...asked]).toEqual([server.origin]);
    expect([errors, thrown, await violations()]).toEqual([[], [], []]);
    await page.context().close();
  },
);

test('the address of an error leads to it, stays as it is, and the reference is drawn', async () => {
  const url = `${server.origin}/api/docs#origin_not_allowed`;
  const { page } = await openPage(browser, url);
  await operation(page).waitFor();
  const top = () => page.locator('#origin_not_allowed').evaluate((entry) => entry.getBoundingClientRect().top);
  await expect
    .poll(async () => [await top(), await page.evaluate(() => innerHeight)].sort((a, b) => a - b)[0])
    .toBeGreaterThan(0);
  await expect.poll(async () => (await top()) < (await page.evaluate(() => innerHeight))).toBe(true);
  expect(page.url()).toBe(url);
  await page.context().close();
});

test('the address of an operation opens it', async () => {
  const { page } = await openPage(browser, `${server.origin}/api/docs`);
  await operation(page).locator('.opblock-summary-control').click();
  await expect.poll(() => page.url()).toContain('#/');
  await page.reload();
  await operation(page).getByText('Responses', { exact: true }).waitFor();
  await page.context().close();
});

test('without script, or without the document, the page says so and lists guides and errors', async () => {
  const listed = async (page: Page) => {
    await page.getByRole('link', { name: 'Protect your own API' }).waitFor();
    await page.getByText('This origin is not allowed to use this key.').waitFor();
  };
  const still = await openPage(browser, `${server.origin}/api/docs`, { javaScriptEnabled: false });
  await still.page.getByText('A script draws the reference, and it did not run here.').waitFor();
  await listed(still.page);
  await still.page.context().close();

  const { page, thrown } = await openPage(browser, 'about:blank');
  await page.route('**/api/openapi.json', (route) => route.abort());
  await page.goto(`${server.origin}/api/docs`);
  await page.getByRole('status').getByText('/api/openapi.json could not be read').waitFor();
  await listed(page);
  expect(thrown).toEqual([]);
  await page.context().close();
});
