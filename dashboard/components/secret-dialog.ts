/**
 * Shows a new pair of keys, the only time that the secret is ever seen. Used after creation and after rotation.
 *
 *   static readonly elements = { 'ui-secret-dialog': SecretDialog };
 *
 *   <ui-secret-dialog
 *     .pair=${this.pair}                          undefined: closed
 *     .heading=${'Your new key'}
 *     .organizationId=${this.organizationId}      for the snippet's agent
 *     @secret-stored=${() => (this.pair = undefined)}
 *   ></ui-secret-dialog>
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { listAgents } from '../api.ts';
import type { Agent, PatternWarning } from '../../server/http/wire.ts';
import { LeaveGuard } from '../controllers/leave-guard.ts';
import { scriptTag } from '../install/script-tag.ts';
import { tagBlock } from '../install/tag-block.ts';
import { announce } from './announce.ts';
import { downloadFile } from './download-file.ts';
import { icon } from './icons.ts';
import { LightElement } from '../../ui/light-element.ts';

/** What `createKey` and `rotateKey` answer, as far as it is shown. */
export interface ShownPair {
  readonly name: string;
  readonly publicKey: string;
  readonly secretKey: string;
  readonly allowedDomains: readonly string[];
  /** What the server found odd about the domains. */
  readonly warnings?: readonly PatternWarning[];
  /** A sentence of the caller's: until when the previous secret works, say. */
  readonly note?: TemplateResult | string;
}

/**
 * `<ui-secret-dialog>`: the pair with copy buttons, a `.env` file, the warning, the script tag and a curl line. It can only
 * be closed after "I have stored it" is ticked: Escape does not close it, and leaving the page asks first.
 *
 * @prop {ShownPair | undefined} pair - Set it to show the dialog. Nothing of it is kept after it is unset.
 * @prop {string} heading
 * @prop {string} organizationId
 *
 * @fires secret-stored - The person is done: forget the pair.
 */
export class SecretDialog extends LightElement {
  @property({ attribute: false }) pair: ShownPair | undefined;
  @property({ attribute: false }) heading = 'Your new key';
  @property({ attribute: false }) organizationId = '';
  @state() isStored = false;
  @state() isReminded = false;
  /** The first public agent; null: there is none. Undefined: nobody knows. */
  @state() agent: Agent | null | undefined;

  constructor() {
    super();
    new LeaveGuard(this, () => this.pair !== undefined, 'The secret is shown this once. Store it before you leave.');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('focus', this.#lookAgain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('focus', this.#lookAgain);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('pair') || this.pair === undefined) return;
    this.isStored = false;
    this.isReminded = false;
    void this.#findAgent();
  }

  protected override render(): TemplateResult {
    const { pair } = this;
    return html`<ui-dialog
      .open=${pair !== undefined}
      .heading=${this.heading}
      .size=${'wide'}
      .holds=${true}
      .content=${pair && this.#renderContent(pair)}
      @dialog-held=${this.#remind}
    ></ui-dialog>`;
  }

  #renderContent(pair: ShownPair): TemplateResult {
    const { name, publicKey, secretKey, warnings = [], note } = pair;
    const environment = `POSTERN_PUBLIC_KEY=${publicKey}\nPOSTERN_SECRET_KEY=${secretKey}\n`;
    return html`<div class="stack">
      <div class="note warning">
        ${icon('warning')}
        <p><b>The secret is shown this once.</b> Postern keeps no copy that could be shown again: store it now.</p>
      </div>
      ${note === undefined ? nothing : html`<div class="prose soft">${note}</div>`}
      <div class="stack tight">
        ${line('Public key', 'May stand in a web page.', publicKey)}
        ${line('Secret key', 'Only for servers: never in a web page, an app or a repository.', secretKey)}
        <div class="row">
          <ui-copy-button .text=${`${publicKey}:${secretKey}`} what="the pair" .words=${'Copy pair'}></ui-copy-button>
          <button class="button small" type="button" @click=${() => downloadFile(fileName(name), environment)}>
            ${icon('download')} Download .env
          </button>
        </div>
      </div>
      ${
        warnings.length === 0
          ? nothing
          : html`<div class="note warning">
              ${icon('warning')}
              <div class="note-words">${warnings.map(({ message }) => html`<p>${message}</p>`)}</div>
            </div>`
      }
      ${this.#renderUse(pair)}
      <form class="secret-done" @submit=${this.#done}>
        <label class="check">
          <input
            type="checkbox"
            .checked=${this.isStored}
            aria-describedby="stored-reminder"
            @change=${({ currentTarget }: Event) => (this.isStored = (currentTarget as HTMLInputElement).checked)}
          />
          <span>I have stored the secret key</span>
        </label>
        <p id="stored-reminder" class="field-error">
          ${this.isReminded && !this.isStored ? 'Store the secret and tick this first: it can not be shown again.' : ''}
        </p>
        <button class="button primary" type="submit" ?disabled=${!this.isStored}>Done</button>
      </form>
    </div>`;
  }

  #renderUse({ publicKey, secretKey, allowedDomains }: ShownPair): TemplateResult {
    const { agent } = this;
    const tag = agent && scriptTag(location.origin, { key: publicKey, agent: agent.id });
    const command = `curl ${location.origin}/api/v1/key -H "Authorization: Bearer ${publicKey}:${secretKey}"`;
    return html`<details class="secret-use" open>
      <summary>Ready to paste</summary>
      <div class="stack">
        ${tagBlock({
          heading: 'Into your web page',
          organizationId: this.organizationId,
          tag,
          content: html`<p class="hint">
            ${agent ? `The chat answers as ${agent.name}.` : nothing}
            ${agent === undefined ? 'The key’s page has the tag, for any of your agents.' : nothing}
            ${
              allowedDomains.length === 0
                ? 'This key has no allowed domains yet, so no page may use it: only a server with the secret.'
                : nothing
            }
          </p>`,
        })}
        <div class="stack tight">
          <div class="row between">
            <h3>Into a terminal</h3>
            <ui-copy-button .text=${command} what="the command"></ui-copy-button>
          </div>
          <pre tabindex="0" aria-label="Command"><code>${command}</code></pre>
        </div>
      </div>
    </details>`;
  }

  /** That they can't be read is no reason to show an error beside a secret. */
  async #findAgent(): Promise<void> {
    const agents = await listAgents(this.organizationId, { limit: 100 }).catch(() => undefined);
    this.agent = agents && (agents.data.find((agent) => agent.public) ?? null);
  }

  /** An agent may have been made in another tab. */
  readonly #lookAgain = (): void => {
    if (this.pair !== undefined && !this.agent) void this.#findAgent();
  };

  readonly #remind = (): void => {
    this.isReminded = true;
    announce('Store the secret and tick "I have stored the secret key" first: it can not be shown again.');
    this.querySelector<HTMLElement>('.secret-done input')?.focus();
  };

  readonly #done = (event: SubmitEvent): void => {
    event.preventDefault();
    if (this.isStored) this.dispatchEvent(new CustomEvent('secret-stored'));
  };
}

function line(label: string, hint: string, text: string): TemplateResult {
  return html`<div class="secret-line">
    <div class="row between">
      <h3>${label}</h3>
      <ui-copy-button .text=${text} what=${`the ${label.toLowerCase()}`}></ui-copy-button>
    </div>
    <code class="secret-text">${text}</code>
    <p class="hint">${hint}</p>
  </div>`;
}

function fileName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${plain === '' ? 'postern' : plain.slice(0, 40)}.env`;
}
