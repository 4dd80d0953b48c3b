import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import type { Key, KeyDomain, OriginUsage } from '../../../server/http/wire.ts';
import type { DomainNotes } from '../../components/domain-end.ts';
import { DomainEditor, type NotedDomains } from '../../components/domain-editor.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { plural } from '../../components/number-words.ts';
import { toast } from '../../components/toast.ts';
import { DomainsPreview } from '../../controllers/domains-preview.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { KeyPart } from './key-part.ts';
import { askToBlock } from './ask-to-block.ts';
import { asItWas, isNoted } from './as-it-was.ts';
import { effectOf, renderEffect } from './replay-words.ts';

/**
 * `<key-domains>`: the allowed domains of a key, edited as a draft. While it is not saved, the server is asked what the
 * draft would do to the origins of the last 30 days; what would block one is saved only after an explicit yes.
 *
 * @prop {OriginUsage[]} seen - The origins of the last 30 days.
 */
export class KeyDomains extends KeyPart {
  static readonly elements = { 'ui-domain-editor': DomainEditor };
  @property({ attribute: false }) seen: readonly OriginUsage[] = [];
  /** Undefined: nothing is edited. */
  @state() draft: readonly string[] | undefined;
  /** What the draft notes about some of its domains. */
  @state() notes: ReadonlyMap<string, DomainNotes> = new Map();
  /** The key when the editing began. */
  @state() base: Key | undefined;
  @state() isSaving = false;
  @state() failure: ApiError | undefined;
  readonly #preview = new DomainsPreview(this);

  constructor() {
    super();
    new LeaveGuard(
      this,
      () => this.draft !== undefined || (this.querySelector<DomainEditor>('ui-domain-editor')?.isTyping ?? false),
    );
  }

  /** Adds entries to what is saved, at once and with Undo, whatever is being edited. */
  async add(entries: readonly string[]): Promise<void> {
    const { base } = this;
    const isSaved = await this.changeAtOnce({
      // Only more is allowed, so there is nothing to confirm.
      patch: { addDomains: entries, confirm: true },
      undo: { removeDomains: entries.filter((entry) => !this.key.allowedDomains.includes(entry)), confirm: true },
      message: `Added ${entries.join(', ')} to the allowed domains.`,
    });
    // What was added here is no surprise to the draft.
    if (!isSaved || !this.draft || !base) return;
    this.base = { ...base, allowedDomains: [...new Set([...base.allowedDomains, ...entries])] };
    this.#edit([...new Set([...this.draft, ...entries])]);
  }

  protected override render(): TemplateResult {
    const { allowedDomains } = this.key;
    const domains = this.draft ?? allowedDomains;
    const known = { origins: this.seen.map(({ origin }) => origin), name: 'the origins seen in the last 30 days' };
    return html`<section class="card" aria-labelledby="domains-heading">
      <div class="card-head">
        <h2 id="domains-heading">Allowed domains</h2>
        ${domains.length > 0 ? html`<span class="soft">${plural(domains.length, 'entry', 'entries')}</span>` : nothing}
      </div>
      <div class="stack">
        ${domains.length === 0 ? this.#renderEmpty() : nothing}
        <ui-domain-editor
          .domains=${domains}
          .saved=${this.#before}
          .known=${known}
          .entries=${this.#entries}
          .takesNotes=${true}
          .reason=${this.reason}
          @domain-notes=${({ detail }: CustomEvent<NotedDomains>) => this.#note(detail)}
          @domains-change=${({ detail }: CustomEvent<readonly string[]>) => this.#edit(detail)}
        ></ui-domain-editor>
        ${this.draft ? this.#renderDraft(this.draft) : nothing}
      </div>
    </section>`;
  }

  /** Of what is saved, and of what the draft adds. */
  get #entries(): readonly KeyDomain[] {
    const { domains } = this.draft && this.base ? this.base : this.key;
    const noted = [...this.notes].map(([pattern, notes]) => {
      const known = domains.find((entry) => entry.pattern === pattern);
      return {
        ...(known ?? { addedAt: null, addedBy: null, lastMatchedAt: null }),
        ...asItWas(domains, pattern),
        ...notes,
      };
    });
    return [...noted, ...domains];
  }

  #note({ patterns, notes }: NotedDomains): void {
    this.notes = new Map([...this.notes, ...patterns.map((pattern) => [pattern, notes] as const)]);
  }

  #renderEmpty(): TemplateResult {
    return html`<div class="note">
      ${icon('key')}
      <p>
        <b>No page may use this key.</b> Without allowed domains it works only with its secret, from a server.
        ${this.mayChange ? 'Add the domains of the pages that should use it.' : nothing}
      </p>
    </div>`;
  }

  #renderDraft(draft: readonly string[]): TemplateResult {
    const { allowedDomains } = this.key;
    const before = this.#before;
    const added = draft.filter((domain) => !before.includes(domain)).length;
    const removed = before.filter((domain) => !draft.includes(domain)).length;
    const noted = [...this.notes.keys()].filter((domain) => before.includes(domain)).length;
    const changes = [
      ...(added > 0 ? [`${added} added`] : []),
      ...(removed > 0 ? [`${removed} removed`] : []),
      ...(noted > 0 ? [`${noted} noted anew`] : []),
    ];
    const effect = this.#preview.replay && effectOf(this.#preview.replay, allowedDomains, this.seen);
    return html`<div class="draft" role="group" aria-label="Not saved yet">
      ${
        isSameList(before, allowedDomains)
          ? nothing
          : html`<div class="note warning">
              ${icon('warning')}
              <p>The saved list was changed meanwhile. When you save, you choose what of that stays.</p>
            </div>`
      }
      <div class="replay" role="status">
        ${effect ? renderEffect(effect) : nothing}
        ${
          effect && effect.blocked.length + effect.admitted.length === 0
            ? html`<p class="soft">No origin of the last 30 days is affected.</p>`
            : nothing
        }
        ${this.#preview.isAsking ? html`<p class="soft">Trying it on the origins of the last 30 days…</p>` : nothing}
        ${this.#preview.isFailed ? this.#renderUnknownEffect(draft) : nothing}
      </div>
      ${this.failure ? failureBlock(this.failure) : nothing}
      <div class="row between">
        <p><b>Not saved:</b> ${changes.join(', ') || 'nothing changed'}</p>
        <div class="row">
          <button class="button" type="button" ?disabled=${this.isSaving} @click=${this.#discard}>Discard</button>
          <button class="button primary" type="button" aria-busy=${this.isSaving} @click=${this.#save}>
            Save domains
          </button>
        </div>
      </div>
    </div>`;
  }

  #renderUnknownEffect(draft: readonly string[]): TemplateResult {
    const retry = (): void => this.#preview.ask(this.organizationId, this.key.id, draft);
    return html`<div class="note warning">
      ${icon('warning')}
      <p>What this blocks could not be found out. Saving finds it out again, and asks before it blocks anything.</p>
      <button class="button small" type="button" @click=${retry}>Retry</button>
    </div>`;
  }

  /** The list that the draft is a change of. */
  get #before(): readonly string[] {
    return (this.draft && this.base ? this.base : this.key).allowedDomains;
  }

  #edit(domains: readonly string[]): void {
    if (!this.draft) this.base = this.key;
    this.failure = undefined;
    this.notes = new Map([...this.notes].filter(([domain]) => domains.includes(domain)));
    if (isSameList(domains, this.base?.allowedDomains ?? []) && this.notes.size === 0) return this.#forget();
    this.draft = domains;
    this.#preview.ask(this.organizationId, this.key.id, domains);
  }

  #forget(): void {
    this.draft = undefined;
    this.notes = new Map();
    this.failure = undefined;
    this.#preview.forget();
  }

  readonly #discard = (): void => {
    this.#forget();
    this.querySelector<HTMLElement>('#domain-entry')?.focus();
  };

  readonly #save = async (): Promise<void> => {
    const { draft, base } = this;
    if (!draft || !base || this.isSaving) return;
    this.isSaving = true;
    this.failure = undefined;
    try {
      const addDomains = [...this.notes].map(([pattern, notes]) => ({ pattern, ...notes }));
      const patch = { allowedDomains: draft, ...(addDomains.length > 0 && { addDomains }) };
      const saved = await this.change(patch, base, (replay) => askToBlock(replay, this.key.allowedDomains, this.seen));
      if (saved) this.#saved(base, saved);
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSaving = false;
  };

  /** Undo takes back what was changed here, and nothing that somebody else did. */
  #saved({ allowedDomains: before, domains }: Key, { allowedDomains: after }: Key): void {
    const removed = before.filter((domain) => !(this.draft ?? []).includes(domain));
    const added = (this.draft ?? []).filter((domain) => !before.includes(domain) && after.includes(domain));
    const noted = [...this.notes.keys()].filter((domain) => before.includes(domain));
    this.#forget();
    const bare = removed.filter((pattern) => !isNoted(domains, pattern));
    const others = [...removed, ...noted].filter((pattern) => !bare.includes(pattern));
    const addDomains = [...bare, ...others.map((pattern) => asItWas(domains, pattern))];
    const patch = { addDomains, removeDomains: added, confirm: true };
    const run = (): void => void this.changeAtOnce({ patch, message: 'The domains are as they were.' });
    toast({ message: 'Allowed domains saved.', subject: this.key.id, action: { label: 'Undo', run } });
    this.querySelector<HTMLElement>('#domain-entry')?.focus();
  }
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((entry) => other.includes(entry));
}
