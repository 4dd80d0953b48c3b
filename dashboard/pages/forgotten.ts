/** A forgotten password: a link is mailed, where the server sends mail. Nothing here tells whether there is such an account. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../ui/api-error.ts';
import { mailForgotten, readSetup } from '../api.ts';
import { askOperator } from '../components/ask-operator.ts';
import { CopyButton } from '../components/copy-button.ts';
import { emailField } from '../components/email-field.ts';
import { failureBlock } from '../components/failure-block.ts';
import { skeleton } from '../components/skeleton.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { keepTypedEmail, typedEmail } from '../typed-email.ts';

export class ForgottenPage extends Page {
  static readonly elements = { 'ui-copy-button': CopyButton };
  override readonly heading = 'Forgot password';
  @state() email = typedEmail();
  /** What is wrong before anything is sent. */
  @state() problem = '';
  @state() isSending = false;
  @state() failure: ApiError | undefined;
  /** To whom a link was asked for. */
  @state() askedFor: string | undefined;
  readonly #setup = new Resource(this, readSetup);

  protected override render(): TemplateResult {
    return html`<div class="page">${this.askedFor === undefined ? this.#renderForm() : this.#renderDone()}</div>`;
  }

  #renderForm(): TemplateResult {
    const { value, failure } = this.#setup;
    return html`<form class="entry" novalidate @submit=${this.#submit}>
      <div>
        <h1 tabindex="-1">Forgot your password?</h1>
        ${value?.isMailOn ? html`<p class="lead">We mail you a link with which you set a new one.</p>` : nothing}
      </div>
      ${
        value?.isMailOn
          ? this.#renderFields()
          : value
            ? html`<div>
                <p>This server sends no mail.</p>
                ${askOperator()}
              </div>`
            : failure
              ? failureBlock(failure, () => void this.#setup.load())
              : skeleton('Loading', 2)
      }
      <a href="/sign-in">Back to the sign-in</a>
    </form>`;
  }

  #renderFields(): TemplateResult {
    const { failure } = this;
    return html`${emailField({
        value: this.email,
        hint: 'The one that you sign in with.',
        error: this.problem === '' ? failure?.problemAt('email') : this.problem,
        onInput: (text) => keepTypedEmail((this.email = text)),
      })}
      ${failure && failure.generalProblem(['email']) !== '' ? failureBlock(failure) : nothing}
      <button class="button primary" type="submit" aria-busy=${this.isSending}>Mail me a link</button>`;
  }

  #renderDone(): TemplateResult {
    return html`<div class="entry">
      <div>
        <h1 tabindex="-1">Look into your mail</h1>
        <p class="lead">
          If there is an account with the address <b class="break">${this.askedFor}</b>, a link is on its way. It works
          once, for an hour.
        </p>
      </div>
      <details>
        <summary>Nothing came?</summary>
        <p>Look among the spam, too. You can ask for another link in 5 minutes, 5 times a day.</p>
        ${askOperator()}
      </details>
      <a href="/sign-in">Back to the sign-in</a>
    </div>`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending || this.#setup.value?.isMailOn !== true) return;
    const email = this.email.trim();
    this.failure = undefined;
    this.problem = email === '' ? 'Write your e-mail address.' : '';
    if (this.problem !== '') return this.#focus('#email');
    this.isSending = true;
    try {
      await mailForgotten(email);
      this.askedFor = email;
      this.#focus('h1');
    } catch (error) {
      this.failure = toApiError(error);
      if (this.failure.problemAt('email')) this.#focus('#email');
    }
    this.isSending = false;
  };

  #focus(selector: string): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(selector)?.focus());
  }
}
