import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { builtInScopes, type Scope } from '../../../server/gate/scope.ts';
import type { Key, KeyPatch } from '../../../server/http/wire.ts';
import { badge } from '../../components/badge.ts';
import { field } from '../../components/field.ts';
import { dayMs } from '../../../server/gate/clock.ts';
import { toLocalInput } from '../../local-time.ts';
import { KeyDraftPart } from './key-draft-part.ts';
import { needsSecret, scopeWords } from './scope-words.ts';
import {
  problemsOf,
  rateLimitMax,
  toDraft,
  toPatch,
  type DraftProblems,
  type SettingsDraft,
} from './settings-draft.ts';

const expiryChoices = [
  ['30 days', 30],
  ['90 days', 90],
  ['1 year', 365],
] as const;
const placed = ['expiresAt', 'scopes', 'rateLimit'];

/** `<key-settings>`: expiry, scopes and rate limit. */
export class KeySettings extends KeyDraftPart<SettingsDraft> {
  protected override readonly savedWords = 'Limits saved.';

  protected override draftOf(key: Key): SettingsDraft {
    return toDraft(key);
  }

  protected override patchOf(draft: SettingsDraft, key: Key): KeyPatch {
    return toPatch(draft, key);
  }

  protected override problemsOf(draft: SettingsDraft, patch: KeyPatch): DraftProblems {
    return {
      ...problemsOf(draft, patch, Date.now()),
      ...(this.#expiryField?.validity.badInput && { expiry: 'Complete the day and the time, or choose Never.' }),
    };
  }

  protected override render(): TemplateResult {
    const draft = this.shown;
    return html`<section class="card" aria-labelledby="settings-heading">
      <form class="stack" novalidate @submit=${this.save}>
        <div>
          <h2 id="settings-heading">Limits</h2>
          ${this.mayChange ? nothing : html`<p class="soft">${this.reason}</p>`}
        </div>
        ${this.#renderExpiry(draft)} ${this.#renderScopes(draft)} ${this.#renderRateLimit(draft)}
        ${this.renderEnd('Save limits', placed)}
      </form>
    </section>`;
  }

  #renderExpiry(draft: SettingsDraft): TemplateResult {
    return html`<div class="stack tight">
      ${field({
        id: 'key-expiry',
        label: 'Expires',
        hint: 'At that time its requests begin to be refused. Times are those of your own clock.',
        error: this.problems.expiry ?? this.failure?.problemAt('expiresAt'),
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            class="expiry"
            type="datetime-local"
            min=${toLocalInput(new Date().toISOString())}
            ?disabled=${!this.mayChange}
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(draft.expiry)}
            @input=${({ currentTarget }: InputEvent) => this.edit({ expiry: (currentTarget as HTMLInputElement).value })}
          />`,
      })}
      ${
        this.mayChange
          ? html`<div class="row">
              ${expiryChoices.map(
                ([label, days]) =>
                  html`<button class="button small" type="button" @click=${() => this.#expireIn(days)}>
                    In ${label}
                  </button>`,
              )}
              <button class="button small" type="button" ?disabled=${draft.expiry === ''} @click=${this.#neverExpire}>
                Never
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }

  #renderScopes(draft: SettingsDraft): TemplateResult {
    return html`<fieldset class="option-list" ?disabled=${!this.mayChange}>
      <legend>What it may do</legend>
      ${builtInScopes.map(
        (scope) =>
          html`<label class="option">
            <input
              type="checkbox"
              .checked=${live(draft.scopes.includes(scope))}
              @change=${({ currentTarget }: Event) => this.#setScope(scope, (currentTarget as HTMLInputElement).checked)}
            />
            <span>
              <code>${scope}</code> ${needsSecret(scope) ? badge('neutral', 'with the secret only') : nothing}
              <small class="soft">${scopeWords[scope]}</small>
            </span>
          </label>`,
      )}
      ${draft.scopes.length === 0 ? html`<p class="hint warning-words">Without any, it may only read about itself.</p>` : nothing}
      <p class="field-error" role="alert">${this.failure?.problemAt('scopes') ?? ''}</p>
    </fieldset>`;
  }

  #renderRateLimit(draft: SettingsDraft): TemplateResult {
    const number = (name: 'requests' | 'windowSeconds', label: string): TemplateResult =>
      field({
        id: `rate-${name}`,
        label,
        error: this.problems[name],
        control: ({ id, describedBy, invalid }) =>
          html`<input
            id=${id}
            type="number"
            inputmode="numeric"
            min="1"
            max=${rateLimitMax[name]}
            step="1"
            ?disabled=${!this.mayChange}
            aria-describedby=${describedBy}
            aria-invalid=${invalid}
            .value=${live(draft[name])}
            @input=${({ currentTarget }: InputEvent) => this.edit({ [name]: (currentTarget as HTMLInputElement).value })}
          />`,
      });
    return html`<fieldset class="option-list">
      <legend>Rate limit</legend>
      <label class="check">
        <input
          type="checkbox"
          ?disabled=${!this.mayChange}
          .checked=${live(draft.isLimited)}
          @change=${({ currentTarget }: Event) => this.edit({ isLimited: (currentTarget as HTMLInputElement).checked })}
        />
        <span>Limit all requests of this key together</span>
      </label>
      ${
        draft.isLimited
          ? html`<div class="rate">${number('requests', 'Requests')} ${number('windowSeconds', 'in seconds')}</div>`
          : html`<p class="hint">Only the limits of the server count: for each visitor’s address, say.</p>`
      }
      <p class="field-error" role="alert">${this.failure?.problemAt('rateLimit') ?? ''}</p>
    </fieldset>`;
  }

  get #expiryField(): HTMLInputElement | null {
    return this.querySelector('#key-expiry');
  }

  /** A date that is typed halfway counts as none, and would stay in the field. */
  readonly #neverExpire = (): void => {
    if (this.#expiryField) this.#expiryField.value = '';
    this.edit({ expiry: '' });
  };

  #expireIn(days: number): void {
    this.edit({ expiry: toLocalInput(new Date(Date.now() + days * dayMs).toISOString()) });
  }

  #setScope(scope: Scope, isWanted: boolean): void {
    const others = this.shown.scopes.filter((other) => other !== scope);
    this.edit({ scopes: isWanted ? [...others, scope] : others });
  }
}
