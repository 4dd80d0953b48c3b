/**
 * The frame around every page: the bar with the organization and the account, the navigation, and the page that the
 * address names once it is clear that the person may see it. Longer than most files: it is where all of them meet.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { ApiError, toApiError } from '../ui/api-error.ts';
import { readSession, whenSessionEnds } from './api.ts';
import type { SessionOrganization } from '../server/http/wire.ts';
import { AccountMenu } from './components/account-menu.ts';
import { askToConfirm } from './components/ask-to-confirm.ts';
import { ConfirmDialog } from './components/confirm-dialog.ts';
import { ConnectionBanner } from './components/connection-banner.ts';
import { CopyButton } from './components/copy-button.ts';
import { Dialog } from './components/dialog.ts';
import { failureBlock } from './components/failure-block.ts';
import { LightElement } from '../ui/light-element.ts';
import { mark } from './components/mark.ts';
import { OrganizationSwitcher } from './components/organization-switcher.ts';
import { PaletteButton } from './components/palette-button.ts';
import { RelativeTime } from './components/relative-time.ts';
import { sectionNavigation } from './components/section-navigation.ts';
import { SessionDialog } from './components/session-dialog.ts';
import { skeleton } from './components/skeleton.ts';
import { Switch } from './components/switch.ts';
import { ToastRegion } from './components/toast-region.ts';
import { loadPage } from './load-page.ts';
import type { Page } from './page.ts';
import { sectionPath, type RouteMatch, type Section } from './route.ts';
import { isUnsaved, navigate, showAgain, startRouter, type Place } from './router.ts';
import { routes } from './routes.ts';
import { scrollToFragment } from './scroll-to-fragment.ts';
import { currentSession, onSessionChange, setSession } from './session.ts';

type View = 'starting' | 'page' | 'not_found' | ApiError;

export class Dashboard extends LightElement {
  static readonly elements = {
    'ui-account-menu': AccountMenu,
    'ui-confirm-dialog': ConfirmDialog,
    'ui-connection-banner': ConnectionBanner,
    'ui-copy-button': CopyButton,
    'ui-dialog': Dialog,
    'ui-organization-switcher': OrganizationSwitcher,
    'ui-palette-button': PaletteButton,
    'ui-session-dialog': SessionDialog,
    'ui-switch': Switch,
    'ui-time': RelativeTime,
    'ui-toast-region': ToastRegion,
  };

  @state() view: View = 'starting';
  /** Another page is on its way. */
  @state() isOpening = false;
  #page: Page | undefined;
  #section: Section | undefined;
  #isBare = true;
  /** The organization that was looked at last. */
  #organizationId = '';
  /** Only the newest address may show its page. */
  #places = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    whenSessionEnds(() => this.#signInAgain());
    onSessionChange(() => this.#follow());
    addEventListener('online', () => this.view instanceof ApiError && this.#retry());
    startRouter({
      routes,
      show: (place) => void this.#show(place),
      askToLeave: (warning) =>
        askToConfirm({
          heading: 'Leave this page?',
          content: warning,
          confirmLabel: 'Leave',
          cancelLabel: 'Stay here',
          isDanger: true,
        }),
    });
  }

  protected override render(): TemplateResult {
    return html`
      <a class="skip" href="#content">Skip to the content</a>
      <div class="opening" ?hidden=${!this.isOpening}></div>
      <ui-connection-banner></ui-connection-banner>
      ${this.#isBare ? this.#renderBare() : this.#renderFrame()}
      <ui-toast-region></ui-toast-region>
      <ui-confirm-dialog></ui-confirm-dialog>
      <ui-session-dialog></ui-session-dialog>
    `;
  }

  /** Without the frame: nobody is signed in here. */
  #renderBare(): TemplateResult {
    return html`<div class="bare">
      <header class="mark">${mark()}</header>
      <main id="content" tabindex="-1">${this.#renderView()}</main>
    </div>`;
  }

  #renderFrame(): TemplateResult {
    const session = currentSession();
    const organization = this.#organization;
    return html`
      <header class="top">
        <a class="mark" href="/" aria-label="Postern, home">${mark()}</a>
        ${
          session && organization
            ? html`<ui-organization-switcher
                .organizations=${session.organizations}
                .current=${organization}
                .section=${this.#section ?? 'api-keys'}
              ></ui-organization-switcher>`
            : nothing
        }
        <span class="top-space"></span>
        ${
          session && organization
            ? html`<ui-palette-button
                .organizations=${session.organizations}
                .current=${organization}
              ></ui-palette-button>`
            : nothing
        }
        ${session ? html`<ui-account-menu .email=${session.user.email}></ui-account-menu>` : nothing}
      </header>
      <div class="frame ${organization ? '' : 'alone'}">
        ${organization ? sectionNavigation(organization.id, this.#section) : nothing}
        <main id="content" tabindex="-1">${this.#renderView()}</main>
      </div>
    `;
  }

  #renderView(): TemplateResult | Page | undefined {
    const { view } = this;
    if (view === 'starting') return html`<div class="page">${skeleton('Loading')}</div>`;
    if (view === 'page') return this.#page;
    if (view === 'not_found') {
      return html`<div class="page">
        <h1 tabindex="-1">There is nothing here</h1>
        <p class="lead">The address is not right, or you do not belong to the organization that it names.</p>
        <p><a class="button primary" href="/">Go to your keys</a></p>
      </div>`;
    }
    return html`<div class="page">
      <h1 tabindex="-1">This did not load</h1>
      ${failureBlock(view, () => this.#retry())}
    </div>`;
  }

  /** On a narrow screen it may be scrolled away. (`scrollIntoView` would also move where Tab goes on from.) */
  #showPresentSection(): void {
    const navigation = this.querySelector('.sections');
    const present = navigation?.querySelector<HTMLElement>('[aria-current]');
    if (!navigation || !present) return;
    navigation.scrollLeft = present.offsetLeft - (navigation.clientWidth - present.offsetWidth) / 2;
  }

  get #organization(): SessionOrganization | undefined {
    const organizations = currentSession()?.organizations ?? [];
    return organizations.find(({ id }) => id === this.#organizationId) ?? organizations[0];
  }

  async #show({ match, url, isNavigation }: Place): Promise<void> {
    const place = (this.#places += 1);
    const isNewest = (): boolean => place === this.#places;
    this.isOpening = true;
    try {
      const isAllowed = match?.route.needs === 'nothing' || (await this.#knowSession());
      if (!isNewest()) return;
      if (!isAllowed) return await this.#goToSignIn();
      if (await this.#open(match, url, isNewest)) return;
    } catch (error) {
      if (!isNewest()) return;
      this.#isBare = currentSession() === undefined;
      this.#page = undefined;
      this.#section = match?.route.section;
      this.view = toApiError(error);
    }
    this.isOpening = false;
    await this.updateComplete;
    await this.#page?.updateComplete;
    this.#showPresentSection();
    if (!isNewest()) return;
    if (isNavigation) this.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    scrollToFragment();
  }

  /** True when the address led on to another one. */
  async #open(match: RouteMatch | undefined, url: URL, isNewest: () => boolean): Promise<boolean> {
    const session = currentSession();
    const organizationId = match?.params.organizationId ?? '';
    const organization = session?.organizations.find(({ id }) => id === organizationId);
    const [first] = session?.organizations ?? [];
    if (url.pathname === '/' && first) {
      await navigate(sectionPath(first.id, 'api-keys'), { replace: true });
      return true;
    }
    const isThere = match?.route.needs !== 'organization' || organization !== undefined;
    const page = match && isThere ? await loadPage(match) : undefined;
    if (!isNewest()) return true;
    if (match && page) {
      const { params } = match;
      const role = organization?.role ?? 'viewer';
      Object.assign(page, { session, organizationId, role, params, query: url.searchParams } satisfies Partial<Page>);
    } else document.title = 'There is nothing here · Postern';
    if (organization) this.#organizationId = organization.id;
    this.#page = page;
    this.#section = page && match?.route.section;
    this.#isBare = match?.route.needs === 'nothing';
    this.view = page ? 'page' : 'not_found';
    this.requestUpdate();
    return false;
  }

  async #knowSession(): Promise<boolean> {
    if (!currentSession()) setSession(await readSession());
    return currentSession() !== undefined;
  }

  /** In a dialog over the page, where what was typed stays. Whoever has nothing to lose and closes it goes to the sign-in. */
  async #signInAgain(): Promise<boolean> {
    const isSignedIn = await this.querySelector<SessionDialog>('ui-session-dialog')?.ask();
    if (isSignedIn) return true;
    if (isUnsaved()) return false;
    setSession(undefined);
    void this.#goToSignIn();
    return false;
  }

  async #goToSignIn(): Promise<void> {
    const here = location.pathname + location.search + location.hash;
    await navigate(here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`, { replace: true });
  }

  /** A page's script that could not be fetched is not asked for again by the browser: only a new load helps. */
  #retry(): void {
    if (this.view instanceof ApiError && this.view.code === 'unexpected') location.reload();
    else showAgain();
  }

  /** The session changed under a page: its name, its role, or whether there is anything to see. */
  #follow(): void {
    const session = currentSession();
    const page = this.#page;
    this.requestUpdate();
    if (!session || !page || this.#isBare) return;
    const organization = session.organizations.find(({ id }) => id === page.organizationId);
    if (page.organizationId !== '' && !organization) return void navigate('/', { replace: true });
    page.session = session;
    page.role = organization?.role ?? 'viewer';
  }
}
