/** Who changed what in an organization, and when. The log only grows: nobody can change it here. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { auditFilePath, listAudit, listMembers } from '../api.ts';
import type { AuditEntry, Listing } from '../../server/http/wire.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { icon } from '../components/icons.ts';
import { loadMore } from '../components/load-more.ts';
import { plural } from '../components/number-words.ts';
import { skeleton } from '../components/skeleton.ts';
import { KeptPlace } from '../controllers/kept-place.ts';
import { PagedList } from '../controllers/paged-list.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { rewriteQuery } from '../router.ts';
import { entryList } from './audit/entry-list.ts';
import { auditSearchBar, parseAuditSearch, toAuditFilter, type AuditSearch } from './audit/search.ts';
import { actorName } from './audit/words.ts';

const entriesPerPage = 50;
const refreshEveryMs = 30_000;
/** With filters a page of the server may be empty, and there is more all the same. */
const emptyPagesMax = 5;
const endings = 'key.deleted,agent.deleted,webhook.deleted,member.removed,invitation.revoked';
const ends = new Set(endings.split(','));

export class AuditPage extends Page {
  override readonly heading = 'Audit log';
  @state() search: AuditSearch = {};
  /** Things that are deleted, as far as what is listed does not say so itself. */
  readonly #gone = new Set<string>();
  readonly #members = new Resource(this, (signal) => listMembers(this.organizationId, signal));
  readonly #entries = new PagedList<AuditEntry>(this, (cursor, signal) => this.#read(cursor, signal), {
    refreshEveryMs,
    isKept: true,
  });

  constructor() {
    super();
    new KeptPlace(this, () => this.#entries.items !== undefined);
  }

  override connectedCallback(): void {
    this.search = parseAuditSearch(this.query);
    super.connectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Audit log</h1>
          <p class="lead">
            Every change of keys, agents, members and credits: who, what, when. Secrets are never in it.
          </p>
        </div>
        ${this.#renderFiles()}
      </header>
      ${auditSearchBar({
        search: this.search,
        people: this.#people,
        targetName: this.#targetName,
        find: (search) => this.#find(search),
      })}
      ${this.#renderEntries()}
    </div>`;
  }

  /** What is found, as files. */
  #renderFiles(): TemplateResult {
    const filter = toAuditFilter(this.search);
    return html`<div class="audit-files">
      ${(['csv', 'ndjson'] as const).map(
        (kind) =>
          html`<a class="button" download href=${auditFilePath(this.organizationId, kind, filter)}>
            ${icon('download')} ${kind === 'csv' ? 'CSV' : 'JSON lines'}
          </a>`,
      )}
    </div>`;
  }

  #renderEntries(): TemplateResult {
    const { items, failure, hasMore, isLoading } = this.#entries;
    if (failure) return failureBlock(failure, () => void this.#entries.load());
    if (!items) return skeleton('Loading the audit log', 5);
    const isSearching = Object.keys(this.search).length > 0;
    if (items.length === 0 && !isSearching) {
      return emptyState({
        picture: 'audit',
        heading: 'Nothing has happened yet',
        content: 'When somebody makes a key, edits an agent or invites a member, it is written down here.',
      });
    }
    return html`<div class="stack" aria-busy=${isLoading}>
      <p class=${items.length > 0 ? 'unseen' : 'soft'} role="status">
        ${items.length > 0 ? `${plural(items.length, 'entry', 'entries')} shown.` : 'Nothing like that was found.'}
        ${items.length === 0 && hasMore ? 'There may be older ones: load more.' : nothing}
      </p>
      ${
        items.length > 0
          ? entryList(items, {
              organizationId: this.organizationId,
              isOwner: this.isOwner,
              isGone: this.#isGone(items),
              only: this.search.target === undefined ? (target) => this.#find({ ...this.search, target }) : undefined,
            })
          : html`<button class="button small" type="button" @click=${() => this.#find({})}>Show all entries</button>`
      }
      ${loadMore(this.#entries, 'entry', 'entries')}
    </div>`;
  }

  #isGone(items: readonly AuditEntry[]): (id: string) => boolean {
    const ended = new Set(items.filter(({ action }) => ends.has(action)).map(({ target }) => target.id));
    return (id) => ended.has(id) || this.#gone.has(id);
  }

  /** Members, and whoever else did something that is listed. */
  get #people(): ReadonlyMap<string, string> {
    const { actor } = this.search;
    const people = new Map<string, string>();
    if (actor !== undefined) people.set(actor, actor);
    for (const { userId, email } of this.#members.value?.data ?? []) people.set(userId, email);
    for (const entry of this.#entries.items ?? []) {
      const id = entry.actor.id ?? entry.actor.kind;
      if ((people.get(id) ?? id) === id) people.set(id, actorName(entry.actor));
    }
    return people;
  }

  get #targetName(): string {
    const { target } = this.search;
    return this.#entries.items?.find((entry) => entry.target.id === target)?.target.name ?? target ?? '';
  }

  #find(search: AuditSearch): void {
    this.search = search;
    rewriteQuery({ ...search });
    void this.#entries.find();
  }

  async #read(cursor: string | null, signal?: AbortSignal): Promise<Listing<AuditEntry>> {
    const { organizationId } = this;
    const filter = toAuditFilter(this.search);
    const ask = (after: string | null) =>
      listAudit(organizationId, { limit: entriesPerPage, cursor: after, ...filter }, signal);
    let page = await ask(cursor);
    for (let asked = 1; page.data.length === 0 && page.nextCursor !== null && asked < emptyPagesMax; asked += 1)
      page = await ask(page.nextCursor);
    await this.#noteGone(page.data, signal);
    return page;
  }

  /** What was deleted later by somebody else, or after the last day that is looked for. */
  async #noteGone(entries: readonly AuditEntry[], signal?: AbortSignal): Promise<void> {
    const from = entries.at(-1)?.at;
    if (from === undefined || (this.search.actor ?? this.search.to) === undefined) return;
    const asked = { limit: 100, cursor: null, action: endings, from };
    const deleted = await listAudit(this.organizationId, asked, signal).catch(() => undefined);
    for (const { target } of deleted?.data ?? []) this.#gone.add(target.id);
  }
}
