import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ConversationLine } from '../../../server/http/wire.ts';
import { count } from '../../components/number-words.ts';
import { contactBadge, outcomeBadge, ratingMark } from './words.ts';

interface ConversationTable {
  readonly conversations: readonly ConversationLine[];
  /** Where their pages are: `…/conversations`. */
  readonly path: string;
  /** What agents and keys are called, by id; of one that is gone, its id is shown. */
  readonly names: ReadonlyMap<string, string>;
  /** Those that are picked, to be deleted together. */
  readonly picked: ReadonlySet<string>;
  /** Undefined: the person may delete none. */
  readonly onPick: ((id: string, isPicked: boolean) => void) | undefined;
}

const columns = ['First question', 'Agent', 'Key and page', 'Questions', 'Last active'] as const;

/** Cards on a narrow screen. Roles are written out, because cards lose those of a table. */
export function conversationTable(table: ConversationTable): TemplateResult {
  const { conversations, path, names, picked, onPick } = table;
  const nameOf = (id: string) => html`<bdi>${names.get(id) ?? id}</bdi>`;
  const pick = ({ id, firstQuestion }: ConversationLine) =>
    onPick &&
    html`<input
      type="checkbox"
      class="pick"
      aria-label=${`Pick ${firstQuestion || 'the conversation without a question'}`}
      .checked=${picked.has(id)}
      @change=${({ target }: Event) => onPick(id, (target as HTMLInputElement).checked)}
    />`;
  return html`<div class="table-card">
    <table class="table cards conversations" role="table">
      <caption class="unseen">
        Conversations
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          conversations,
          ({ id }) => id,
          (line) =>
            html`<tr role="row">
              <th role="rowheader" scope="row" class="first-question">
                <div class="pick-line">
                  ${pick(line) ?? nothing}
                  <div>
                    <a href=${`${path}/${line.id}`} dir="auto">${line.firstQuestion || 'Without a question'}</a>
                    ${
                      line.outcome === 'answered' && line.rating === null && !line.contact
                        ? nothing
                        : html`<div class="badges">
                            ${outcomeBadge(line)} ${ratingMark(line.rating)} ${contactBadge(line)}
                          </div>`
                    }
                  </div>
                </div>
              </th>
              ${cell(1, html`<span class="break">${nameOf(line.agentId)}</span>`)}
              ${cell(
                2,
                html`<span class="last-used">
                  <span class="break">${nameOf(line.keyId)}</span>
                  <small class="soft" title=${line.origin ?? nothing}
                    >${line.origin === null ? 'A server, with the secret' : line.origin.replace('https://', '')}</small
                  >
                </span>`,
              )}
              ${cell(3, html`${count(line.turns)}`)} ${cell(4, html`<ui-time .at=${line.lastActiveAt}></ui-time>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell(column: number, content: TemplateResult): TemplateResult {
  return html`<td role="cell"><span class="cell-label" aria-hidden="true">${columns[column]}</span>${content}</td>`;
}
