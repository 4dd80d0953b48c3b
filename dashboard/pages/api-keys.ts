/** Settings → API Keys: what keys there are, how they are used, and the switch that stops one at once. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError } from '../../ui/api-error.ts';
import type { CreatedKey, Key, KeySearch } from '../../server/http/wire.ts';
import { askToConfirm } from '../components/ask-to-confirm.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { icon } from '../components/icons.ts';
import { keySearchBar, parseKeySearch } from '../components/key-search.ts';
import { keyTable } from '../components/key-table.ts';
import { plural } from '../components/number-words.ts';
import { SecretDialog, type ShownPair } from '../components/secret-dialog.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { KeptPlace } from '../controllers/kept-place.ts';
import { KeyList } from '../controllers/key-list.ts';
import { Page } from '../page.ts';
import { registerElements } from '../register-elements.ts';
import { sectionPath } from '../route.ts';
import { rewriteQuery } from '../router.ts';
import { FirstSteps } from './api-keys/first-steps.ts';

const prefetchAfterMs = 500;
const typingPauseMs = 200;
const viewerReason = 'You are a viewer here. Ask an owner to make you a member.';

export class ApiKeysPage extends Page {
  static readonly elements = { 'first-steps': FirstSteps, 'ui-secret-dialog': SecretDialog };
  override readonly heading = 'API Keys';
  @state() isCreating = false;
  /** The pair that was just made, until it is stored. */
  @state() pair: ShownPair | undefined;
  @state() search: KeySearch = {};
  /** The keys that are picked, by id. */
  @state() picked: ReadonlySet<string> = new Set();
  @state() isChangingPicked = false;
  #typing: ReturnType<typeof setTimeout> | undefined;
  readonly #list = new KeyList(this, {
    organizationId: () => this.organizationId,
    search: () => this.search,
    mayRefresh: () => this.pair === undefined,
  });

  constructor() {
    super();
    new KeptPlace(this, () => this.#list.keys !== undefined);
  }

  override connectedCallback(): void {
    this.search = parseKeySearch(this.query);
    super.connectedCallback();
    if (this.query.has('create')) this.#createAtOnce();
    document.addEventListener('keydown', this.#takeKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
    document.removeEventListener('keydown', this.#takeKey);
  }

  protected override firstUpdated(): void {
    if (this.mayChange) setTimeout(() => void this.#fetchCreateDialog().catch(() => undefined), prefetchAfterMs);
  }

  protected override render(): TemplateResult {
    return html`<div class="page">
      <header class="page-head">
        <div>
          <h1 tabindex="-1">API Keys</h1>
          <p class="lead">A public key for your pages, with a secret for your servers.</p>
        </div>
        ${this.#list.keys?.length === 0 && !this.#isSearching ? nothing : this.#renderCreateButton()}
      </header>
      ${
        this.mayChange
          ? html`<first-steps
              .organizationId=${this.organizationId}
              .userId=${this.session?.user.id ?? ''}
              .keys=${this.#isSearching ? undefined : this.#list.keys?.map(({ key }) => key)}
              @key-wanted=${() => void this.#create()}
            ></first-steps>`
          : nothing
      }
      ${this.#renderList()}
      <ui-create-key-dialog
        .open=${this.isCreating}
        .organizationId=${this.organizationId}
        @dialog-close=${() => (this.isCreating = false)}
        @key-created=${this.#show}
      ></ui-create-key-dialog>
      <ui-secret-dialog
        .pair=${this.pair}
        .heading=${'Your new key'}
        .organizationId=${this.organizationId}
        @secret-stored=${() => (this.pair = undefined)}
      ></ui-secret-dialog>
    </div>`;
  }

  #renderCreateButton(): TemplateResult {
    if (!this.mayChange) {
      return html`<p class="soft viewer-note">You can look at keys, but not change them: you are a viewer here.</p>`;
    }
    return html`<button class="button primary" type="button" @click=${this.#create}>
      ${icon('plus')} Create API Key
    </button>`;
  }

  #renderList(): TemplateResult {
    const { keys, failure, hasMore, isLoadingMore, moreFailure } = this.#list;
    if (!keys) return failure ? failureBlock(failure, () => void this.#list.load()) : skeleton('Loading the keys', 4);
    if (keys.length === 0 && !this.#isSearching) {
      return emptyState({
        picture: 'key',
        heading: 'No keys yet',
        content: 'A key lets a web page chat and a server call the API. Begin with one for your website.',
        action: this.#renderCreateButton(),
      });
    }
    return html`${keySearchBar({
      search: this.search,
      find: (search) => this.#find(search),
      tags: this.#list.tags,
    })}
    ${failure ? failureBlock(failure, () => void this.#list.load()) : nothing} ${this.#renderCount()}
    ${
      keys.length === 0
        ? html`<p class="soft">
            No key is like that.
            <button class="button small" type="button" @click=${() => this.#find({})}>Show all keys</button>
          </p>`
        : keyTable({
            keys,
            path: sectionPath(this.organizationId, 'api-keys'),
            reason: this.mayChange ? undefined : viewerReason,
            onSwitch: (key, enabled) => void this.#switch(key, enabled),
            picked: this.picked,
            onPick: (keyId, isPicked) => this.#pick([keyId], isPicked),
          })
    }
    ${moreFailure ? failureBlock(moreFailure, () => void this.#list.loadMore()) : nothing}
    ${
      hasMore && !moreFailure
        ? html`<button
            class="button more"
            type="button"
            aria-busy=${isLoadingMore}
            @click=${() => void this.#list.loadMore()}
          >
            Load more
          </button>`
        : nothing
    }
    ${this.mayChange ? renderHabits() : nothing}`;
  }

  get #isSearching(): boolean {
    return Object.keys(this.search).length > 0;
  }

  /** How many there are, or what to do with those that are picked. */
  #renderCount(): TemplateResult {
    const { keys = [], total, isLoading } = this.#list;
    const picked = keys.filter(({ key }) => this.picked.has(key.id));
    const { q, tag, status } = this.search;
    const found = (q ?? tag ?? status) === undefined ? '' : ' found';
    return html`<div class="list-count" aria-busy=${isLoading}>
      ${
        this.mayChange && keys.length > 0
          ? html`<label class="check">
              <input
                type="checkbox"
                .checked=${picked.length === keys.length}
                .indeterminate=${picked.length > 0 && picked.length < keys.length}
                @change=${({ target }: Event) =>
                  this.#pick(
                    keys.map(({ key }) => key.id),
                    (target as HTMLInputElement).checked,
                  )}
              />
              Pick all
            </label>`
          : nothing
      }
      <p class="soft" role="status">
        ${picked.length > 0 ? `${plural(picked.length, 'key')} picked` : `${plural(total, 'key')}${found}`}
      </p>
      ${
        picked.length > 0
          ? html`<button
                class="button small"
                type="button"
                aria-busy=${this.isChangingPicked}
                ?disabled=${picked.every(({ key }) => !key.enabled)}
                @click=${() => void this.#disablePicked()}
              >
                Disable
              </button>
              <button class="button small" type="button" @click=${() => (this.picked = new Set())}>Pick none</button>`
          : nothing
      }
    </div>`;
  }

  #find(search: KeySearch): void {
    const isTyping = search.q !== this.search.q;
    this.search = search;
    this.picked = new Set();
    rewriteQuery({ ...search });
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#list.find(), isTyping ? typingPauseMs : 0);
  }

  #pick(keyIds: readonly string[], isPicked: boolean): void {
    const picked = new Set(this.picked);
    for (const keyId of keyIds) {
      if (isPicked) picked.add(keyId);
      else picked.delete(keyId);
    }
    this.picked = picked;
  }

  async #disablePicked(): Promise<void> {
    const keys = (this.#list.keys ?? [])
      .map(({ key }) => key)
      .filter(({ id, enabled }) => enabled && this.picked.has(id));
    const isSure = await askToConfirm({
      heading: `Disable ${plural(keys.length, 'key')}?`,
      content: 'Their requests are refused from then on. Each can be enabled again.',
      confirmLabel: `Disable ${plural(keys.length, 'key')}`,
      isDanger: true,
    });
    if (isSure) await this.#switchAll(keys, false);
  }

  async #switchAll(keys: readonly Pick<Key, 'id' | 'name'>[], enabled: boolean): Promise<void> {
    this.isChangingPicked = true;
    const failed: string[] = [];
    for (const { id, name } of keys) {
      await this.#list.switch(id, enabled).catch(() => failed.push(name));
    }
    this.isChangingPicked = false;
    const changed = keys.filter(({ name }) => !failed.includes(name));
    if (!enabled) this.picked = new Set(keys.filter(({ name }) => failed.includes(name)).map(({ id }) => id));
    if (failed.length > 0) {
      toast({
        subject: 'picked',
        kind: 'problem',
        message: `${plural(failed.length, 'key')} could not be changed: ${failed.slice(0, 3).join(', ')}${failed.length > 3 ? ', …' : ''}.`,
      });
      return;
    }
    toast({
      subject: 'picked',
      message: `${plural(changed.length, 'key is', 'keys are')} ${enabled ? 'enabled' : 'disabled'}.`,
      action: { label: 'Undo', run: () => void this.#switchAll(changed, !enabled) },
    });
  }

  /** `/` leads to the search, where nobody writes. */
  readonly #takeKey = (event: KeyboardEvent): void => {
    const isWriting =
      event.target instanceof Element && event.target.closest('input, textarea, select, dialog') !== null;
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isWriting) return;
    const search = this.querySelector<HTMLInputElement>('input[type=search]');
    if (search === null) return;
    event.preventDefault();
    search.focus();
    search.select();
  };

  /** As the address asks. It does so once: loaded again, or come Back to, the page is the list. */
  #createAtOnce(): void {
    rewriteQuery({ ...this.search });
    if (this.mayChange) void this.#create();
  }

  readonly #create = async (): Promise<void> => {
    try {
      await this.#fetchCreateDialog();
      this.isCreating = true;
    } catch {
      toast({
        kind: 'problem',
        message: 'The form could not be fetched. Check the connection and load the page again.',
      });
    }
  };

  /** Apart from the page, because it brings the list of public suffixes for its hints. */
  async #fetchCreateDialog(): Promise<void> {
    const { CreateKeyDialog } = await import('../components/create-key-dialog.ts');
    registerElements({ 'ui-create-key-dialog': CreateKeyDialog });
  }

  async #switch({ id, name }: Pick<Key, 'id' | 'name'>, enabled: boolean): Promise<void> {
    try {
      await this.#list.switch(id, enabled);
      toast({
        subject: id,
        message: enabled ? `“${name}” is enabled.` : `“${name}” is disabled. Its requests are refused from now on.`,
        action: { label: 'Undo', run: () => void this.#switch({ id, name }, !enabled) },
      });
    } catch (error) {
      const { code, detail } = toApiError(error);
      // The way to the sign-in page is all that helps.
      if (code === 'sign_in_required') return;
      if (code === 'not_found') await this.#list.refresh();
      toast({
        subject: id,
        kind: 'problem',
        message:
          code === 'not_found'
            ? `“${name}” was deleted meanwhile.`
            : `“${name}” is still ${enabled ? 'disabled' : 'enabled'}. ${detail}`,
      });
    }
  }

  readonly #show = ({ detail: { key, secretKey, warnings } }: CustomEvent<CreatedKey>): void => {
    const { name, publicKey, allowedDomains } = key;
    this.isCreating = false;
    this.pair = { name, publicKey, secretKey, allowedDomains, warnings };
    this.#list.add(key);
  };
}

function renderHabits(): TemplateResult {
  return html`<ul class="habits" aria-label="Good habits">
    <li><b>Secrets stay on servers.</b> In a page, every visitor can read them.</li>
    <li><b>One key for each environment.</b> Then one can be stopped alone.</li>
    <li><b>Rotate now and then.</b> The old secret goes on working while you change over.</li>
    <li><b>Watch Last Used.</b> A key that nobody uses can be disabled.</li>
  </ul>`;
}
