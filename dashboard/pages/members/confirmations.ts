/** What is asked before somebody loses something. Each answers true when it is done. */
import { html, type TemplateResult } from 'lit';
import { removeMember } from '../../api.ts';
import type { Invitation, Member, Role } from '../../../server/http/wire.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { roleArticles, roleNames, roleWords } from '../../components/role-words.ts';

/** `run` saves the person's own new role. */
export function askToStepDown(role: Role, run: () => Promise<void>): Promise<boolean> {
  return askToConfirm({
    heading: `Become ${roleArticles[role]} yourself?`,
    content: html`<p>You can not make yourself an owner again: another owner must.</p>
      <p>${roleNames[role]}: ${roleWords[role]}</p>`,
    confirmLabel: 'Give up my role',
    isDanger: true,
    run,
  });
}

export function askToRemove(organizationId: string, { userId, email }: Member): Promise<boolean> {
  return askToConfirm({
    heading: 'Remove this member?',
    content: html`<p>
        <b>${email}</b> can not see or change anything here any more, from their next click on. Keys and agents that
        they made stay.
      </p>
      <members-managing-keys .organizationId=${organizationId} .userId=${userId}></members-managing-keys>`,
    confirmLabel: 'Remove',
    isDanger: true,
    run: () => removeMember(organizationId, userId),
  });
}

export function askToLeave(organizationId: string, ownId: string, name: TemplateResult): Promise<boolean> {
  return askToConfirm({
    heading: 'Leave the organization?',
    content: html`<p>
      You can not see ${name} any more, until an owner invites you again. Everything in it stays as it is.
    </p>`,
    confirmLabel: 'Leave',
    isDanger: true,
    run: () => removeMember(organizationId, ownId),
  });
}

export function askToRevoke(organizationId: string, { id, email }: Invitation): Promise<boolean> {
  return askToConfirm({
    heading: 'Revoke the invitation?',
    content: html`<p>The link that was made for <b>${email}</b> stops working at once. You can invite them again.</p>`,
    confirmLabel: 'Revoke',
    isDanger: true,
    run: () => removeMember(organizationId, id),
  });
}
