/** Settings → API Keys → one key: what it may do, what it did, and everything that can be done with it. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { replayDays } from '../../server/keys/replay.ts';
import { ApiError } from '../../ui/api-error.ts';
import { readKey, readKeyUsage } from '../api.ts';
import type { Key, KeyUsage as Usage } from '../../server/http/wire.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { expiryBadge } from '../components/key-badges.ts';
import { skeleton } from '../components/skeleton.ts';
import { Resource } from '../controllers/resource.ts';
import { Page } from '../page.ts';
import { sectionPath } from '../route.ts';
import { rewriteQuery, stayOnPath } from '../router.ts';
import { scrollToFragment } from '../scroll-to-fragment.ts';
import { dangerZone } from './key/delete-key.ts';
import { KeyBudget } from './key/key-budget.ts';
import { KeyEvidence } from './key/key-evidence.ts';
import { KeyDomains } from './key/key-domains.ts';
import { KeyIdleDomains } from './key/key-idle-domains.ts';
import { keyFacts } from './key/key-facts.ts';
import { keyNotices } from './key/key-notices.ts';
import { KeyRename } from './key/key-rename.ts';
import { KeySafety } from './key/key-safety.ts';
import { KeySecret } from './key/key-secret.ts';
import { keyTabs, toTab, type KeyTab } from './key/key-tabs.ts';
import { KeySettings } from './key/key-settings.ts';
import { KeyStatus } from './key/key-status.ts';
import { KeyUsage, toPeriod, type Period } from './key/key-usage.ts';
import { KeyGuard } from './key/key-guard.ts';
import { KeyNotes } from './key/key-notes.ts';
import { KeyOwn } from './key/key-own.ts';
import { installedOn } from './key/installed-on.ts';
import { KeyUse } from './key/key-use.ts';

interface Figures {
  /** Of the period that is shown. */
  readonly shown: Usage;
  /** Of the days that a change of domains is tried on. */
  readonly replayed: Usage;
}

const refreshEveryMs = 10_000;
const viewerReason = 'You are a viewer here. Ask an owner to make you a member.';

export class KeyPage extends Page {
  static readonly elements = {
    'key-budget': KeyBudget,
    'key-domains': KeyDomains,
    'key-evidence': KeyEvidence,
    'key-idle-domains': KeyIdleDomains,
    'key-rename': KeyRename,
    'key-safety': KeySafety,
    'key-secret': KeySecret,
    'key-settings': KeySettings,
    'key-status': KeyStatus,
    'key-usage': KeyUsage,
    'key-guard': KeyGuard,
    'key-notes': KeyNotes,
    'key-own': KeyOwn,
    'key-use': KeyUse,
  };
  /** All of them are drawn, so that what is typed in one stays while another is looked at. */
  @state() tab: KeyTab = 'overview';
  /** Days of usage that are shown. */
  @state() period: Period = 30;
  #stopStaying: (() => void) | undefined;
  /** What the address's fragment names was not there yet. */
  #isFragmentOpen = true;
  /** Null: there is no such key, or no longer. */
  readonly #key = new Resource<Key | null>(this, (signal) => this.#readKey(signal), { refreshEveryMs });
  readonly #figures = new Resource<Figures>(this, (signal) => this.#readFigures(signal), { refreshEveryMs });

  override get heading(): string {
    if (this.#key.value === null) return 'No such key';
    return this.#key.value?.name ?? 'API Key';
  }

  override connectedCallback(): void {
    // Before anything is read.
    this.#takeQuery(this.query);
    super.connectedCallback();
    this.#stopStaying = stayOnPath((query) => this.#takeQuery(query));
    addEventListener('hashchange', this.#openFragment);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopStaying?.();
    removeEventListener('hashchange', this.#openFragment);
  }

  protected override updated(): void {
    if (this.#isFragmentOpen && this.#key.value) this.#openFragment();
  }

  protected override render(): TemplateResult {
    const { value: key, failure } = this.#key;
    return html`<div
      class="page key-page"
      @key-changed=${this.#take}
      @key-gone=${() => this.#key.set(null)}
      @domains-wanted=${this.#addDomains}
    >
      <header class="page-head">
        <div>
          <a class="crumb" href=${sectionPath(this.organizationId, 'api-keys')}>API Keys</a>
          <h1 tabindex="-1">${this.heading}</h1>
          ${key ? this.#renderUnderName(key) : nothing}
        </div>
        ${
          key
            ? html`<key-status .key=${key} .organizationId=${this.organizationId} .reason=${this.#reason}></key-status>`
            : nothing
        }
      </header>
      ${
        key
          ? this.#renderKey(key)
          : key === null
            ? this.#renderGone()
            : failure
              ? failureBlock(failure, () => void this.#key.load())
              : skeleton('Loading the key', 5)
      }
    </div>`;
  }

  get #reason(): string {
    return this.mayChange ? '' : viewerReason;
  }

  #renderUnderName(key: Key): TemplateResult {
    return html`<div class="row">
      ${expiryBadge(key, Date.now()) ?? nothing}
      ${
        this.mayChange
          ? html`<key-rename .key=${key} .organizationId=${this.organizationId}></key-rename>`
          : html`<p class="soft viewer-note">You can look at this key, but not change it: you are a viewer here.</p>`
      }
    </div>`;
  }

  #renderKey(key: Key): TemplateResult {
    const { organizationId } = this;
    const reason = this.#reason;
    const { value: figures, failure, isLoading } = this.#figures;
    const seen = figures?.replayed.origins ?? [];
    const reading = { days: this.period, usage: figures?.shown, failure, isLoading };
    return html`${keyNotices(key, Date.now(), this.mayChange ? () => void this.#rotate() : undefined)}
    ${keyTabs(this.tab, (tab) => this.#hrefOf(tab))}
    ${this.#renderTab(
      'overview',
      html`${keyFacts(key, sectionPath(organizationId, 'api-keys'))}
        <key-use .key=${key} .organizationId=${organizationId} .reason=${reason} .seen=${seen}></key-use>
        ${installedOn(key, figures?.replayed)}
        <key-secret .key=${key} .organizationId=${organizationId} .reason=${reason}></key-secret>`,
    )}
    ${this.#renderTab(
      'domains',
      html`<key-domains .key=${key} .organizationId=${organizationId} .reason=${reason} .seen=${seen}></key-domains>
        <key-idle-domains
          .key=${key}
          .organizationId=${organizationId}
          .reason=${reason}
          .seen=${seen}
        ></key-idle-domains>`,
    )}
    ${this.#renderTab(
      'usage',
      html`<key-usage
          .key=${key}
          .organizationId=${organizationId}
          .reason=${reason}
          .reading=${reading}
          @period-change=${({ detail }: CustomEvent<Period>) => this.#show(detail)}
          @usage-retry=${() => void this.#figures.load()}
        ></key-usage>
        <key-evidence .reading=${reading}></key-evidence>`,
    )}
    ${this.#renderTab(
      'settings',
      html`<key-notes .key=${key} .organizationId=${organizationId} .reason=${reason}></key-notes>
        <key-budget .key=${key} .organizationId=${organizationId} .reason=${reason}></key-budget>
        <div class="key-columns even">
          <key-settings .key=${key} .organizationId=${organizationId} .reason=${reason}></key-settings>
          <key-safety .key=${key} .organizationId=${organizationId} .reason=${reason} .seen=${seen}></key-safety>
        </div>
        <div class="key-columns even">
          <key-own .key=${key} .organizationId=${organizationId} .reason=${reason}></key-own>
          <key-guard .key=${key} .organizationId=${organizationId} .reason=${reason}></key-guard>
        </div>
        ${this.mayChange ? dangerZone(organizationId, key) : nothing}`,
    )}`;
  }

  #renderTab(tab: KeyTab, content: TemplateResult): TemplateResult {
    return html`<div class="tab" data-tab=${tab} ?hidden=${tab !== this.tab}>${content}</div>`;
  }

  #hrefOf(tab: KeyTab): string {
    const search = String(new URLSearchParams(this.#queryOf(tab)));
    return `${sectionPath(this.organizationId, 'api-keys')}/${this.#keyId}${search && `?${search}`}`;
  }

  #queryOf(tab: KeyTab): Readonly<Record<string, string>> {
    return {
      ...(tab !== 'overview' && { tab }),
      ...(this.period !== 30 && { days: String(this.period) }),
    };
  }

  #takeQuery(query: URLSearchParams): void {
    this.tab = toTab(query.get('tab'));
    const period = toPeriod(query.get('days'));
    if (period === this.period) return;
    this.period = period;
    if (this.#figures.value) void this.#figures.load();
  }

  /** A link to a part of the page leads to the tab that it is on. */
  readonly #openFragment = (): void => {
    const id = location.hash.slice(1);
    const tab = id && document.getElementById(id)?.closest<HTMLElement>('[data-tab]')?.dataset.tab;
    this.#isFragmentOpen = id !== '' && !tab;
    if (!tab || tab === this.tab) return;
    this.#open(toTab(tab));
    void this.updateComplete.then(scrollToFragment);
  };

  #open(tab: KeyTab): void {
    this.tab = tab;
    rewriteQuery(this.#queryOf(tab));
  }

  #renderGone(): TemplateResult {
    return emptyState({
      picture: 'key',
      heading: 'This key is not here',
      content: 'It was deleted, or it belongs to another organization.',
      action: html`<a class="button" href=${sectionPath(this.organizationId, 'api-keys')}>All API keys</a>`,
    });
  }

  get #keyId(): string {
    return this.params.keyId ?? '';
  }

  async #readKey(signal: AbortSignal): Promise<Key | null> {
    try {
      return await readKey(this.organizationId, this.#keyId, signal);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_found') return null;
      throw error;
    }
  }

  async #readFigures(signal: AbortSignal): Promise<Figures> {
    const read = (days: number): Promise<Usage> => readKeyUsage(this.organizationId, this.#keyId, days, signal);
    const shown = read(this.period);
    const [one, other] = await Promise.all([shown, this.period === replayDays ? shown : read(replayDays)]);
    return { shown: one, replayed: other };
  }

  #show(period: Period): void {
    this.period = period;
    rewriteQuery(this.#queryOf(this.tab));
    void this.#figures.load();
  }

  readonly #take = ({ detail }: CustomEvent<Key>): void => {
    this.#key.set(detail);
    // Which origins are allowed is told with the figures.
    void this.#figures.refresh();
  };

  readonly #addDomains = ({ detail }: CustomEvent<readonly string[]>): void => {
    void this.querySelector<KeyDomains>('key-domains')?.add(detail);
  };

  readonly #rotate = async (): Promise<void> => {
    this.#open('overview');
    await this.updateComplete;
    this.querySelector<KeySecret>('key-secret')?.ask();
  };
}
