import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import type { Key, OriginUsage, ReplayedOrigin } from '../../../server/http/wire.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { DomainEditor } from '../../components/domain-editor.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { plural } from '../../components/number-words.ts';
import { toast } from '../../components/toast.ts';
import { DomainsPreview } from '../../controllers/domains-preview.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { KeyPart } from './key-part.ts';
import { blockedSentence, effectOf, renderEffect, renderOrigins } from './replay-words.ts';

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
          .reason=${this.reason}
          @domains-change=${({ detail }: CustomEvent<readonly string[]>) => this.#edit(detail)}
        ></ui-domain-editor>
        ${this.draft ? this.#renderDraft(this.draft) : nothing}
      </div>
    </section>`;
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
    const changes = [...(added > 0 ? [`${added} added`] : []), ...(removed > 0 ? [`${removed} removed`] : [])];
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
    if (isSameList(domains, this.base?.allowedDomains ?? [])) return this.#forget();
    this.draft = domains;
    this.#preview.ask(this.organizationId, this.key.id, domains);
  }

  #forget(): void {
    this.draft = undefined;
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
      const saved = await this.change({ allowedDomains: draft }, base, (replay) => this.#askToBlock(replay));
      if (saved) this.#saved(base, saved);
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSaving = false;
  };

  /** The server refuses what would block an origin; then the person is asked. */
  #askToBlock(replay: readonly ReplayedOrigin[]): Promise<boolean> {
    const { blocked: known } = effectOf(replay, this.key.allowedDomains, this.seen);
    const blocked = known.length > 0 ? known : replay.filter(({ allowed }) => !allowed);
    const origins = blocked.length === 1 ? 'this origin' : `these ${blocked.length} origins`;
    return askToConfirm({
      heading: blocked.length === 1 ? 'Block an origin?' : `Block ${blocked.length} origins?`,
      content: html`<p>${blockedSentence(blocked)} Pages there will be refused as soon as this is saved.</p>
        ${renderOrigins(blocked, 'Origins that will be blocked')}`,
      confirmLabel: `Block ${origins} and save`,
      isDanger: true,
    });
  }

  /** Undo takes back what was changed here, and nothing that somebody else did. */
  #saved({ allowedDomains: before }: Key, { allowedDomains: after }: Key): void {
    const removed = before.filter((domain) => !(this.draft ?? []).includes(domain));
    const added = (this.draft ?? []).filter((domain) => !before.includes(domain) && after.includes(domain));
    this.#forget();
    const patch = { addDomains: removed, removeDomains: added, confirm: true };
    const run = (): void => void this.changeAtOnce({ patch, message: 'The domains are as they were.' });
    toast({ message: 'Allowed domains saved.', subject: this.key.id, action: { label: 'Undo', run } });
    this.querySelector<HTMLElement>('#domain-entry')?.focus();
  }
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((entry) => other.includes(entry));
}
