/** What the build gives to Lit as `document` and `globalThis`: no name that a page's HTML can take, and none left behind. */
import { ofDocument, ofWindow } from './page.ts';

export const litDocument = {
  createElement: ofDocument('createElement'),
  createComment: ofDocument('createComment'),
  createTextNode: ofDocument('createTextNode'),
  importNode: ofDocument('importNode'),
  createTreeWalker(_root: unknown, what: number): TreeWalker {
    const walker = ofDocument('createTreeWalker')(document, what);
    // Lit lets go of what it walked by going back to "its document".
    return Object.defineProperty(walker, 'currentNode', {
      get: () => Reflect.get(TreeWalker.prototype, 'currentNode', walker),
      set: (node: unknown) =>
        void Reflect.set(TreeWalker.prototype, 'currentNode', node === litDocument ? document : node, walker),
    });
  },
};

export const litGlobal = { trustedTypes: ofWindow('trustedTypes') };
