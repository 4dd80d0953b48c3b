import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { LightElement } from '../../ui/light-element.ts';
import { changeSettings, createOrganization } from '../api.ts';
import { failureBlock } from './failure-block.ts';
import { field } from './field.ts';

const fields = ['name'];
const nameLengthMax = 100;

/**
 * `<ui-organization-name>`: the name of an organization in a small form, of one that is there or of a new one.
 *
 * @prop {string} organizationId - Empty: a new one is made.
 * @prop {string} name - Its present name.
 *
 * @fires {CustomEvent<{ id: string; name: string }>} organization-named - It is saved, or made.
 */
export class OrganizationName extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) name = '';
  @state() typed = '';
  @state() error = '';
  @state() isSaving = false;
  @state() failure: ApiError | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('name')) this.typed = this.name;
  }

  protected override render(): TemplateResult {
    const { failure } = this;
    return html`<form class="stack tight" novalidate @submit=${this.#submit}>
      ${field({
        id: 'organization-name',
        label: this.organizationId === '' ? 'Name of a new organization' : 'Name',
        error: this.error === '' ? failure?.problemAt('name') : this.error,
        control: ({ id, describedBy, invalid }) =>
          html`<div class="input-row">
            <input
              id=${id}
              autocomplete="off"
              maxlength=${nameLengthMax}
              aria-describedby=${describedBy}
              aria-invalid=${invalid}
              .value=${live(this.typed)}
              @input=${this.#type}
            />
            <button class="button" type="submit" aria-busy=${this.isSaving}>
              ${this.organizationId === '' ? 'Make' : 'Rename'}
            </button>
          </div>`,
      })}
      ${failure && failure.generalProblem(fields) !== '' ? failureBlock(failure) : nothing}
    </form>`;
  }

  readonly #type = ({ currentTarget }: Event): void => {
    this.typed = (currentTarget as HTMLInputElement).value;
    this.error = '';
    this.failure = undefined;
  };

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const name = this.typed.trim();
    this.error = name === '' ? 'Write a name.' : '';
    if (this.isSaving || name === '' || name === this.name) return;
    this.isSaving = true;
    this.failure = undefined;
    try {
      const { organizationId } = this;
      const id =
        organizationId === ''
          ? (await createOrganization(name)).id
          : (await changeSettings(organizationId, { name }), organizationId);
      if (organizationId === '') this.typed = '';
      this.dispatchEvent(new CustomEvent('organization-named', { detail: { id, name } }));
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSaving = false;
  };
}
