import { html, nothing, type TemplateResult } from 'lit';

interface MoreButton {
  /** What it does; undefined: everything is there, and it says so. */
  readonly more: { readonly words: string; readonly act: () => void } | undefined;
  /** `That is all: 57 agents`. */
  readonly all: string;
  readonly isBusy?: boolean;
}

/** The button below a part of a list. One and the same before and after the last part, so that the focus is not lost. */
export function moreButton({ more, all, isBusy = false }: MoreButton): TemplateResult {
  return html`<button
    class="button more"
    type="button"
    aria-busy=${isBusy}
    aria-disabled=${more ? nothing : 'true'}
    @click=${() => more?.act()}
  >
    ${more ? more.words : `That is all: ${all}`}
  </button>`;
}
