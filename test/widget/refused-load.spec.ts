/** The launcher is there and the chat can't be loaded, or comes from elsewhere: it works, or the console names the cause. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { AGENT_ID, KEY } from './answers.ts';
import { closeBrowser, openBrowser, plain, withSite, type Site } from './customer-page.ts';

/** What the console says after a click, with the visitor told. */
async function saidAfterClick({ page }: Site): Promise<string> {
  const said = page.waitForEvent('console', (message) => message.text().includes('[postern]'));
  await page.locator('.launcher').click();
  assert.equal(await page.getByRole('alert').innerText(), 'The chat didn’t load. ↻');
  return (await said).text();
}

/** A server that redirects to `host`, with or without leave for other origins to read the redirect. */
async function withRedirect(isReadable: boolean, use: (address: string, to: (host: string) => void) => Promise<void>) {
  let target = '';
  const server = createServer((request, response) => {
    if (isReadable) response.setHeader('access-control-allow-origin', '*');
    response.writeHead(301, { location: target + (request.url ?? '') }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, (host) => (target = host));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const attributes = 'data-load="interaction"';

describe('a chat that is refused or redirected', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  for (const isReadable of [true, false]) {
    it(`the tag’s address redirects, ${isReadable ? 'readable: the chat asks the server it came from' : 'unreadable: the console says so'}`, async () => {
      await withRedirect(isReadable, async (address, to) => {
        const html = (_tag: string, { api }: { api: string }) => {
          to(api.replace('/s/site', ''));
          return plain(
            `<script async src="${address}/widget.js" data-key="${KEY}" data-agent="${AGENT_ID}" ${attributes}></script>`,
          );
        };
        await withSite({ html }, async (site) => {
          const { page, host } = site;
          if (!isReadable) {
            assert.match(await saidAfterClick(site), /it must not redirect\./);
            return;
          }
          const asked = page.waitForRequest((request) => request.url().includes('/api/v1/'));
          await page.locator('.launcher').click();
          assert.equal(new URL((await asked).url()).origin, host);
        });
      });
    });
  }

  it('by trusted-types: the console names it and the policy, and not script-src', async () => {
    const policy = (host: string) =>
      `script-src ${host}; connect-src ${host}; require-trusted-types-for 'script'; trusted-types other`;
    await withSite({ html: plain, attributes, policy }, async (site) => {
      const said = await saidAfterClick(site);
      assert.match(said, /trusted-types must allow lit-html\./);
      assert.doesNotMatch(said, /script-src/);
    });
  });

  it('by connect-src, with the chat loaded: no chat here for the visitor, and the console names it alone', async () => {
    const policy = (host: string) => `script-src ${host}; connect-src 'self'`;
    await withSite({ html: plain, policy }, async ({ page, host }) => {
      const said = page.waitForEvent('console', (message) => message.text().includes('[postern]'));
      await page.locator('.launcher').click();
      await page.getByRole('alert').getByText('Chat isn’t available here right now.').waitFor();
      const text = (await said).text();
      assert.match(text, /blocked: .*Fix: connect-src of the page must allow http/);
      assert.ok(text.includes(host), text);
      assert.doesNotMatch(text, /redirect|headers/);
    });
  });

  /** Pages on https, without a certificate: the browser is handed what a server would answer. */
  async function withHttpsPage(html: string, use: (page: Page) => Promise<void>): Promise<void> {
    await withSite({ html: plain }, async ({ page, host }) => {
      await page.route('https://*.example/**', async (route) => {
        const { pathname } = new URL(route.request().url());
        if (!pathname.startsWith('/widget')) await route.fulfill({ body: html, contentType: 'text/html' });
        else await route.fulfill({ response: await route.fetch({ url: host + pathname }) });
      });
      await page.goto('https://shop.example/');
      await use(page);
    });
  }

  it('an https page with data-api on http: no chat here for the visitor, and the console names the cause and the address', async () => {
    const tag = `<script async src="https://gate.example/widget.js" data-key="${KEY}" data-agent="${AGENT_ID}" data-api="http://gate.example"></script>`;
    await withHttpsPage(plain(tag), async (page) => {
      const said = page.waitForEvent('console', (message) => message.text().includes('[postern]'));
      await page.locator('.launcher').click();
      await page.getByRole('alert').getByText('Chat isn’t available here right now.').waitFor();
      const text = (await said).text();
      assert.match(text, /blocked: .*An https page may call https only.*, not http:\/\/gate\.example\./);
      assert.doesNotMatch(text, /connect-src|redirect/);
    });
  });

  it('an https page with window.postern on http, the script combined: the console names the cause and the address', async () => {
    const loader = readFileSync(join(import.meta.dirname, '../../dist/widget/widget.js'), 'utf8');
    const options = { key: KEY, agent: AGENT_ID, api: 'http://gate.example', load: 'interaction' };
    const scripts = `<script>window.postern = ${JSON.stringify(options)}</script><script>${loader}</script>`;
    await withHttpsPage(plain(scripts), async (page) => {
      const said = page.waitForEvent('console', (message) => message.text().includes('[postern]'));
      await page.locator('.launcher').click();
      assert.match(
        (await said).text(),
        /http:\/\/gate\.example\/widget\/.* did not load: .*on an https page it must be https/,
      );
    });
  });

  it('by script-src: the console names it, and not trusted-types', async () => {
    const policy = (host: string) =>
      `script-src ${host}/widget.js; connect-src ${host}; require-trusted-types-for 'script'; trusted-types lit-html`;
    await withSite({ html: plain, attributes, policy }, async (site) => {
      const said = await saidAfterClick(site);
      assert.match(said, /script-src must allow it/);
      assert.doesNotMatch(said, /trusted-types/);
    });
  });
});
