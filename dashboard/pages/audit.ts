/** Who changed what in an organization, and when. The log only grows: nobody can change it here. */
import { html, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { listAudit } from '../api.ts';
import type { AuditEntry } from '../../server/http/wire.ts';
import { choice } from '../components/choice.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { loadMore } from '../components/load-more.ts';
import { plural } from '../components/number-words.ts';
import { skeleton } from '../components/skeleton.ts';
import { PagedList } from '../controllers/paged-list.ts';
import { Page } from '../page.ts';
import { entryList } from './audit/entry-list.ts';
import { kindOf, kinds, kindWords, type Kind } from './audit/words.ts';

const entriesPerPage = 50;
const refreshEveryMs = 30_000;

export class AuditPage extends Page {
  override readonly heading = 'Audit log';
  /** What is shown of the loaded entries. */
  @state() kind: Kind = 'all';
  readonly #entries = new PagedList<AuditEntry>(
    this,
    (cursor, signal) => listAudit(this.organizationId, { limit: entriesPerPage, cursor }, signal),
    { refreshEveryMs },
  );

  protected override render(): TemplateResult {
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Audit log</h1>
          <p class="lead">
            Every change of keys, agents, members and credits: who, what, when. Secrets are never in it.
          </p>
        </div>
        ${choice({
          name: 'audit-kind',
          legend: 'Kind of change',
          options: kinds.map((value) => ({ value, words: kindWords[value] })),
          value: this.kind,
          choose: (kind) => (this.kind = kind),
        })}
      </header>
      ${this.#renderEntries()}
    </div>`;
  }

  #renderEntries(): TemplateResult {
    const { items, failure } = this.#entries;
    if (!items) {
      return failure ? failureBlock(failure, () => void this.#entries.load()) : skeleton('Loading the audit log', 5);
    }
    if (items.length === 0) {
      return emptyState({
        picture: 'audit',
        heading: 'Nothing has happened yet',
        content: 'When somebody makes a key, edits an agent or invites a member, it is written down here.',
      });
    }
    const shown = this.kind === 'all' ? items : items.filter(({ action }) => kindOf(action) === this.kind);
    return html`<p class="unseen" role="status">${plural(shown.length, 'entry', 'entries')} shown.</p>
      ${shown.length === 0 ? this.#renderNoneOfKind(items.length) : entryList(shown)}
      ${loadMore(this.#entries, 'entry', 'entries')}`;
  }

  #renderNoneOfKind(loaded: number): TemplateResult {
    return html`<p class="soft">
      None of the ${plural(loaded, 'newest entry', 'newest entries')} is about ${kindWords[this.kind].toLowerCase()}.
      ${this.#entries.hasMore ? 'There may be older ones: load more.' : ''}
    </p>`;
  }
}
