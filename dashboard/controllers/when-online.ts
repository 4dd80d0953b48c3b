import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Acts when the connection is back, for as long as the element is connected. */
export class WhenOnline implements ReactiveController {
  readonly #act: () => void;

  constructor(host: ReactiveControllerHost, act: () => void) {
    this.#act = act;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('online', this.#act);
  }

  hostDisconnected(): void {
    removeEventListener('online', this.#act);
  }
}
