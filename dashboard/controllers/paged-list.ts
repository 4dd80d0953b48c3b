import type { ReactiveControllerHost } from 'lit';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import type { Listing } from '../../server/http/wire.ts';
import { Resource, type ResourceOptions } from './resource.ts';
import { WhenOnline } from './when-online.ts';

interface Loaded<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  /** How many pages these are. */
  readonly pages: number;
}

/** A list that is read page by page: the first when the element is connected, each next one when it is asked for. */
export class PagedList<Item> {
  /** Why the next page did not come; the items before it stay. */
  moreFailure: ApiError | undefined;
  isLoadingMore = false;
  readonly #host: ReactiveControllerHost;
  readonly #read: (cursor: string | null, signal?: AbortSignal) => Promise<Listing<Item>>;
  readonly #loaded: Resource<Loaded<Item>>;

  /** With `refreshEveryMs`, the list is read again for as long as only its first page is there. */
  constructor(
    host: ReactiveControllerHost,
    read: (cursor: string | null, signal?: AbortSignal) => Promise<Listing<Item>>,
    options: Pick<ResourceOptions, 'refreshEveryMs'> = {},
  ) {
    this.#host = host;
    this.#read = read;
    this.#loaded = new Resource(
      host,
      async (signal) => {
        const { data, nextCursor } = await read(null, signal);
        return { items: data, nextCursor, pages: 1 };
      },
      { ...options, mayRefresh: () => !this.isLoadingMore && this.#loaded.value?.pages === 1 },
    );
    new WhenOnline(host, () => {
      if (this.moreFailure !== undefined) void this.loadMore();
    });
  }

  /** Undefined until the first page is there. */
  get items(): readonly Item[] | undefined {
    return this.#loaded.value?.items;
  }

  /** Why the first page did not come. */
  get failure(): ApiError | undefined {
    return this.#loaded.failure;
  }

  get hasMore(): boolean {
    return typeof this.#loaded.value?.nextCursor === 'string';
  }

  /** More than the first page was asked for and came. */
  get hasLoadedMore(): boolean {
    return (this.#loaded.value?.pages ?? 0) > 1;
  }

  load(): Promise<void> {
    return this.#loaded.load();
  }

  /** How many items came. */
  async loadMore(): Promise<number> {
    const before = this.#loaded.value;
    if (before === undefined || before.nextCursor === null || this.isLoadingMore) return 0;
    this.isLoadingMore = true;
    this.moreFailure = undefined;
    // A quiet refresh that is under way would leave the next page without the ones before it.
    this.#loaded.set(before);
    let came = 0;
    try {
      const { data, nextCursor } = await this.#read(before.nextCursor);
      if (this.#loaded.value === before) {
        this.#loaded.set({ items: [...before.items, ...data], nextCursor, pages: before.pages + 1 });
        came = data.length;
      }
    } catch (error) {
      this.moreFailure = toApiError(error);
    }
    this.isLoadingMore = false;
    this.#host.requestUpdate();
    return came;
  }
}
