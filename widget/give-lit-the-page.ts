/**
 * A vite plugin: Lit reads `document` and `globalThis` by names that a page's HTML can take, and leaves its version in four
 * global names. In the chat it gets both from `lit-page.ts`. What is there for browsers below the floor, and for others who
 * extend Lit on the page, is left out of the chat.
 */
import { basename, join } from 'node:path';
import type { Plugin } from 'vite';
import { withoutLeftovers } from './lit-leftovers.ts';

const page = JSON.stringify(join(import.meta.dirname, 'lit-page.ts'));
const styles = join(import.meta.dirname, 'lit-styles.ts');
/** `globalThis.litHtmlPolyfillSupport` and its like, by whatever name `globalThis` goes there. */
const hook = /\b[\w$]+\.(?:lit|reactive)\w+(?:Polyfill|Hydrate)Support\b/g;
const versions = /\([\w$.]+Versions\?\?=\[\]\)\.push\("[\d.]+"\)/g;

export function giveLitThePage(): Plugin {
  return {
    name: 'postern:give-lit-the-page',
    enforce: 'pre',
    resolveId(source, importer) {
      return source === './css-tag.js' && importer?.endsWith('/reactive-element.js') ? styles : null;
    },
    transform(code, id) {
      if (!/\/node_modules\/(?:@lit\/|lit)/.test(id)) return null;
      const needed = withoutLeftovers(basename(id), code).replace(hook, 'undefined').replace(versions, '0');
      return {
        code: `import { litDocument as document, litGlobal as globalThis } from ${page};\n${needed}`,
        map: null,
      };
    },
  };
}
