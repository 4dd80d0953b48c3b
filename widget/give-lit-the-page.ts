/**
 * A vite plugin: Lit reads `document` and `globalThis` by names that a page's HTML can take, and leaves its version in four
 * global names. In the chat it gets both from `lit-page.ts`.
 */
import { join } from 'node:path';
import type { Plugin } from 'vite';

const page = JSON.stringify(join(import.meta.dirname, 'lit-page.ts'));

export function giveLitThePage(): Plugin {
  return {
    name: 'postern:give-lit-the-page',
    transform(code, id) {
      if (!/\/node_modules\/(?:@lit\/|lit)/.test(id)) return null;
      // The one global name that Lit reads without naming its owner.
      const named = code.replace(/(?<![.\w])litPropertyMetadata/g, 'globalThis.litPropertyMetadata');
      return { code: `import { litDocument as document, litGlobal as globalThis } from ${page};\n${named}`, map: null };
    },
  };
}
