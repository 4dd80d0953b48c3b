import { html, nothing, type TemplateResult } from 'lit';
import { icon, type IconName } from './icons.ts';

interface EmptyState {
  readonly picture: IconName;
  readonly heading: string;
  /** One line of guidance. */
  readonly content: TemplateResult | string;
  readonly action?: TemplateResult | undefined;
}

/** What stands where a list would, while there is nothing in it. */
export function emptyState({ picture, heading, content, action }: EmptyState): TemplateResult {
  return html`<div class="empty-state">
    <span class="empty-picture">${icon(picture)}</span>
    <h2>${heading}</h2>
    <p>${content}</p>
    ${action ?? nothing}
  </div>`;
}
