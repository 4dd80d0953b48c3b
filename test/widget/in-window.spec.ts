/** The launcher and the chat stay in the window and in the visitor's hands, whatever the page does to itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { closeBrowser, openBrowser, plain, withSite } from './customer-page.ts';

const require = createRequire(import.meta.url);
const read = (path: string) => readFileSync(require.resolve(path), 'utf8');

/** What makes an element the containing block of what is fixed in it, and what else moves fixed things. */
const styles = [
  ...[
    'filter: grayscale(1)',
    'transform: translateX(0)',
    'rotate: 0.1deg',
    'scale: 1',
    'translate: 1px',
    'perspective: 9px',
  ],
  ...['will-change: transform', 'contain: paint', 'contain: layout', 'content-visibility: auto', 'zoom: 1.25'],
  ...['backdrop-filter: blur(1px)', 'container-type: inline-size', 'opacity: 0.9', 'overflow: hidden; height: 100%'],
];

async function expectInWindow(page: Page, selector: string): Promise<void> {
  const box = await page.locator(selector).evaluate((element) => {
    const { top, left, bottom, right } = element.getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1;
  });
  assert.ok(box, selector);
}

describe('in the window', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  for (const where of ['html', 'body']) {
    it(`is the launcher, and the panel when it opens, whatever is set on ${where} later`, async () => {
      await withSite({ html: plain }, async ({ page, errors }) => {
        await page.waitForFunction(() => customElements.get('postern-chat'));
        for (const style of styles) {
          await page.evaluate(
            ([name, css]) => document.querySelector(name!)!.setAttribute('style', css!),
            [where, style],
          );
          await page.waitForFunction(() => {
            const button = document.querySelector('postern-chat')!.shadowRoot!.querySelector('.launcher')!;
            return button.getBoundingClientRect().bottom <= innerHeight;
          });
          await expectInWindow(page, '.launcher');
          await page.locator('.launcher').click();
          await page.locator('dialog[open] .message').waitFor();
          await page.evaluate(() => {
            for (const animation of document.getAnimations()) animation.finish();
          });
          await expectInWindow(page, 'dialog');
          await page.keyboard.press('Escape');
          await page.locator('dialog:not([open])').waitFor({ state: 'attached' });
        }
        await page.emulateMedia({ media: 'print' });
        assert.equal(await page.locator('.launcher').isVisible(), false);
        assert.deepEqual(errors, []);
      });
    });
  }

  it('stands above the page, below what the page puts above it, and is usable while the body is inert', async () => {
    const html = (tag: string) =>
      plain(tag).replace(
        '<body>',
        `<style>postern-chat { --postern-z-index: 10 } #banner { position: fixed; inset: auto 0 0 0; height: 100px; z-index: 20 }</style><body style="filter: grayscale(1)"><div id="banner">Cookies?</div>`,
      );
    const top = (page: Page) =>
      page.locator('.launcher').evaluate((button) => {
        const { left, top: y } = button.getBoundingClientRect();
        return document.elementFromPoint(left + 20, y + 20)!.localName;
      });
    await withSite({ html }, async ({ page }) => {
      await page.waitForFunction(() => customElements.get('postern-chat'));
      // A filter makes one layer of the body, which stands where the body stands.
      assert.equal(await top(page), 'postern-chat');
      await page.evaluate(() => document.body.removeAttribute('style'));
      assert.equal(await top(page), 'div');
      await page.evaluate(() => {
        document.querySelector('#banner')!.remove();
        document.body.inert = true;
      });
      await page.locator('.launcher').click();
      await page.locator('textarea').fill('Hi');
    });
  });

  it('takes text while a Bootstrap modal keeps the focus', async () => {
    const html = (tag: string) =>
      plain(tag).replace(
        '<body>',
        `<style>${read('bootstrap/dist/css/bootstrap.min.css')}</style><body>
        <div class="modal" tabindex="-1"><div class="modal-dialog"><div class="modal-content"><input id="inside"></div></div></div>
        <script>${read('bootstrap/dist/js/bootstrap.bundle.min.js')}</script>`,
      );
    await withSite({ html }, async ({ page, errors }) => {
      await page.waitForFunction(() => customElements.get('postern-chat'));
      await page.evaluate(async () => {
        const modal = document.querySelector('.modal')!;
        const shown = new Promise((resolve) => modal.addEventListener('shown.bs.modal', resolve));
        const { bootstrap } = window as unknown as {
          bootstrap: { Modal: new (element: Element) => { show: () => void } };
        };
        new bootstrap.Modal(modal).show();
        await shown;
      });
      // It does keep the focus from the page's own field.
      await page.locator('#field').evaluate((field) => field.focus());
      assert.notEqual(await page.evaluate(() => document.activeElement?.id), 'field');
      await page.locator('.launcher').click();
      await page.locator('dialog[open] textarea').waitFor();
      await page.locator('textarea').focus();
      await page.keyboard.type('Hello there');
      assert.equal(await page.locator('textarea').inputValue(), 'Hello there');
      assert.deepEqual(errors, []);
    });
  });

  for (const [side, lang] of [
    ['end', 'en'],
    ['start', 'en'],
    ['end', 'ar'],
  ]) {
    it(`is a labelled launcher (${side}, ${lang}): the words inside the pill, and a round button while it is open`, async () => {
      const attributes = `data-position="${side}" data-lang="${lang}" data-label="Questions about your order? Ask us anything"`;
      await withSite({ html: plain, attributes }, async ({ page }) => {
        await page.waitForFunction(() => customElements.get('postern-chat'));
        const measure = () =>
          page.locator('.launcher').evaluate((button) => {
            const outer = button.getBoundingClientRect();
            const inside = [...button.querySelectorAll('svg, span:not(.badge)')]
              .map((part) => part.getBoundingClientRect())
              .filter(({ width }) => width > 0);
            return {
              width: outer.width,
              isInside: inside.every(({ left, right }) => left >= outer.left && right <= outer.right),
              parts: inside.length,
            };
          });
        const closed = await measure();
        assert.ok(closed.isInside && closed.width > 200 && closed.parts === 2, JSON.stringify(closed));
        await page.locator('.launcher').click();
        await page.locator('dialog[open] .message').waitFor();
        assert.deepEqual(await measure(), { width: 56, isInside: true, parts: 1 });
      });
    });
  }
});
