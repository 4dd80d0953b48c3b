import { build } from 'esbuild';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, ownerLines, startSites, type SiteServer } from './browser.ts';
import { makeKey, readManifest, startBuiltServer, type BuiltServer, type MadeKey } from './built-server.ts';

let server: BuiltServer;
let sites: SiteServer;
let browser: Browser;
let key: MadeKey;

beforeAll(async () => {
  [server, sites, browser] = await Promise.all([startBuiltServer({ DEMO: 'off' }), startSites(), launchBrowser()]);
  key = await makeKey(server, 'shop.example.com');
});
afterAll(async () => {
  await browser.close();
  await Promise.all([server.stop(), sites.stop()]);
});

/** Sentry as a shop installs it, with tracing of every request. */
const sentryPage = `
  import * as Sentry from '@sentry/browser';
  Sentry.init({
    dsn: 'https://public@sentry.invalid/1',
    integrations: [Sentry.browserTracingIntegration()],
    tracesSampleRate: 1,
    tracePropagationTargets: [/.*/],
    transport: () => ({ send: async () => ({}), flush: async () => true }),
  });`;

const tag = (attributes = '') =>
  `<script async src="${server.origin}/widget.js" data-key="${key.publicKey}" data-agent="${key.agentId}" ${attributes}></script>`;

async function ask(page: Page | FrameLocator, question: string): Promise<void> {
  await page.locator('textarea').fill(question);
  await page.locator('textarea').press('Enter');
}
const lastReply = (page: Page) => page.locator('.message.agent').last();

test('the script tag puts a chat on a page of an allowed domain, and the page stays quiet', async () => {
  const { page, errors, thrown } = await openPage(browser, sites.put('shop.example.com', tag()));
  await page.getByRole('button', { name: 'Chat' }).click();
  await ask(page, 'When do you open?');
  await lastReply(page).getByText('At nine.').waitFor();
  expect([errors, thrown]).toEqual([[], []]);
  await page.close();
});

test('an answer is rated, still is after a reload, and the visitor deletes the chat for good', async () => {
  const { page, errors, thrown } = await openPage(browser, sites.put('shop.example.com', tag()));
  await page.getByRole('button', { name: 'Chat' }).click();
  await ask(page, 'When do you open?');
  const rated = page.waitForResponse((response) => response.url().endsWith('/rating') && response.status() === 204);
  await page.getByRole('button', { name: 'Helpful', exact: true }).click();
  const conversation = (await rated).url().replace(/\/messages\/.*/, '');
  await page.reload();
  await page.getByRole('button', { name: 'Helpful', exact: true, pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Delete this chat' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('The chat is deleted.').waitFor();
  expect([errors, thrown]).toEqual([[], []]);
  const read = ([url, publicKey]: readonly string[]) =>
    fetch(url!, { headers: { authorization: `Bearer ${publicKey!}` } }).then(({ status }) => status);
  expect(await page.evaluate(read, [conversation, key.publicKey])).toBe(404);
  await page.close();
});

test('the copied tag on an attacker’s page: the visitor gets no chat, the console says what to change where', async () => {
  const { page, errors, thrown } = await openPage(browser, sites.put('evil.test', tag()));
  const answers: number[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/api/v1/')) answers.push(response.status());
  });
  await page.getByRole('button', { name: 'Chat' }).click();
  await page.getByRole('alert').getByText('Chat isn’t available here right now.').waitFor();
  await expect.poll(() => ownerLines(errors).length).toBe(1);
  const lines = ownerLines(errors);
  expect(lines[0]).toContain('origin_not_allowed');
  expect(lines[0]).toContain(`http://evil.test:${sites.port}`);
  expect(lines[0]).toContain('Fix: Add evil.test to the allowed domains of this key');
  expect(lines[0]).not.toContain(key.publicKey);
  // Nothing can be written, and another try gets no further than the first did.
  await expect.poll(() => page.locator('textarea').isEditable()).toBe(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => answers.filter((status) => status === 403).length).toBeGreaterThan(1);
  expect(answers.every((status) => status === 403 || status === 204)).toBe(true);
  expect(thrown).toEqual([]);
  await page.close();
});

test('with data-hide-when-blocked an attacker’s page has no launcher at all', async () => {
  const { page, errors } = await openPage(browser, sites.put('evil.test', tag('data-hide-when-blocked')));
  await expect.poll(() => ownerLines(errors).length).toBe(1);
  expect(await page.locator('.launcher').isVisible()).toBe(false);
  await page.close();
});

test('a page with a strict policy: the chat works, streams and shows code, and nothing violates it', async () => {
  const policy = `default-src 'none'; script-src ${server.origin}; connect-src ${server.origin}; img-src ${server.origin} data:; require-trusted-types-for 'script'`;
  const url = sites.put('shop.example.com', tag(), { 'content-security-policy': policy });
  const { page, errors, thrown, violations } = await openPage(browser, url);
  await page.getByRole('button', { name: 'Chat' }).click();
  await ask(page, 'When do you open?');
  await lastReply(page).locator('pre').getByText('open(9);').waitFor();
  expect(await lastReply(page).evaluate((element) => getComputedStyle(element).borderRadius)).not.toBe('0px');
  expect([await violations(), errors, thrown]).toEqual([[], [], []]);
  await page.close();
});

test('on an allowed page whose requests a tracing library adds headers to, the chat works', async () => {
  const { outputFiles } = await build({
    stdin: { contents: sentryPage, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'iife',
  });
  const sentry = `<script>${outputFiles[0]!.text}</script>`;
  const { page, errors, thrown } = await openPage(browser, sites.put('shop.example.com', sentry + tag()));
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/messages'));
  await page.getByRole('button', { name: 'Chat' }).click();
  await ask(page, 'When do you open?');
  await lastReply(page).getByText('At nine.').waitFor();
  const headers = await (await sent).allHeaders();
  expect(Object.keys(headers)).toEqual(expect.arrayContaining(['sentry-trace', 'baggage']));
  expect([errors, thrown]).toEqual([[], []]);
  await page.close();
});

test('a domain removed while a page is open stops the next message, and added again it works', async () => {
  const setDomains = (...domains: readonly string[]) =>
    server.run(
      'keys',
      'domains',
      '--org',
      key.organizationId,
      key.keyId,
      ...domains.flatMap((name) => ['--set', name]),
    );
  const { page, errors } = await openPage(browser, sites.put('shop.example.com', tag()));
  await page.getByRole('button', { name: 'Chat' }).click();
  await ask(page, 'When do you open?');
  await lastReply(page).getByText('At nine.').waitFor();
  expect(errors).toEqual([]);

  await setDomains('other.example.com');
  await ask(page, 'How far is the harbour?');
  await page.getByRole('alert').getByText('Chat isn’t available here right now.').waitFor();
  expect(ownerLines(errors)).toHaveLength(1);
  expect(ownerLines(errors)[0]).toContain('Fix: Add shop.example.com');

  await setDomains('shop.example.com');
  await page.getByRole('button', { name: 'Try again' }).click();
  await lastReply(page).getByText('Ten minutes on foot.').waitFor();
  await page.close();
});

test('the pinned snippet, with integrity and crossorigin, works; with another digest nothing runs', async () => {
  const { pinned } = readManifest();
  const pinnedTag = (integrity: string) =>
    `<script async src="${server.origin}/widget/${pinned.file}" integrity="${integrity}" crossorigin data-key="${key.publicKey}" data-agent="${key.agentId}"></script>`;
  const good = await openPage(browser, sites.put('shop.example.com', pinnedTag(pinned.integrity)));
  await good.page.getByRole('button', { name: 'Chat' }).click();
  await ask(good.page, 'When do you open?');
  await lastReply(good.page).getByText('At nine.').waitFor();
  expect([good.errors, good.thrown]).toEqual([[], []]);
  await good.page.close();

  const bad = await openPage(browser, sites.put('shop.example.com', pinnedTag(`sha384-${'A'.repeat(64)}`)));
  await expect.poll(() => bad.errors.some((line) => line.includes('integrity'))).toBe(true);
  expect(await bad.page.locator('postern-chat').count()).toBe(0);
  await bad.page.close();
});
