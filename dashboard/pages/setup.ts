/**
 * A one-time link: sets the first password, joins an organization, or replaces a forgotten password. The link's token
 * stands behind the `#`, so that it is in no log, and is taken out of the address bar as soon as it is read. The entry of the
 * browser's history keeps it, so that the page may be loaded again; the next page replaces that entry.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { previewSetup, setUp } from '../api.ts';
import type { SetupInput, SetupPreview } from '../../server/http/wire.ts';
import { CopyButton } from '../components/copy-button.ts';
import { emailField } from '../components/email-field.ts';
import { enter } from '../components/enter.ts';
import { failureBlock } from '../components/failure-block.ts';
import { field } from '../components/field.ts';
import { PasswordField } from '../components/password-field.ts';
import { skeleton } from '../components/skeleton.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { deadLink } from './setup/dead-link.ts';
import { buttons, headings, leads } from './setup/purpose-words.ts';

const passwordLengthMin = 8;
const fields = ['email', 'password', 'organizationName'];

export class SetupPage extends Page {
  static readonly elements = { 'ui-password-field': PasswordField, 'ui-copy-button': CopyButton };
  @state() email = 'owner@localhost';
  @state() password = '';
  @state() organizationName = 'My organization';
  @state() isSending = false;
  /** What is wrong before anything is sent. */
  @state() problems: Readonly<Partial<Record<'email' | 'password' | 'organizationName', string>>> = {};
  @state() failure: ApiError | undefined;
  #token = '';
  readonly #preview = new Resource(this, async (signal) =>
    this.#token === '' ? undefined : await previewSetup(this.#token, signal),
  );

  override get heading(): string {
    return 'Set up';
  }

  override connectedCallback(): void {
    this.#takeToken();
    super.connectedCallback();
    addEventListener('hashchange', this.#takeAnother);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#takeAnother);
  }

  protected override render(): TemplateResult {
    const { value, failure } = this.#preview;
    if (this.#token === '' || failure?.code === 'not_found' || failure?.code === 'request_invalid') {
      return deadLink(this.#token === '');
    }
    if (value) return this.#renderForm(value);
    return html`<div class="page">
      <div class="entry">
        <h1 tabindex="-1">Your link</h1>
        ${failure ? failureBlock(failure, () => void this.#preview.load()) : skeleton('Reading the link', 2)}
      </div>
    </div>`;
  }

  #renderForm(preview: SetupPreview): TemplateResult {
    const { purpose, email, hasAccount } = preview;
    const { failure, problems } = this;
    const isWrongPassword = failure?.code === 'sign_in_required';
    const passwordProblem = isWrongPassword
      ? 'This is not the password of your account.'
      : (problems.password ?? failure?.problemAt('password') ?? '');
    const general = isWrongPassword ? '' : failure?.generalProblem(fields);
    return html`<div class="page">
      <form class="entry" novalidate @submit=${this.#submit}>
        <div>
          <h1 tabindex="-1">${headings[purpose](preview.organization)}</h1>
          <p class="lead">${leads[purpose](preview)}</p>
        </div>
        ${
          email === null
            ? emailField({
                value: this.email,
                hint: 'You sign in with it. Where this server sends mail, yours goes there.',
                error: problems.email ?? failure?.problemAt('email'),
                onInput: (email) => (this.email = email),
              })
            : html`<div class="unseen" aria-hidden="true">
                <input type="email" autocomplete="username" tabindex="-1" readonly .value=${email} />
              </div>`
        }
        ${purpose === 'first_owner' ? this.#renderOrganization() : nothing}
        <ui-password-field
          field-id="password"
          label=${hasAccount ? 'Your password' : 'New password'}
          hint=${hasAccount ? '' : this.#passwordHint}
          autocomplete=${hasAccount ? 'current-password' : 'new-password'}
          .value=${this.password}
          .error=${passwordProblem}
          @password-input=${({ detail }: CustomEvent<string>) => (this.password = detail)}
        ></ui-password-field>
        ${failure && general !== '' ? failureBlock(failure) : nothing}
        <button class="button primary" type="submit" aria-busy=${this.isSending}>${buttons[purpose]}</button>
      </form>
    </div>`;
  }

  #renderOrganization(): TemplateResult {
    return field({
      id: 'organization-name',
      label: 'Name of your organization',
      error: this.problems.organizationName ?? this.failure?.problemAt('organizationName'),
      control: ({ id, describedBy, invalid }) =>
        html`<input
          id=${id}
          type="text"
          autocomplete="organization"
          maxlength="100"
          aria-describedby=${describedBy}
          aria-invalid=${invalid}
          .value=${this.organizationName}
          @input=${({ currentTarget }: InputEvent) =>
            (this.organizationName = (currentTarget as HTMLInputElement).value)}
        />`,
    });
  }

  get #passwordHint(): string {
    const { length } = this.password;
    if (length === 0)
      return `At least ${passwordLengthMin} characters. A few unrelated words are easy to keep in mind.`;
    if (length < passwordLengthMin) return `${passwordLengthMin - length} more.`;
    return length < 14 ? 'Long enough. Longer is safer.' : 'Good length.';
  }

  #takeToken(): void {
    const state = history.state as { readonly setupToken?: unknown } | null;
    const given = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
    const kept = typeof state?.setupToken === 'string' ? state.setupToken : '';
    this.#token = given === '' ? kept : given;
    if (given !== '') history.replaceState({ ...state, setupToken: given }, '', location.pathname + location.search);
  }

  readonly #takeAnother = (): void => {
    if (!location.hash.includes('token=')) return;
    this.#takeToken();
    this.failure = undefined;
    void this.#preview.load();
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const preview = this.#preview.value;
    if (this.isSending || !preview) return;
    this.failure = undefined;
    this.problems = this.#findProblems(preview);
    if (Object.keys(this.problems).length > 0) return this.#focusFirstProblem();
    this.isSending = true;
    const input: SetupInput = {
      token: this.#token,
      password: this.password,
      ...(preview.email === null && { email: this.email.trim() }),
      ...(preview.purpose === 'first_owner' && { organizationName: this.organizationName.trim() }),
    };
    try {
      const session = await setUp(input);
      await enter(session, null);
    } catch (error) {
      this.failure = toApiError(error);
      if (this.failure.code === 'not_found') void this.#preview.load();
      this.#focusFirstProblem();
    }
    this.isSending = false;
  };

  #findProblems({ purpose, email, hasAccount }: SetupPreview): SetupPage['problems'] {
    const isNewPassword = !hasAccount;
    return {
      ...(email === null && !/^[^\s@]+@\S+$/.test(this.email.trim()) && { email: 'Write an e-mail address.' }),
      ...(purpose === 'first_owner' && this.organizationName.trim() === '' && { organizationName: 'Write a name.' }),
      ...(this.password.length < (isNewPassword ? passwordLengthMin : 1) && {
        password: isNewPassword ? `Use at least ${passwordLengthMin} characters.` : 'Write your password.',
      }),
    };
  }

  #focusFirstProblem(): void {
    void this.updateComplete.then(async () => {
      await this.querySelector<PasswordField>('ui-password-field')?.updateComplete;
      this.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    });
  }
}
