/** Puts the element into the body, and into the next body when a page library (Turbo, say) swaps the one that holds it. */
interface Place {
  element: HTMLElement;
  home: HTMLElement;
}

/** On the document, so that the script running a hundred times leaves one observer. */
const PLACE = Symbol.for('postern.place');

export function keepInBody(element: HTMLElement, copies: string): void {
  const page = document as unknown as Record<typeof PLACE, Place | undefined>;
  const isFirst = page[PLACE] === undefined;
  const place: Place = (page[PLACE] ??= { element, home: document.body });
  place.element = element;
  place.home = document.body;
  document.body.append(element);
  if (!isFirst) return;
  new MutationObserver(() => {
    const body = document.body as HTMLElement | null;
    // Gone together with its body it comes back; taken out of it by the page it stays out.
    if (!body || body === place.home || !place.home.contains(place.element)) return;
    // A restored copy of an old body has a copy of the element in it.
    for (const copy of document.querySelectorAll(copies)) copy.remove();
    place.home = body;
    body.append(place.element);
  }).observe(document.documentElement, { childList: true });
}
