import { html, type TemplateResult } from 'lit';

interface HeldButton {
  /** Unique in the page. */
  readonly id: string;
  readonly words: TemplateResult | string;
  /** Why it can not be pressed, in a sentence that is seen beside it. */
  readonly reason: string;
  /** More classes, such as `primary` or `small`. */
  readonly look?: string;
}

/** A button that this person may not press. It stays reachable, so that the reason is found. */
export function heldButton({ id, words, reason, look = '' }: HeldButton): TemplateResult {
  return html`<span class="held">
    <button class=${`button ${look}`} type="button" aria-disabled="true" aria-describedby=${id}>${words}</button>
    <span class="held-reason" id=${id}>${reason}</span>
  </span>`;
}
