/** What comes later than the heading that is scrolled to, and stands above it. */
const settleMs = 2_000;

let waiting = new AbortController();

/**
 * Scrolls to what the address's fragment names, when it comes and while the page still grows: pages come after their address.
 * Not once the person has gone on, by wheel, key or pointer, or to another address.
 */
export function scrollToFragment(): void {
  waiting.abort();
  const mine = (waiting = new AbortController());
  const { signal } = mine;
  const id = location.hash.slice(1);
  if (id === '') return;
  const end = (): void => mine.abort();
  let settling: ReturnType<typeof setTimeout> | undefined;
  const watch = new ResizeObserver(() => {
    const named = document.getElementById(id);
    named?.scrollIntoView();
    if (named) settling ??= setTimeout(end, settleMs);
  });
  watch.observe(document.body);
  signal.addEventListener('abort', () => {
    watch.disconnect();
    clearTimeout(settling);
  });
  for (const event of ['wheel', 'keydown', 'pointerdown']) addEventListener(event, end, { once: true, signal });
}
