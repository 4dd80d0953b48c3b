/**
 * On a page that pins the chat to a digest, the part that the chat fetches later is fetched by its own digest: a module that
 * was preloaded with the wrong one never becomes a module. Elsewhere there is nothing to vouch for.
 */
import { ofDocument } from './page.ts';

export type RichText = typeof import('./rich-text.ts');

/** `./name.js|sha384-…`, set by the build (`vouched-parts.ts`). */
const part = 'POSTERN_PART';

/** What pinned this file; looked for at once, because a page library may tidy it away. */
const pin = typeof document === 'undefined' ? undefined : findPin();

function findPin(): HTMLLinkElement | undefined {
  const links = [...ofDocument('querySelectorAll')<HTMLLinkElement>('link[rel=modulepreload][integrity]')];
  return links.find(({ href }) => import.meta.url.startsWith(href));
}

/** @throws when it can't be fetched, or is not what the build made. */
export async function fetchRichText(failures: number): Promise<RichText> {
  const [file = '', integrity = ''] = part.split('|');
  const { href } = new URL(file, import.meta.url);
  if (pin && integrity) await preload(pin, href, integrity);
  // A browser may remember that a module failed: another fragment is another module. A pinned one must be the one preloaded.
  else if (failures > 0 && integrity) return (await import(/* @vite-ignore */ `${href}#${failures}`)) as RichText;
  return import('./rich-text.ts');
}

async function preload(vouching: HTMLLinkElement, href: string, integrity: string): Promise<void> {
  const link = vouching.cloneNode() as HTMLLinkElement;
  Object.assign(link, { nonce: vouching.nonce, integrity, href });
  await new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
    ofDocument('head').append(link);
  });
}
