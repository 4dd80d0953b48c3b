import { html, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import type { Key } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { toast } from '../../components/toast.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { KeyPart } from './key-part.ts';

/** `<key-rename>`: a small button beside the name, which opens a field for another one. */
export class KeyRename extends KeyPart {
  /** Undefined: it is not being renamed. */
  @state() draft: string | undefined;
  /** The key when the renaming began. */
  base!: Key;
  @state() isSaving = false;
  @state() failure: ApiError | undefined;

  constructor() {
    super();
    new LeaveGuard(this, () => this.draft !== undefined && this.draft.trim() !== this.base.name);
  }

  protected override render(): TemplateResult {
    const { draft, failure } = this;
    if (draft === undefined) {
      return html`<button class="link-button rename" type="button" @click=${this.#begin}>Rename</button>`;
    }
    return html`<form class="stack tight rename-form" @submit=${this.#save} @keydown=${this.#leaveWithEscape}>
      <label class="unseen" for="key-name">Name of the key</label>
      <div class="row">
        <input
          id="key-name"
          type="text"
          maxlength="100"
          required
          autocomplete="off"
          .value=${live(draft)}
          @input=${({ currentTarget }: InputEvent) => (this.draft = (currentTarget as HTMLInputElement).value)}
        />
        <button class="button primary small" type="submit" aria-busy=${this.isSaving}>Save name</button>
        <button class="button small" type="button" @click=${this.#end}>Cancel</button>
      </div>
      ${failure ? failureBlock(failure) : ''}
    </form>`;
  }

  readonly #begin = async (): Promise<void> => {
    this.base = this.key;
    this.draft = this.key.name;
    await this.updateComplete;
    this.querySelector('input')?.select();
  };

  readonly #end = async (): Promise<void> => {
    this.draft = undefined;
    this.failure = undefined;
    await this.updateComplete;
    this.querySelector('button')?.focus();
  };

  readonly #leaveWithEscape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') void this.#end();
  };

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const name = this.draft?.trim() ?? '';
    if (this.isSaving) return;
    if (name === '' || name === this.base.name) return this.#end();
    this.isSaving = true;
    try {
      const saved = await this.change({ name }, this.base);
      if (saved) {
        toast({ message: `The key is called “${saved.name}” now.`, subject: this.key.id });
        await this.#end();
      }
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSaving = false;
  };
}
