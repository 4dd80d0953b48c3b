import { html, nothing, type TemplateResult } from 'lit';
import type { OrganizationCredits } from '../../../server/http/wire.ts';
import { icon } from '../../components/icons.ts';
import { sectionPath } from '../../route.ts';

/** Why the preview gives no answer, when the organization can not pay for one. */
export function creditNote(
  organizationId: string,
  credits: OrganizationCredits | undefined,
  price: number,
): TemplateResult | typeof nothing {
  if (!credits || price === 0 || credits.granted - credits.spent - credits.reserved >= price) return nothing;
  return html`<div class="note warning">
    ${icon('warning')}
    <p>
      The organization has too few credits for an answer on a page. An owner grants more, or keeps less back, under
      <a href=${sectionPath(organizationId, 'usage')}>Usage</a>, or this agent’s messages become free: 0 credits.
    </p>
  </div>`;
}
