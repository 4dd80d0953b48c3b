/**
 * A vite plugin: Lit reads `document` and `globalThis` by names that a page's HTML can take, and leaves its version in four
 * global names. In the chat it gets both from `lit-page.ts`. What is there for browsers below the floor, and for others who
 * extend Lit on the page, is left out of the chat.
 */
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { withoutLeftovers } from './lit-leftovers.ts';

/** `globalThis.litHtmlPolyfillSupport` and its like, by whatever name `globalThis` goes there. */
const hook = /\b[\w$]+\.(?:lit|reactive)\w+(?:Polyfill|Hydrate)Support\b/g;
const versions = /\([\w$.]+Versions\?\?=\[\]\)\.push\("[\d.]+"\)/g;

/** @param page Where `lit-page.ts` is, for whoever reads the import. */
export function giveLitThePage(page: string = join(import.meta.dirname, 'lit-page.ts')) {
  return {
    name: 'postern:give-lit-the-page',
    enforce: 'pre',
    transform(code: string, id: string) {
      const [, file] = /\/node_modules\/((?:@lit\/|lit).+\.js)$/.exec(id) ?? [];
      if (file === undefined) return null;
      const needed = withoutLeftovers(file, code).replace(hook, 'undefined').replace(versions, '0');
      const names = `import { litDocument as document, litGlobal as globalThis } from ${JSON.stringify(page)};`;
      return { code: `${names}\n${needed}`, map: null };
    },
  } as const satisfies Plugin;
}
