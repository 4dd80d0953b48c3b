/** Who belongs to an organization and in which role, who is invited, and the way out. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { roles } from '../../server/accounts/roles.ts';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { changeMember, listMembers } from '../api.ts';
import type { Invitation, Member, Members, Role } from '../../server/http/wire.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { heldButton } from '../components/held-button.ts';
import { icon } from '../components/icons.ts';
import { roleArticles, roleNames, roleWords } from '../components/role-words.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { reloadSession } from '../session.ts';
import { askToLeave, askToRemove, askToRevoke, askToStepDown } from './members/confirmations.ts';
import { invitationTable } from './members/invitation-table.ts';
import { InviteDialog } from './members/invite-dialog.ts';
import { ManagingKeys } from './members/managing-keys.ts';
import { memberTable } from './members/member-table.ts';

const refreshEveryMs = 30_000;

export class MembersPage extends Page {
  static readonly elements = {
    'members-invite-dialog': InviteDialog,
    'members-managing-keys': ManagingKeys,
  };
  override readonly heading = 'Members';
  /** The dialog is open. */
  @state() isInviting = false;
  /** The member whose role is being saved. */
  @state() savingId: string | undefined;
  /** Why a role was not changed. */
  @state() roleFailure: ApiError | undefined;
  readonly #members = new Resource(this, (signal) => listMembers(this.organizationId, signal), {
    refreshEveryMs,
    mayRefresh: () => this.savingId === undefined,
  });

  protected override render(): TemplateResult {
    const { value, failure } = this.#members;
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Members</h1>
          <p class="lead">Who may look at ${this.#organizationName}, and who may change it.</p>
        </div>
        ${this.#renderInvite()}
      </header>
      ${
        value
          ? this.#renderMembers(value)
          : failure
            ? failureBlock(failure, () => void this.#members.load())
            : skeleton('Loading the members')
      }
      <section class="card" aria-labelledby="roles-heading">
        <div class="card-head"><h2 id="roles-heading">What the roles may do</h2></div>
        <dl class="roles">
          ${roles.map(
            (role) =>
              html`<div>
                <dt>${roleNames[role]}</dt>
                <dd>${roleWords[role]}</dd>
              </div>`,
          )}
        </dl>
      </section>
      <members-invite-dialog
        .open=${this.isInviting}
        .organizationId=${this.organizationId}
        @invite-close=${() => (this.isInviting = false)}
        @invitation-made=${() => void this.#members.refresh()}
      ></members-invite-dialog>
    </div>`;
  }

  #renderInvite(): TemplateResult {
    if (!this.isOwner) {
      return heldButton({ id: 'invite-reason', words: 'Invite', reason: 'Only an owner changes who belongs here.' });
    }
    return html`<button class="button primary" type="button" @click=${() => (this.isInviting = true)}>
      ${icon('plus')} Invite
    </button>`;
  }

  #renderMembers({ data, invitations }: Members): TemplateResult {
    return html`${this.roleFailure ? failureBlock(this.roleFailure) : nothing}
      ${memberTable({
        members: data,
        ownId: this.session?.user.id,
        isOwner: this.isOwner,
        savingId: this.savingId,
        changeRole: (member, role) => void this.#changeRole(member, role),
        remove: (member) => void this.#remove(member),
        leave: () => void this.#leave(),
      })}
      <section class="stack tight" aria-labelledby="invitations-heading">
        <h2 id="invitations-heading">Pending invitations</h2>
        ${
          invitations.length > 0
            ? invitationTable(invitations, this.isOwner ? (invitation) => void this.#revoke(invitation) : undefined)
            : data.length === 1 && this.isOwner
              ? emptyState({
                  picture: 'members',
                  heading: 'You are alone here',
                  content: 'Invite a colleague as a second owner, so that somebody can help when you can not sign in.',
                })
              : html`<p class="soft">Nobody is invited at the moment.</p>`
        }
      </section>`;
  }

  get #name(): string | undefined {
    return this.session?.organizations.find(({ id }) => id === this.organizationId)?.name;
  }

  get #organizationName(): TemplateResult {
    const name = this.#name;
    return name === undefined ? html`this organization` : html`<b class="break">${name}</b>`;
  }

  async #changeRole(member: Member, role: Role): Promise<void> {
    const isSelf = member.userId === this.session?.user.id;
    this.roleFailure = undefined;
    this.savingId = member.userId;
    const save = async (): Promise<void> => {
      const changed = await changeMember(this.organizationId, member.userId, role);
      this.#put((members) => members.map((other) => (other.userId === changed.userId ? changed : other)));
      toast({ subject: member.userId, message: `${member.email} is ${roleArticles[role]} now.` });
    };
    try {
      if (!isSelf) await save();
      else if (await askToStepDown(role, save)) await reloadSession();
    } catch (error) {
      this.roleFailure = toApiError(error);
      await this.#lookAgain(this.roleFailure);
    }
    this.savingId = undefined;
  }

  async #remove(member: Member): Promise<void> {
    if (!(await askToRemove(this.organizationId, member))) return;
    this.#put((members) => members.filter(({ userId }) => userId !== member.userId));
    toast({ message: `${member.email} is no member any more.` });
  }

  async #leave(): Promise<void> {
    const ownId = this.session?.user.id;
    if (ownId === undefined || !(await askToLeave(this.organizationId, ownId, this.#organizationName))) return;
    toast({ message: 'You have left the organization.' });
    // The frame leads on to another organization, or to the page that says that there is none.
    await reloadSession().catch((error: unknown) => toast({ kind: 'problem', message: toApiError(error).detail }));
  }

  async #revoke(invitation: Invitation): Promise<void> {
    if (!(await askToRevoke(this.organizationId, invitation))) return;
    const { value } = this.#members;
    const rest = value?.invitations.filter(({ id }) => id !== invitation.id);
    if (value && rest) this.#members.set({ ...value, invitations: rest });
    toast({ message: `The invitation of ${invitation.email} is revoked.` });
  }

  #put(change: (members: readonly Member[]) => readonly Member[]): void {
    const { value } = this.#members;
    if (value) this.#members.set({ ...value, data: change(value.data) });
  }

  /** Somebody else may have changed the members, or this person's own role. */
  async #lookAgain({ code }: ApiError): Promise<void> {
    if (code !== 'not_found' && code !== 'forbidden') return;
    await Promise.all([this.#members.refresh(), reloadSession().catch(() => undefined)]);
  }
}
