import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { hintOn } from '../../server/gate/domain-hint.ts';
import { parsePatternList } from '../../server/gate/domain-pattern.ts';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { createKey } from '../api.ts';
import type { CreatedKey } from '../../server/http/wire.ts';
import {
  budgetNames,
  budgetProblemsOf,
  newKeyBudgets,
  toBudget,
  toBudgetsDraft,
  toBudgetsPatch,
  type BudgetProblems,
  type BudgetsDraft,
} from './budget-draft.ts';
import { budgetFields } from './budget-fields.ts';
import { boundWords } from './budget-words.ts';
import { failureBlock } from './failure-block.ts';
import { field } from './field.ts';
import { newKeyNotes, noteFieldNames, noteFields, toNotesDraft, toNotesPatch, type NotesDraft } from './note-fields.ts';
import {
  newKeyOwn,
  ownFieldNames,
  ownProblemsOf,
  toOwnDraft,
  toOwnPatch,
  type OwnDraft,
  type OwnProblems,
} from './own-draft.ts';
import { ownFields } from './own-fields.ts';
import { LightElement } from '../../ui/light-element.ts';

const fields = ['name', 'allowedDomains', 'expiresAt', ...budgetNames, ...noteFieldNames, ...ownFieldNames];
const hintAfterMs = 300;

/**
 * `<ui-create-key-dialog>`: asks for what a new key needs. What is typed stays when it is closed and opened again.
 *
 * @prop {boolean} open
 * @prop {string} organizationId
 *
 * @fires dialog-close - Set `open` to false.
 * @fires {CustomEvent<CreatedKey>} key-created - Close it and show the pair.
 */
export class CreateKeyDialog extends LightElement {
  @property({ attribute: false }) open = false;
  @property({ attribute: false }) organizationId = '';
  @state() name = '';
  /** As typed. */
  @state() domains = '';
  /** What the hint speaks of: what was typed before the last short rest. */
  @state() hintedDomains = '';
  /** `2026-11-24`, or empty. */
  @state() expiry = '';
  @state() budgets: BudgetsDraft = toBudgetsDraft(newKeyBudgets);
  @state() budgetProblems: BudgetProblems = {};
  @state() isBudgetOpen = false;
  @state() notes: NotesDraft = toNotesDraft(newKeyNotes);
  @state() areNotesOpen = false;
  @state() own: OwnDraft = toOwnDraft(newKeyOwn);
  @state() ownProblems: OwnProblems = {};
  @state() isOwnOpen = false;
  @state() isNameMissing = false;
  @state() isSending = false;
  @state() failure: ApiError | undefined;
  #hintTimer: ReturnType<typeof setTimeout> | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('open') || !this.open) return;
    this.failure = undefined;
    this.isNameMissing = false;
    this.budgetProblems = {};
    this.ownProblems = {};
  }

  protected override render(): TemplateResult {
    return html`<ui-dialog
      .open=${this.open}
      .heading=${'Create API Key'}
      .holds=${this.isSending}
      .content=${this.open ? this.#renderForm() : undefined}
      @dialog-close=${() => this.dispatchEvent(new CustomEvent('dialog-close'))}
    ></ui-dialog>`;
  }

  #renderForm(): TemplateResult {
    const { failure } = this;
    return html`<form class="stack" novalidate @submit=${this.#submit} @mousedown=${this.#holdStill}>
      ${field({
        id: 'key-name',
        label: 'Name',
        hint: 'One key for each site and environment: you see which is used, and can switch one off alone.',
        error: this.isNameMissing ? 'Give the key a name.' : failure?.problemAt('name'),
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            type="text"
            placeholder="Production Website"
            maxlength="100"
            autocomplete="off"
            autofocus
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(this.name)}
            @input=${this.#typeName}
          />`,
      })}
      ${this.#renderDomains()}
      ${field({
        id: 'key-expiry',
        label: 'Expires',
        isOptional: true,
        hint: 'At the end of that day, your time. Without a day it works until you disable it.',
        error: failure?.problemAt('expiresAt'),
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            type="date"
            min=${localDay(new Date())}
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(this.expiry)}
            @input=${({ currentTarget }: InputEvent) => (this.expiry = (currentTarget as HTMLInputElement).value)}
          />`,
      })}
      ${this.#renderBudget()}
      <details class="disclosure" ?open=${this.areNotesOpen} @toggle=${this.#toggleNotes}>
        <summary>Tags and notes</summary>
        <div class="stack">
          <p class="soft">For people of this organization alone: no visitor and no call with the key is told.</p>
          ${noteFields({
            draft: this.notes,
            failure,
            isDisabled: false,
            edit: (change) => (this.notes = { ...this.notes, ...change }),
          })}
        </div>
      </details>
      <details class="disclosure" ?open=${this.isOwnOpen} @toggle=${this.#toggleOwn}>
        <summary>For your own API</summary>
        <div class="stack">
          <p class="soft">
            Scopes, the id of a customer, and metadata: your API is told them when it asks about the key.
          </p>
          ${ownFields({
            draft: this.own,
            problems: this.ownProblems,
            failure,
            isDisabled: false,
            edit: (change) => this.#editOwn(change),
          })}
        </div>
      </details>
      ${failure && failure.generalProblem(fields) !== '' ? failureBlock(failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" @click=${() => this.dispatchEvent(new CustomEvent('dialog-close'))}>
          Cancel
        </button>
        <button class="button primary" type="submit" aria-busy=${this.isSending}>Create key</button>
      </div>
    </form>`;
  }

  #renderBudget(): TemplateResult {
    const { budgets, isBudgetOpen } = this;
    const [budget, visitorBudget] = budgetNames.map((name) => toBudget(budgets[name]));
    return html`<div class="stack bound">
      <div class="row between">
        <p aria-live="polite">
          ${budget === undefined || visitorBudget === undefined ? nothing : boundWords(budget, visitorBudget)}
        </p>
        <button
          class="button small"
          type="button"
          aria-expanded=${isBudgetOpen}
          aria-controls="new-key-budget"
          @click=${() => (this.isBudgetOpen = !isBudgetOpen)}
        >
          Change the budget
        </button>
      </div>
      <div id="new-key-budget" class="stack" ?hidden=${!isBudgetOpen}>
        ${budgetFields({
          draft: budgets,
          problems: this.budgetProblems,
          failure: this.failure,
          isDisabled: false,
          edit: (change) => this.#editBudgets(change),
        })}
      </div>
    </div>`;
  }

  #renderDomains(): TemplateResult {
    const hint = hintOn(this.hintedDomains, [], { origins: [], name: '' });
    const problem = hint?.kind === 'problem' ? hint.sentence : undefined;
    return field({
      id: 'key-domains',
      label: 'Allowed domains',
      isOptional: true,
      error: problem ?? this.failure?.problemAt('allowedDomains'),
      hint: html`<div aria-live="polite">
          ${
            hint
              ? html`${problem === undefined ? html`<p>${hint.sentence}</p>` : nothing}
                ${hint.warnings.map(({ message }) => html`<p class="warned">${message}</p>`)}`
              : html`<p>
                  The sites whose pages may use it, with commas or spaces between: <code>example.com</code>,
                  <code>*.example.com</code>. Without any it works only with its secret.
                </p>`
          }
        </div>
        ${
          hint && hint.offers.length > 0
            ? html`<div class="row offers">
                ${hint.offers.map(
                  ({ label, text }) =>
                    html`<button class="button small" type="button" @click=${() => this.#takeOffer(text)}>
                      ${label}
                    </button>`,
                )}
              </div>`
            : nothing
        }`,
      control: ({ id, describedBy, invalid }) =>
        html`<textarea
          id=${id}
          class="code"
          rows="2"
          placeholder="example.com, *.example.com"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          aria-describedby=${describedBy}
          aria-invalid=${invalid}
          .value=${live(this.domains)}
          @input=${this.#typeDomains}
          @blur=${() => (this.hintedDomains = this.domains)}
        ></textarea>`,
    });
  }

  readonly #typeName = ({ currentTarget }: InputEvent): void => {
    this.name = (currentTarget as HTMLInputElement).value;
    this.isNameMissing = false;
  };

  readonly #typeDomains = ({ currentTarget }: InputEvent): void => {
    this.domains = (currentTarget as HTMLTextAreaElement).value;
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => (this.hintedDomains = this.domains), hintAfterMs);
  };

  readonly #toggleNotes = ({ currentTarget }: Event): void => {
    this.areNotesOpen = (currentTarget as HTMLDetailsElement).open;
  };

  readonly #toggleOwn = ({ currentTarget }: Event): void => {
    this.isOwnOpen = (currentTarget as HTMLDetailsElement).open;
  };

  #editBudgets(change: Partial<BudgetsDraft>): void {
    this.budgets = { ...this.budgets, ...change };
    this.budgetProblems = {};
  }

  #editOwn(change: Partial<OwnDraft>): void {
    this.own = { ...this.own, ...change };
    this.ownProblems = {};
  }

  /** A hint that changes while a button is pressed would move the button away, and the press would be lost. */
  readonly #holdStill = (event: MouseEvent): void => {
    if (!(event.target instanceof Element && event.target.closest('button'))) return;
    clearTimeout(this.#hintTimer);
    // The field keeps the focus until the button is let go.
    event.preventDefault();
  };

  #takeOffer(text: string): void {
    clearTimeout(this.#hintTimer);
    this.domains = this.hintedDomains = text;
    this.querySelector('textarea')?.focus();
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    clearTimeout(this.#hintTimer);
    this.hintedDomains = this.domains;
    this.failure = undefined;
    this.isNameMissing = this.name.trim() === '';
    const { patterns, problems, isTooLong } = parsePatternList(this.domains);
    this.budgetProblems = budgetProblemsOf(this.budgets);
    this.ownProblems = ownProblemsOf(this.own);
    const isWrong = [this.budgetProblems, this.ownProblems].some((found) => Object.keys(found).length > 0);
    if (this.isNameMissing || problems.length > 0 || isTooLong || isWrong) return this.#focusFirstProblem();
    this.isSending = true;
    try {
      const created = await createKey(this.organizationId, {
        name: this.name.trim(),
        allowedDomains: patterns.map(({ text }) => text),
        ...(this.expiry !== '' && { expiresAt: endOfLocalDay(this.expiry) }),
        ...toBudgetsPatch(this.budgets, newKeyBudgets),
        ...toNotesPatch(this.notes, newKeyNotes),
        ...toOwnPatch(this.own, newKeyOwn),
      });
      this.#clear();
      this.dispatchEvent(new CustomEvent<CreatedKey>('key-created', { detail: created }));
    } catch (error) {
      this.failure = toApiError(error);
      this.#focusFirstProblem();
    }
    this.isSending = false;
  };

  #clear(): void {
    this.name = '';
    this.domains = '';
    this.hintedDomains = '';
    this.expiry = '';
    this.budgets = toBudgetsDraft(newKeyBudgets);
    this.isBudgetOpen = false;
    this.notes = toNotesDraft(newKeyNotes);
    this.areNotesOpen = false;
    this.own = toOwnDraft(newKeyOwn);
    this.isOwnOpen = false;
    this.isNameMissing = false;
    this.failure = undefined;
  }

  /** Also where it is folded away. */
  #focusFirstProblem(): void {
    const { failure } = this;
    const isWrong = (names: readonly string[], found: object): boolean =>
      Object.keys(found).length > 0 || names.some((name) => failure?.problemAt(name));
    if (isWrong(budgetNames, this.budgetProblems)) this.isBudgetOpen = true;
    if (isWrong(noteFieldNames, {})) this.areNotesOpen = true;
    if (isWrong(ownFieldNames, this.ownProblems)) this.isOwnOpen = true;
    void this.updateComplete.then(() =>
      requestAnimationFrame(() => this.querySelector<HTMLElement>('[aria-invalid]')?.focus()),
    );
  }
}

function localDay(date: Date): string {
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function endOfLocalDay(day: string): string {
  return new Date(`${day}T23:59:59.999`).toISOString();
}
