import { html, type TemplateResult } from 'lit';

/** Grey lines where something will be. `what` is said to a screen reader: "Loading the keys". */
export function skeleton(what: string, lines = 3): TemplateResult {
  return html`<div class="skeleton" role="status">
    <span class="unseen">${what}…</span>
    ${Array.from({ length: lines }, () => html`<div class="skeleton-line" aria-hidden="true"></div>`)}
  </div>`;
}
