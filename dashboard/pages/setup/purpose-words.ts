/** What a one-time link is for, in words. */
import { html, type TemplateResult } from 'lit';
import type { SetupPreview } from '../../../server/http/wire.ts';

/** With the name of the organization. */
export const headings: Readonly<Record<SetupPreview['purpose'], (organization: string | null) => string>> = {
  first_owner: () => 'Welcome to Postern',
  invitation: (organization) => `Join ${organization ?? 'the organization'}`,
  reset: () => 'Set a new password',
};

/** What will happen. */
export const leads: Readonly<Record<SetupPreview['purpose'], (preview: SetupPreview) => TemplateResult | string>> = {
  first_owner: ({ organization, email, hasAccount }) =>
    hasAccount
      ? html`You began with the e-mail <b class="break">${email}</b>. Your password finishes it.`
      : html`You are the first here, so you become the owner of an organization of your
        own${organization === null ? '' : html`, and of <b>${organization}</b>, to try things in`}. Choose how you sign
        in.`,
  invitation: ({ email, role, hasAccount }) =>
    html`You were invited as ${role === 'owner' ? 'an owner' : `a ${role ?? 'member'}`}, with the e-mail
      <b class="break">${email}</b>.
      ${hasAccount ? 'You have an account here: your password is enough.' : 'Choose a password to sign in with.'}`,
  reset: ({ email }) => html`For <b class="break">${email}</b>. It ends every session that is signed in now.`,
};

/** On the button that does it. */
export const buttons: Readonly<Record<SetupPreview['purpose'], string>> = {
  first_owner: 'Begin',
  invitation: 'Join',
  reset: 'Set the password and sign in',
};
