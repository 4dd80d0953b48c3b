/** HTML that visitors wrote (a comment, a profile), let through by a sanitizer, takes names on the page: it gets nothing. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { AGENT_ID, KEY, reply } from './answers.ts';
import { closeBrowser, openBrowser, withSite, type Site } from './customer-page.ts';

/** Each takes `name` on the document, and some of them on the window, too. */
const elements: Readonly<Record<string, (name: string, attributes: string) => string>> = {
  form: (name, attributes) => `<form name="${name}" ${attributes}></form>`,
  img: (name, attributes) => `<img name="${name}" id="${name}" alt="" ${attributes}>`,
  embed: (name, attributes) => `<embed name="${name}" type="image/png" ${attributes}>`,
  object: (name, attributes) => `<object id="${name}" ${attributes}></object>`,
  iframe: (name, attributes) => `<iframe name="${name}" srcdoc="" ${attributes}></iframe>`,
  // Two of a name are a collection.
  'two forms': (name, attributes) => `<form name="${name}" ${attributes}></form><form name="${name}"></form>`,
};

/** What the widget, or Lit in it, asks of a document or a window. */
const names = [
  ...['currentScript', 'querySelector', 'querySelectorAll', 'createElement', 'createElementNS', 'createComment'],
  ...['createTreeWalker', 'importNode', 'body', 'head', 'documentElement', 'baseURI', 'getElementById', 'cookie'],
  ...['fonts', 'readyState', 'addEventListener', 'activeElement', 'adoptedStyleSheets', 'defaultView', 'location'],
  ...['customElements', 'postern', 'requestIdleCallback', 'trustedTypes', 'visualViewport', 'navigator', 'matchMedia'],
  ...['ShadyCSS', 'litHtmlVersions', 'litElementVersions', 'reactiveElementVersions', 'litNonce'],
  ...['litHtmlPolyfillSupport', 'litElementPolyfillSupport', 'reactiveElementPolyfillSupport', 'litPropertyMetadata'],
  ...[
    'litElementHydrateSupport',
    'sessionStorage',
    'fetch',
    'crypto',
    'HTMLScriptElement',
    'Document',
    'CSSStyleSheet',
  ],
];

const bait = `data-key="pk_evilevilevilevilevilevilevilevil" data-agent="agt_evil" data-open data-api="http://evil.invalid" key="pk_evil"`;

const page = (hostile: string) => (tag: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title></head><body><h1>Shop</h1>${hostile}${tag}`;

async function chats(site: Site): Promise<void> {
  await site.page.locator('.launcher').click();
  // A message does not wait for the greeting: asked at once, either may arrive first.
  await site.page.locator('.message.agent', { hasText: 'Hello! Ask me' }).waitFor();
  await site.page.locator('textarea').fill('Hi');
  await site.page.keyboard.press('Enter');
  await site.page.locator('.message.agent', { hasText: 'Hello back' }).waitFor();
  const [asked] = await site.asked();
  assert.equal(asked!.headers.authorization, `Bearer ${KEY}`);
  assert.equal(asked!.path, `api/v1/agents/${AGENT_ID}?widget=${packageJson.version}`);
  assert.deepEqual(
    site.fetched.filter((address) => address.includes('evil')),
    [],
  );
}

const taken = (page: Page, name: string) =>
  page.evaluate((wanted) => !(Reflect.get(document, wanted) instanceof Function) && wanted in document, name);

describe('names that HTML can take', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  for (const [kind, write] of Object.entries(elements)) {
    it(`${kind}: every name that the widget could read, with options of an attacker`, async () => {
      const hostile = names.map((name) => write(name, bait)).join('');
      await withSite({ html: page(hostile), script: { messages: [reply('Hello back.')] } }, async (site) => {
        assert.ok(await taken(site.page, 'currentScript'), 'the element stands in the way');
        assert.ok(await taken(site.page, 'createElement'));
        await chats(site);
        assert.deepEqual(site.errors, []);
      });
    });
  }

  it('an element with the name of what the browser lacks is not called (WebKit has no idle callback)', async () => {
    const lacks = '<script>delete window.requestIdleCallback</script><a id="requestIdleCallback"></a>';
    await withSite({ html: page(lacks), script: { messages: [reply('Hello back.')] } }, async (site) => {
      await chats(site);
      assert.deepEqual(site.errors, []);
    });
  });

  it('no element, of whatever kind, is taken for the tag or for window.postern', async () => {
    const hostile = ['currentScript', 'postern'].flatMap((name) =>
      Object.values(elements).map((write) => write(name, bait)),
    );
    const html = (_tag: string, { host }: { host: string }) =>
      page(
        hostile.join('') + `<svg><script type="x" data-key="pk_evil" data-api="http://evil.invalid"></script></svg>`,
      )(`<script async src="${host}/widget.js"></script>`);
    await withSite({ html }, async ({ page: shown, errors, fetched }) => {
      await shown.waitForLoadState('networkidle');
      assert.equal(await shown.locator('postern-chat').count(), 0);
      assert.deepEqual(
        fetched.filter((address) => address !== '/widget.js'),
        [],
      );
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /^\[postern\] .*No key/);
    });
  });
});
