/**
 * What the page's owner said about the chat, and where: `data-…` of the tag, the query of the tag's address, or
 * `window.postern`; for each option the first of them that names it. Only a real script element is a tag, and only an
 * object that a script has set is `window.postern`: HTML that visitors write can be neither.
 */
import { ofDocument, ofWindow } from './page.ts';

/** The value of an option by its name without `data-`; null where nobody said anything. */
export type Option = (name: string) => string | null;

/** `https://host/widget.js` or `https://host/widget/1.2.3/widget-….js`; what stands before is the server. */
const address = /^(http.*?)\/widget[./]/;

export interface Tag {
  readonly server: string;
  readonly nonce: string;
  readonly option: Option;
}

/** The running tag; or, where a tag manager or an optimizer runs the script by other means, the one that names a key. */
export function readTag(): Tag {
  const running = ofDocument('currentScript');
  const candidates = [running, ofDocument('querySelector')('script[data-key^="pk_"]')].filter(isScript);
  const tag = candidates.find((script) => 'key' in script.dataset || queryOf(script).has('key')) ?? candidates[0];
  const query = tag && queryOf(tag);
  const object = ofWindow('postern');
  const option: Option = (name) =>
    tag?.getAttribute(`data-${name}`) ?? query?.get(name) ?? fromObject(object, name.replace(/-./g, toUpper));
  const [, server = option('api') ?? location.origin] = address.exec(tag?.src ?? '') ?? [];
  return { server, nonce: tag?.nonce ?? '', option };
}

function isScript(found: Element | null): found is HTMLScriptElement {
  return found instanceof HTMLScriptElement;
}

function queryOf({ src }: HTMLScriptElement): URLSearchParams {
  return new URLSearchParams(src.split('?')[1]);
}

/** `true` is an attribute without a value. */
function fromObject(object: unknown, name: string): string | null {
  const value: unknown = Object.getOwnPropertyDescriptor(Object(object), name)?.value;
  return value === true ? '' : typeof value === 'string' ? value : null;
}

function toUpper(letter: string): string {
  return letter.slice(1).toUpperCase();
}
