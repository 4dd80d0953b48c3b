import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { changePassword } from '../../api.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { PasswordField } from '../../components/password-field.ts';
import { announce } from '../../components/announce.ts';
import { setSession } from '../../session.ts';

const lengthMin = 8;
const fields = ['currentPassword', 'newPassword'];

type Problems = Readonly<{ currentPassword?: string; newPassword?: string }>;

/**
 * `<account-password>`: changes the person's password. The server ends every other session with it.
 *
 * @prop {string} email - For password managers.
 */
export class PasswordForm extends LightElement {
  static readonly elements = { 'ui-password-field': PasswordField };
  @property({ attribute: false }) email = '';
  @state() currentPassword = '';
  @state() newPassword = '';
  /** What is wrong before anything is sent. */
  @state() problems: Problems = {};
  @state() isSending = false;
  /** It was changed, and nothing was typed since. */
  @state() isDone = false;
  @state() failure: ApiError | undefined;

  protected override render(): TemplateResult {
    const { failure, problems } = this;
    return html`<form class="stack narrow" novalidate @submit=${this.#submit}>
      <div class="unseen" aria-hidden="true">
        <input type="email" name="email" autocomplete="username" tabindex="-1" readonly .value=${this.email} />
      </div>
      <ui-password-field
        field-id="current-password"
        label="Current password"
        autocomplete="current-password"
        .value=${this.currentPassword}
        .error=${problems.currentPassword ?? failure?.problemAt('currentPassword') ?? ''}
        @password-input=${({ detail }: CustomEvent<string>) => this.#type({ currentPassword: detail })}
      ></ui-password-field>
      <ui-password-field
        field-id="new-password"
        label="New password"
        hint=${`At least ${lengthMin} characters. Other browsers are signed out when you save it.`}
        autocomplete="new-password"
        .value=${this.newPassword}
        .error=${problems.newPassword ?? failure?.problemAt('newPassword') ?? ''}
        @password-input=${({ detail }: CustomEvent<string>) => this.#type({ newPassword: detail })}
      ></ui-password-field>
      ${failure && failure.generalProblem(fields) !== '' ? failureBlock(failure) : nothing}
      ${
        this.isDone
          ? html`<div class="note">
              ${icon('check')}
              <p>Your password is changed. Every other browser is signed out; this one stays signed in.</p>
            </div>`
          : nothing
      }
      <div>
        <button class="button primary" type="submit" aria-busy=${this.isSending}>Change password</button>
      </div>
    </form>`;
  }

  #type(typed: Partial<Pick<PasswordForm, 'currentPassword' | 'newPassword'>>): void {
    Object.assign(this, typed);
    this.isDone = false;
    this.problems = {};
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.failure = undefined;
    this.isDone = false;
    this.problems = this.#findProblems();
    if (Object.keys(this.problems).length > 0) return this.#focusFirstProblem();
    this.isSending = true;
    try {
      setSession(await changePassword(this.currentPassword, this.newPassword));
      this.currentPassword = '';
      this.newPassword = '';
      this.isDone = true;
      announce('Your password is changed. Every other browser is signed out.');
    } catch (error) {
      this.failure = toApiError(error);
      this.#focusFirstProblem();
    }
    this.isSending = false;
  };

  #findProblems(): Problems {
    return {
      ...(this.currentPassword === '' && { currentPassword: 'Write your current password.' }),
      ...(this.newPassword.length < lengthMin && { newPassword: `Use at least ${lengthMin} characters.` }),
      ...(this.newPassword.length >= lengthMin &&
        this.newPassword === this.currentPassword && { newPassword: 'This is the password that you have already.' }),
    };
  }

  #focusFirstProblem(): void {
    void this.updateComplete.then(async () => {
      await Promise.all(
        [...this.querySelectorAll<PasswordField>('ui-password-field')].map((one) => one.updateComplete),
      );
      this.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    });
  }
}
