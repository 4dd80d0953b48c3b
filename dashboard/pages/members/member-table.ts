import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { roles } from '../../../server/accounts/roles.ts';
import type { Member, Role } from '../../../server/http/wire.ts';
import { badge } from '../../components/badge.ts';
import { roleNames, toRole } from '../../components/role-words.ts';
import { exactDay } from '../../components/time-words.ts';

interface MemberTable {
  readonly members: readonly Member[];
  /** The person who looks. */
  readonly ownId: string | undefined;
  /** Only owners change roles and remove others; everybody may leave. */
  readonly isOwner: boolean;
  /** The member whose role is being saved. */
  readonly savingId: string | undefined;
  readonly changeRole: (member: Member, role: Role) => void;
  readonly remove: (member: Member) => void;
  readonly leave: () => void;
}

export function memberTable(table: MemberTable): TemplateResult {
  return html`<div class="table-card">
    <table class="table cards members" role="table" aria-label="Members">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">E-mail</th>
          <th role="columnheader" scope="col">Role</th>
          <th role="columnheader" scope="col">Member since</th>
          <th role="columnheader" scope="col"><span class="unseen">Actions</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          table.members,
          ({ userId }) => userId,
          (member) => renderRow(table, member),
        )}
      </tbody>
    </table>
  </div>`;
}

function renderRow(table: MemberTable, member: Member): TemplateResult {
  const { email, createdAt, userId } = member;
  const isSelf = userId === table.ownId;
  return html`<tr role="row">
    <th role="rowheader" scope="row">
      <span class="row"><span class="break">${email}</span> ${isSelf ? badge('accent', 'You') : nothing}</span>
    </th>
    <td role="cell"><span class="cell-label" aria-hidden="true">Role</span>${renderRole(table, member)}</td>
    <td role="cell">
      <span class="cell-label" aria-hidden="true">Since</span><time datetime=${createdAt}>${exactDay(createdAt)}</time>
    </td>
    <td role="cell" class="actions">
      ${
        isSelf
          ? html`<button class="button small" type="button" @click=${table.leave}>Leave…</button>`
          : table.isOwner
            ? html`<button
                class="button small quiet-danger"
                type="button"
                aria-label=${`Remove ${email}`}
                @click=${() => table.remove(member)}
              >
                Remove…
              </button>`
            : nothing
      }
    </td>
  </tr>`;
}

/** The select shows what is stored until another role is. */
function renderRole(table: MemberTable, member: Member): TemplateResult {
  const { email, role, userId } = member;
  if (!table.isOwner) return html`${roleNames[role]}`;
  const change = ({ currentTarget }: Event): void => {
    const select = currentTarget as HTMLSelectElement;
    const wanted = toRole(select.value);
    select.value = role;
    if (wanted !== role) table.changeRole(member, wanted);
  };
  return html`<span class="field role-select">
    <select
      aria-label=${`Role of ${email}`}
      aria-busy=${table.savingId === userId}
      .value=${live(role)}
      @change=${change}
    >
      ${roles.map((each) => html`<option value=${each} ?selected=${each === role}>${roleNames[each]}</option>`)}
    </select>
  </span>`;
}
