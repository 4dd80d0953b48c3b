/** Page libraries and scripts that replace, morph or rebuild the page: the launcher stays, open and with its conversation. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { getPackageFiles } from '../support/get-package-files.ts';
import { AGENT_ID, reply } from './answers.ts';
import { closeBrowser, openBrowser, withSite, type Site } from './customer-page.ts';

const require = createRequire(import.meta.url);
const library = (path: string) => `<script>${readFileSync(require.resolve(path), 'utf8')}</script>`;

interface Rebuild {
  readonly name: string;
  readonly head?: () => string | Promise<string>;
  readonly body?: string;
  /** Attributes of the body. */
  readonly onBody?: string;
  readonly act: (page: Page) => Promise<unknown>;
  /** A new element takes over: it was copied, or the listeners of everything on the page are gone. */
  readonly isNew?: true;
}

/** Inertia as its adapters start it: a component is a piece of HTML here. */
async function inertia(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { router } from '@inertiajs/core';
        const page = (component) => ({ component, props: {}, url: location.pathname, version: null, flash: {}, rememberedState: {} });
        addEventListener('DOMContentLoaded', () => {
          router.init({
            initialPage: page('first'),
            resolveComponent: async (name) => name,
            swapComponent: async ({ component }) => { document.querySelector('main').innerHTML = '<h1>' + component + '</h1>'; },
          });
          window.visitNext = () => router.push({ ...page('Next'), url: '/next' });
        });`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
  });
  return `<script>${outputFiles[0]!.text.replaceAll('</script', '<\\/script')}</script>`;
}

/** Astro's own router between pages, started as its `<ClientRouter />` starts it. */
async function astro(): Promise<string> {
  const router = join(await getPackageFiles('astro', '6.0.5'), 'dist/transitions/router.js');
  const { outputFiles } = await build({
    stdin: {
      contents: `import { navigate } from ${JSON.stringify(router)};
        addEventListener('click', (event) => {
          const link = event.target.closest?.('a');
          if (!link) return;
          event.preventDefault();
          void navigate(link.href, { sourceElement: link });
        });`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'import.meta.env.SSR': 'false', 'import.meta.env.DEV': 'false' },
    plugins: [
      {
        name: 'astro:adapter',
        setup(bundle) {
          bundle.onResolve({ filter: /^virtual:astro:/ }, ({ path }) => ({ path, namespace: 'astro' }));
          const contents = 'export const internalFetchHeaders = {};';
          bundle.onLoad({ filter: /.*/, namespace: 'astro' }, () => ({ contents }));
        },
      },
    ],
  });
  return `<meta name="astro-view-transitions-enabled" content="true"><script type="module">${outputFiles[0]!.text.replaceAll('</script', '<\\/script')}</script>`;
}

const turbo = () => library('@hotwired/turbo/dist/turbo.es2017-umd.js');
const next = '<a id="next" href="/next">Next</a>';

const rebuilds: readonly Rebuild[] = [
  {
    name: 'Turbo 8, a visit',
    head: turbo,
    body: next,
    act: async (page) => {
      await page.locator('#next').click();
      await page.waitForURL('**/next');
    },
  },
  {
    name: 'Turbo 8, a visit and back',
    head: turbo,
    body: next,
    act: async (page) => {
      await page.locator('#next').click();
      await page.waitForURL('**/next');
      await page.goBack();
    },
  },
  {
    name: 'Turbo 8, a page refresh by morphing',
    head: () => `<meta name="turbo-refresh-method" content="morph">${turbo()}`,
    act: (page) =>
      page.evaluate(async () => {
        const morphed = new Promise((resolve) => document.addEventListener('turbo:morph', resolve, { once: true }));
        const { Turbo } = window as unknown as { Turbo: { visit: (to: string, how: object) => void } };
        Turbo.visit(location.href, { action: 'replace' });
        await morphed;
      }),
  },
  {
    name: 'htmx 2, a boosted link',
    head: () => library('htmx.org/dist/htmx.min.js'),
    onBody: 'hx-boost="true"',
    body: next,
    act: async (page) => {
      await page.locator('#next').click();
      await page.waitForURL('**/next');
    },
  },
  {
    name: 'Idiomorph, the whole document',
    head: () => library('idiomorph/dist/idiomorph.js'),
    act: (page) =>
      page.evaluate(async () => {
        const html = await (await fetch(location.href)).text();
        const { Idiomorph } = window as unknown as { Idiomorph: { morph: (from: Element, to: string) => void } };
        Idiomorph.morph(document.documentElement, html);
      }),
  },
  {
    name: 'Inertia, a visit',
    head: inertia,
    act: async (page) => {
      await page.evaluate(() => (window as unknown as { visitNext: () => void }).visitNext());
      await page.locator('h1', { hasText: 'Next' }).waitFor();
    },
  },
  {
    name: 'Astro, a visit',
    head: astro,
    body: next,
    act: async (page) => {
      const isLoaded = page.evaluate(
        () =>
          new Promise((resolve) => document.addEventListener('astro:page-load', () => resolve(true), { once: true })),
      );
      await page.locator('#next').click();
      await page.waitForURL('**/next');
      await isLoaded;
    },
  },
  {
    name: 'another body, in a view transition (as Livewire does it)',
    act: (page) =>
      page.evaluate(async () => {
        const { body } = new DOMParser().parseFromString(await (await fetch('/next')).text(), 'text/html');
        await document.startViewTransition(() => document.body.replaceWith(body)).finished;
      }),
  },
  { name: 'body.innerHTML', act: (page) => page.evaluate(() => void (document.body.innerHTML = '<main>New</main>')) },
  { name: 'body.replaceChildren()', act: (page) => page.evaluate(() => document.body.replaceChildren('New')) },
  {
    name: 'another head and body',
    act: (page) =>
      page.evaluate(
        () => void (document.documentElement.innerHTML = '<head><title>New</title></head><body>New</body>'),
      ),
  },
  {
    name: 'a copy of the document element',
    isNew: true,
    act: (page) =>
      page.evaluate(() => document.replaceChild(document.documentElement.cloneNode(true), document.documentElement)),
  },
  {
    name: 'document.open() and write()',
    isNew: true,
    act: (page) =>
      page.evaluate(() => {
        document.open();
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- pages still do it
        document.write('<!doctype html><title>New</title><body><main>New</main>');
        document.close();
      }),
  },
];

const messages = [
  { id: 'a', role: 'user', text: 'Which colour?' },
  { id: 'b', role: 'agent', text: 'Blue.' },
];

async function ask({ page }: Site, question: string, answer: string): Promise<void> {
  await page.locator('textarea').fill(question);
  await page.keyboard.press('Enter');
  await page.locator('.message.agent', { hasText: answer }).waitFor();
  // Its first words are there before it is whole.
  await page.locator('.send[aria-label=Send]').waitFor();
}

async function expectOne(page: Page): Promise<void> {
  await page.locator('.launcher').waitFor();
  assert.equal(await page.locator('postern-chat').count(), 1);
  assert.equal(await page.locator('.launcher').count(), 1);
  assert.ok(await page.evaluate(() => document.querySelector('body ~ postern-chat')), 'behind everything on the page');
}

describe('a page that is rebuilt', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  for (const { name, head, body = '', onBody = '', act, isNew } of rebuilds) {
    for (const place of ['head', 'body']) {
      it(`${name}, tag in the ${place}: keeps one launcher, open, with its conversation`, async () => {
        const scripts = (await head?.()) ?? '';
        const html = (tag: string) =>
          `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>${scripts}${place === 'head' ? tag : ''}</head>
          <body ${onBody}><main><h1>Shop</h1>${body}</main>${place === 'body' ? tag : ''}</body></html>`;
        const script = {
          messages: [reply('Blue.'), reply('Green.')],
          conversation: [{ json: { id: 'cnv_1', agentId: AGENT_ID, messages } }],
        };
        await withSite({ html, script }, async (site) => {
          const { page, errors } = site;
          await page.waitForFunction(() => customElements.get('postern-chat'));
          await expectOne(page);
          await page.locator('.launcher').click();
          await ask(site, 'Which colour?', 'Blue.');
          const before = await page.locator('postern-chat').elementHandle();
          await act(page);
          await page.locator('dialog[open]').waitFor();
          await expectOne(page);
          const isSame = await page.evaluate((old) => old === document.querySelector('postern-chat'), before);
          assert.equal(isSame, !isNew);
          await page.locator('.message.user').waitFor();
          assert.deepEqual(await page.locator('.user .body').allInnerTexts(), ['Which colour?']);
          await ask(site, 'And now?', 'Green.');
          await page.locator('[part=close]').click();
          await page.locator('.launcher').click();
          await page.locator('dialog[open]').waitFor();
          assert.deepEqual(errors, []);
        });
      });
    }
  }

  for (const { name, head, body = '', onBody = '', act } of rebuilds) {
    // With nothing focused it throws by itself, on any page: "Only one element on document allowed".
    if (name.startsWith('Idiomorph')) continue;
    it(`${name}, before the chat was ever fetched: keeps one launcher, which opens the chat`, async () => {
      const scripts = (await head?.()) ?? '';
      const html = (tag: string) =>
        `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>${scripts}${tag}</head>
        <body ${onBody}><main><h1>Shop</h1>${body}</main>`;
      const attributes = 'data-load="interaction"';
      await withSite({ html, attributes, script: { messages: [reply('Blue.')] } }, async (site) => {
        const { page, errors } = site;
        await expectOne(page);
        await act(page);
        await expectOne(page);
        assert.equal(await page.evaluate(() => customElements.get('postern-chat')), undefined);
        await page.locator('.launcher').click();
        await page.locator('dialog[open]').waitFor();
        await ask(site, 'Which colour?', 'Blue.');
        await expectOne(page);
        assert.deepEqual(errors, []);
      });
    });
  }

  it('that takes out just our element has its way, also when it is rebuilt later', async () => {
    const html = (tag: string) => `<!doctype html><html lang="en"><title>Shop</title><body><main>Shop</main>${tag}`;
    await withSite({ html }, async ({ page, errors }) => {
      await page.waitForFunction(() => customElements.get('postern-chat'));
      await page.evaluate(() => document.querySelector('postern-chat')!.remove());
      await page.evaluate(() => document.body.replaceWith(document.createElement('body')));
      await page.evaluate(() => void (document.documentElement.innerHTML = '<body>New'));
      await page.evaluate(() => new Promise(requestAnimationFrame));
      assert.equal(await page.locator('postern-chat').count(), 0);
      assert.deepEqual(errors, []);
    });
  });
});
