import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { readCredits } from '../../api.ts';
import type { OrganizationCredits } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { heldButton } from '../../components/held-button.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { count, plural } from '../../components/number-words.ts';
import { skeleton } from '../../components/skeleton.ts';
import { toast } from '../../components/toast.ts';
import { Resource } from '../../controllers/resource.ts';
import { GrantDialog } from './grant-dialog.ts';
import { ReserveDialog } from './reserve-dialog.ts';

/** Below this share of what was granted, the card says that it is time for more. */
const fewShare = 0.1;

/**
 * `<usage-credits>`: how many credits an organization has left of what it was granted, and how many of them pages must leave
 * for its servers; an owner grants more and sets that.
 *
 * @prop {string} organizationId
 * @prop {boolean} isOwner
 */
export class CreditsCard extends LightElement {
  static readonly elements = { 'usage-grant-dialog': GrantDialog, 'usage-reserve-dialog': ReserveDialog };
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) isOwner = false;
  /** Its dialog is open. */
  @state() isGranting = false;
  @state() isReserving = false;
  readonly #credits = new Resource(this, (signal) => readCredits(this.organizationId, signal), {
    refreshEveryMs: 30_000,
    mayRefresh: () => !this.isGranting && !this.isReserving,
  });

  protected override render(): TemplateResult {
    const { value, failure } = this.#credits;
    return html`<section class="card" aria-labelledby="credits-heading">
      <div class="card-head">
        <h2 id="credits-heading">Credits</h2>
        ${value ? this.#renderGrant() : nothing}
      </div>
      ${
        failure
          ? failureBlock(failure, () => void this.#credits.load())
          : value
            ? html`${renderCredits(value)} ${this.#renderReserve(value)}`
            : skeleton('Loading the credits', 1)
      }
      ${
        value && this.isOwner
          ? html`<usage-grant-dialog
                .open=${this.isGranting}
                .organizationId=${this.organizationId}
                .credits=${value}
                @grant-close=${() => (this.isGranting = false)}
                @grant-done=${this.#take}
              ></usage-grant-dialog>
              <usage-reserve-dialog
                .open=${this.isReserving}
                .organizationId=${this.organizationId}
                .credits=${value}
                @reserve-close=${() => (this.isReserving = false)}
                @reserve-done=${this.#takeReserve}
              ></usage-reserve-dialog>`
          : nothing
      }
    </section>`;
  }

  #renderGrant(): TemplateResult {
    if (!this.isOwner) {
      return heldButton({
        id: 'grant-reason',
        words: 'Grant credits',
        reason: 'Only an owner can grant credits.',
        look: 'small',
      });
    }
    return html`<button class="button small" type="button" @click=${() => (this.isGranting = true)}>
      ${icon('plus')} Grant credits
    </button>`;
  }

  #renderReserve({ reserved, reservedCredits }: OrganizationCredits): TemplateResult {
    return html`<div class="setting reserve">
      <p>
        <b>${count(reserved)} kept back for your servers</b>
        <small class="soft">
          ${reservedCredits === null ? 'A fifth of what was granted.' : 'As an owner set it.'}
          ${reserved === 0 ? 'Pages can spend every credit.' : 'Pages are refused when only these are left.'}
          ${this.isOwner ? nothing : 'An owner can change it.'}
        </small>
      </p>
      ${
        this.isOwner
          ? html`<button class="button small" type="button" @click=${() => (this.isReserving = true)}>
              Change what is kept back
            </button>`
          : nothing
      }
    </div>`;
  }

  readonly #takeReserve = ({ detail }: CustomEvent<OrganizationCredits>): void => {
    this.isReserving = false;
    this.#credits.set(detail);
    toast({ message: `${plural(detail.reserved, 'credit')} kept back for your servers.` });
  };

  readonly #take = ({ detail }: CustomEvent<OrganizationCredits>): void => {
    const before = this.#credits.value?.granted ?? 0;
    this.isGranting = false;
    this.#credits.set(detail);
    toast({ message: `${plural(detail.granted - before, 'credit')} granted.` });
  };
}

function renderCredits({ granted, spent, reserved }: OrganizationCredits): TemplateResult {
  const left = Math.max(0, granted - spent);
  const isFew = left - reserved <= granted * fewShare;
  return html`<div class="stack tight">
    <p class="row between">
      <span><b class="figure">${count(left)}</b> left</span>
      <span class="soft">${count(spent)} spent of ${count(granted)} granted</span>
    </p>
    <progress
      class=${`credits ${isFew ? 'few' : ''}`}
      max=${Math.max(granted, 1)}
      .value=${left}
      aria-label=${`${count(left)} of ${plural(granted, 'credit')} left`}
    ></progress>
    ${
      isFew
        ? html`<div class="note warning">
            ${icon('warning')}
            <p>${fewWords(left, granted, reserved)} Agents that cost nothing go on answering.</p>
          </div>`
        : html`<p class="hint">
            A message costs its agent’s price. What is held for answers that are being written counts as spent.
          </p>`
    }
  </div>`;
}

function fewWords(left: number, granted: number, reserved: number): string {
  if (granted === 0) return 'None were granted yet: agents that have a price can not answer.';
  if (left === 0) return 'None are left: agents that have a price can not answer until more are granted.';
  if (left <= reserved) {
    return 'Only what is kept back for your servers is left: agents that have a price refuse pages until more are granted.';
  }
  if (reserved > 0) {
    return `Pages can spend ${count(left - reserved)} more. Then agents that have a price refuse them, and answer your servers.`;
  }
  return 'Few are left. When they are spent, agents that have a price can not answer until more are granted.';
}
