import { html, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../../../ui/api-error.ts';
import { failureBlock } from '../../components/failure-block.ts';

interface SaveBar {
  readonly isNew: boolean;
  readonly isDirty: boolean;
  readonly isSaving: boolean;
  /** It was saved here before. */
  readonly isSaved: boolean;
  /** Something is said at a field. */
  readonly hasProblems: boolean;
  /** What is wrong and stands at no field. */
  readonly failure: ApiError | string | undefined;
  readonly discard: () => void;
}

/** Stays at the lower edge of the window for as long as the form is in it. */
export function saveBar(bar: SaveBar): TemplateResult {
  const { failure } = bar;
  return html`<div class="save-bar">
    ${
      failure === undefined
        ? nothing
        : failure instanceof ApiError
          ? failureBlock(failure)
          : html`<p class="failure" role="alert">${failure}</p>`
    }
    <div class="row between">
      <span class="soft" role="status">${stateWords(bar)}</span>
      <span class="row">
        ${bar.isDirty && !bar.isNew ? html`<button class="button" type="button" ?disabled=${bar.isSaving} @click=${bar.discard}>Discard…</button>` : nothing}
        <button
          class="button primary"
          type="submit"
          aria-busy=${bar.isSaving}
          aria-disabled=${bar.isNew || bar.isDirty ? nothing : 'true'}
        >
          ${bar.isNew ? 'Create agent' : 'Save'}
        </button>
      </span>
    </div>
  </div>`;
}

function stateWords({ isNew, isDirty, isSaved, isSaving, hasProblems }: SaveBar): string {
  if (isSaving) return 'Saving…';
  if (hasProblems) return 'Something above needs another look.';
  if (isNew) return '';
  if (isDirty) return 'Not saved yet.';
  return isSaved ? 'Saved.' : 'Nothing to save.';
}
