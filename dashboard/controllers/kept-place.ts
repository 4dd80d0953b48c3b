import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { keepInEntry, keptInEntry } from '../router.ts';

const restMs = 150;

/** Keeps how far a page is scrolled with its entry of the history, and scrolls there again once there is something to see. */
export class KeptPlace implements ReactiveController {
  readonly #isDrawn: () => boolean;
  #wantedY: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost, isDrawn: () => boolean) {
    this.#isDrawn = isDrawn;
    host.addController(this);
  }

  hostConnected(): void {
    this.#wantedY = keptInEntry('scrollY');
    addEventListener('scroll', this.#noteSoon, { passive: true });
  }

  hostUpdated(): void {
    if (this.#wantedY === undefined || !this.#isDrawn()) return;
    scrollTo(0, this.#wantedY);
    this.#wantedY = undefined;
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    removeEventListener('scroll', this.#noteSoon);
  }

  readonly #noteSoon = (): void => {
    clearTimeout(this.#timer);
    // Not while the page is still too short to be where it was.
    this.#timer = setTimeout(() => this.#wantedY === undefined && keepInEntry({ scrollY }), restMs);
  };
}
