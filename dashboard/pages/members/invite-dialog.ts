import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { roles } from '../../../server/accounts/roles.ts';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { inviteMember } from '../../api.ts';
import type { CreatedInvitation, Role } from '../../../server/http/wire.ts';
import { announce } from '../../components/announce.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { field } from '../../components/field.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { roleArticles, roleNames, roleWords, toRole } from '../../components/role-words.ts';
import { exactTime } from '../../components/time-words.ts';
import { LeaveGuard } from '../../controllers/leave-guard.ts';

const fields = ['email', 'role'];

/**
 * `<members-invite-dialog>`: asks whom to invite, then shows the one-time link, the only time that it is seen. From then on
 * nothing closes the dialog but its button.
 *
 * @prop {boolean} open
 * @prop {string} organizationId
 *
 * @fires {CustomEvent<Invitation>} invitation-made - The dialog stays open: it shows the link.
 * @fires invite-close - Set `open` to false.
 */
export class InviteDialog extends LightElement {
  @property({ attribute: false }) open = false;
  @property({ attribute: false }) organizationId = '';
  @state() email = '';
  @state() override role: Role = 'member';
  /** What is typed is no e-mail address. */
  @state() isWrong = false;
  @state() isSending = false;
  @state() failure: ApiError | undefined;
  @state() made: CreatedInvitation | undefined;

  constructor() {
    super();
    new LeaveGuard(this, () => this.made !== undefined);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('open') || !this.open) return;
    this.email = '';
    this.role = 'member';
    this.isWrong = false;
    this.failure = undefined;
    this.made = undefined;
  }

  protected override render(): TemplateResult {
    const { made } = this;
    return html`<ui-dialog
      .open=${this.open}
      .heading=${made ? 'Hand over this link' : 'Invite somebody'}
      .holds=${this.isSending || made !== undefined}
      .content=${made ? this.#renderLink(made) : this.#renderForm()}
      @dialog-close=${this.#close}
      @dialog-held=${this.#remind}
    ></ui-dialog>`;
  }

  #renderForm(): TemplateResult {
    const { failure } = this;
    return html`<form class="stack" novalidate @submit=${this.#submit}>
      ${field({
        id: 'invite-email',
        label: 'E-mail',
        hint: 'They sign in with it. You get a link to hand over. Where this server sends mail, it goes to them too.',
        error: this.isWrong ? 'Write an e-mail address such as you@example.com.' : failure?.problemAt('email'),
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            type="email"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            maxlength="254"
            autofocus
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(this.email)}
            @input=${this.#type}
          />`,
      })}
      <fieldset class="plain-fieldset stack tight">
        <legend>Role</legend>
        ${roles.map(
          (role) =>
            html`<label class="check">
              <input
                type="radio"
                name="invite-role"
                .value=${role}
                .checked=${role === this.role}
                @change=${({ currentTarget }: Event) => (this.role = toRole((currentTarget as HTMLInputElement).value))}
              />
              <span><b>${roleNames[role]}</b> <span class="soft">${roleWords[role]}</span></span>
            </label>`,
        )}
      </fieldset>
      ${failure && failure.generalProblem(fields) !== '' ? failureBlock(failure) : nothing}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isSending} @click=${this.#close}>Cancel</button>
        <button class="button primary" type="submit" aria-busy=${this.isSending}>Make the link</button>
      </div>
    </form>`;
  }

  #renderLink({ invitation, url, mail }: CreatedInvitation): TemplateResult {
    const { email, role, expiresAt } = invitation;
    return html`<div class="stack">
      ${mail && this.#renderMail(mail, email)}
      <div class="note warning">
        ${icon('warning')}
        <p><b>The link is shown this once.</b> It works once, for 7 days, until ${exactTime(expiresAt)}.</p>
      </div>
      <p class="break">
        With it <b>${email}</b> joins as ${roleArticles[role]}. Send it to nobody else: whoever opens it first can use
        it.
      </p>
      <div class="one-time-link">
        <code>${url}</code>
        <ui-copy-button .text=${url} what="the link" .words=${'Copy link'}></ui-copy-button>
      </div>
      <div class="dialog-actions">
        <button class="button primary" type="button" @click=${this.#close}>Done</button>
      </div>
    </div>`;
  }

  #renderMail({ sent, failure }: NonNullable<CreatedInvitation['mail']>, email: string): TemplateResult {
    return sent
      ? html`<p class="break"><b>Sent to ${email}.</b> You can copy the link too, should the mail not arrive.</p>`
      : html`<p class="break"><b>It was not mailed.</b> ${failure} Hand over the link yourself.</p>`;
  }

  readonly #type = ({ currentTarget }: InputEvent): void => {
    this.email = (currentTarget as HTMLInputElement).value;
    this.isWrong = false;
  };

  readonly #remind = (): void => {
    if (!this.made) return;
    announce('The link is shown only now. Copy it, then press Done.');
    this.querySelector<HTMLElement>('ui-copy-button button')?.focus();
  };

  readonly #close = (): void => {
    this.made = undefined;
    this.dispatchEvent(new CustomEvent('invite-close'));
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.failure = undefined;
    this.isWrong = !/^[^\s@]+@[^\s@]+$/.test(this.email.trim());
    if (this.isWrong) return this.#focus('#invite-email');
    this.isSending = true;
    try {
      this.made = await inviteMember(this.organizationId, this.email.trim(), this.role);
      this.dispatchEvent(new CustomEvent('invitation-made', { detail: this.made.invitation }));
      this.#focus('ui-copy-button button');
    } catch (error) {
      this.failure = toApiError(error);
      if (this.failure.problemAt('email') !== '') this.#focus('#invite-email');
    }
    this.isSending = false;
  };

  #focus(selector: string): void {
    void this.updateComplete.then(() => setTimeout(() => this.querySelector<HTMLElement>(selector)?.focus()));
  }
}
