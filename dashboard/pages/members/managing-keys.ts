import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { listKeys } from '../../api.ts';
import type { Key } from '../../../server/http/wire.ts';
import { failureBlock } from '../../components/failure-block.ts';
import { icon } from '../../components/icons.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { Resource } from '../../controllers/resource.ts';
import { saveKey } from '../../merge/save-key.ts';

const pageLength = 100;

/**
 * `<members-managing-keys>`: the pairs that a person made and that manage keys. They go on working when the person is gone, so
 * each can be disabled here. Nothing is drawn where there are none.
 *
 * @prop {string} organizationId
 * @prop {string} userId
 */
export class ManagingKeys extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) userId = '';
  @state() savingId: string | undefined;
  @state() failure: ApiError | undefined;
  readonly #keys = new Resource<readonly Key[]>(this, (signal) => this.#read(signal));

  protected override render(): TemplateResult | typeof nothing {
    const { value: keys, failure } = this.#keys;
    if (failure) return failureBlock(failure, () => void this.#keys.load());
    if (keys === undefined) return html`<p class="soft" role="status">Looking for keys that they made…</p>`;
    if (keys.length === 0) return nothing;
    return html`<div class="note warning">
      ${icon('warning')}
      <div class="stack tight managing-keys">
        <p>
          <b>These pairs can manage keys, and go on working.</b> Whoever has their secret can still make and change
          keys.
        </p>
        <ul>
          ${keys.map((key) => this.#renderKey(key))}
        </ul>
        ${this.failure ? failureBlock(this.failure) : nothing}
      </div>
    </div>`;
  }

  #renderKey(key: Key): TemplateResult {
    const { id, name, enabled, createdBy } = key;
    return html`<li class="row between">
      <span class="break">
        <b>${name}</b> ${createdBy === null ? html`<small class="soft">It is not known who made it.</small>` : nothing}
      </span>
      ${
        enabled
          ? html`<button
              class="button small"
              type="button"
              aria-label=${`Disable ${name}`}
              aria-busy=${this.savingId === id}
              @click=${() => void this.#disable(key)}
            >
              Disable
            </button>`
          : html`<span class="soft" role="status">Disabled</span>`
      }
    </li>`;
  }

  async #disable(key: Key): Promise<void> {
    if (this.savingId !== undefined) return;
    this.savingId = key.id;
    this.failure = undefined;
    try {
      const saved = (await saveKey(this.organizationId, key, { enabled: false })) ?? key;
      this.#keys.set((this.#keys.value ?? []).map((one) => (one.id === saved.id ? saved : one)));
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.savingId = undefined;
  }

  /** Of all keys: those that this person made, and those from before makers were recorded. */
  async #read(signal: AbortSignal): Promise<readonly Key[]> {
    const found: Key[] = [];
    for (let cursor: string | null = null; ;) {
      const { data, nextCursor } = await listKeys(this.organizationId, { limit: pageLength, cursor }, signal);
      found.push(
        ...data.filter(
          ({ scopes, createdBy }) =>
            scopes.includes('keys:manage') && (createdBy === null || createdBy.id === this.userId),
        ),
      );
      if (nextCursor === null) return found;
      cursor = nextCursor;
    }
  }
}
