import { html, type TemplateResult } from 'lit';
import type { Webhook } from '../../../server/http/wire.ts';
import { badge } from '../../components/badge.ts';
import { icon } from '../../components/icons.ts';
import { exactTime } from '../../components/time-words.ts';

/** How it goes, in a word. */
export function stateBadge({ enabled, failingSince, disabledAt }: Webhook): TemplateResult {
  if (disabledAt !== null) return badge('bad', 'Switched off by itself');
  if (!enabled) return badge('neutral', 'Off');
  return failingSince === null ? badge('good', 'OK') : badge('warning', 'Failing');
}

/** Why nothing gets through; undefined: nothing is wrong. */
export function stateReason({ enabled, failingSince, disabledAt }: Webhook): TemplateResult | undefined {
  const since = failingSince === null ? '' : ` since ${exactTime(failingSince)}`;
  if (disabledAt !== null) {
    return html`<div class="note warning">
      ${icon('warning')}
      <p>
        Nothing got through${since}, or the receiver said that it is gone (410), so it was switched off on
        ${exactTime(disabledAt)}. Mend the receiver, send a test, and switch it on again.
      </p>
    </div>`;
  }
  if (!enabled || failingSince === null) return undefined;
  return html`<div class="note warning">
    ${icon('warning')}
    <p>Nothing got through${since}. Each message is tried again for a day; after three days it switches itself off.</p>
  </div>`;
}
