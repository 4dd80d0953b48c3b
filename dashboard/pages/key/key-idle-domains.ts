import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { toApiError } from '../../../ui/api-error.ts';
import type { KeyDomain, KeyPatch, OriginUsage } from '../../../server/http/wire.ts';
import { hasEnded, isUnused, unusedDays } from '../../components/domain-end.ts';
import { patternNotes } from '../../components/domain-pattern-item.ts';
import { toast } from '../../components/toast.ts';
import { asItWas } from './as-it-was.ts';
import { askToBlock } from './ask-to-block.ts';
import { KeyPart } from './key-part.ts';

/**
 * `<key-idle-domains>`: the domains of a key that ended, and those that let nobody in for long. Each goes with one click; what
 * would block an origin is asked about first. Draws nothing where there are none.
 *
 * @prop {OriginUsage[]} seen - The origins of the last 30 days.
 */
export class KeyIdleDomains extends KeyPart {
  @property({ attribute: false }) seen: readonly OriginUsage[] = [];
  @state() isSaving = false;

  protected override render(): TemplateResult | typeof nothing {
    const { domains } = this.key;
    const nowMs = Date.now();
    const ended = domains.filter((entry) => hasEnded(entry, nowMs));
    const unused = this.mayChange ? domains.filter((entry) => !ended.includes(entry) && isUnused(entry, nowMs)) : [];
    if (ended.length + unused.length === 0) return nothing;
    return html`<section class="card" aria-labelledby="idle-heading">
      <h2 id="idle-heading" tabindex="-1">Domains to tidy up</h2>
      <div class="stack">
        ${this.#renderList(`Unused for ${unusedDays} days: remove?`, unused)} ${this.#renderList('Ended', ended)}
      </div>
    </section>`;
  }

  #renderList(heading: string, entries: readonly KeyDomain[]): TemplateResult | typeof nothing {
    if (entries.length === 0) return nothing;
    return html`<div class="stack tight">
      <h3>${heading}</h3>
      <ul class="patterns">
        ${entries.map((entry) => this.#renderEntry(entry))}
      </ul>
    </div>`;
  }

  #renderEntry(entry: KeyDomain): TemplateResult {
    const { pattern, label } = entry;
    return html`<li class="pattern">
      <div class="pattern-words">
        <p class="pattern-name">
          <code>${pattern}</code> ${label ? html`<bdi class="pattern-label">${label}</bdi>` : nothing}
        </p>
        ${patternNotes(entry)}
      </div>
      ${
        this.mayChange
          ? html`<button
              class="button small"
              type="button"
              aria-label=${`Remove ${pattern}`}
              aria-busy=${this.isSaving}
              @click=${() => void this.#remove(entry)}
            >
              Remove
            </button>`
          : nothing
      }
    </li>`;
  }

  async #remove(entry: KeyDomain): Promise<void> {
    if (this.isSaving) return;
    const { pattern } = entry;
    this.isSaving = true;
    try {
      const saved = await this.change({ removeDomains: [pattern] }, this.key, (replay) =>
        askToBlock(replay, this.key.allowedDomains, this.seen),
      );
      if (saved) toast({ message: `Removed ${pattern}.`, subject: this.key.id, ...this.#undo(entry) });
    } catch (error) {
      toast({ message: `Not removed. ${toApiError(error).detail}`, kind: 'problem', subject: this.key.id });
    }
    this.isSaving = false;
    await this.updateComplete;
    // Its button is gone.
    this.querySelector<HTMLElement>('#idle-heading')?.focus();
  }

  /** What ended can't come back as it was. */
  #undo(entry: KeyDomain) {
    if (hasEnded(entry, Date.now())) return {};
    const { pattern } = entry;
    const patch: KeyPatch = { addDomains: [asItWas([entry], pattern)], confirm: true };
    const run = (): void => void this.changeAtOnce({ patch, message: `${pattern} is allowed again.` });
    return { action: { label: 'Undo', run } };
  }
}
