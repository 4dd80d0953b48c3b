/** Settings → Conversations: what visitors asked, and which of it had no answer. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import type { ConversationLine, ConversationSearch, Listing } from '../../server/http/wire.ts';
import { toApiError } from '../../ui/api-error.ts';
import {
  conversationsFilePath,
  deleteConversations,
  listAgents,
  listConversations,
  listKeys,
  readSettings,
} from '../api.ts';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { icon } from '../components/icons.ts';
import { loadMore } from '../components/load-more.ts';
import { plural } from '../components/number-words.ts';
import { retentionWords } from '../components/retention-words.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { KeptPlace } from '../controllers/kept-place.ts';
import { PagedList } from '../controllers/paged-list.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { readPages } from '../read-pages.ts';
import { sectionPath } from '../route.ts';
import { rewriteQuery } from '../router.ts';
import { askedOf, conversationSearchBar, idsIn, parseConversationSearch } from './conversations/search.ts';
import { conversationTable } from './conversations/table.ts';

const perPage = 50;
/** As many as the server takes in one call: of names in a page, and of conversations to delete. */
const atOnceMax = 100;
const typingPauseMs = 300;
const refreshEveryMs = 30_000;
/** The server looks at 2,000 at a time. Where few are found, it is asked again by itself so often. */
const pagesLookedAtMax = 10;

export class ConversationsPage extends Page {
  override readonly heading = 'Conversations';
  @state() search: ConversationSearch = {};
  /** The conversations that are picked, by id. */
  @state() picked: ReadonlySet<string> = new Set();
  /** While picked ones are being deleted: how many are done. */
  @state() doneWith: number | undefined;
  #typing: ReturnType<typeof setTimeout> | undefined;
  readonly #list = new PagedList<ConversationLine>(this, (cursor, signal) => this.#read(cursor, signal), {
    refreshEveryMs,
    isKept: true,
  });

  /** What things are called; without it ids are shown. */
  readonly #known = new Resource(this, async (signal) => {
    const [agents, keys] = await Promise.all([
      readPages((cursor) => listAgents(this.organizationId, { limit: atOnceMax, cursor }, signal)),
      readPages((cursor) => listKeys(this.organizationId, { limit: atOnceMax, cursor }, signal)),
    ]);
    return { agents, keys };
  });

  readonly #settings = new Resource(this, (signal) => readSettings(this.organizationId, signal));

  constructor() {
    super();
    new KeptPlace(this, () => this.#list.items !== undefined);
  }

  override connectedCallback(): void {
    this.search = parseConversationSearch(this.query);
    super.connectedCallback();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
  }

  protected override render(): TemplateResult {
    const days = this.#settings.value?.retentionDays;
    const asked = askedOf(this.search);
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Conversations</h1>
          <p class="lead">
            What visitors asked and were answered.
            ${days === undefined ? nothing : html`Each is deleted ${retentionWords(days)} after its last message.`}
          </p>
        </div>
        <div class="row">
          <a class="button" download href=${conversationsFilePath(this.organizationId, 'csv', asked)}>
            ${icon('download')} CSV
          </a>
          <a class="button" download href=${conversationsFilePath(this.organizationId, 'ndjson', asked)}>
            ${icon('download')} JSON lines
          </a>
        </div>
      </header>
      ${this.#renderList()}
    </div>`;
  }

  #renderList(): TemplateResult {
    const { items, failure } = this.#list;
    const isSearching = Object.keys(this.search).length > 0;
    const retry = (): void => void this.#list.load();
    const waiting = failure ? failureBlock(failure, retry) : skeleton('Loading the conversations', 5);
    // Where a filter is what the server refuses, the way out is another filter.
    if (!items && !isSearching) return waiting;
    if (items?.length === 0 && !isSearching && !this.#list.hasMore) {
      return emptyState({
        picture: 'conversation',
        heading: 'Nobody has asked anything yet',
        content: 'When a visitor writes to one of your agents, what they ask and are answered stands here.',
      });
    }
    const { agents = [], keys = [] } = this.#known.value ?? {};
    const names = new Map([...agents, ...keys].map(({ id, name }) => [id, name]));
    return html`${conversationSearchBar({ search: this.search, find: (search) => this.#find(search), agents, keys })}
    ${failure || !items ? waiting : nothing} ${items ? this.#renderFound(items, names) : nothing}`;
  }

  #renderFound(items: readonly ConversationLine[], names: ReadonlyMap<string, string>): TemplateResult {
    return html`${this.#renderCount(items)} ${this.#renderMissing(items)}
    ${
      items.length === 0
        ? html`<p class="soft">
            ${this.#list.hasMore ? 'None of the newest is like that.' : 'No conversation is like that.'}
            <button class="button small" type="button" @click=${() => this.#find({})}>Show all</button>
          </p>`
        : conversationTable({
            conversations: items,
            path: sectionPath(this.organizationId, 'conversations'),
            names,
            picked: this.picked,
            onPick: this.mayChange ? (id, isPicked) => this.#pick([id], isPicked) : undefined,
          })
    }
    ${loadMore(this.#list, 'conversation')}`;
  }

  /** How many there are, or what to do with those that are picked. */
  #renderCount(items: readonly ConversationLine[]): TemplateResult {
    const shown = html`${plural(items.length, 'conversation')} shown.`;
    if (!this.mayChange || items.length === 0) return html`<p class="unseen" role="status">${shown}</p>`;
    const picked = items.filter(({ id }) => this.picked.has(id));
    const isDeleting = this.doneWith !== undefined;
    return html`<div class="list-count">
      <label class="check">
        <input
          type="checkbox"
          .checked=${picked.length === items.length}
          .indeterminate=${picked.length > 0 && picked.length < items.length}
          @change=${({ target }: Event) =>
            this.#pick(
              items.map(({ id }) => id),
              (target as HTMLInputElement).checked,
            )}
        />
        Pick all
      </label>
      <p class="soft" role="status">
        ${isDeleting ? `Deleting: ${this.doneWith} of ${picked.length} …` : picked.length > 0 ? `${plural(picked.length, 'conversation')} picked` : shown}
      </p>
      ${
        picked.length > 0
          ? html`<button
                class="button small quiet-danger"
                type="button"
                aria-busy=${isDeleting}
                @click=${() => void this.#deletePicked(picked.map(({ id }) => id))}
              >
                Delete ${plural(picked.length, 'conversation')}…
              </button>
              <button
                class="button small"
                type="button"
                ?disabled=${isDeleting}
                @click=${() => (this.picked = new Set())}
              >
                Pick none
              </button>`
          : nothing
      }
    </div>`;
  }

  /** Of the ids that are looked for, those that nothing was found of. */
  #renderMissing(items: readonly ConversationLine[]): TemplateResult | typeof nothing {
    const found = new Set(items.map(({ id }) => id));
    const missing = idsIn(this.search).filter((id) => !found.has(id));
    if (missing.length === 0 || items.length === 0 || this.#list.hasMore || this.#list.isLoading) return nothing;
    return html`<p class="soft break">Not here, or deleted already: ${missing.join(', ')}</p>`;
  }

  #pick(ids: readonly string[], isPicked: boolean): void {
    const picked = new Set(this.picked);
    for (const id of ids) {
      if (isPicked) picked.add(id);
      else picked.delete(id);
    }
    this.picked = picked;
  }

  async #deletePicked(ids: readonly string[]): Promise<void> {
    if (this.doneWith !== undefined) return;
    const many = plural(ids.length, 'conversation');
    const isSure = await askToConfirm({
      heading: `Delete ${many}?`,
      content: 'What was asked and answered in them is gone at once, for their visitors too.',
      confirmLabel: `Delete ${many}`,
      isDanger: true,
    });
    if (!isSure) return;
    this.doneWith = 0;
    let deleted = 0;
    try {
      for (; this.doneWith < ids.length; this.doneWith += atOnceMax) {
        const some = ids.slice(this.doneWith, this.doneWith + atOnceMax);
        deleted += (await deleteConversations(this.organizationId, some)).deleted;
      }
      toast({ subject: 'picked', message: deletedWords(deleted, ids.length - deleted) });
    } catch (error) {
      const { code, detail } = toApiError(error);
      // The way to the sign-in page is all that helps.
      if (code !== 'sign_in_required') {
        const message = `${deletedWords(deleted, 0)} The others are still here. ${detail}`;
        toast({ subject: 'picked', kind: 'problem', message });
      }
    }
    this.#pick(ids.slice(0, this.doneWith), false);
    this.doneWith = undefined;
    await this.#list.reload();
    await this.updateComplete;
    // The button that had it is gone.
    if (document.activeElement === document.body) this.querySelector<HTMLElement>('.list-count input, h1')?.focus();
  }

  async #read(cursor: string | null, signal?: AbortSignal): Promise<Listing<ConversationLine>> {
    let found: readonly ConversationLine[] = [];
    let next = cursor;
    for (let looks = 0; looks < pagesLookedAtMax; looks += 1) {
      const asked = { ...askedOf(this.search), limit: perPage, cursor: next };
      const { data, nextCursor } = await listConversations(this.organizationId, asked, signal);
      found = [...found, ...data];
      next = nextCursor;
      if (next === null || found.length > 0) break;
    }
    return { data: found, nextCursor: next };
  }

  #find(search: ConversationSearch): void {
    const isTyping = search.q !== this.search.q || search.origin !== this.search.origin;
    this.search = search;
    this.picked = new Set();
    rewriteQuery({ ...askedOf(search) });
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#list.find(), isTyping ? typingPauseMs : 0);
  }
}

function deletedWords(deleted: number, gone: number): string {
  const done = plural(deleted, 'conversation is', 'conversations are');
  return `${done} deleted.${gone === 0 ? '' : ` ${plural(gone, 'other was', 'others were')} gone already.`}`;
}
