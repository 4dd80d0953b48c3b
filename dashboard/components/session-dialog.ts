import { html, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { signIn } from '../api.ts';
import { leaveFreely } from '../router.ts';
import { currentSession, setSession } from '../session.ts';
import { LightElement } from '../../ui/light-element.ts';
import { PasswordField } from './password-field.ts';
import { signInFields } from './sign-in-fields.ts';

/**
 * `<ui-session-dialog>`: the session ended while somebody was here, and they sign in again without losing anything. One for
 * the whole dashboard.
 */
export class SessionDialog extends LightElement {
  static readonly elements = { 'ui-password-field': PasswordField };
  /** Undefined: it is closed. */
  @state() answer: ((isSignedIn: boolean) => void) | undefined;
  @state() email = '';
  @state() password = '';
  @state() isSending = false;
  /** A field that was left empty. */
  @state() missing: 'email' | 'password' | undefined;
  @state() failure: ApiError | undefined;

  /** True: the same person is signed in again. False: they would rather not. */
  ask(): Promise<boolean> {
    this.email = currentSession()?.user.email ?? '';
    this.password = '';
    this.missing = undefined;
    this.failure = undefined;
    return new Promise((answer) => (this.answer = answer));
  }

  protected override render(): TemplateResult {
    return html`<ui-dialog
      .open=${this.answer !== undefined}
      .heading=${'Your session ended'}
      .holds=${this.isSending}
      .content=${this.answer && this.#renderForm()}
      @dialog-close=${() => this.#end(false)}
    ></ui-dialog>`;
  }

  #renderForm(): TemplateResult {
    const { email, password, missing, failure } = this;
    return html`<form class="stack" novalidate @submit=${this.#submit}>
      <p>Sign in to go on. Nothing is lost: what you were doing is still here, and is done then.</p>
      ${signInFields({
        idPrefix: 'session-',
        email,
        password,
        missing,
        failure,
        onEmail: (text) => (this.email = text),
        onPassword: (text) => (this.password = text),
      })}
      <div class="dialog-actions">
        <button class="button" type="button" ?disabled=${this.isSending} @click=${() => this.#end(false)}>
          Not now
        </button>
        <button class="button primary" type="submit" aria-busy=${this.isSending}>Sign in</button>
      </div>
    </form>`;
  }

  protected override updated(changed: Map<string, unknown>): void {
    // The e-mail is filled in: the password is what is asked for.
    if (changed.has('answer') && this.answer) this.#focus(this.email === '' ? 'email' : 'password');
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.failure = undefined;
    this.missing = this.email.trim() === '' ? 'email' : this.password === '' ? 'password' : undefined;
    if (this.missing) return this.#focus(this.missing);
    this.isSending = true;
    const before = currentSession()?.user.id;
    try {
      const session = await signIn(this.email.trim(), this.password);
      if (before !== undefined && session.user.id !== before) {
        // Somebody else: what is on the screen is not theirs, and is not sent in their name.
        leaveFreely();
        location.reload();
        return;
      }
      setSession(session);
      this.#end(true);
    } catch (error) {
      this.failure = toApiError(error);
      this.#focus('password');
    }
    this.isSending = false;
  };

  #end(isSignedIn: boolean): void {
    const { answer } = this;
    this.answer = undefined;
    this.password = '';
    answer?.(isSignedIn);
  }

  #focus(name: 'email' | 'password'): void {
    void this.updateComplete.then(() => setTimeout(() => this.querySelector<HTMLElement>(`#session-${name}`)?.focus()));
  }
}
