import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Key } from '../../server/http/wire.ts';
import type { ShownKey } from '../controllers/key-list.ts';
import { keyBadges, statusBadge } from './key-badges.ts';
import { busiestDay, sparkline } from './sparkline.ts';
import { tagList } from './tag-list.ts';

interface KeyTable {
  readonly keys: readonly ShownKey[];
  /** Where the pages of the keys are: `…/api-keys`. */
  readonly path: string;
  /** Why the person may not switch keys; undefined when they may. */
  readonly reason: string | undefined;
  readonly onSwitch: (key: Key, enabled: boolean) => void;
  /** The keys that are picked, to be changed together. */
  readonly picked: ReadonlySet<string>;
  readonly onPick: (keyId: string, isPicked: boolean) => void;
}

const columns = ['Name', 'Public Key', 'Last 30 days', 'Last Used', 'Status'] as const;

/** The organization's keys; cards on a narrow screen. Roles are written out, because cards lose those of a table. */
export function keyTable({ keys, path, reason, onSwitch, picked, onPick }: KeyTable): TemplateResult {
  const busiest = Math.max(1, ...keys.map(({ days }) => busiestDay(days ?? [])));
  const pick = ({ id, name }: Key) =>
    reason === undefined
      ? html`<input
          type="checkbox"
          class="pick"
          aria-label=${`Pick ${name}`}
          .checked=${picked.has(id)}
          @change=${({ target }: Event) => onPick(id, (target as HTMLInputElement).checked)}
        />`
      : nothing;
  return html`<div class="table-card">
    <table class="table cards keys" role="table">
      <caption class="unseen">
        API keys
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          keys,
          ({ key }) => key.id,
          ({ key, days }) =>
            html`<tr role="row" data-key=${key.id} class=${key.status} @click=${followLink}>
              <th role="rowheader" scope="row" class="key-name">
                <div class="pick-line">
                  ${pick(key)}
                  <div>
                    <a href=${`${path}/${key.id}`}>${key.name}</a>
                    ${keyBadges(key, Date.now())} ${tagList(key.tags, path)}
                  </div>
                </div>
              </th>
              ${cell(
                1,
                html`<span class="public-key">
                  <code title=${key.publicKey}>${shorten(key.publicKey)}</code>
                  <ui-copy-button
                    compact
                    .text=${key.publicKey}
                    what=${`the public key of ${key.name}`}
                  ></ui-copy-button>
                </span>`,
              )}
              ${cell(2, usagePicture(days, busiest))} ${cell(3, lastUsed(key))}
              ${cell(
                4,
                html`<span class="key-status">
                  <ui-switch
                    .checked=${key.enabled}
                    .label=${`${key.name} enabled`}
                    .disabled=${reason !== undefined}
                    .reason=${reason ?? ''}
                    @switch-change=${({ detail }: CustomEvent<boolean>) => onSwitch(key, detail)}
                  ></ui-switch>
                  ${statusBadge(key)}
                </span>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A row leads where its link does, but for what is pressed in it, or picked out to be copied. */
function followLink(event: MouseEvent): void {
  const row = event.currentTarget as HTMLElement;
  const pressed = event.target as Element;
  if (pressed.closest('a, button, input') !== null || getSelection()?.isCollapsed === false) return;
  row.querySelector('a')?.dispatchEvent(new MouseEvent('click', event));
}

function cell(column: number, content: TemplateResult): TemplateResult {
  return html`<td role="cell"><span class="cell-label" aria-hidden="true">${columns[column]}</span>${content}</td>`;
}

function usagePicture(days: ShownKey['days'], busiest: number): TemplateResult {
  if (!days) return html`<span class="soft">–</span>`;
  const isUsed = days.some(({ accepted, refused }) => accepted > 0 || Object.keys(refused).length > 0);
  return isUsed ? sparkline(days, busiest) : html`<span class="soft">No requests</span>`;
}

function lastUsed({ lastUsedAt, lastUsedOrigin }: Key): TemplateResult {
  if (lastUsedAt === null) return html`<span class="soft">Never</span>`;
  return html`<span class="last-used">
    <ui-time .at=${lastUsedAt}></ui-time>
    ${lastUsedOrigin === null ? nothing : html`<small class="soft" title=${lastUsedOrigin}>${lastUsedOrigin.replace('https://', '')}</small>`}
  </span>`;
}

/** Enough to tell keys apart; the button copies all of it. */
function shorten(publicKey: string): string {
  return `${publicKey.slice(0, 11)}…${publicKey.slice(-4)}`;
}
