import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { hostOf } from '../../../server/gate/domain-hint.ts';
import type { OriginUsage } from '../../../server/http/wire.ts';
import { askToConfirm } from '../../components/ask-to-confirm.ts';
import { plural } from '../../components/number-words.ts';
import { TimeLeft } from '../../components/time-left.ts';
import { exactTime } from '../../components/time-words.ts';
import { dayMs } from '../../../server/gate/clock.ts';
import { KeyPart } from './key-part.ts';

const hourMs = dayMs / 24;
const learningChoices = [
  ['1 hour', hourMs],
  ['1 day', dayMs],
  ['7 days', 7 * dayMs],
  ['14 days', 14 * dayMs],
] as const;
/** The server's clock may be a little behind: not a moment past its 14 days. */
const learningMaxMs = 14 * dayMs - 60_000;

/**
 * `<key-safety>`: refusing the secret from browsers, and learning mode with the origins that it let in.
 *
 * @prop {OriginUsage[]} seen - The origins of the last 30 days.
 *
 * @fires {CustomEvent<readonly string[]>} domains-wanted - Hosts that should be allowed domains.
 */
export class KeySafety extends KeyPart {
  static readonly elements = { 'ui-time-left': TimeLeft };
  @property({ attribute: false }) seen: readonly OriginUsage[] = [];
  /** Hosts that are ticked. */
  @state() chosen: readonly string[] = [];

  protected override render(): TemplateResult {
    return html`<section class="card stack" aria-labelledby="safety-heading">
        <h2 id="safety-heading">Secret in browsers</h2>
        ${this.#renderRefusal()}
      </section>
      <section class="card stack" aria-labelledby="learning-heading">
        <h2 id="learning-heading">Learning mode</h2>
        ${this.#renderLearning()} ${this.#renderLearned()}
      </section>`;
  }

  #renderRefusal(): TemplateResult {
    const { refuseSecretInBrowser } = this.key;
    return html`<div class="setting">
      <div>
        <p><b>Refuse this secret from browsers</b></p>
        <p class="hint">A page that sends the secret is refused. When off, it is let in, and you are told here.</p>
      </div>
      <ui-switch
        .checked=${refuseSecretInBrowser}
        .label=${'Refuse this secret from browsers'}
        .disabled=${!this.mayChange}
        .reason=${this.reason}
        @switch-change=${({ detail }: CustomEvent<boolean>) =>
          void this.changeAtOnce({
            patch: { refuseSecretInBrowser: detail },
            undo: { refuseSecretInBrowser: !detail },
            message: detail ? 'The secret is refused from browsers now.' : 'The secret is let in from browsers again.',
          })}
      ></ui-switch>
    </div>`;
  }

  get #learningUntil(): string | undefined {
    const { learningUntil } = this.key;
    return learningUntil !== null && Date.parse(learningUntil) > Date.now() ? learningUntil : undefined;
  }

  #renderLearning(): TemplateResult {
    const until = this.#learningUntil;
    if (until !== undefined) {
      return html`<div class="setting">
        <p>
          <b>On for <ui-time-left .at=${until} @time-over=${() => this.requestUpdate()}></ui-time-left> more.</b>
          <span class="soft">It ends by itself, ${exactTime(until)}.</span>
        </p>
        ${
          this.mayChange
            ? html`<button class="button small" type="button" @click=${() => this.#endLearning(until)}>
                End it now
              </button>`
            : nothing
        }
      </div>`;
    }
    return html`<p>
        For when you do not know which sites use the key: for some time, pages on every origin are let in and listed, so
        that you can tick those that are yours.
      </p>
      ${
        this.mayChange
          ? html`<div class="row" role="group" aria-label="Turn learning mode on">
              <span>Turn it on for</span>
              ${learningChoices.map(
                ([label, lengthMs]) =>
                  html`<button class="button small" type="button" @click=${() => void this.#learn(label, lengthMs)}>
                    ${label}
                  </button>`,
              )}
            </div>`
          : html`<p class="soft">It is off.</p>`
      }`;
  }

  /** Hosts that were let in although no allowed domain names them. */
  #renderLearned(): TemplateResult | typeof nothing {
    const learned = this.seen.filter(
      ({ origin, accepted, allowed }) => accepted > 0 && !allowed && origin !== this.key.secretSeenInBrowser?.origin,
    );
    if (learned.length === 0) {
      return this.#learningUntil === undefined ? nothing : html`<p class="soft">No unknown origin came yet.</p>`;
    }
    const chosen = this.chosen.filter((host) => learned.some(({ origin }) => hostOf(origin) === host));
    return html`<fieldset class="option-list" ?disabled=${!this.mayChange}>
        <legend>Let in, and not in the allowed domains</legend>
        ${learned.map(({ origin, accepted, lastSeenAt }) => {
          const host = hostOf(origin);
          return html`<label class="option">
            <input
              type="checkbox"
              .checked=${chosen.includes(host)}
              @change=${({ currentTarget }: Event) => this.#choose(host, (currentTarget as HTMLInputElement).checked)}
            />
            <span>
              <code>${origin}</code>
              <small class="soft">${plural(accepted, 'request')}, last <ui-time .at=${lastSeenAt}></ui-time></small>
            </span>
          </label>`;
        })}
      </fieldset>
      ${
        this.mayChange
          ? html`<button
              class="button"
              type="button"
              ?disabled=${chosen.length === 0}
              @click=${() => this.#add(chosen)}
            >
              ${chosen.length === 0 ? 'Tick the sites that are yours' : `Allow ${plural(chosen.length, 'domain')}`}
            </button>`
          : nothing
      }`;
  }

  #choose(host: string, isWanted: boolean): void {
    const others = this.chosen.filter((other) => other !== host);
    this.chosen = isWanted ? [...others, host] : others;
  }

  #add(hosts: readonly string[]): void {
    this.chosen = [];
    this.dispatchEvent(new CustomEvent('domains-wanted', { detail: hosts, bubbles: true }));
  }

  async #learn(label: string, lengthMs: number): Promise<void> {
    const isSure = await askToConfirm({
      heading: `Let every origin in for ${label}?`,
      content: html`<p>
        Until then any page that carries the public key can use it, whatever the allowed domains say. Credits are spent
        as usual.
      </p>`,
      confirmLabel: 'Turn learning mode on',
    });
    if (!isSure) return;
    const learningUntil = new Date(Date.now() + Math.min(lengthMs, learningMaxMs)).toISOString();
    await this.changeAtOnce({
      patch: { learningUntil },
      undo: { learningUntil: null },
      message: 'Learning mode is on: every origin is let in.',
    });
  }

  #endLearning(until: string): void {
    void this.changeAtOnce({
      patch: { learningUntil: null },
      undo: { learningUntil: until },
      message: 'Learning mode is off.',
    });
  }
}
