/** The launcher is there and the chat can't be loaded, or comes from elsewhere: it works, or the console names the cause. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
