import { html, nothing, type TemplateResult } from 'lit';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import {
  budgetNames,
  budgetProblemsOf,
  toBudgetsDraft,
  toBudgetsPatch,
  type BudgetProblems,
  type BudgetsDraft,
} from '../../components/budget-draft.ts';
import { budgetFields } from '../../components/budget-fields.ts';
import { almostShare } from '../../../server/records/budget.ts';
import { budgetState } from '../../components/budget-state.ts';
import { boundWords } from '../../components/budget-words.ts';
import { count, plural } from '../../components/number-words.ts';
import { TimeLeft } from '../../components/time-left.ts';
import { exactTime } from '../../components/time-words.ts';
import { KeyDraftPart } from './key-draft-part.ts';

/** `<key-budget>`: what browsers can spend with a key, and what they spent in the present hour, day or month. */
export class KeyBudget extends KeyDraftPart<BudgetsDraft> {
  static readonly elements = { 'ui-time-left': TimeLeft };
  protected override readonly savedWords = 'Budget saved.';

  protected override draftOf(key: Key): BudgetsDraft {
    return toBudgetsDraft(key);
  }

  protected override patchOf(draft: BudgetsDraft, key: Key): KeyPatch {
    return toBudgetsPatch(draft, key);
  }

  protected override problemsOf(draft: BudgetsDraft): BudgetProblems {
    return budgetProblemsOf(draft);
  }

  protected override render(): TemplateResult {
    const { budget, visitorBudget } = this.key;
    return html`<section class="card" aria-labelledby="budget-heading">
      <form class="stack" novalidate @submit=${this.save}>
        <div>
          <h2 id="budget-heading">Budget</h2>
          <p class="soft">${boundWords(budget, visitorBudget)} ${this.reason}</p>
        </div>
        ${this.#renderMeter()}
        ${budgetFields({
          draft: this.shown,
          problems: this.problems,
          failure: this.failure,
          isDisabled: !this.mayChange,
          edit: (change) => this.edit(change),
        })}
        ${this.renderEnd('Save budget', budgetNames)}
      </form>
    </section>`;
  }

  #renderMeter(): TemplateResult | typeof nothing {
    const { budget } = this.key;
    const state = budgetState(this.key, Date.now());
    if (!budget || !state) return nothing;
    const { spent, share, until } = state;
    const look = share >= 1 ? 'out' : share >= almostShare ? 'few' : '';
    return html`<div class="stack tight">
      <p class="row between">
        <span><b class="figure">${count(spent)}</b> of ${plural(budget.credits, 'credit')} spent</span>
        <span class="soft">
          until <time datetime=${until}>${exactTime(until)}</time>:
          <ui-time-left .at=${until} @time-over=${() => this.requestUpdate()}></ui-time-left> more
        </span>
      </p>
      <progress
        class=${`credits ${look}`}
        max=${budget.credits}
        .value=${spent}
        aria-label=${`${count(spent)} of ${plural(budget.credits, 'credit')} spent`}
      ></progress>
      <p class="hint">What is held for answers that are being written counts as spent.</p>
    </div>`;
  }
}
