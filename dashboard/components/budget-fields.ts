import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Budget } from '../../server/http/wire.ts';
import type { ApiError } from '../../ui/api-error.ts';
import {
  budgetMax,
  type BudgetDraft,
  type BudgetName,
  type BudgetProblems,
  type BudgetsDraft,
} from './budget-draft.ts';
import { periodWords } from './budget-words.ts';
import { field } from './field.ts';
import { icon } from './icons.ts';

interface BudgetFields {
  readonly draft: BudgetsDraft;
  /** What can be said before the server is asked; it goes first. */
  readonly problems: BudgetProblems;
  readonly failure: ApiError | undefined;
  readonly isDisabled: boolean;
  readonly edit: (change: Partial<BudgetsDraft>) => void;
}

const periods = Object.entries(periodWords) as (readonly [Budget['per'], string])[];

const words: Readonly<
  Record<BudgetName, { readonly legend: string; readonly check: string; readonly on: string; readonly off: string }>
> = {
  budget: {
    legend: 'All browsers together',
    check: 'Bound what browsers can spend with this key',
    on: 'When it is used up, pages are refused until the next hour, day or month (UTC) begins. Calls with the secret go on.',
    off: 'Without it, somebody who copies the public key can spend every credit that is not kept back for your servers.',
  },
  visitorBudget: {
    legend: 'Each visitor',
    check: 'Bound what one visitor can spend',
    on: 'A visitor is an address; an IPv6 one counts with its whole /64.',
    off: 'Without it, one visitor alone can spend what all browsers may.',
  },
};

/** The fields of a key's two budgets: what browsers can spend together, and each visitor. */
export function budgetFields(fields: BudgetFields): TemplateResult {
  return html`<div class="budgets">${budget(fields, 'budget')} ${budget(fields, 'visitorBudget')}</div>`;
}

function budget({ draft, problems, failure, isDisabled, edit }: BudgetFields, name: BudgetName): TemplateResult {
  const { isBounded, credits, per } = draft[name];
  const { legend, check, on, off } = words[name];
  const change = (part: Partial<BudgetDraft>): void => edit({ [name]: { ...draft[name], ...part } });
  const valueOf = ({ currentTarget }: Event): string => (currentTarget as HTMLInputElement | HTMLSelectElement).value;
  return html`<fieldset class="option-list">
    <legend>${legend}</legend>
    <label class="check">
      <input
        type="checkbox"
        ?disabled=${isDisabled}
        .checked=${live(isBounded)}
        @change=${({ currentTarget }: Event) => change({ isBounded: (currentTarget as HTMLInputElement).checked })}
      />
      <span>${check}</span>
    </label>
    ${
      isBounded
        ? html`<div class="rate">
              ${field({
                id: `${name}-credits`,
                label: 'Credits at most',
                error: problems[name] ?? failure?.problemAt(name),
                control: ({ id, describedBy, invalid }) =>
                  html`<input
                    id=${id}
                    type="number"
                    inputmode="numeric"
                    min="1"
                    max=${budgetMax}
                    step="1"
                    ?disabled=${isDisabled}
                    aria-describedby=${describedBy}
                    aria-invalid=${invalid}
                    .value=${live(credits)}
                    @input=${(event: InputEvent) => change({ credits: valueOf(event) })}
                  />`,
              })}
              ${field({
                id: `${name}-per`,
                label: 'In',
                control: ({ id }) =>
                  html`<select
                    id=${id}
                    ?disabled=${isDisabled}
                    .value=${live(per)}
                    @change=${(event: Event) => change({ per: valueOf(event) as Budget['per'] })}
                  >
                    ${periods.map(([value, text]) => html`<option value=${value} ?selected=${value === per}>${text}</option>`)}
                  </select>`,
              })}
            </div>
            <p class="hint">${on}</p>`
        : html`<p class="warning-words">${icon('warning')} <span>${off}</span></p>`
    }
  </fieldset>`;
}
