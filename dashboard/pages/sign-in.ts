/** Sign-in with e-mail and password. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { readSetup, signIn } from '../api.ts';
import { CopyButton } from '../components/copy-button.ts';
import { enter } from '../components/enter.ts';
import { askOperator } from '../components/ask-operator.ts';
import { PasswordField } from '../components/password-field.ts';
import { signInFields } from '../components/sign-in-fields.ts';
import { Page } from '../page.ts';
import type { SetupState } from '../../server/http/wire.ts';
import { currentSession, isSessionKnown, reloadSession } from '../session.ts';
import { keepTypedEmail, typedEmail } from '../typed-email.ts';

export class SignInPage extends Page {
  static readonly elements = { 'ui-password-field': PasswordField, 'ui-copy-button': CopyButton };
  override readonly heading = 'Sign in';
  @state() email = typedEmail();
  @state() password = '';
  @state() isSending = false;
  /** A field that was left empty. */
  @state() missing: 'email' | 'password' | undefined;
  @state() failure: ApiError | undefined;
  /** Undefined: not known yet; null: it can not be known. */
  @state() setup: SetupState | null | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#enterIfSignedIn();
  }

  protected override render(): TemplateResult {
    const { email, password, missing, failure } = this;
    return html`<div class="page">
      <form class="entry" novalidate @submit=${this.#submit}>
        <div>
          <h1 tabindex="-1">Sign in</h1>
          ${this.query.has('next') ? html`<p class="lead">Sign in to go on to the page that you opened.</p>` : nothing}
        </div>
        ${
          this.setup?.isSetUp === false
            ? html`<div class="first-time" role="status">
                <p>
                  <b>First time here?</b> Nobody can sign in yet. Open the link in the terminal: the server printed it
                  when it started.
                </p>
                <p>It ends in <code>/setup#token=…</code> and works for a day. Each start prints another one.</p>
              </div>`
            : nothing
        }
        ${signInFields({
          email,
          password,
          missing,
          failure,
          onEmail: (text) => keepTypedEmail((this.email = text)),
          onPassword: (text) => (this.password = text),
        })}
        <button class="button primary" type="submit" aria-busy=${this.isSending}>Sign in</button>
        ${
          this.setup === undefined
            ? nothing
            : this.setup?.isMailOn
              ? html`<a href="/forgotten">Forgot password?</a>`
              : html`<details>
                  <summary>Forgot password?</summary>
                  ${askOperator()}
                </details>`
        }
      </form>
    </div>`;
  }

  /** Silent: when it can not be known, the form is what helps. */
  async #enterIfSignedIn(): Promise<void> {
    const session = isSessionKnown() ? currentSession() : await reloadSession().catch(() => undefined);
    if (!this.isConnected || this.isSending) return;
    if (session) await enter(session, this.query.get('next'));
    else this.setup = await readSetup().catch(() => null);
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.failure = undefined;
    this.missing = this.email.trim() === '' ? 'email' : this.password === '' ? 'password' : undefined;
    if (this.missing) return this.#focus(this.missing);
    this.isSending = true;
    try {
      const session = await signIn(this.email.trim(), this.password);
      await enter(session, this.query.get('next'));
    } catch (error) {
      this.failure = toApiError(error);
      if (this.failure.code === 'sign_in_required') this.#focus('password');
    }
    this.isSending = false;
  };

  #focus(name: 'email' | 'password'): void {
    this.querySelector<HTMLInputElement>(`#${name}`)?.focus();
  }
}
