/** The oldest browsers that docs/embedding.md names: the files are written for them, and in older ones nothing breaks. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { browserFloor } from '../../vite.config.ts';
import { closeBrowser, manifest, openBrowser, plain, withSite } from './customer-page.ts';

const root = join(import.meta.dirname, '../..');
const files = readdirSync(join(root, 'dist/widget', manifest.version))
  .filter((file) => file.endsWith('.js'))
  .map((file) => `${manifest.version}/${file}`);

describe('the browser floor', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  it('is what the documentation says', () => {
    const text = readFileSync(join(root, 'docs/embedding.md'), 'utf8');
    const names = { chrome: 'Chrome and Edge', firefox: 'Firefox', safari: 'Safari' };
    for (const engine of browserFloor) {
      const [, name, version] = /^([a-z]+)(.*)$/.exec(engine)!;
      assert.ok(text.includes(`${names[name as keyof typeof names]} ${version}`), engine);
    }
  });

  for (const file of ['widget.js', ...files]) {
    it(`${file} has no syntax that those browsers lack`, async () => {
      const code = readFileSync(join(root, 'dist/widget', file), 'utf8');
      // Where esbuild knows them, it asks for the scripts of the newest Unicode, too; the widget names none.
      const supported = { 'regexp-unicode-property-escapes': true };
      const [written, lowered] = await Promise.all([
        transform(code, { target: 'esnext', supported }),
        transform(code, { target: browserFloor, supported }),
      ]);
      assert.equal(lowered.code, written.code);
    });
  }

  it('has none of the names that newer browsers brought, and the chat still works', async () => {
    const html = (tag: string) =>
      plain(`<script>
        for (const name of ['popover', 'showPopover', 'ariaLabel', 'ariaExpanded', 'ariaHasPopup', 'role', 'checkVisibility'])
          for (const { prototype } of [HTMLElement, Element]) delete prototype[name];
        for (const name of ['requestIdleCallback', 'trustedTypes']) delete window[name];
        delete document.constructor.prototype.startViewTransition;
        delete crypto.constructor.prototype.randomUUID;
        delete Set.prototype.union; delete Promise.try; delete Promise.withResolvers; delete Object.groupBy;
        delete Array.prototype.toSorted; delete Array.prototype.toReversed; delete Array.prototype.with; delete Array.fromAsync;
        delete AbortSignal.any; delete URL.canParse; delete ReadableStream.prototype[Symbol.asyncIterator];
      </script>${tag}`);
    await withSite({ html }, async ({ page, errors }) => {
      await page.locator('.launcher').click();
      await page.locator('textarea').fill('Hi');
      assert.equal(await page.locator('.launcher').getAttribute('aria-expanded'), 'true');
      assert.deepEqual(errors, []);
    });
  });

  it('below it, where style sheets can’t be constructed: no chat, no throw, one line in the console', async () => {
    const older = `<script>
      Object.defineProperty(window, 'CSSStyleSheet', { value: function () { throw new TypeError('Illegal constructor'); } });
      delete Document.prototype.adoptedStyleSheets; delete ShadowRoot.prototype.adoptedStyleSheets;
    </script>`;
    await withSite({ html: (tag) => plain(older + tag) }, async ({ page, errors, fetched }) => {
      await page.waitForLoadState('networkidle');
      assert.equal(await page.locator('postern-chat').count(), 0);
      assert.deepEqual(fetched, ['/widget.js']);
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /^\[postern\] No chat here\. TypeError: Illegal constructor/);
    });
  });
});
