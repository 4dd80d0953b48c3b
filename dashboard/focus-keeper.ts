/** After a part has had the time to move the focus itself. */
const waitMs = 50;
const placesMax = 5;
const focusable = 'a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex="0"]';

interface Place {
  readonly element: HTMLElement;
  /** From the inside out. */
  readonly ancestors: readonly Element[];
  /** What Tab went through just before it, nearest first. */
  readonly preceding: readonly HTMLElement[];
}

/**
 * Keeps the focus on the page when what has it is taken away: a button that did its work, a toast. A browser drops it then,
 * and the next Tab begins at the top. Here it goes to the heading of the part that it was in, else to what comes before it
 * on the page; from a toast or a dialog, to where it was before. One for the whole dashboard.
 */
export function keepFocus(): void {
  let places: readonly Place[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    places = [placeOf(target), ...places.filter(({ element }) => element !== target)].slice(0, placesMax);
  });
  document.addEventListener('focusout', ({ target, relatedTarget }) => {
    if (relatedTarget !== null || !(target instanceof HTMLElement)) return;
    // Left, and not taken away.
    queueMicrotask(() => {
      if (target.isConnected && document.activeElement === document.body) places = [];
    });
  });
  new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(restore, waitMs);
  }).observe(document.body, { childList: true, subtree: true });

  function restore(): void {
    const [last] = places;
    if (document.activeElement !== document.body || last === undefined || last.element.isConnected) return;
    for (const place of places) {
      const next = place.element.isConnected ? place.element : nearestTo(place);
      if (next === undefined) continue;
      if (/^H\d$/.test(next.tagName)) next.tabIndex = -1;
      next.focus({ preventScroll: true });
      return;
    }
  }
}

function placeOf(element: HTMLElement): Place {
  const ancestors: Element[] = [];
  for (let one = element.parentElement; one !== null; one = one.parentElement) ancestors.push(one);
  const all = [...document.querySelectorAll<HTMLElement>(focusable)];
  const at = all.indexOf(element);
  return { element, ancestors, preceding: all.slice(Math.max(0, at - placesMax), Math.max(0, at)).reverse() };
}

/** Undefined for what stood beside the page: a toast, a dialog. */
function nearestTo({ ancestors, preceding }: Place): HTMLElement | undefined {
  const around = ancestors.filter((one) => one.isConnected && one.closest('main') !== null);
  if (around.length === 0) return undefined;
  const before = around[0]?.closest('section') ? undefined : preceding.find((one) => one.isConnected);
  const headings = around.map((one) => one.querySelector<HTMLElement>('h1, h2, h3'));
  return before ?? headings.find((heading) => heading !== null) ?? undefined;
}
