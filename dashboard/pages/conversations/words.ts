import { html, nothing, type TemplateResult } from 'lit';
import type { ConversationLine } from '../../../server/http/wire.ts';
import { badge } from '../../components/badge.ts';
import { icon } from '../../components/icons.ts';

/** What somebody should look at; nothing where all went well. */
export function outcomeBadge({ outcome }: Pick<ConversationLine, 'outcome'>): TemplateResult | typeof nothing {
  switch (outcome) {
    case 'unanswered':
      return badge('warning', 'Unanswered', 'At least one question had no answer');
    case 'failed':
      return badge('bad', 'Failed', 'The last message got no reply');
    case 'nearest':
      return badge('neutral', 'Near answer', 'At least one question had only near ones');
    case 'answered':
    case null:
      return nothing;
  }
}

/** What somebody waits for an answer to. */
export function contactBadge({ contact }: Pick<ConversationLine, 'contact'>): TemplateResult | typeof nothing {
  return contact ? badge('accent', 'Left a message', 'The visitor left an e-mail address and words') : nothing;
}

export function ratingMark(rating: 1 | -1 | null | undefined): TemplateResult | typeof nothing {
  if (!rating) return nothing;
  const words = rating === 1 ? 'Helpful' : 'Not helpful';
  return html`<span class="rating ${rating === 1 ? 'good' : 'bad'}" title=${words}>
    ${icon(rating === 1 ? 'thumbUp' : 'thumbDown')}<span class="unseen">${words}</span>
  </span>`;
}
