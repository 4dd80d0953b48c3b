/**
 * What is fixed stands in the window, unless an ancestor has a `transform`, a `filter` or a containment: then it scrolls away
 * with that one. Seen outside of the window, the launcher (and the panel with it) goes to the top layer, where no ancestor
 * counts. Not before: nothing of the page can stand above the top layer, whatever `--postern-z-index` says.
 *
 * @returns what is to be disconnected when the element leaves the page: the document would hold both for ever.
 */
export function keepInWindow(host: HTMLElement, launcher: HTMLElement): IntersectionObserver | undefined {
  if (!('popover' in host)) return undefined;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, boundingClientRect } of entries) {
        if (isIntersecting || boundingClientRect.width === 0 || host.matches(':popover-open')) continue;
        host.popover = 'manual';
        host.showPopover();
      }
    },
    { root: document },
  );
  observer.observe(launcher);
  return observer;
}
