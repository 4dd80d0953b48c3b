import { html, nothing, type TemplateResult } from 'lit';
import type { ApiError } from '../../ui/api-error.ts';
import { emailField } from './email-field.ts';
import { failureBlock } from './failure-block.ts';

interface SignInFields {
  /** Before the ids `email` and `password`. */
  readonly idPrefix?: string;
  readonly email: string;
  readonly password: string;
  /** A field that was left empty. */
  readonly missing: 'email' | 'password' | undefined;
  readonly failure: ApiError | undefined;
  readonly onEmail: (email: string) => void;
  readonly onPassword: (password: string) => void;
}

/**
 * With what somebody signs in, and why it did not work. A wrong e-mail and a wrong password look the same here, as they do on
 * the server. Needs `<ui-password-field>`.
 */
export function signInFields(fields: SignInFields): TemplateResult {
  const { idPrefix = '', email, password, missing, failure, onEmail, onPassword } = fields;
  const isWrong = failure?.code === 'sign_in_required';
  return html`${emailField({
      id: `${idPrefix}email`,
      value: email,
      error: missing === 'email' ? 'Write your e-mail address.' : failure?.problemAt('email'),
      onInput: onEmail,
    })}
    <ui-password-field
      field-id=${`${idPrefix}password`}
      label="Password"
      autocomplete="current-password"
      .value=${password}
      .error=${missing === 'password' ? 'Write your password.' : (failure?.problemAt('password') ?? '')}
      @password-input=${({ detail }: CustomEvent<string>) => onPassword(detail)}
    ></ui-password-field>
    ${
      isWrong
        ? html`<p class="failure" role="alert">The e-mail or the password is wrong.</p>`
        : failure && failure.generalProblem(['email', 'password']) !== ''
          ? failureBlock(failure)
          : nothing
    }`;
}
