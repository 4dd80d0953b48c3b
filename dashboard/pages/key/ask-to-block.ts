import { html } from 'lit';
import type { OriginUsage, ReplayedOrigin } from '../../../server/http/wire.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { blockedSentence, effectOf, renderOrigins } from './replay-words.ts';

/** The server refuses what would block an origin; then the person is asked. True: block it. */
export function askToBlock(
  replay: readonly ReplayedOrigin[],
  allowedDomains: readonly string[],
  seen: readonly OriginUsage[],
): Promise<boolean> {
  const { blocked: known } = effectOf(replay, allowedDomains, seen);
  const blocked = known.length > 0 ? known : replay.filter(({ allowed }) => !allowed);
  const origins = blocked.length === 1 ? 'this origin' : `these ${blocked.length} origins`;
  return askToConfirm({
    heading: blocked.length === 1 ? 'Block an origin?' : `Block ${blocked.length} origins?`,
    content: html`<p>${blockedSentence(blocked)} Pages there will be refused as soon as this is saved.</p>
      ${renderOrigins(blocked, 'Origins that will be blocked')}`,
    confirmLabel: `Block ${origins} and save`,
    isDanger: true,
  });
}
