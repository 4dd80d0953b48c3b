import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Invitation } from '../../../server/http/wire.ts';
import { roleNames } from '../../components/role-words.ts';
import { exactDay, exactTime } from '../../components/time-words.ts';

/** Invitations that nobody has taken up. `revoke` is absent for those who may not. */
export function invitationTable(
  invitations: readonly Invitation[],
  revoke: ((invitation: Invitation) => void) | undefined,
): TemplateResult {
  return html`<div class="table-card">
    <table class="table cards members" role="table" aria-label="Pending invitations">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">E-mail</th>
          <th role="columnheader" scope="col">Role</th>
          <th role="columnheader" scope="col">Invited</th>
          <th role="columnheader" scope="col">Link ends</th>
          <th role="columnheader" scope="col"><span class="unseen">Actions</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          invitations,
          ({ id }) => id,
          (invitation) => renderRow(invitation, revoke),
        )}
      </tbody>
    </table>
  </div>`;
}

function renderRow(invitation: Invitation, revoke: ((invitation: Invitation) => void) | undefined): TemplateResult {
  const { email, role, createdAt, expiresAt } = invitation;
  return html`<tr role="row">
    <th role="rowheader" scope="row"><span class="break">${email}</span></th>
    <td role="cell"><span class="cell-label" aria-hidden="true">Role</span>${roleNames[role]}</td>
    <td role="cell"><span class="cell-label" aria-hidden="true">Invited</span><ui-time at=${createdAt}></ui-time></td>
    <td role="cell">
      <span class="cell-label" aria-hidden="true">Link ends</span
      ><time datetime=${expiresAt} title=${exactTime(expiresAt)}>${exactDay(expiresAt)}</time>
    </td>
    <td role="cell" class="actions">
      ${
        revoke
          ? html`<button
              class="button small quiet-danger"
              type="button"
              aria-label=${`Revoke the invitation of ${email}`}
              @click=${() => revoke(invitation)}
            >
              Revoke…
            </button>`
          : nothing
      }
    </td>
  </tr>`;
}
