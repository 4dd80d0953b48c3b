import { html, type TemplateResult } from 'lit';
import { emptyState } from '../components/empty-state.ts';
import { Page } from '../page.ts';

/** Where somebody stands who belongs to no organization; everybody else is led on. */
export class HomePage extends Page {
  override readonly heading = 'No organization';

  protected override render(): TemplateResult {
    return html`<div class="page">
      <h1 tabindex="-1">No organization yet</h1>
      ${emptyState({
        picture: 'members',
        heading: 'You do not belong to an organization',
        content: html`Ask an owner to invite ${this.session?.user.email ?? 'you'}. The link that they get brings you in.`,
      })}
    </div>`;
  }
}
