import type { ReactiveControllerHost } from 'lit';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import type { Listing } from '../../server/http/wire.ts';
import { keepInEntry, keptInEntry } from '../router.ts';
import { Resource, type ResourceOptions } from './resource.ts';
import { WhenOnline } from './when-online.ts';

/** Read at once when somebody comes back, one after the other. */
const pagesKeptMax = 40;

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
  readonly #isKept: boolean;
  /** How many pages come first: as many as there were when somebody left. */
  #firstPages: number;
  /** How often something else was looked for. */
  #finds = 0;

  /**
   * With `refreshEveryMs`, the list is read again for as long as only its first page is there. With `isKept`, whoever comes
   * Back finds as many pages as there were.
   */
  constructor(
    host: ReactiveControllerHost,
    read: (cursor: string | null, signal?: AbortSignal) => Promise<Listing<Item>>,
    { isKept = false, ...options }: Pick<ResourceOptions, 'refreshEveryMs'> & { readonly isKept?: boolean } = {},
  ) {
    this.#host = host;
    this.#read = read;
    this.#isKept = isKept;
    this.#firstPages = isKept ? Math.min(keptInEntry('pages') ?? 1, pagesKeptMax) : 1;
    this.#loaded = new Resource(
      host,
      async (signal) => {
        let { data: items, nextCursor } = await read(null, signal);
        let pages = 1;
        for (; pages < this.#firstPages && nextCursor !== null; pages += 1) {
          const next = await read(nextCursor, signal);
          items = [...items, ...next.data];
          nextCursor = next.nextCursor;
        }
        return { items, nextCursor, pages };
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

  /** Reads as many pages again as are shown. */
  reload(): Promise<void> {
    this.#firstPages = Math.min(this.#loaded.value?.pages ?? 1, pagesKeptMax);
    return this.#loaded.load();
  }

  get isLoading(): boolean {
    return this.#loaded.isLoading;
  }

  /** Something else is looked for now: what is shown stays until what is found is there. */
  find(): Promise<void> {
    this.#finds += 1;
    this.#firstPages = 1;
    this.isLoadingMore = false;
    this.moreFailure = undefined;
    if (this.#isKept) keepInEntry({ pages: 1 });
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
    const finds = this.#finds;
    try {
      const { data, nextCursor } = await this.#read(before.nextCursor);
      if (finds !== this.#finds) return 0;
      if (this.#loaded.value === before) {
        if (this.#isKept) keepInEntry({ pages: before.pages + 1 });
        this.#loaded.set({ items: [...before.items, ...data], nextCursor, pages: before.pages + 1 });
        came = data.length;
      }
    } catch (error) {
      if (finds !== this.#finds) return 0;
      this.moreFailure = toApiError(error);
    }
    this.isLoadingMore = false;
    this.#host.requestUpdate();
    return came;
  }
}
