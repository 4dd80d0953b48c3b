/**
 * Fetches the chat on hover, focus, touch or click, when the page has nothing else to do, or at once when the chat stands
 * open or has to find out whether it may show itself. Nothing is fetched before that. A fetch that failed is no dead end:
 * the visitor is told, and the next click tries again.
 */
import { launcherStyles } from './launcher-styles.ts';
import { drawIcon, drawLauncher } from './launcher.ts';
import { wasLeftOpen } from './memory.ts';
import { ofDocument, ofWindow } from './page.ts';
import type { Option } from './tag-options.ts';

/** The chat's digest in the loader that is pinned, nothing in the evergreen one; set by the build. */
declare const POSTERN_CHAT_INTEGRITY: string;

/** What the element can do once the chat is there. */
interface Opening {
  open(): void;
}

interface Wanted {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly root: ShadowRoot;
  /** That the chat couldn't be fetched, in the visitor's language. */
  readonly failed: string;
  readonly option: Option;
  /** Of the tag: a policy may admit nothing else. */
  readonly nonce: string;
  readonly url: string;
}

export function fetchWhenWanted({ element, button, root, failed, option, nonce, url }: Wanted): void {
  const listening = new AbortController();
  const { signal } = listening;
  const notice = ofDocument('createElement')('div');
  notice.className = 'notice';
  notice.setAttribute('role', 'alert');
  let isClicked = false;
  let isFetching = false;
  let failures = 0;

  const fetchChat = async () => {
    if (isFetching || signal.aborted) return;
    isFetching = true;
    try {
      if (POSTERN_CHAT_INTEGRITY) await preload(url, POSTERN_CHAT_INTEGRITY, nonce);
      // A browser may remember that a module failed: another fragment is another module, from the same cache.
      const address = failures > 0 ? `${url}#${failures}` : url;
      const { start } = (await import(/* @vite-ignore */ address)) as typeof import('./tag.ts');
      start({ styles: launcherStyles, drawLauncher, drawIcon }, option('api') === null && element);
      listening.abort();
      notice.remove();
      if (isClicked) (element as HTMLElement & Opening).open();
    } catch (error) {
      failures += 1;
      // The error of a refused policy for trusted types names that policy.
      const fix = String(error).includes('lit-html')
        ? 'trusted-types must allow lit-html'
        : 'script-src must allow it; on an https page it must be https; it must not redirect';
      // eslint-disable-next-line no-console -- the owner of the page may have to change its policy
      console.error(`[postern] ${url} did not load: ${fix}.`, error);
      if (isClicked) {
        root.append(notice);
        // The arrow says in every language what to do about it.
        notice.textContent = `${failed} ↻`;
      }
      isClicked = false;
    }
    isFetching = false;
    button.removeAttribute('aria-busy');
  };

  const prepare = () => void fetchChat();
  // A finger enters, too, before it presses.
  for (const type of ['pointerenter', 'focus']) button.addEventListener(type, prepare, { signal });
  button.addEventListener(
    'click',
    () => {
      isClicked = true;
      button.setAttribute('aria-busy', 'true');
      notice.remove();
      prepare();
    },
    { signal },
  );
  if (isNeededNow(option)) prepare();
  else whenIdle(option, prepare);
}

function isNeededNow(option: Option): boolean {
  return (
    option('open') !== null ||
    option('hide-when-blocked') !== null ||
    wasLeftOpen(option('key') ?? '', option('agent') ?? '')
  );
}

/** Not for those who pay by the byte, nor where the page asks to wait for a visitor (`data-load="interaction"`). */
function whenIdle(option: Option, act: () => void): void {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  if (option('load') === 'interaction' || connection?.saveData) return;
  const wait = () => (ofWindow('requestIdleCallback') ? requestIdleCallback(act) : setTimeout(act, 2000));
  if (ofDocument('readyState') === 'complete') wait();
  else addEventListener('load', wait);
}

/** `import()` takes no digest, but a preloaded module with the wrong one never becomes a module. */
function preload(url: string, integrity: string, nonce: string): Promise<unknown> {
  const link = ofDocument('createElement')('link');
  link.rel = 'modulepreload';
  link.crossOrigin = '';
  link.integrity = integrity;
  link.nonce = nonce;
  link.href = url;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
    ofDocument('head').append(link);
  });
}
