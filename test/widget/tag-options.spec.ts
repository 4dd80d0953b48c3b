/** Where a page's owner can say what the chat shall be: the tag, its address, or `window.postern`. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { AGENT_ID, KEY } from './answers.ts';
import { closeBrowser, openBrowser, plain, withSite } from './customer-page.ts';

interface Server {
  readonly host: string;
  readonly api: string;
}
const other = 'pk_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz';
const query = ({ api }: Server, key = KEY) =>
  new URLSearchParams({
    key,
    agent: AGENT_ID,
    api,
    label: 'Ask us',
    position: 'start',
    accent: '#ff0000',
    theme: 'dark',
  });
const object = ({ api }: Server, key = KEY) =>
  `<script>window.postern = ${JSON.stringify({
    key,
    agent: AGENT_ID,
    api,
    label: 'Ask us',
    position: 'start',
    accent: '#ff0000',
    theme: 'dark',
    remember: true,
    hideWhenBlocked: false,
    open: false,
  })}</script>`;
/** As an optimizer does it: the code runs, and no tag of ours is on the page. */
const combined = ({ host }: Server) =>
  `<script>fetch('${host}/widget.js').then((answer) => answer.text()).then((code) => (0, eval)(code))</script>`;

describe('options', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  for (const [where, write] of [
    [
      'the tag’s address',
      (server: Server) => `<script async src="${server.host}/widget.js?${query(server)}"></script>`,
    ],
    [
      'the tag’s address, which a tag manager made anew',
      (server: Server) =>
        `<script>const s = document.createElement('script'); s.src = ${JSON.stringify(`${server.host}/widget.js?${query(server)}`)}; document.head.append(s)</script>`,
    ],
    [
      'window.postern, and the tag with nothing but its address',
      (server: Server) => `${object(server)}<script async src="${server.host}/widget.js"></script>`,
    ],
    ['window.postern, with the code in another file', (server: Server) => object(server) + combined(server)],
    [
      'data-…, before the address, before window.postern',
      (server: Server) =>
        `${object(server, other).replace('Ask us', 'Wrong')}<script async data-key="${KEY}" data-label="Ask us" src="${server.host}/widget.js?${query(server, other)}"></script>`,
    ],
  ] as const) {
    it(`are read from ${where}`, async () => {
      const html = (_tag: string, server: Server) => plain(write(server));
      await withSite({ html }, async (site) => {
        const { page } = site;
        await page.locator('.launcher').click();
        await page.locator('.message.agent').waitFor();
        const [asked] = await site.asked();
        assert.equal(asked!.headers.authorization, `Bearer ${KEY}`);
        assert.equal(asked!.path, `api/v1/agents/${AGENT_ID}?widget=${packageJson.version}`);
        const chat = page.locator('postern-chat');
        const attributes = await chat.evaluate((element) =>
          Object.fromEntries(['label', 'position', 'theme'].map((name) => [name, element.getAttribute(name)])),
        );
        assert.deepEqual(attributes, { label: 'Ask us', position: 'start', theme: 'dark' });
        assert.equal(await chat.evaluate((element) => element.style.getPropertyValue('--postern-accent')), '#ff0000');
        assert.equal(await chat.evaluate((element) => element.hasAttribute('hide-when-blocked')), false);
        assert.equal(await page.locator('.launcher').evaluate((button) => button.getBoundingClientRect().x), 20);
        assert.deepEqual(site.errors, []);
      });
    });
  }

  for (const [how, write] of [
    ['a tag without data-key', ({ host }: Server) => `<script async src="${host}/widget.js"></script>`],
    ['the code in another file', combined],
  ] as const) {
    it(`that are nowhere (${how}) are one line in the console`, async () => {
      const html = (_tag: string, server: Server) => plain(write(server));
      await withSite({ html }, async ({ page, errors }) => {
        await page.waitForLoadState('networkidle');
        assert.equal(await page.locator('postern-chat').count(), 0);
        assert.equal(errors.length, 1);
        assert.match(
          errors[0]!,
          /^\[postern\] No chat here\. Error: No key: add data-key="pk_…" to the tag, or \?key=pk_…/,
        );
      });
    });
  }
});
