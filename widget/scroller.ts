/**
 * Keeps the newest text in sight while the visitor is at the end of the history, and leaves them alone once they
 * scrolled up. Only the history itself is ever scrolled, never the page.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

const END_PX = 48;

export class Scroller implements ReactiveController {
  isScrolledUp = false;
  readonly #host: ReactiveControllerHost;
  readonly #log: () => HTMLElement | null;
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
      this.#resize.observe(log);
    }
    this.#stay();
  }

  /** Goes to the end and stays there. */
  follow(): void {
    this.isScrolledUp = false;
    this.#host.requestUpdate();
  }

  readonly scrolled = (): void => {
    const log = this.#log();
    if (!log) return;
    const isScrolledUp = log.scrollHeight - log.scrollTop - log.clientHeight > END_PX;
    if (isScrolledUp === this.isScrolledUp) return;
    this.isScrolledUp = isScrolledUp;
    this.#host.requestUpdate();
  };

  readonly #stay = (): void => {
    const log = this.#log();
    if (log && !this.isScrolledUp) log.scrollTop = log.scrollHeight;
  };
}
