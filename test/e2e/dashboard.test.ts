import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, startSites, type SiteServer, type WatchedPage } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

const password = 'correct horse battery staple';
const hostile = '<img src=x onerror="globalThis.hit=1">';
let server: BuiltServer;
let sites: SiteServer;
let browser: Browser;
let owner: WatchedPage;
let pair: { publicKey: string; secretKey: string };

beforeAll(async () => {
  const settings = { DEMO: 'on', RATE_LIMIT_REFUSED_PER_IP: 'off' };
  [server, sites, browser] = await Promise.all([startBuiltServer(settings), startSites(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([server.stop(), sites.stop()]);
});

const settingsPath = '/org/org_demo/settings/api-keys';
const shopTag = (attributes = '') =>
  `<script async src="${server.origin}/widget.js" data-key="${pair.publicKey}" data-agent="agt_demo" ${attributes}></script>`;

/** A call with the pair; the code when it is refused. */
async function call(secretKey = pair.secretKey): Promise<string> {
  const headers = { authorization: `Bearer ${pair.publicKey}:${secretKey}` };
  const response = await fetch(`${server.origin}/api/v1/key`, { headers });
  return response.ok ? 'ok' : ((await response.json()) as { code: string }).code;
}

/** Another window of the same person, on a page of the dashboard. */
async function openSignedIn(path: string, options: Parameters<typeof openPage>[2] = {}): Promise<WatchedPage> {
  const storageState = await owner.page.context().storageState();
  return openPage(browser, `${server.origin}${path}`, { ...options, storageState });
}

/** Of what has the focus; of the whole page when nothing has. */
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent.trim());
/** Of a key's page. */
const openTab = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'This key' }).getByRole('link', { name }).click();
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const openKey = async (page: Page, name: string) => {
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
};

async function storeSecret(page: Page): Promise<{ publicKey: string; secretKey: string }> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The secret is shown this once.').waitFor();
  const text = await dialog.innerText();
  const [publicKey = ''] = /pk_[0-9a-z]{32}/.exec(text) ?? [];
  const [secretKey = ''] = /sk_[0-9a-z]{64}/.exec(text) ?? [];
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  expect(await dialog.isVisible()).toBe(true);
  await dialog.getByLabel('I have stored the secret key').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain('sk_0');
  expect(await page.content()).not.toContain(secretKey);
  return { publicKey, secretKey };
}

test('while nobody can sign in, the sign-in page says where the link is', async () => {
  const { page } = await openPage(browser, `${server.origin}/sign-in`);
  await page.getByText('Open the link in the terminal').waitFor();
  await page.close();
});

test('the printed link sets a password once, also after a reload, and leads to the keys', async () => {
  const [link = ''] = /http:\S+\/setup#token=\S+/.exec(server.printed) ?? [];
  owner = await openPage(browser, link);
  const { page } = owner;
  await page.getByRole('heading', { name: 'Welcome to Postern' }).waitFor();
  expect(page.url()).toBe(`${server.origin}/setup`);
  await page.reload();
  await page.getByRole('heading', { name: 'Welcome to Postern' }).waitFor();
  expect(page.url()).toBe(`${server.origin}/setup`);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Begin' }).click();
  // An organization of their own; the demo's beside it.
  await page.waitForURL(/\/org\/org_0[0-9a-z]{24}\/settings\/api-keys$/);
  await page.goto(`${server.origin}${settingsPath}`);
  await rowOf(page, 'Demo').waitFor();
  expect(JSON.stringify(await page.evaluate(() => history.state as unknown))).not.toContain('Token');
  const again = await openPage(browser, link);
  await again.page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  await again.page.close();
});

test('a key is made with hints, and its secret is shown once', async () => {
  const { page } = owner;
  await page.getByRole('button', { name: 'Create API Key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Production Website');
  await dialog.getByLabel('Allowed domains').fill('https://shop.example.com/app');
  await dialog.getByRole('button', { name: 'Use https://shop.example.com' }).waitFor();
  await dialog.getByLabel('Allowed domains').fill('shop.example.com, *.shop.example.com');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await dialog.getByText(`data-agent="agt_demo"`).waitFor();
  pair = await storeSecret(page);
  await rowOf(page, 'Production Website').getByText('Never').waitFor();
  expect(await call()).toBe('ok');
});

// Fails when the hint changes as the field loses the focus: the button moves away under the pointer.
test('a press on Create key counts, also right after a domain was mended', async () => {
  const { page } = owner;
  await page.getByRole('button', { name: 'Create API Key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Pressed');
  const button = dialog.getByRole('button', { name: 'Create key' });
  /** Whether that was before the hint, which comes 300 ms after the last word and may move the button. */
  const press = async (): Promise<boolean> => {
    await dialog.getByLabel('Allowed domains').fill('“example.com”');
    await dialog.getByRole('button', { name: 'Use example.com' }).waitFor();
    const mendedAt = Date.now();
    await dialog.getByLabel('Allowed domains').fill('shop.pressed.localhost, blog.pressed.localhost');
    const before = (await button.boundingBox())!;
    // In sight, though the form is longer than the screen.
    expect(before.y + before.height).toBeLessThan(page.viewportSize()!.height);
    await page.mouse.move(before.x + before.width / 2, before.y + before.height / 2);
    await page.mouse.down();
    if (Date.now() - mendedAt >= 300) return false;
    expect(await button.boundingBox()).toEqual(before);
    return true;
  };
  while (!(await press())) {
    // Let go where that presses nothing.
    await dialog.getByLabel('Name').hover();
    await page.mouse.up();
  }
  await page.mouse.up();
  await storeSecret(page);
  await rowOf(page, 'Pressed').getByText('Never').waitFor();
});

test('the pasted tag chats on its site; Last Used moves; disabling it refuses the open chat’s next message', async () => {
  const shop = await openPage(browser, sites.put('shop.example.com', shopTag()));
  await shop.page.getByRole('button', { name: 'Chat' }).click();
  await shop.page.locator('textarea').fill('What is Postern?');
  await shop.page.locator('textarea').press('Enter');
  await shop.page.locator('.message.agent').getByText('self-hosted gate').waitFor();

  const { page } = owner;
  // Figures are written once a second.
  await expect
    .poll(async () => {
      await page.reload();
      await rowOf(page, 'Production Website').waitFor();
      return rowOf(page, 'Production Website').innerText();
    })
    .toContain(`http://shop.example.com:${sites.port}`);
  await page.getByRole('switch', { name: /^Production Website/ }).click();
  await page.getByText('Its requests are refused from now on').waitFor();
  expect(await call()).toBe('key_disabled');
  await shop.page.locator('textarea').fill('And now?');
  await shop.page.locator('textarea').press('Enter');
  await expect.poll(() => shop.errors.some((line) => line.includes('key_disabled'))).toBe(true);
  expect(await shop.page.locator('.message.agent').count()).toBeLessThanOrEqual(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => call()).toBe('ok');
  await shop.page.close();
});

test('two browsers on one list: what one switches, the other sees', async () => {
  const { page } = owner;
  const second = await openSignedIn(settingsPath);
  const theSwitch = (in_: Page) => in_.getByRole('switch', { name: /^Production Website/ });
  await theSwitch(second.page).waitFor();
  await theSwitch(page).click();
  await expect.poll(() => call()).toBe('key_disabled');
  await second.page.evaluate(() => dispatchEvent(new Event('focus')));
  await expect.poll(() => theSwitch(second.page).getAttribute('aria-checked'), { timeout: 20_000 }).toBe('false');
  await theSwitch(second.page).click();
  await expect.poll(() => call()).toBe('ok');
  await second.page.close();
});

test('domains: the hint is the server’s, and what would be blocked is said and confirmed', async () => {
  const { page } = owner;
  await page.goto(`${server.origin}${settingsPath}`);
  await openKey(page, 'Production Website');
  await openTab(page, 'Domains');
  await page.getByRole('button', { name: 'Remove shop.example.com', exact: true }).click();
  await page.getByRole('button', { name: 'Save domains' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`http://shop.example.com:${sites.port}`).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  const { allowedDomains } = await readKey();
  expect(allowedDomains).toEqual(['shop.example.com', '*.shop.example.com']);
  await page.getByRole('button', { name: 'Save domains' }).click();
  await dialog.getByRole('button', { name: /^Block/ }).click();
  await expect.poll(async () => (await readKey()).allowedDomains).toEqual(['*.shop.example.com']);

  const blocked = await openPage(browser, sites.put('shop.example.com', shopTag('data-hide-when-blocked')));
  await expect.poll(() => blocked.errors.some((line) => line.includes('origin_not_allowed'))).toBe(true);
  await blocked.page.close();
  // The blocked origin is listed with its way back in.
  await page.reload();
  await openTab(page, 'Usage');
  await page.getByRole('button', { name: 'Allow this domain: shop.example.com' }).press('Enter');
  await expect.poll(async () => (await readKey()).allowedDomains).toEqual(['*.shop.example.com', 'shop.example.com']);
  await expect.poll(() => focusedText(page)).toBe('Origins');
});

test('a replay that does not come is said, and asked for again', async () => {
  const { page } = owner;
  await openTab(page, 'Domains');
  await page.route('**/domains/preview', (route) => route.abort());
  await page.getByRole('button', { name: 'Remove shop.example.com', exact: true }).click();
  await page.getByText('What this blocks could not be found out.').waitFor();
  await page.unroute('**/domains/preview');
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('What this blocks could not be found out.').waitFor({ state: 'detached' });
  await page.locator('.replay').getByText(`http://shop.example.com:${sites.port}`).waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
});

test('a page that sent the secret is not offered as one to allow', async () => {
  const { page } = owner;
  const origin = 'https://leak.example.com';
  const authorization = `Bearer ${pair.publicKey}:${pair.secretKey}`;
  expect((await fetch(`${server.origin}/api/v1/key`, { headers: { authorization, origin } })).status).toBe(200);
  await openTab(page, 'Usage');
  const row = page.getByRole('row').filter({ hasText: origin });
  // Figures are written once a second.
  await expect
    .poll(async () => {
      await page.reload();
      await page.getByRole('heading', { name: 'Origins' }).waitFor();
      return (await row.count()) === 1 ? row.innerText() : '';
    })
    .toContain('with the secret');
  await page.getByText('rotate it').first().waitFor();
  expect(await page.locator('key-safety').innerText()).not.toContain(origin);
});

// Fails without the focus keeper: the browser drops the focus, and the next Tab begins at the top.
test('the focus stays where one works when the pressed control goes', async () => {
  const { page } = owner;
  await openTab(page, 'Settings');
  await page.getByLabel('Limit all requests of this key together').check();
  await page.getByRole('button', { name: 'Discard' }).press('Enter');
  await expect.poll(() => focusedText(page)).toBe('Limits');
  await page
    .getByRole('group', { name: 'Turn learning mode on' })
    .getByRole('button', { name: '1 hour' })
    .press('Enter');
  await page.getByRole('button', { name: 'Turn learning mode on' }).press('Enter');
  await page.getByRole('button', { name: 'End it now' }).waitFor();
  await expect.poll(() => focusedText(page)).toBe('Learning mode');
  await page.getByRole('button', { name: 'End it now' }).press('Enter');
  await expect.poll(() => focusedText(page)).toBe('Learning mode');
  const theSwitch = page.getByRole('switch', { name: 'Refuse this secret from browsers' });
  await theSwitch.press('Enter');
  await page.getByText('The secret is refused from browsers now.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect.poll(() => theSwitch.evaluate((one) => one === document.activeElement)).toBe(true);
});

test('rotating under use: the old secret works for its grace, and the page says that it is still used', async () => {
  const { page } = owner;
  const old = pair.secretKey;
  await openTab(page, 'Overview');
  await page.locator('key-secret').getByRole('button', { name: 'Rotate secret…' }).click();
  await page.getByRole('dialog').getByLabel('In 24 hours').check();
  await page.getByRole('button', { name: 'Make a new secret' }).click();
  const made = await storeSecret(page);
  expect(made.secretKey).not.toBe(old);
  expect([await call(old), await call(made.secretKey)]).toEqual(['ok', 'ok']);
  await page.getByText('Still in use, last').waitFor({ timeout: 20_000 });

  await page.locator('key-secret').getByRole('button', { name: 'Rotate secret…' }).click();
  await page.getByRole('dialog').getByRole('radio', { name: /^Now/ }).check();
  await page.getByRole('button', { name: 'Make a new secret' }).click();
  pair = await storeSecret(page);
  expect([await call(old), await call(made.secretKey), await call()]).toEqual(['key_invalid', 'key_invalid', 'ok']);
});

test('what people wrote is text, on every page', async () => {
  const { page, thrown, violations } = owner;
  await page.goto(`${server.origin}${settingsPath}`);
  await page.getByRole('button', { name: 'Create API Key' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(hostile);
  await page.getByRole('button', { name: 'Create key' }).click();
  await storeSecret(page);
  for (const section of ['api-keys', 'usage', 'audit']) {
    await page.goto(`${server.origin}/org/org_demo/settings/${section}`);
    await page.getByText(hostile).first().waitFor();
  }
  await page.goto(`${server.origin}${settingsPath}`);
  await openKey(page, hostile);
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
  expect([thrown, await violations()]).toEqual([[], []]);
});

test('deleting needs the name, and is immediate', async () => {
  const { page } = owner;
  await page.goto(`${server.origin}${settingsPath}`);
  await openKey(page, 'Production Website');
  await openTab(page, 'Settings');
  await page.getByRole('button', { name: 'Delete key…' }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Delete for good' });
  await dialog.getByRole('textbox').fill('production website');
  expect(await confirm.isEnabled()).toBe(false);
  await dialog.getByRole('textbox').fill('Production Website');
  await confirm.click();
  await page.waitForURL(`${server.origin}${settingsPath}`);
  expect(await call()).toBe('key_invalid');
  expect(await rowOf(page, 'Production Website').count()).toBe(0);
});

test('an agent is written, previewed with the real widget, and somebody is invited', async () => {
  const { page } = owner;
  await page.goto(`${server.origin}/org/org_demo/settings/agents/agt_demo`);
  const preview = page.frameLocator('agent-preview iframe');
  await preview.locator('.suggestions button').first().click();
  await preview.locator('.message.agent').getByText('self-hosted gate').waitFor();

  await page.goto(`${server.origin}/org/org_demo/settings/members`);
  await page
    .getByRole('button', { name: /Invite/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill('viewer@example.com');
  await dialog.getByRole('radio', { name: /^Viewer/ }).check();
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  await dialog.getByText('/setup#token=').waitFor();
  const [link = ''] = /http:\S+\/setup#token=[\w-]+/.exec(await dialog.innerText()) ?? [];

  const invited = await openPage(browser, link);
  await invited.page.getByLabel('New password').fill(password);
  await invited.page.keyboard.press('Enter');
  await invited.page.waitForURL(`${server.origin}${settingsPath}`);
  await invited.page.getByText('you are a viewer here').first().waitFor();
  expect(await invited.page.getByRole('button', { name: 'Create API Key' }).count()).toBe(0);
  await invited.page.context().close();
});

const sections = [
  'api-keys',
  'api-keys/key_demo',
  ...['domains', 'usage', 'settings'].map((tab) => `api-keys/key_demo?tab=${tab}`),
  'usage',
  'agents',
  'agents/agt_demo',
  'members',
  'webhooks',
  'audit',
];
const looks = [
  ['wide', { viewport: { width: 1440, height: 900 } }],
  ['dark, 360 px', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
] as const;

test.each(looks)(
  '%s: no page overflows, breaks the policy, throws, or has an accessibility mistake',
  async (_name, look) => {
    const { page, errors, thrown, violations } = await openSignedIn(settingsPath, look);
    for (const path of [...sections.map((section) => `/org/org_demo/settings/${section}`), '/account']) {
      await page.goto(`${server.origin}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(() => document.querySelector('[aria-busy="true"], .skeleton') === null);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([path, overflow <= 0]).toEqual([path, true]);
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const inPage = globalThis as unknown as { axe: typeof axe };
        const { violations: mistakes } = await inPage.axe.run(document, { iframes: false });
        return mistakes.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
      });
      expect([path, found]).toEqual([path, []]);
      expect([path, await violations()]).toEqual([path, []]);
    }
    expect([errors, thrown]).toEqual([[], []]);
    await page.context().close();
  },
);

test('signing out everywhere ends the other window too', async () => {
  const second = await openSignedIn('/account');
  await second.page.getByRole('button', { name: /Sign out everywhere/ }).click();
  await second.page
    .getByRole('dialog')
    .getByRole('button', { name: /Sign out everywhere/ })
    .click();
  await second.page.waitForURL(/\/sign-in/);
  await owner.page.goto(`${server.origin}${settingsPath}`);
  await owner.page.waitForURL(/\/sign-in\?next=/);
  await owner.page.getByLabel('E-mail').fill('owner@localhost');
  await owner.page.getByLabel('Password', { exact: true }).fill(password);
  await owner.page.keyboard.press('Enter');
  await owner.page.waitForURL(`${server.origin}${settingsPath}`);
});

/** The key as the command line sees it. */
async function readKey(): Promise<{ allowedDomains: readonly string[] }> {
  const { data } = await server.run<{ data: { publicKey: string; allowedDomains: string[] }[] }>(
    ...(['keys', 'list', '--org', 'org_demo'] as const),
  );
  const key = data.find(({ publicKey }) => publicKey === pair.publicKey);
  if (key === undefined) throw new Error('The key is gone.');
  return key;
}
