import { html, nothing, type TemplateResult } from 'lit';
import type { Installation, Key, KeyUsage } from '../../../server/http/wire.ts';
import { mayStandInPage } from '../../install/browser-keys.ts';

const shownMax = 20;

/**
 * Where a key's chat is, as it said itself on the days of `usage` (undefined: not read yet). A key that no page may use, and
 * whose chat said nothing, has no such card.
 */
export function installedOn(key: Key, usage: KeyUsage | undefined): TemplateResult | typeof nothing {
  if (usage === undefined) return nothing;
  const { installations, days } = usage;
  if (installations.length === 0 && !mayStandInPage(key)) return nothing;
  return html`<section class="card stack tight" aria-labelledby="installed-heading">
    <h2 id="installed-heading">Installed on</h2>
    ${
      installations.length === 0
        ? html`<p class="hint">No page yet. A site stands here once a visitor has opened the chat on it.</p>`
        : html`<ul class="installed">
              ${installations.slice(0, shownMax).map((installation) => renderOne(installation, days[0]?.date))}
            </ul>
            <p class="hint">
              The chat says this of itself, and nothing vouches for it: sites where a visitor opened it in the last
              ${days.length} days.
              ${installations.length > shownMax ? `${installations.length - shownMax} more are not shown.` : nothing}
            </p>`
    }
  </section>`;
}

/** Seen on the first day of the range, it may have been there before. */
function renderOne(
  { origin, firstSeenOn, lastSeenAt, versions: [version, ...others] }: Installation,
  firstDate: string | undefined,
): TemplateResult {
  return html`<li>
    <code class="break">${origin}</code>
    <small class="soft">
      version ${version}${others.length > 0 ? ` (also ${others.join(', ')})` : nothing}, first seen
      ${firstSeenOn === firstDate ? `${firstSeenOn} or before` : firstSeenOn}, last
      <ui-time .at=${lastSeenAt}></ui-time>
    </small>
  </li>`;
}
