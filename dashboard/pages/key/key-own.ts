import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import type { Key } from '../../../server/http/wire.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { failureBlock } from '../../components/failure-block.ts';
import {
  isOwnDirty,
  ownFieldNames,
  ownProblemsOf,
  toOwnDraft,
  toOwnPatch,
  type OwnDraft,
  type OwnProblems,
} from '../../components/own-draft.ts';
import { ownFields } from '../../components/own-fields.ts';
import { toast } from '../../components/toast.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { KeyPart } from './key-part.ts';

/** `<key-own>`: what a key means to an API of the organization's own, edited as a draft and saved together. */
export class KeyOwn extends KeyPart {
  /** Undefined: nothing is edited. */
  @state() draft: OwnDraft | undefined;
  /** The key when the editing began. */
  base: Key | undefined;
  @state() problems: OwnProblems = {};
  @state() isSaving = false;
  @state() failure: ApiError | undefined;

  constructor() {
    super();
    new LeaveGuard(this, () => this.isDirty);
  }

  get isDirty(): boolean {
    return this.draft !== undefined && isOwnDirty(this.draft, this.base ?? this.key);
  }

  protected override render(): TemplateResult {
    const draft = this.draft ?? toOwnDraft(this.key);
    const { failure } = this;
    return html`<section class="card" aria-labelledby="own-heading">
      <form class="stack" novalidate @submit=${this.#save}>
        <div>
          <h2 id="own-heading">For your own API</h2>
          <p class="soft">
            ${this.mayChange ? 'Your API is told all of this when it asks about the key.' : this.reason}
          </p>
        </div>
        ${ownFields({
          draft,
          problems: this.problems,
          failure,
          isDisabled: !this.mayChange,
          edit: (change) => this.#edit(change),
        })}
        ${failure && failure.generalProblem(ownFieldNames) !== '' ? failureBlock(failure) : nothing}
        ${
          this.isDirty
            ? html`<div class="draft row between">
                <p><b>Not saved yet</b></p>
                <div class="row">
                  <button class="button" type="button" ?disabled=${this.isSaving} @click=${this.#discard}>
                    Discard
                  </button>
                  <button class="button primary" type="submit" aria-busy=${this.isSaving}>Save</button>
                </div>
              </div>`
            : nothing
        }
      </form>
    </section>`;
  }

  #edit(change: Partial<OwnDraft>): void {
    if (!this.draft) this.base = this.key;
    this.draft = { ...(this.draft ?? toOwnDraft(this.key)), ...change };
    this.problems = {};
    this.failure = undefined;
  }

  readonly #discard = (): void => {
    this.draft = undefined;
    this.problems = {};
    this.failure = undefined;
  };

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { draft, base = this.key } = this;
    if (!draft || !this.isDirty || this.isSaving) return;
    this.failure = undefined;
    this.problems = ownProblemsOf(draft);
    if (Object.keys(this.problems).length > 0) return this.#focusProblem();
    const patch = toOwnPatch(draft, base);
    this.isSaving = true;
    try {
      if (Object.keys(patch).length === 0 || (await this.change(patch, base))) {
        this.draft = undefined;
        toast({ message: 'Saved.', subject: base.id });
      }
    } catch (error) {
      this.failure = toApiError(error);
      this.#focusProblem();
    }
    this.isSaving = false;
  };

  #focusProblem(): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  }
}
