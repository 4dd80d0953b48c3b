import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { toApiError, type ApiError } from '../../ui/api-error.ts';

export interface ResourceOptions {
  /** Reads again quietly this often, and when the window is looked at again. Absent: never. */
  readonly refreshEveryMs?: number;
  /** False while something is being edited that new data would disturb. */
  readonly mayRefresh?: () => boolean;
}

/**
 * Something that is read from the server for an element: from when the element is connected until it goes. Only the
 * newest reading may write. `value` stays while it is read again; a quiet refresh that fails leaves everything as it is.
 */
export class Resource<Value> implements ReactiveController {
  value: Value | undefined;
  failure: ApiError | undefined;
  isLoading = false;
  readonly #host: ReactiveControllerHost;
  readonly #read: (signal: AbortSignal) => Promise<Value>;
  readonly #options: ResourceOptions;
  #reading = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    host: ReactiveControllerHost,
    read: (signal: AbortSignal) => Promise<Value>,
    options: ResourceOptions = {},
  ) {
    this.#host = host;
    this.#read = read;
    this.#options = options;
    host.addController(this);
  }

  hostConnected(): void {
    void this.load();
    addEventListener('online', this.#retry);
    const { refreshEveryMs } = this.#options;
    if (refreshEveryMs === undefined) return;
    this.#timer = setInterval(this.#refreshIfSeen, refreshEveryMs);
    addEventListener('focus', this.#refreshIfSeen);
    addEventListener('online', this.#refreshIfSeen);
    document.addEventListener('visibilitychange', this.#refreshIfSeen);
  }

  hostDisconnected(): void {
    this.#reading.abort();
    clearInterval(this.#timer);
    removeEventListener('focus', this.#refreshIfSeen);
    removeEventListener('online', this.#refreshIfSeen);
    removeEventListener('online', this.#retry);
    document.removeEventListener('visibilitychange', this.#refreshIfSeen);
  }

  /** Reads it, and shows that it does and whether it failed. */
  async load(): Promise<void> {
    this.#set({ isLoading: true, failure: undefined });
    const { signal } = this.#begin();
    try {
      const value = await this.#read(signal);
      if (!signal.aborted) this.#set({ value, isLoading: false });
    } catch (error) {
      if (!signal.aborted) this.#set({ failure: toApiError(error), isLoading: false });
    }
  }

  /** Reads it without showing that; an error that is shown stays until this succeeds. */
  async refresh(): Promise<void> {
    if (this.isLoading) return;
    const { signal } = this.#begin();
    const value = await this.#read(signal).catch(() => undefined);
    if (value !== undefined && !signal.aborted) this.#set({ value, failure: undefined });
  }

  /** Puts what is known better than the server said last: a reading that has begun may no longer write. */
  set(value: Value): void {
    this.#reading.abort();
    this.#set({ value, isLoading: false, failure: undefined });
  }

  /** What failed without a connection is read again when there is one. */
  readonly #retry = (): void => {
    if (this.failure !== undefined) void this.load();
  };

  readonly #refreshIfSeen = (): void => {
    const { mayRefresh = () => true } = this.#options;
    if (document.visibilityState === 'visible' && navigator.onLine && mayRefresh()) void this.refresh();
  };

  #begin(): AbortController {
    this.#reading.abort();
    return (this.#reading = new AbortController());
  }

  #set(change: Partial<Pick<this, 'value' | 'failure' | 'isLoading'>>): void {
    Object.assign(this, change);
    this.#host.requestUpdate();
  }
}
