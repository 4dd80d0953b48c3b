import { html, nothing, type TemplateResult } from 'lit';

/** What the control must carry, so that its label, hint and error belong to it. */
export interface ControlWiring {
  readonly id: string;
  /** For `aria-describedby`; `nothing` when there is no hint and no error. */
  readonly describedBy: string | typeof nothing;
  /** For `aria-invalid`. */
  readonly invalid: 'true' | typeof nothing;
}

interface Field {
  /** Unique in the page. */
  readonly id: string;
  readonly label: TemplateResult | string;
  readonly isOptional?: boolean;
  readonly hint?: TemplateResult | string | undefined;
  /** A sentence; empty or absent when the field is fine. */
  readonly error?: string | undefined;
  /** Draws the input, select or textarea. */
  readonly control: (wiring: ControlWiring) => TemplateResult;
}

/** A labelled control with its hint below and its error, which is read out when it comes. */
export function field({ id, label, isOptional = false, hint, error = '', control }: Field): TemplateResult {
  const describedBy = [...(error === '' ? [] : [`${id}-error`]), ...(hint === undefined ? [] : [`${id}-hint`])];
  return html`<div class="field">
    <label for=${id}>${label} ${isOptional ? html`<span class="optional">optional</span>` : nothing}</label>
    ${control({
      id,
      describedBy: describedBy.length === 0 ? nothing : describedBy.join(' '),
      invalid: error === '' ? nothing : 'true',
    })}
    <p id=${`${id}-error`} class="field-error" role="alert">${error}</p>
    ${hint === undefined ? nothing : html`<div id=${`${id}-hint`} class="hint">${hint}</div>`}
  </div>`;
}
