/** Redraws its host at every full second until a moment has come. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class Countdown implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #untilMs: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ReactiveControllerHost, untilMs: () => number) {
    this.#host = host;
    this.#untilMs = untilMs;
    host.addController(this);
  }

  get secondsLeft(): number {
    return Math.max(0, Math.ceil((this.#untilMs() - Date.now()) / 1000));
  }

  hostUpdated(): void {
    clearTimeout(this.#timer);
    const left = this.#untilMs() - Date.now();
    if (left > 0) this.#timer = setTimeout(() => this.#host.requestUpdate(), left % 1000 || 1000);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
  }
}
