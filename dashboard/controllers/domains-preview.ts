import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { previewDomains } from '../api.ts';
import type { ReplayedOrigin } from '../../server/http/wire.ts';

const waitMs = 250;

/** What the server says that a list of domains would do to a key; asked a moment after the last change of the list. */
export class DomainsPreview implements ReactiveController {
  /** Undefined: nothing is asked, or not answered yet. */
  replay: readonly ReplayedOrigin[] | undefined;
  isAsking = false;
  /** The answer did not come; saving finds out again. */
  isFailed = false;
  readonly #host: ReactiveControllerHost;
  #asking = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again: () => void = () => undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('online', this.#retry);
  }

  hostDisconnected(): void {
    removeEventListener('online', this.#retry);
    this.forget();
  }

  ask(organizationId: string, keyId: string, domains: readonly string[]): void {
    this.forget();
    this.#again = () => this.ask(organizationId, keyId, domains);
    this.isAsking = true;
    const asking = (this.#asking = new AbortController());
    this.#timer = setTimeout(() => {
      void previewDomains(organizationId, keyId, domains, asking.signal)
        .catch(() => undefined)
        .then((answer) => {
          if (asking.signal.aborted) return;
          this.replay = answer?.replay;
          this.isAsking = false;
          this.isFailed = answer === undefined;
          this.#host.requestUpdate();
        });
    }, waitMs);
  }

  /** What failed without a connection is asked for again when there is one. */
  readonly #retry = (): void => {
    if (this.isFailed) this.#again();
  };

  forget(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.replay = undefined;
    this.isAsking = false;
    this.isFailed = false;
    this.#host.requestUpdate();
  }
}
