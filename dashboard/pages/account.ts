/** What belongs to the person and to no organization: how they sign in, where they are signed in, where they belong. */
import { html, type TemplateResult } from 'lit';
import { signOut } from '../api.ts';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import { badge } from '../components/badge.ts';
import { OrganizationName } from '../components/organization-name.ts';
import { roleNames, roleWords } from '../components/role-words.ts';
import { Page } from '../page.ts';
import { sectionPath } from '../route.ts';
import { navigate } from '../router.ts';
import { reloadSession, setSession } from '../session.ts';
import { PasswordForm } from './account/password-form.ts';

export class AccountPage extends Page {
  static readonly elements = { 'account-password': PasswordForm, 'ui-organization-name': OrganizationName };

  override readonly heading = 'Account';

  protected override render(): TemplateResult {
    const email = this.session?.user.email ?? '';
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">Account</h1>
          <p class="lead">You sign in as <b class="break">${email}</b>.</p>
        </div>
      </header>
      <section class="card" aria-labelledby="password-heading">
        <div class="card-head"><h2 id="password-heading">Password</h2></div>
        <account-password .email=${email}></account-password>
      </section>
      <section class="card" aria-labelledby="organizations-heading">
        <div class="card-head"><h2 id="organizations-heading">Organizations</h2></div>
        ${this.#renderOrganizations()}
        <ui-organization-name @organization-named=${this.#open}></ui-organization-name>
      </section>
      <section class="card" aria-labelledby="sessions-heading">
        <div class="card-head">
          <h2 id="sessions-heading">Signed-in browsers</h2>
          <button class="button small" type="button" @click=${this.#signOutEverywhere}>Sign out everywhere…</button>
        </div>
        <p class="soft">
          Left a browser signed in somewhere? This ends every session of yours, here too. If somebody else may know your
          password, change it instead: that ends the other sessions as well.
        </p>
      </section>
    </div>`;
  }

  #renderOrganizations(): TemplateResult {
    const { organizations = [] } = this.session ?? {};
    if (organizations.length === 0) {
      return html`<p class="soft">
        You belong to none. An owner can invite you with a link, or you make one of your own.
      </p>`;
    }
    return html`<ul class="organization-list">
      ${organizations.map(
        ({ id, name, role }) =>
          html`<li class="row between">
            <a class="break" href=${sectionPath(id, 'api-keys')}>${name}</a>
            <span class="row">
              <span class="soft">${roleWords[role]}</span>
              ${badge(role === 'owner' ? 'accent' : 'neutral', roleNames[role])}
            </span>
          </li>`,
      )}
    </ul>`;
  }

  readonly #open = async ({ detail: { id } }: CustomEvent<{ readonly id: string }>): Promise<void> => {
    await reloadSession();
    await navigate(sectionPath(id, 'api-keys'));
  };

  readonly #signOutEverywhere = async (): Promise<void> => {
    const isDone = await askToConfirm({
      heading: 'Sign out everywhere?',
      content: 'Every browser in which you are signed in has to sign in again, this one too.',
      confirmLabel: 'Sign out everywhere',
      run: () => signOut({ everywhere: true }),
    });
    if (!isDone) return;
    setSession(undefined);
    await navigate('/sign-in');
  };
}
