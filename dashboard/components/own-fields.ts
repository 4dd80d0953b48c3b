import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Scope } from '../../server/gate/scope.ts';
import type { ApiError } from '../../ui/api-error.ts';
import { field } from './field.ts';
import { ownScopesOf, type OwnDraft, type OwnProblems } from './own-draft.ts';

interface OwnFields {
  readonly draft: OwnDraft;
  /** What can be said before the server is asked; it goes first. */
  readonly problems: OwnProblems;
  readonly failure: ApiError | undefined;
  readonly isDisabled: boolean;
  readonly edit: (change: Partial<OwnDraft>) => void;
}

/** The fields of what a key means to an API of the organization's own. */
export function ownFields(own: OwnFields): TemplateResult {
  const { problems, failure } = own;
  return html`${text(own, 'scopes', {
    label: 'Scopes of your own',
    hint: 'With spaces between them, such as orders:read. A call with the secret has all of them.',
    error: problems.scopes ?? failure?.problemAt('scopes'),
  })}
  ${publishable(own)}
  ${text(own, 'externalId', {
    label: 'External id',
    hint: 'Whose key it is in your own system: the id of a customer, say.',
    error: failure?.problemAt('externalId'),
  })}
  ${text(own, 'metadata', {
    label: 'Metadata',
    hint: 'A JSON object with texts, numbers, true and false. It is no place for secrets.',
    error: problems.metadata ?? failure?.problemAt('metadata'),
  })}`;
}

function text(
  { draft, isDisabled, edit }: OwnFields,
  name: 'scopes' | 'externalId' | 'metadata',
  about: { readonly label: string; readonly hint: string; readonly error: string | undefined },
): TemplateResult {
  const type = ({ currentTarget }: InputEvent): void =>
    edit({ [name]: (currentTarget as HTMLInputElement | HTMLTextAreaElement).value });
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
            ?disabled=${isDisabled}
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
            ?disabled=${isDisabled}
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(draft[name])}
            @input=${type}
          />`,
  });
}

function publishable({ draft, failure, isDisabled, edit }: OwnFields): TemplateResult | typeof nothing {
  const own = ownScopesOf(draft.scopes);
  if (own.length === 0) return nothing;
  const publish = (scope: Scope, isWanted: boolean): void => {
    const others = draft.publishableScopes.filter((other) => other !== scope);
    edit({ publishableScopes: isWanted ? [...others, scope] : others });
  };
  return html`<fieldset class="option-list" ?disabled=${isDisabled}>
    <legend>Which of them pages may have too</legend>
    ${own.map(
      (scope) =>
        html`<label class="check">
          <input
            type="checkbox"
            .checked=${live(draft.publishableScopes.includes(scope))}
            @change=${({ currentTarget }: Event) => publish(scope, (currentTarget as HTMLInputElement).checked)}
          />
          <span><code>${scope}</code></span>
        </label>`,
    )}
    <p class="hint">A page sends the publishable key alone, and everybody who opens the page can read it.</p>
    <p class="field-error" role="alert">${failure?.problemAt('publishableScopes') ?? ''}</p>
  </fieldset>`;
}
