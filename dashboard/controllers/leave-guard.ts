import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { guardLeaving } from '../router.ts';

/**
 * Asks before the person leaves while `isUnsaved` says true: links, Back, and closing the tab. `warning` is a sentence on
 * what they would lose.
 */
export class LeaveGuard implements ReactiveController {
  readonly #isUnsaved: () => boolean;
  readonly #warning: string | undefined;
  #release: () => void = () => undefined;

  constructor(host: ReactiveControllerHost, isUnsaved: () => boolean, warning?: string) {
    this.#isUnsaved = isUnsaved;
    this.#warning = warning;
    host.addController(this);
  }

  hostConnected(): void {
    this.#release = guardLeaving(this.#isUnsaved, this.#warning);
  }

  hostDisconnected(): void {
    this.#release();
  }
}
