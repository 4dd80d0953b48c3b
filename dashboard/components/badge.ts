import { html, nothing, type TemplateResult } from 'lit';

export type BadgeTone = 'neutral' | 'good' | 'warning' | 'bad' | 'accent';

/** A word or two about a thing; `title` says more on hover, so never the only place of something important. */
export function badge(tone: BadgeTone, words: TemplateResult | string, title?: string): TemplateResult {
  return html`<span class="badge ${tone}" title=${title ?? nothing}>${words}</span>`;
}
