/** What the build gives to Lit as `document` and `globalThis`: no name that a page's HTML can take, and none left behind. */
import { ofDocument, ofWindow } from './page.ts';

export const litDocument = {
  createElement: ofDocument('createElement'),
  createComment: ofDocument('createComment'),
  createTextNode: ofDocument('createTextNode'),
  importNode: ofDocument('importNode'),
  createTreeWalker: ofDocument('createTreeWalker'),
};

export const litGlobal = { trustedTypes: ofWindow('trustedTypes'), document };
