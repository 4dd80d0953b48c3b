/**
 * Keeps the newest text in sight while the visitor is at the end of the history, until the beginning of the newest reply
 * comes to the top, and leaves them alone once they scrolled up. Only the history itself is ever scrolled, never the page.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

const END_PX = 48;
/** Above the beginning of a long reply. */
const GAP_PX = 12;

export class Scroller implements ReactiveController {
  isScrolledUp = false;
  readonly #host: ReactiveControllerHost;
  readonly #log: () => HTMLElement | null;
  /** Where the history was put last. */
  #top = 0;
  #isFollowing = false;
  #held: { readonly last: Element; readonly y: number } | undefined;
  #observed: HTMLElement | undefined;
  #resize: ResizeObserver | undefined;

  constructor(host: ReactiveControllerHost, log: () => HTMLElement | null) {
    this.#host = host;
    this.#log = log;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#resize?.disconnect();
    this.#observed = undefined;
  }

  hostUpdated(): void {
    const log = this.#log();
    if (log && log !== this.#observed) {
      this.#observed = log;
      this.#resize?.disconnect();
      this.#resize = new ResizeObserver(this.#stay);
      // Told of what has grown after a layout, it forces none. What comes into sight may be higher than it was guessed.
      for (const part of [log, ...log.children]) this.#resize.observe(part);
    }
    if (log && this.#held) log.scrollTop += this.#held.last.getBoundingClientRect().y - this.#held.y;
    this.#held = undefined;
    if (log && this.#isFollowing) log.scrollTop = log.scrollHeight;
    if (this.#isFollowing) this.#stay();
    this.#isFollowing = false;
  }

  /** Whether the visitor will soon come to the first message that is there. */
  get isNearTop(): boolean {
    const log = this.#log();
    return log !== null && log.scrollTop < 2 * log.clientHeight;
  }

  /** What is in sight stays where it is at the next drawing, though something comes above it. */
  hold(): void {
    const last = this.#log()?.querySelector('.messages')?.lastElementChild;
    this.#held = last ? { last, y: last.getBoundingClientRect().y } : undefined;
  }

  /** Goes to the end and stays there. */
  follow(): void {
    this.isScrolledUp = false;
    this.#isFollowing = true;
    this.#top = 0;
    this.#host.requestUpdate();
  }

  readonly scrolled = (): void => {
    const log = this.#log();
    if (log) this.#setScrolledUp(distanceToEnd(log) > END_PX);
  };

  readonly #stay = (): void => {
    const log = this.#log();
    if (!log || this.isScrolledUp) return;
    // The visitor scrolled up by hand, and the scroll event is still to come: it is higher than it was put, and nothing shrank.
    if (log.scrollTop < this.#top && distanceToEnd(log) > END_PX) this.#setScrolledUp(true);
    else {
      const reply = log.querySelector<HTMLElement>('.agent:last-child');
      // Below its beginning, the visitor went to its end.
      log.scrollTop = reply && log.scrollTop <= reply.offsetTop ? reply.offsetTop - GAP_PX : log.scrollHeight;
      this.#top = log.scrollTop;
    }
  };

  #setScrolledUp(isScrolledUp: boolean): void {
    if (isScrolledUp === this.isScrolledUp) return;
    this.isScrolledUp = isScrolledUp;
    this.#top = 0;
    this.#host.requestUpdate();
  }
}

function distanceToEnd(log: HTMLElement): number {
  return log.scrollHeight - log.scrollTop - log.clientHeight;
}
