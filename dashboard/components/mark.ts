import { html, type TemplateResult } from 'lit';

/** The gate and the name. */
export function mark(): TemplateResult {
  return html`<svg class="mark-picture" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 30V14a12 12 0 0 1 24 0v16h-7V17a5 5 0 0 0-10 0v13z" />
    </svg>
    <span>Postern</span>`;
}
