/** Settings → API Keys: what keys there are, how they are used, and the switch that stops one at once. */
import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { toApiError } from '../../ui/api-error.ts';
import type { CreatedKey, Key } from '../../server/http/wire.ts';
import { emptyState } from '../components/empty-state.ts';
import { failureBlock } from '../components/failure-block.ts';
import { icon } from '../components/icons.ts';
import { keyTable } from '../components/key-table.ts';
import { SecretDialog, type ShownPair } from '../components/secret-dialog.ts';
import { skeleton } from '../components/skeleton.ts';
import { toast } from '../components/toast.ts';
import { KeyList } from '../controllers/key-list.ts';
import { Page } from '../page.ts';
import { registerElements } from '../register-elements.ts';
import { sectionPath } from '../route.ts';

const prefetchAfterMs = 500;
const viewerReason = 'You are a viewer here. Ask an owner to make you a member.';

export class ApiKeysPage extends Page {
  static readonly elements = { 'ui-secret-dialog': SecretDialog };
  override readonly heading = 'API Keys';
  @state() isCreating = false;
  /** The pair that was just made, until it is stored. */
  @state() pair: ShownPair | undefined;
  readonly #list = new KeyList(
    this,
    () => this.organizationId,
    () => this.pair === undefined,
  );

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
        ${this.#list.keys?.length === 0 ? nothing : this.#renderCreateButton()}
      </header>
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
    if (keys.length === 0) {
      return emptyState({
        picture: 'key',
        heading: 'No keys yet',
        content: 'A key lets a web page chat and a server call the API. Begin with one for your website.',
        action: this.#renderCreateButton(),
      });
    }
    return html`${keyTable({
      keys,
      path: sectionPath(this.organizationId, 'api-keys'),
      reason: this.mayChange ? undefined : viewerReason,
      onSwitch: (key, enabled) => void this.#switch(key, enabled),
    })}
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
