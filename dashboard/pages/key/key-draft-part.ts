import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { toast } from '../../components/toast.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { KeyPart } from './key-part.ts';

/** By the name of a field, a sentence. */
type Problems = Readonly<Partial<Record<string, string>>>;

/** A part of a key's page that is edited as a draft and saved together. The page is not left without a question meanwhile. */
export abstract class KeyDraftPart<Draft extends object> extends KeyPart {
  /** Undefined: nothing is edited. */
  @state() draft: Draft | undefined;
  /** The key when the editing began: another one's change must not look like one of the draft. */
  base: Key | undefined;
  @state() problems: Problems = {};
  @state() isSaving = false;
  @state() failure: ApiError | undefined;
  /** What the toast says. */
  protected abstract readonly savedWords: string;

  constructor() {
    super();
    new LeaveGuard(this, () => this.isDirty);
  }

  protected abstract draftOf(key: Key): Draft;
  /** Only what differs from the key. */
  protected abstract patchOf(draft: Draft, key: Key): KeyPatch;
  /** What can be said before the server is asked. */
  protected abstract problemsOf(draft: Draft, patch: KeyPatch): Problems;

  /** Whether there is anything to save or to discard. */
  protected differs(draft: Draft, key: Key): boolean {
    return Object.keys(this.patchOf(draft, key)).length > 0;
  }

  get isDirty(): boolean {
    return this.draft !== undefined && this.differs(this.draft, this.base ?? this.key);
  }

  /** What is edited, or else what is saved. */
  protected get shown(): Draft {
    return this.draft ?? this.draftOf(this.key);
  }

  /** What ends the form. `fields`: where a problem of the server's is said already. */
  protected renderEnd(saveWords: string, fields: readonly string[]): TemplateResult {
    const { failure } = this;
    return html`${failure && failure.generalProblem(fields) !== '' ? failureBlock(failure) : nothing}
    ${
      this.isDirty
        ? html`<div class="draft row between">
            <p><b>Not saved yet</b></p>
            <div class="row">
              <button class="button" type="button" ?disabled=${this.isSaving} @click=${this.#discard}>Discard</button>
              <button class="button primary" type="submit" aria-busy=${this.isSaving}>${saveWords}</button>
            </div>
          </div>`
        : nothing
    }`;
  }

  protected edit(change: Partial<Draft>): void {
    if (!this.draft) this.base = this.key;
    this.draft = { ...this.shown, ...change };
    this.problems = {};
    this.failure = undefined;
  }

  readonly #discard = (): void => {
    this.draft = undefined;
    this.problems = {};
    this.failure = undefined;
  };

  protected readonly save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { draft, base = this.key } = this;
    if (!draft || !this.isDirty || this.isSaving) return;
    const patch = this.patchOf(draft, base);
    this.failure = undefined;
    this.problems = this.problemsOf(draft, patch);
    if (Object.keys(this.problems).length > 0) return this.#focusProblem();
    this.isSaving = true;
    try {
      if (await this.change(patch, base)) {
        this.draft = undefined;
        toast({ message: this.savedWords, subject: base.id });
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
