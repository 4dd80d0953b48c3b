/**
 * Keeps the element that a tag made on the page, whatever rebuilds the page. Beside the body it outlives whoever replaces the
 * body or its inside (Turbo, htmx, Astro). A comment stands next to it: a page that removes our element leaves the comment,
 * and gets its way; a page that rebuilds or morphs the whole document removes both, and both come back.
 */
import { ofDocument } from './page.ts';

interface Place {
  element: HTMLElement;
  readonly mark: Comment;
}

const ASK = 'postern-ask';
/** The elements that heard the last question: their listeners are there. */
const alive = new WeakSet<HTMLElement>();
/** Undefined when the page has taken the element out. */
let place: Place | undefined;
let observer: MutationObserver | undefined;

export function keepOnPage(element: HTMLElement): void {
  if (place?.element === element) return;
  place?.mark.remove();
  place = { element, mark: ofDocument('createComment')('postern') };
  listen(element);
  observer ??= new MutationObserver(settle);
  settle();
}

function settle(): void {
  const html = ofDocument('documentElement') as HTMLElement | null;
  for (const parent of [document, html]) if (parent) observer?.observe(parent, { childList: true });
  if (!place) return;
  const { element, mark } = place;
  if (element.isConnected) {
    if (!mark.isConnected) element.after(mark);
  } else if (mark.isConnected) {
    mark.remove();
    place = undefined;
  } else if (html && (ofDocument('body') as HTMLElement | null)) {
    revive(place);
    html.append(place.element, mark);
  }
}

/** `document.open()` takes the listeners of everything on the page away; a copy, made anew, has its own. */
function revive(lost: Place): void {
  alive.delete(lost.element);
  lost.element.dispatchEvent(new Event(ASK));
  if (alive.has(lost.element)) return;
  lost.element = lost.element.cloneNode() as HTMLElement;
  listen(lost.element);
}

function listen(element: HTMLElement): void {
  element.addEventListener(ASK, () => alive.add(element));
}
