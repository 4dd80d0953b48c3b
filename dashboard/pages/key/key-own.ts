import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { Scope } from '../../../server/gate/scope.ts';
import type { Key } from '../../../server/http/wire.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { toast } from '../../components/toast.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';
import { KeyPart } from './key-part.ts';
import {
  isOwnDirty,
  ownProblemsOf,
  ownScopesOf,
  toOwnDraft,
  toOwnPatch,
  type OwnDraft,
  type OwnProblems,
} from './own-draft.ts';

const placed = ['scopes', 'publishableScopes', 'externalId', 'metadata'];

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
        ${this.#renderText(draft, 'scopes', {
          label: 'Scopes of your own',
          hint: 'With spaces between them, such as orders:read. A call with the secret has all of them.',
          error: this.problems.scopes ?? this.failure?.problemAt('scopes'),
        })}
        ${this.#renderPublishable(draft)}
        ${this.#renderText(draft, 'externalId', {
          label: 'External id',
          hint: 'Whose key it is in your own system: the id of a customer, say.',
          error: this.failure?.problemAt('externalId'),
        })}
        ${this.#renderText(draft, 'metadata', {
          label: 'Metadata',
          hint: 'A JSON object with texts, numbers, true and false. It is no place for secrets.',
          error: this.problems.metadata ?? this.failure?.problemAt('metadata'),
        })}
        ${failure && failure.generalProblem(placed) !== '' ? failureBlock(failure) : nothing}
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

  #renderText(
    draft: OwnDraft,
    name: 'scopes' | 'externalId' | 'metadata',
    about: { readonly label: string; readonly hint: string; readonly error: string | undefined },
  ): TemplateResult {
    const type = ({ currentTarget }: InputEvent): void =>
      this.#edit({ [name]: (currentTarget as HTMLInputElement | HTMLTextAreaElement).value });
    return field({
      id: `own-${name}`,
      ...about,
      control: ({ id, describedBy, invalid }) =>
        name === 'metadata'
          ? html`<textarea
              id=${id}
              class="code"
              rows="4"
              placeholder='{"plan": "pro"}'
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              ?disabled=${!this.mayChange}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              .value=${live(draft[name])}
              @input=${type}
            ></textarea>`
          : html`<input
              id=${id}
              class="code"
              type="text"
              maxlength=${name === 'externalId' ? 200 : nothing}
              placeholder=${name === 'externalId' ? 'customer-42' : 'orders:read orders:write'}
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              ?disabled=${!this.mayChange}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              .value=${live(draft[name])}
              @input=${type}
            />`,
    });
  }

  #renderPublishable(draft: OwnDraft): TemplateResult | typeof nothing {
    const own = ownScopesOf(draft.scopes);
    if (own.length === 0) return nothing;
    return html`<fieldset class="option-list" ?disabled=${!this.mayChange}>
      <legend>Which of them pages may have too</legend>
      ${own.map(
        (scope) =>
          html`<label class="check">
            <input
              type="checkbox"
              .checked=${live(draft.publishableScopes.includes(scope))}
              @change=${({ currentTarget }: Event) => this.#publish(scope, (currentTarget as HTMLInputElement).checked)}
            />
            <span><code>${scope}</code></span>
          </label>`,
      )}
      <p class="hint">A page sends the publishable key alone, and everybody who opens the page can read it.</p>
      <p class="field-error" role="alert">${this.failure?.problemAt('publishableScopes') ?? ''}</p>
    </fieldset>`;
  }

  #edit(change: Partial<OwnDraft>): void {
    if (!this.draft) this.base = this.key;
    this.draft = { ...(this.draft ?? toOwnDraft(this.key)), ...change };
    this.problems = {};
    this.failure = undefined;
  }

  #publish(scope: Scope, isWanted: boolean): void {
    const others = (this.draft ?? toOwnDraft(this.key)).publishableScopes.filter((other) => other !== scope);
    this.#edit({ publishableScopes: isWanted ? [...others, scope] : others });
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
