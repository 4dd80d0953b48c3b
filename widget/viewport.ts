/**
 * A small screen gets the whole of it: says when, and keeps the panel inside what the on-screen keyboard leaves
 * (`visualViewport`; iOS doesn't shrink `dvh` for its keyboard).
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

const SMALL = '(max-width: 480px), (max-height: 440px)';

export class Viewport implements ReactiveController {
  isSmall = false;
  readonly #host: ReactiveControllerHost;
  readonly #panel: () => HTMLElement | null;
  #disconnect: AbortController | undefined;
  /** The panel that was fitted last, and for which kind of screen. */
  #fitted: readonly [HTMLElement | null, isSmall: boolean] | undefined;

  constructor(host: ReactiveControllerHost, panel: () => HTMLElement | null) {
    this.#host = host;
    this.#panel = panel;
    host.addController(this);
  }

  hostConnected(): void {
    const query = matchMedia(SMALL);
    this.isSmall = query.matches;
    this.#disconnect = new AbortController();
    const { signal } = this.#disconnect;
    const change = () => {
      this.isSmall = query.matches;
      this.#host.requestUpdate();
    };
    query.addEventListener('change', change, { signal });
    visualViewport?.addEventListener('resize', this.#fit, { signal });
    visualViewport?.addEventListener('scroll', this.#fit, { signal });
  }

  hostDisconnected(): void {
    this.#disconnect?.abort();
  }

  /** Asking for the viewport lays the page out: not at every drawing. What changes it tells by an event. */
  hostUpdated(): void {
    const [panel, isSmall] = this.#fitted ?? [];
    if (panel !== this.#panel() || isSmall !== this.isSmall) this.#fit();
  }

  readonly #fit = () => {
    const panel = this.#panel();
    this.#fitted = [panel, this.isSmall];
    if (!panel || !visualViewport) return;
    const { height, offsetTop, scale } = visualViewport;
    // Zoomed in by the visitor's fingers, the visual viewport is a magnifying glass, not a smaller screen.
    const isKeyboard = this.isSmall && Math.abs(scale - 1) < 0.01;
    panel.style.setProperty('--_height', isKeyboard ? `${height}px` : '');
    panel.style.setProperty('--_top', isKeyboard ? `${offsetTop}px` : '');
  };
}
