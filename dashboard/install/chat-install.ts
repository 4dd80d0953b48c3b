import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { listAgents, listKeys, readPinnedWidget } from '../api.ts';
import type { Agent, Key, PinnedWidget } from '../../server/http/wire.ts';
import { choice } from '../components/choice.ts';
import { failureBlock } from '../components/failure-block.ts';
import { Resource } from '../controllers/resource.ts';
import { sectionPath } from '../route.ts';
import { LightElement } from '../../ui/light-element.ts';
import { mayStandInPage } from './browser-keys.ts';
import { ChatFrame, viewerWords } from './chat-frame.ts';
import { looksFields } from './looks-fields.ts';
import { optionsOf, usualLooks, type Looks } from './looks.ts';
import { tagBlock } from './tag-block.ts';
import { policyFor, ways } from './ways.ts';

interface Offered {
  readonly keys: readonly Key[];
  readonly agents: readonly Agent[];
  /** Undefined: the server has no file that never changes. */
  readonly pinned: PinnedWidget | undefined;
}

/**
 * `<chat-install>`: from a key and an agent to a tag: how the chat looks, shown at once in the real widget, and what to paste
 * where. Nothing of it is saved: it is all in the tag.
 *
 * @prop {string} organizationId
 * @prop {Key | undefined} key - The key to begin with; undefined: any.
 * @prop {Agent | undefined} agent - The agent to begin with, a public one; undefined: any.
 * @prop {boolean} mayChange - Who may not, can't ask the agent in the preview.
 */
export class ChatInstall extends LightElement {
  static readonly elements = { 'chat-frame': ChatFrame };
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) key: Key | undefined;
  @property({ attribute: false }) agent: Agent | undefined;
  @property({ attribute: false }) mayChange = false;
  /** What the person chose instead. */
  @state() keyId: string | undefined;
  @state() agentId: string | undefined;
  @state() looks: Looks = usualLooks;
  @state() wayId = 'html';
  @state() isPinned = false;
  readonly #offered = new Resource<Offered>(this, (signal) => this.#read(signal), { refreshEveryMs: 60_000 });

  protected override render(): TemplateResult {
    const { value, failure } = this.#offered;
    return html`<section class="card stack install" aria-labelledby="install-heading">
      <h2 id="install-heading">Install</h2>
      ${value ? this.#renderOffered(value) : failure ? failureBlock(failure, () => void this.#offered.load()) : nothing}
    </section>`;
  }

  #renderOffered({ pinned, ...offered }: Offered): TemplateResult {
    const keys = withFirst(this.key, offered.keys).filter(mayStandInPage);
    const agents = withFirst(this.agent, offered.agents).filter((one) => one.public);
    const key = chosenOf(keys, this.keyId ?? this.key?.id);
    const agent = chosenOf(agents, this.agentId ?? this.agent?.id);
    return html`<div class="install-columns">
        <div class="stack">
          <div class="install-pair">
            ${chooser('install-key', 'Key', keys, key, (id) => (this.keyId = id))}
            ${chooser('install-agent', 'Agent that answers', agents, agent, (id) => (this.agentId = id))}
          </div>
          ${key ? nothing : this.#renderNoKey(keys)} ${looksFields(this.looks, (change) => this.#change(change))}
        </div>
        ${this.#renderPreview(agent)}
      </div>
      ${this.#renderTag(key, agent, agents, pinned)}`;
  }

  #renderNoKey(keys: readonly Key[]): TemplateResult {
    return html`<p class="hint">
      ${
        keys.length === 0
          ? html`No key can be used in a page: one that is enabled, has a domain, and may read agents and write
              messages. <a href=${sectionPath(this.organizationId, 'api-keys')}>API keys</a>`
          : 'This key can’t be used in a page as it is: it must be enabled, have a domain, and may read agents and write messages.'
      }
    </p>`;
  }

  #renderPreview(agent: Agent | undefined): TemplateResult | typeof nothing {
    if (!agent) return nothing;
    return html`<div class="install-preview">
      <div class="install-screen">
        <chat-frame
          .organizationId=${this.organizationId}
          .agentId=${agent.id}
          .agent=${agent}
          .readOnly=${!this.mayChange}
          .looks=${this.looks}
        ></chat-frame>
      </div>
      ${this.mayChange ? nothing : html`<p class="hint">${viewerWords}</p>`}
      <p class="hint">
        The real chat, without a key or a credit. It says of itself what the agent’s “What visitors are told” says.
      </p>
    </div>`;
  }

  #renderTag(
    key: Key | undefined,
    agent: Agent | undefined,
    agents: readonly Agent[],
    pinned: PinnedWidget | undefined,
  ): TemplateResult {
    const way = ways.find(({ id }) => id === this.wayId) ?? ways[0];
    if (!way) throw new Error('There is a way.');
    const options = { key: key?.publicKey ?? '', agent: agent?.id ?? '', ...optionsOf(this.looks) };
    const file = this.isPinned && way.isEvergreen !== true ? pinned : undefined;
    const tag = key && agent && way.write(location.origin, options, file);
    const policy = policyFor(location.origin, options);
    return html`<div class="stack tight">
      ${choice({
        name: 'install-way',
        legend: 'Made with',
        value: way.id,
        options: ways.map(({ id, name }) => ({ value: id, words: name })),
        choose: (id) => (this.wayId = id),
      })}
      ${
        pinned && way.isEvergreen !== true
          ? html`${choice({
                name: 'install-version',
                legend: 'Version of the chat',
                value: this.isPinned ? 'pinned' : 'newest',
                options: [
                  { value: 'pinned', words: 'Pinned, with integrity' },
                  { value: 'newest', words: 'The server’s own' },
                ],
                choose: (version) => (this.isPinned = version === 'pinned'),
              })}
              <p class="hint">
                ${
                  this.isPinned
                    ? 'Browsers run this very version and nothing else. After an update of the server the chat is gone from the page until the tag is copied again.'
                    : 'The chat is always the version that the server has: an update of the server needs no new tag.'
                }
              </p>`
          : nothing
      }
      ${tagBlock({
        heading: 'The tag',
        organizationId: this.organizationId,
        tag: agents.length === 0 ? null : tag,
        content: html`<p class="hint">${way.where}</p>`,
      })}
      <div class="row between">
        <h3>For a Content Security Policy</h3>
        <ui-copy-button .text=${policy} what="the policy"></ui-copy-button>
      </div>
      <pre tabindex="0" aria-label="Content Security Policy"><code>${policy}</code></pre>
    </div>`;
  }

  #change(change: Partial<Looks>): void {
    this.looks = { ...this.looks, ...change };
  }

  async #read(signal: AbortSignal): Promise<Offered> {
    const [keys, agents, pinned] = await Promise.all([
      listKeys(this.organizationId, { limit: 100 }, signal),
      listAgents(this.organizationId, { limit: 100 }, signal),
      readPinnedWidget(signal).catch(() => undefined),
    ]);
    return { keys: keys.data, agents: agents.data, pinned };
  }
}

/** The one that the page has is newer than the list, and may not be among the first that were read. */
function withFirst<One extends { readonly id: string }>(first: One | undefined, all: readonly One[]): readonly One[] {
  return first ? [first, ...all.filter(({ id }) => id !== first.id)] : all;
}

function chosenOf<One extends { readonly id: string }>(all: readonly One[], id: string | undefined): One | undefined {
  return id === undefined ? all[0] : all.find((one) => one.id === id);
}

function chooser(
  id: string,
  label: string,
  offered: readonly { readonly id: string; readonly name: string }[],
  chosen: { readonly id: string } | undefined,
  choose: (id: string) => void,
): TemplateResult {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select
      id=${id}
      ?disabled=${offered.length === 0}
      @change=${({ currentTarget }: Event) => choose((currentTarget as HTMLSelectElement).value)}
    >
      ${chosen ? nothing : html`<option value="" selected>None that fits</option>`}
      ${offered.map((one) => html`<option value=${one.id} ?selected=${one.id === chosen?.id}>${one.name}</option>`)}
    </select>
  </div>`;
}
