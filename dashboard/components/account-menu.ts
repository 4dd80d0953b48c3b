import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { toApiError } from '../../ui/api-error.ts';
import { signOut } from '../api.ts';
import { navigate } from '../router.ts';
import { setSession } from '../session.ts';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';
import { toast } from './toast.ts';

/**
 * `<ui-account-menu>`: who is signed in, the way to the account and out.
 *
 * @prop {string} email
 */
export class AccountMenu extends LightElement {
  @property({ attribute: false }) email!: string;

  protected override render(): TemplateResult {
    return html`
      <button class="account" type="button" popovertarget="account-menu" aria-label=${`Account of ${this.email}`}>
        ${icon('person')} <span class="account-email">${this.email}</span> ${icon('chevron')}
      </button>
      <div class="menu" id="account-menu" popover>
        <p class="menu-head"><span class="soft">Signed in as</span><br /><b>${this.email}</b></p>
        <a href="/account" @click=${this.#hide}>Account</a>
        <button type="button" @click=${this.#signOut}>Sign out</button>
      </div>
    `;
  }

  readonly #hide = (): void => {
    this.querySelector<HTMLElement>('.menu')?.hidePopover();
  };

  readonly #signOut = async (): Promise<void> => {
    this.#hide();
    try {
      await signOut();
      setSession(undefined);
      await navigate('/sign-in');
    } catch (error) {
      toast({ kind: 'problem', message: `You are still signed in. ${toApiError(error).detail}` });
    }
  };
}
