/**
 * Keeps the element that a tag made on the page, whatever rebuilds the page, from the tag's first moment on. Beside the body it
 * outlives whoever replaces the body or its inside (Turbo, htmx, Astro). A comment stands next to it: a page that removes our
 * element leaves the comment, and gets its way; a page that rebuilds or morphs the whole document removes both, and both come
 * back, or the copy that the page made of the element takes over.
 */
import { ofDocument } from './page.ts';

const ASK = 'postern-ask';

/** @param draw Makes a launcher in an element that has none; called whenever the element comes onto the page. */
export function keepOnPage(element: HTMLElement, draw: (element: HTMLElement) => void): void {
  const mark = ofDocument('createComment')('postern');
  const listen = () => element.addEventListener(ASK, (question) => question.preventDefault());
  const observer = new MutationObserver(settle);

  function settle(): void {
    const html = ofDocument('documentElement') as HTMLElement | null;
    for (const parent of [document, html]) if (parent) observer.observe(parent, { childList: true });
    if (element.isConnected) {
      if (!mark.isConnected) element.after(mark);
    } else if (mark.isConnected) {
      mark.remove();
      observer.disconnect();
    } else if (html && (ofDocument('body') as HTMLElement | null)) {
      revive();
      html.append(element, mark);
      draw(element);
    }
  }

  function revive(): void {
    const copy = ofDocument('querySelector')<HTMLElement>('postern-chat[data-from-tag]');
    const isDeaf = element.dispatchEvent(new Event(ASK, { cancelable: true }));
    if (!copy && !isDeaf) return;
    // `document.open()` takes the listeners of everything on the page away; a copy, made anew, has its own.
    element = copy ?? (element.cloneNode() as HTMLElement);
    listen();
  }

  listen();
  ofDocument('documentElement').append(element);
  draw(element);
  settle();
}
