/** Two people at one key, and a session that ends in the middle of an edit: nothing is taken back and nothing is lost. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from '../support/requests.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { startBuiltServer, type BuiltServer } from './built-server.ts';

const password = 'correct horse battery staple';
let server: BuiltServer;
let browser: Browser;
let a: Page;
let b: Page;
let keysPath: string;
let keyPath: string;

async function setPassword(link: string, email?: string): Promise<WatchedPage> {
  const opened = await openPage(browser, link);
  const { page } = opened;
  if (email !== undefined) await page.getByLabel('E-mail').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/settings\/api-keys$/);
  return opened;
}

const api = (page: Page, method: string, path: string, body?: object) =>
  page.evaluate(
    async ({ method, path, body }) => {
      const init = { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) };
      const response = await fetch(path, init as RequestInit);
      return response.status === 204 ? null : ((await response.json()) as Record<string, unknown>);
    },
    { method, path, body },
  );
const savedDomains = async () => ((await api(b, 'GET', keyPath)) as { allowedDomains: string[] }).allowedDomains;

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>('axe.run()');
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

beforeAll(async () => {
  [server, browser] = await Promise.all([
    startBuiltServer({ DEMO: 'on', RATE_LIMIT_REFUSED_PER_IP: 'off' }),
    launchBrowser(),
  ]);
  const [link = ''] = /http:\S+\/setup#token=\S+/.exec(server.printed) ?? [];
  ({ page: a } = await setPassword(link, 'a@example.com'));
  keysPath = new URL(a.url()).pathname;
  const [, organizationId = ''] = /\/org\/([^/]+)/.exec(keysPath) ?? [];
  const { url } = await server.run<{ url: string }>(
    'user',
    'invite',
    '--org',
    organizationId,
    '--email',
    'b@example.com',
  );
  ({ page: b } = await setPassword(url.replace(/^.*(?=\/setup)/, server.origin)));
  const made = (await api(a, 'POST', `/api/org/${organizationId}/api-keys`, {
    name: 'Website',
    allowedDomains: ['shop.example', '*.c194.example'],
  })) as { key: { id: string } };
  keyPath = `/api/org/${organizationId}/api-keys/${made.key.id}`;
  await holdRefreshes(a);
  await a.goto(`${server.origin}${keysPath}/${made.key.id}?tab=domains`);
  await a.locator('#domain-entry').waitFor();
});
afterAll(async () => {
  // A held refresh may be under way.
  const pages = browser.contexts().flatMap((context) => context.pages());
  await Promise.all(pages.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
  await browser.close();
  await server.stop();
});

let isHeld = false;

/** While `isHeld`, quiet refreshes don't tell what B did. */
const holdRefreshes = (page: Page) =>
  page.route(`**${keyPath}`, (route) =>
    route.request().method() === 'GET' && isHeld ? route.abort() : route.continue(),
  );

async function addDomain(domain: string): Promise<void> {
  await a.locator('#domain-entry').fill(domain);
  await a.locator('#domain-entry').press('Enter');
  await a.getByText('1 added').waitFor();
}

test('a domain that B removed while A edited is not put back unasked', async () => {
  isHeld = true;
  await addDomain('new.example');
  await api(b, 'PATCH', keyPath, { removeDomains: ['*.c194.example'] });
  await a.getByRole('button', { name: 'Save domains' }).click();
  const dialog = a.getByRole('dialog', { name: 'Changed meanwhile' });
  await dialog.getByText('b@example.com').waitFor();
  await dialog.getByText('*.c194.example was removed.').waitFor();
  expect(await savedDomains()).toEqual(['shop.example']);
  expect(await dialog.getByLabel('Keep removed').isChecked()).toBe(true);
  expect(await violations(a)).toEqual([]);
  await dialog.getByRole('button', { name: 'Go on editing' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await a.getByText('1 added').waitFor();
  expect(await savedDomains()).toEqual(['shop.example']);
  await a.getByRole('button', { name: 'Save domains' }).click();
  await dialog.getByLabel('Keep removed').press('Enter');
  await a.getByText('Allowed domains saved.').waitFor();
  expect(await savedDomains()).toEqual(['shop.example', 'new.example']);
});

test('A may put it back; Undo takes back only what A did', async () => {
  await addDomain('other.example');
  await api(b, 'PATCH', keyPath, { removeDomains: ['shop.example'] });
  await a.getByRole('button', { name: 'Save domains' }).click();
  await a.getByLabel('Put back').check();
  await a.getByRole('button', { name: 'Save like this' }).click();
  await expect.poll(savedDomains).toEqual(['shop.example', 'new.example', 'other.example']);
  await api(b, 'PATCH', keyPath, { addDomains: ['late.example'] });
  await a.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(savedDomains).toEqual(['shop.example', 'new.example', 'late.example']);
});

test('what B changed elsewhere in the key is no question; the same field is', async () => {
  await api(b, 'PATCH', keyPath, { enabled: false });
  await a.getByRole('button', { name: 'Rename' }).click();
  await a.getByLabel('Name of the key').fill('Mine');
  await a.getByLabel('Name of the key').press('Enter');
  await a.getByRole('heading', { name: 'Mine', level: 1 }).waitFor();
  expect(await api(b, 'GET', keyPath)).toMatchObject({ name: 'Mine', enabled: false });
  await a.getByRole('button', { name: 'Rename' }).click();
  await a.getByLabel('Name of the key').fill('Mine again');
  await api(b, 'PATCH', keyPath, { name: 'Theirs', enabled: true });
  await a.getByLabel('Name of the key').press('Enter');
  await a.getByText('The name was changed to “Theirs”.').waitFor();
  await a.getByLabel('Use mine: “Mine again”').check();
  await a.getByRole('button', { name: 'Save like this' }).click();
  await a.getByRole('heading', { name: 'Mine again', level: 1 }).waitFor();
  expect(await api(b, 'GET', keyPath)).toMatchObject({ name: 'Mine again', enabled: true });
  isHeld = false;
});

test('a session that ends in mid-edit: one dialog, and the same save goes through', async () => {
  await addDomain('mid-edit.example');
  await a.context().clearCookies();
  // Something that is read in the background may have asked already.
  await a.getByRole('button', { name: 'Save domains' }).dispatchEvent('click');
  const dialog = a.getByRole('dialog', { name: 'Your session ended' });
  await dialog.waitFor();
  // What is read meanwhile waits for the same answer.
  await a.evaluate(() => dispatchEvent(new Event('focus')));
  expect(await a.getByRole('dialog').count()).toBe(1);
  expect(await a.getByText('/sign-in').count()).toBe(0);
  expect(await dialog.getByLabel('E-mail').inputValue()).toBe('a@example.com');
  expect(await violations(a)).toEqual([]);
  await expect.poll(() => a.evaluate(() => document.activeElement?.id)).toBe('session-password');
  await a.keyboard.type('wrong');
  await a.keyboard.press('Enter');
  await dialog.getByText('The e-mail or the password is wrong.').waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await a.keyboard.press('Enter');
  await a.getByText('Allowed domains saved.').waitFor();
  await dialog.waitFor({ state: 'hidden' });
  expect(await savedDomains()).toContain('mid-edit.example');
});

test('closed, the dialog leaves the draft, and a later save asks again; somebody else signs in: a fresh page', async () => {
  await addDomain('kept.example');
  await a.context().clearCookies();
  // Something that is read in the background may have asked already.
  await a.getByRole('button', { name: 'Save domains' }).dispatchEvent('click');
  const dialog = a.getByRole('dialog', { name: 'Your session ended' });
  await dialog.getByRole('button', { name: 'Not now' }).click();
  await a.getByText('Your session ended. Sign in to go on.').waitFor();
  await a.getByText('1 added').waitFor();
  await a.getByRole('button', { name: 'Save domains' }).click();
  await dialog.getByLabel('E-mail').fill('b@example.com');
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await a.keyboard.press('Enter');
  await a.getByRole('button', { name: 'Account of b@example.com' }).waitFor();
  await a.locator('#domain-entry').waitFor();
  expect(await a.getByText('1 added').count()).toBe(0);
  expect(await savedDomains()).not.toContain('kept.example');
});

test('the side bar marks the section of the address: opened, by a link, back, and loaded again', async () => {
  const marked = () => a.locator('nav.sections [aria-current=page]').allInnerTexts();
  const key = a.url();
  await expect.poll(marked).toEqual(['API Keys']);
  await a.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Audit log' }).click();
  await a.getByRole('heading', { name: 'Audit log', level: 1 }).waitFor();
  expect(await marked()).toEqual(['Audit log']);
  await a.goBack();
  await a.waitForURL(key);
  await expect.poll(marked).toEqual(['API Keys']);
  await a.goto(key.replace(/api-keys.*/, 'members'));
  await expect.poll(marked).toEqual(['Members']);
  await a.goto(key);
  await a.locator('#domain-entry').waitFor();
});

test('origins that a change blocks are a list that the keyboard reaches and scrolls', async () => {
  const { publicKey } = (await api(b, 'GET', keyPath)) as { publicKey: string };
  const origins = Array.from({ length: 30 }, (_, index) => `https://seen-${index}.many.example`);
  await api(b, 'PATCH', keyPath, { addDomains: ['*.many.example'] });
  for (const origin of origins)
    await send(server, '/api/v1/key', { headers: { authorization: `Bearer ${publicKey}`, origin } });
  // Figures are written once a second.
  const seen = async () => ((await api(b, 'GET', `${keyPath}/usage`)) as { origins: unknown[] }).origins.length;
  await expect.poll(seen, { timeout: 10_000 }).toBeGreaterThanOrEqual(origins.length);
  await a.reload();
  await a.getByRole('button', { name: 'Remove *.many.example', exact: true }).click();
  const list = a.getByRole('list', { name: 'Origins that this blocks' });
  await list.getByText('https://seen-0.many.example').waitFor();
  expect(await violations(a)).toEqual([]);
  const isFocused = () => list.evaluate((element) => document.activeElement === element);
  await a.getByRole('button', { name: 'Save domains' }).focus();
  for (let presses = 0; presses < 20 && !(await isFocused()); presses++) await a.keyboard.press('Shift+Tab');
  expect(await isFocused()).toBe(true);
  await a.keyboard.press('End');
  await expect.poll(() => list.evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(0);
  await a.getByRole('button', { name: 'Discard' }).click();
});

test('a fragment is kept over the sign-in, and scrolled to', async () => {
  const { page } = await openPage(browser, `${a.url()}#danger-heading`);
  await page.getByLabel('E-mail').fill('b@example.com');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${a.url()}#danger-heading`);
  const heading = page.locator('#danger-heading');
  const isSeen = () => heading.evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight);
  await expect.poll(isSeen).toBe(true);
  await page.close();
});

test('what failed without a connection is read again when there is one: a page, and more of a list', async () => {
  const { page } = await openPage(browser, server.origin, { storageState: await b.context().storageState() });
  const [, organizationId = ''] = /\/org\/([^/]+)/.exec(keysPath) ?? [];
  const audit = `**/api/org/${organizationId}/audit*`;
  const online = () => page.evaluate(() => dispatchEvent(new Event('online')));
  await page.route(audit, (route) => route.abort());
  await page.goto(`${server.origin}/org/${organizationId}/settings/audit`);
  await page.getByRole('alert').waitFor();
  await page.unroute(audit);
  await online();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  const more = page.getByRole('button', { name: 'Load more' });
  // Changes enough for a second page.
  for (let change = 0; change < 60; change++) await api(b, 'PATCH', keyPath, { enabled: change % 2 === 1 });
  await page.reload();
  await page.route(audit, (route) => (route.request().url().includes('cursor') ? route.abort() : route.continue()));
  await more.click();
  await page.getByRole('alert').waitFor();
  await page.unroute(audit);
  await online();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await expect.poll(() => page.locator('.audit-entry').count()).toBeGreaterThan(50);
  await page.close();
});

test('an agent that was deleted elsewhere is not here any more, in the middle of an edit too', async () => {
  const [, organizationId = ''] = /\/org\/([^/]+)/.exec(keysPath) ?? [];
  const agents = `/api/org/${organizationId}/agents`;
  const faq = [{ question: 'Open?', answer: 'At nine.' }];
  for (const act of ['Save', 'Delete agent…']) {
    const { id } = (await api(b, 'POST', agents, { name: 'Guide', faq })) as { id: string };
    const page = (await openPage(browser, server.origin, { storageState: await b.context().storageState() })).page;
    await page.goto(`${server.origin}/org/${organizationId}/settings/agents/${id}`);
    await page.getByLabel('Greeting').fill('Too late');
    await api(b, 'DELETE', `${agents}/${id}`);
    await page.getByRole('button', { name: act, exact: true }).click();
    if (act === 'Delete agent…') {
      await page.getByRole('dialog').getByRole('textbox').fill('Guide');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
      await page.waitForURL(/\/settings\/agents$/);
    } else {
      await page.getByRole('heading', { name: 'This agent is not here' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('link', { name: 'All agents' }).click();
      await page.waitForURL(/\/settings\/agents$/);
    }
    await page.close();
  }
});

test('a key that was deleted elsewhere is not here any more, whatever is tried with it', async () => {
  const late = await openPage(browser, a.url(), { storageState: await b.context().storageState() });
  await late.page.getByRole('link', { name: 'Overview' }).click();
  await late.page.getByRole('button', { name: 'Rotate secret…' }).click();
  await holdRefreshes(late.page);
  isHeld = true;
  await a.getByRole('button', { name: 'Rename' }).click();
  await a.getByLabel('Name of the key').fill('Too late');
  await api(b, 'DELETE', keyPath);
  await a.getByLabel('Name of the key').press('Enter');
  await late.page.getByRole('button', { name: 'Make a new secret' }).click();
  for (const page of [a, late.page]) await page.getByRole('heading', { name: 'This key is not here' }).waitFor();
});

test('who is removed leaves no pair behind that manages keys unseen: each is disabled with one click', async () => {
  // B's page, with B's own role: A's window has B's session by now.
  const [, organizationId = ''] = /\/org\/([^/]+)/.exec(keysPath) ?? [];
  const keys = `/api/org/${organizationId}/api-keys`;
  const owner = await openPage(browser, `${server.origin}/sign-in`);
  const { page } = owner;
  await page.getByLabel('E-mail').fill('a@example.com');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/settings\/api-keys$/);
  const made = (await api(b, 'POST', keys, { name: 'Deploy', scopes: ['keys:manage'] })) as { key: { id: string } };
  await api(b, 'POST', keys, { name: 'Harmless' });
  await page.goto(`${server.origin}/org/${organizationId}/settings/members`);
  await page.getByRole('button', { name: 'Remove b@example.com' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove this member?' });
  await dialog.getByRole('button', { name: 'Disable Deploy' }).focus();
  expect(await dialog.getByText('Harmless').count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await dialog.getByText('Disabled', { exact: true }).waitFor();
  expect(await api(page, 'GET', `${keys}/${made.key.id}`)).toMatchObject({
    enabled: false,
    createdBy: { kind: 'user', name: 'b@example.com' },
  });
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.goto(`${server.origin}/org/${organizationId}/settings/api-keys/${made.key.id}`);
  await page.getByText('by b@example.com').waitFor();
});
