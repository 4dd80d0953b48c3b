/**
 * Fetches the chat on hover, focus, touch or click, when the page has nothing else to do, or at once when the chat stands
 * open or has to find out whether it may show itself. Nothing is fetched before that. A fetch that failed is no dead end:
 * the visitor is told, and the next click tries again.
 */
import { wasLeftOpen } from './memory.ts';

/** The chat's digest in the loader that is pinned, nothing in the evergreen one; set by the build. */
declare const POSTERN_CHAT_INTEGRITY: string;

/** What the element can do once the chat is there. */
interface Opening {
  open(): void;
}

export interface Wanted {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly root: ShadowRoot;
  /** That the chat couldn't be fetched, in the visitor's language. */
  readonly failed: string;
  readonly wishes: DOMStringMap;
  readonly url: string;
}

export function fetchWhenWanted({ element, button, root, failed, wishes, url }: Wanted): void {
  const listening = new AbortController();
  const { signal } = listening;
  const notice = document.createElement('div');
  notice.className = 'notice';
  notice.role = 'alert';
  let isClicked = false;
  let isFetching = false;
  let failures = 0;

  const fetchChat = async () => {
    if (isFetching || signal.aborted) return;
    isFetching = true;
    try {
      if (POSTERN_CHAT_INTEGRITY) await preload(url, POSTERN_CHAT_INTEGRITY);
      // A browser may remember that a module failed: another fragment is another module, from the same cache.
      const address = failures > 0 ? `${url}#${failures}` : url;
      await import(/* @vite-ignore */ address);
      listening.abort();
      notice.remove();
      if (isClicked) (element as HTMLElement & Opening).open();
    } catch (error) {
      failures += 1;
      // eslint-disable-next-line no-console -- the owner of the page may have to change its policy
      console.error(
        `[postern] The chat could not be fetched from ${url}; a policy must allow it in script-src.`,
        error,
      );
      if (isClicked) {
        root.append(notice);
        // The arrow says in every language what to do about it.
        notice.textContent = `${failed} ↻`;
      }
      isClicked = false;
    }
    isFetching = false;
    button.ariaBusy = null;
  };

  const prepare = () => void fetchChat();
  // A finger enters, too, before it presses.
  for (const type of ['pointerenter', 'focus']) button.addEventListener(type, prepare, { signal });
  button.addEventListener(
    'click',
    () => {
      isClicked = true;
      button.ariaBusy = 'true';
      notice.remove();
      prepare();
    },
    { signal },
  );
  if (isNeededNow(wishes)) prepare();
  else whenIdle(wishes, prepare);
}

function isNeededNow(wishes: DOMStringMap): boolean {
  return 'open' in wishes || 'hideWhenBlocked' in wishes || wasLeftOpen(wishes.key ?? '', wishes.agent ?? '');
}

/** Not for those who pay by the byte, nor where the page asks to wait for a visitor (`data-load="interaction"`). */
function whenIdle(wishes: DOMStringMap, act: () => void): void {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  if (wishes.load === 'interaction' || connection?.saveData) return;
  const wait = () => ('requestIdleCallback' in window ? requestIdleCallback(act) : setTimeout(act, 2000));
  if (document.readyState === 'complete') wait();
  else addEventListener('load', wait);
}

/** `import()` takes no digest, but a preloaded module with the wrong one never becomes a module. */
function preload(url: string, integrity: string): Promise<unknown> {
  const link = document.createElement('link');
  link.rel = 'modulepreload';
  link.crossOrigin = '';
  link.integrity = integrity;
  link.href = url;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  });
}
