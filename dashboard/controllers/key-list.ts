/**
 * Remembers the organization's keys as far as they are shown, with their days of usage, and switches them on and off:
 * at once on the screen, and back when the server refuses.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { changeKey, listKeys, listUsage } from '../api.ts';
import type { Key, UsageDay } from '../../server/http/wire.ts';
import { saveKey } from '../merge/save-key.ts';
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
  readonly pages: number;
}

export class KeyList implements ReactiveController {
  isLoadingMore = false;
  moreFailure: ApiError | undefined;
  readonly #host: ReactiveControllerHost;
  readonly #organizationId: () => string;
  readonly #list: Resource<KeyPages>;
  /** What was asked for and not answered yet, by key. */
  readonly #wanted = new Map<string, boolean>();
  readonly #changes = new Map<string, Promise<unknown>>();

  /** `mayRefresh` is false while new data would disturb. */
  constructor(host: ReactiveControllerHost, organizationId: () => string, mayRefresh: () => boolean) {
    this.#host = host;
    this.#organizationId = organizationId;
    this.#list = new Resource(host, (signal) => this.#read(signal), {
      refreshEveryMs,
      mayRefresh: () => this.#wanted.size === 0 && !this.isLoadingMore && mayRefresh(),
    });
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

  load(): Promise<void> {
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
    this.#set({ isLoadingMore: true, moreFailure: undefined });
    try {
      const { keys, nextCursor } = await this.#readPage(cursor);
      const shown = this.#list.value ?? value;
      const known = new Set(shown.keys.map(({ key }) => key.id));
      const more = keys.filter(({ key }) => !known.has(key.id));
      this.#list.set({ keys: [...shown.keys, ...more], nextCursor, pages: shown.pages + 1 });
      this.#set({ isLoadingMore: false });
    } catch (error) {
      this.#set({ isLoadingMore: false, moreFailure: toApiError(error) });
    }
  }

  /** Puts a key that was just made on top. */
  add(key: Key): void {
    const { keys = [], nextCursor = null, pages = 1 } = this.#list.value ?? {};
    this.#list.set({ keys: [{ key, days: undefined }, ...keys], nextCursor, pages });
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
    if (shown === undefined) return changeKey(this.#organizationId(), keyId, { enabled });
    return saveKey(this.#organizationId(), shown.key, { enabled });
  }

  /** As many pages as are shown. */
  async #read(signal: AbortSignal): Promise<KeyPages> {
    const wantedPages = this.#list.value?.pages ?? 1;
    let read = await this.#readPage(null, signal);
    for (let pages = 1; pages < wantedPages && read.nextCursor !== null; pages += 1) {
      const next = await this.#readPage(read.nextCursor, signal);
      read = { keys: [...read.keys, ...next.keys], nextCursor: next.nextCursor };
    }
    return { ...read, pages: wantedPages };
  }

  /** The pictures are worth less than the keys: without them the list is still shown. */
  async #readPage(cursor: string | null, signal?: AbortSignal): Promise<Omit<KeyPages, 'pages'>> {
    const paging = { limit: pageLength, cursor };
    const [{ data, nextCursor }, usage] = await Promise.all([
      listKeys(this.#organizationId(), paging, signal),
      listUsage(this.#organizationId(), usageDays, paging, signal).catch(() => undefined),
    ]);
    const days = new Map(usage?.data.map((line) => [line.keyId, line.days]));
    return { keys: data.map((key) => ({ key, days: days.get(key.id) })), nextCursor };
  }

  #set(change: Partial<Pick<KeyList, 'isLoadingMore' | 'moreFailure'>>): void {
    Object.assign(this, change);
    this.#host.requestUpdate();
  }
}
