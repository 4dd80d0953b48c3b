import { html, nothing, type TemplateResult } from 'lit';
import type { Credits } from '../../../server/http/wire.ts';
import { icon } from '../../components/icons.ts';
import { sectionPath } from '../../route.ts';

/** Why the preview gives no answer, when the organization can not pay for one. */
export function creditNote(
  organizationId: string,
  credits: Credits | undefined,
  price: number,
): TemplateResult | typeof nothing {
  if (!credits || credits.granted - credits.spent >= price) return nothing;
  return html`<div class="note warning">
    ${icon('warning')}
    <p>
      The organization has too few credits for an answer. An owner grants more under
      <a href=${sectionPath(organizationId, 'usage')}>Usage</a>, or this agent’s messages become free: 0 credits.
    </p>
  </div>`;
}
