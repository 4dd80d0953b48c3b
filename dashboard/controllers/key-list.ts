/**
 * Remembers the organization's keys as far as they are shown, with their days of usage, and switches them on and off:
 * at once on the screen, and back when the server refuses.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { changeKey, listKeys, listUsage } from '../api.ts';
import type { Key, KeySearch, UsageDay } from '../../server/http/wire.ts';
import { saveKey } from '../merge/save-key.ts';
import { keepInEntry, keptInEntry } from '../router.ts';
import { withStatus } from '../with-status.ts';
import { Resource } from './resource.ts';
import { WhenOnline } from './when-online.ts';

const pageLength = 50;
const usageDays = 30;
const refreshEveryMs = 15_000;

export interface ShownKey {
  readonly key: Key;
  /** Undefined: not known. */
  readonly days: readonly UsageDay[] | undefined;
}

interface KeyPages {
  readonly keys: readonly ShownKey[];
  readonly nextCursor: string | null;
  /** On all pages. */
  readonly total: number;
  /** Those in use in the organization. */
  readonly tags: readonly string[];
  readonly pages: number;
}

interface KeyListOptions {
  readonly organizationId: () => string;
  readonly search: () => KeySearch;
  /** False while new data would disturb. */
  readonly mayRefresh: () => boolean;
}

/** Read at once when somebody comes back, one after the other. */
const pagesKeptMax = 40;

export class KeyList implements ReactiveController {
  isLoadingMore = false;
  moreFailure: ApiError | undefined;
  readonly #host: ReactiveControllerHost;
  readonly #options: KeyListOptions;
  readonly #list: Resource<KeyPages>;
  /** What was asked for and not answered yet, by key. */
  readonly #wanted = new Map<string, boolean>();
  readonly #changes = new Map<string, Promise<unknown>>();

  /** How often something else was looked for. */
  #finds = 0;
  /** What is shown is not what is looked for now. */
  #isOther = false;
  /** How many pages come first: as many as there were when somebody left. */
  #firstPages = 1;

  constructor(host: ReactiveControllerHost, options: KeyListOptions) {
    this.#host = host;
    this.#options = options;
    this.#list = new Resource(host, (signal) => this.#read(signal), {
      refreshEveryMs,
      mayRefresh: () => this.#wanted.size === 0 && !this.isLoadingMore && options.mayRefresh(),
    });
    // Before the list reads.
    this.#firstPages = Math.min(keptInEntry('pages') ?? 1, pagesKeptMax);
    host.addController(this);
    new WhenOnline(host, () => {
      if (this.moreFailure !== undefined) void this.loadMore();
    });
  }

  hostConnected(): void {
    this.moreFailure = undefined;
  }

  /** Undefined until they were read. */
  get keys(): readonly ShownKey[] | undefined {
    return this.#list.value?.keys.map((shown) => ({ ...shown, key: this.#asWanted(shown.key) }));
  }

  get failure(): ApiError | undefined {
    return this.#list.failure;
  }

  get hasMore(): boolean {
    return (this.#list.value?.nextCursor ?? null) !== null;
  }

  get total(): number {
    return this.#list.value?.total ?? 0;
  }

  get tags(): readonly string[] {
    return this.#list.value?.tags ?? [];
  }

  get isLoading(): boolean {
    return this.#list.isLoading;
  }

  load(): Promise<void> {
    return this.#list.load();
  }

  /** Something else is looked for now: the keys that are shown stay until what is found is there. */
  find(): Promise<void> {
    this.#firstPages = 1;
    this.#isOther = true;
    this.#finds += 1;
    this.#set({ isLoadingMore: false, moreFailure: undefined });
    keepInEntry({ pages: 1 });
    return this.#list.load();
  }

  refresh(): Promise<void> {
    return this.#list.refresh();
  }

  /** Reads the next page of keys below the ones that are shown. */
  async loadMore(): Promise<void> {
    const { value } = this.#list;
    const cursor = value?.nextCursor ?? null;
    if (!value || cursor === null || this.isLoadingMore) return;
    const finds = this.#finds;
    this.#set({ isLoadingMore: true, moreFailure: undefined });
    try {
      const { keys, ...read } = await this.#readPage(cursor);
      // Something else was looked for meanwhile.
      if (finds !== this.#finds) return;
      const shown = this.#list.value ?? value;
      const known = new Set(shown.keys.map(({ key }) => key.id));
      const more = keys.filter(({ key }) => !known.has(key.id));
      const pages = shown.pages + 1;
      this.#list.set({ ...read, keys: [...shown.keys, ...more], pages });
      keepInEntry({ pages });
      this.#set({ isLoadingMore: false });
    } catch (error) {
      if (finds === this.#finds) this.#set({ isLoadingMore: false, moreFailure: toApiError(error) });
    }
  }

  /** Puts a key that was just made on top. */
  add(key: Key): void {
    const { keys = [], nextCursor = null, total = 0, tags = [], pages = 1 } = this.#list.value ?? {};
    this.#list.set({ keys: [{ key, days: undefined }, ...keys], nextCursor, total: total + 1, tags, pages });
    void this.refresh();
  }

  /**
   * Enables or disables a key. Changes of one key are sent one after the other, and only the newest one counts. Throws an
   * `ApiError` after the key is shown as it was.
   */
  async switch(keyId: string, enabled: boolean): Promise<void> {
    this.#wanted.set(keyId, enabled);
    this.#host.requestUpdate();
    const before = this.#changes.get(keyId) ?? Promise.resolve();
    const change = before.then(() => this.#save(keyId, enabled));
    const settled = change.catch(() => undefined);
    this.#changes.set(keyId, settled);
    const isNewest = (): boolean => this.#changes.get(keyId) === settled;
    try {
      const changed = await change;
      const { value } = this.#list;
      if (value && changed) {
        const keys = value.keys.map((shown) => (shown.key.id === keyId ? { ...shown, key: changed } : shown));
        this.#list.set({ ...value, keys });
      }
    } finally {
      if (isNewest()) {
        this.#wanted.delete(keyId);
        this.#changes.delete(keyId);
      }
      this.#host.requestUpdate();
    }
  }

  #asWanted(key: Key): Key {
    const enabled = this.#wanted.get(key.id) ?? key.enabled;
    if (enabled === key.enabled) return key;
    return withStatus({ ...key, enabled });
  }

  /** On or off: whatever else somebody changed meanwhile, it is no clash. */
  #save(keyId: string, enabled: boolean): Promise<Key | undefined> {
    const shown = this.#list.value?.keys.find(({ key }) => key.id === keyId);
    const organizationId = this.#options.organizationId();
    if (shown === undefined) return changeKey(organizationId, keyId, { enabled });
    return saveKey(organizationId, shown.key, { enabled });
  }

  /** As many pages as are shown. */
  async #read(signal: AbortSignal): Promise<KeyPages> {
    const wantedPages = this.#isOther ? 1 : (this.#list.value?.pages ?? this.#firstPages);
    let read = await this.#readPage(null, signal);
    for (let pages = 1; pages < wantedPages && read.nextCursor !== null; pages += 1) {
      const next = await this.#readPage(read.nextCursor, signal);
      read = { ...next, keys: [...read.keys, ...next.keys] };
    }
    if (!signal.aborted) this.#isOther = false;
    return { ...read, pages: wantedPages };
  }

  /** The pictures are worth less than the keys: without them the list is still shown. */
  async #readPage(cursor: string | null, signal?: AbortSignal): Promise<Omit<KeyPages, 'pages'>> {
    const asked = { limit: pageLength, cursor, ...this.#options.search() };
    const organizationId = this.#options.organizationId();
    const [{ data, nextCursor, total, tags }, usage] = await Promise.all([
      listKeys(organizationId, asked, signal),
      listUsage(organizationId, usageDays, asked, signal).catch(() => undefined),
    ]);
    const days = new Map(usage?.data.map((line) => [line.keyId, line.days]));
    return { keys: data.map((key) => ({ key, days: days.get(key.id) })), nextCursor, total, tags };
  }

  #set(change: Partial<Pick<KeyList, 'isLoadingMore' | 'moreFailure'>>): void {
    Object.assign(this, change);
    this.#host.requestUpdate();
  }
}
