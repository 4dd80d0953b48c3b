import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { field } from './field.ts';

interface EmailField {
  readonly id?: string;
  readonly value: string;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly onInput: (email: string) => void;
}

/** The e-mail with which somebody signs in, `#email` unless told otherwise. */
export function emailField({ id: fieldId = 'email', value, hint, error, onInput }: EmailField): TemplateResult {
  return field({
    id: fieldId,
    label: 'E-mail',
    hint,
    error,
    control: ({ id, describedBy, invalid }) =>
      html`<input
        id=${id}
        type="email"
        name="email"
        autocomplete="username"
        autocapitalize="off"
        spellcheck="false"
        maxlength="254"
        aria-describedby=${describedBy}
        aria-invalid=${invalid}
        .value=${live(value)}
        @input=${({ currentTarget }: InputEvent) => onInput((currentTarget as HTMLInputElement).value)}
      />`,
  });
}
