import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { listAgents } from '../../api.ts';
import type { Agent, Key } from '../../../server/http/wire.ts';
import { announce } from '../../components/announce.ts';
import { icon } from '../../components/icons.ts';
import { mayStandInPage } from '../../install/browser-keys.ts';
import { scriptTag } from '../../install/script-tag.ts';
import { tagBlock } from '../../install/tag-block.ts';
import { sectionPath } from '../../route.ts';
import { LightElement } from '../../../ui/light-element.ts';
import { findInstallation, type Installation } from './find-installation.ts';

/** The first pause between two looks, how much longer each is than the one before, and the longest. */
const pauseMs = { first: 2_000, growth: 1.4, longest: 60_000 };

/**
 * `<first-steps>`: what is left to do until a chat answers on somebody's page: agent, key, tag, and the wait for the first
 * page, which ends by itself. It looks often at first and then ever less, and only while it is seen. Once a page was seen, or
 * when the person closes it, it is gone: this browser remembers that for each organization and person.
 *
 * @prop {string} organizationId
 * @prop {string} userId
 * @prop {readonly Key[] | undefined} keys - Undefined: not known yet.
 *
 * @fires key-wanted - The person wants to create a key.
 */
export class FirstSteps extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) userId = '';
  @property({ attribute: false }) keys: readonly Key[] | undefined;
  /** Null: no agent is public. */
  @state() agent: Agent | null | undefined;
  @state() found: Installation | undefined;
  @state() isOver = false;
  /** A page came while the card was there. */
  @state() isFresh = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseMs = pauseMs.first;
  #looking = new AbortController();
  #candidates: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.isOver = isRemembered(this.#memory);
    document.addEventListener('visibilitychange', this.#lookNow);
    addEventListener('focus', this.#lookNow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#rest();
    document.removeEventListener('visibilitychange', this.#lookNow);
    removeEventListener('focus', this.#lookNow);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('keys') || this.keys === undefined) return;
    const candidates = this.#usable.map(({ id }) => id).join(' ');
    if (candidates === this.#candidates) return;
    this.#candidates = candidates;
    this.#lookNow();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { agent, found, keys } = this;
    if (this.isOver || agent === undefined || found === undefined || keys === undefined) return nothing;
    const [key] = this.#usable;
    const isReady = agent !== null && key !== undefined;
    const seen = this.isFresh ? found.seen : undefined;
    return html`<section class="card first-steps" aria-labelledby="steps-heading">
      <div class="card-head">
        <h2 id="steps-heading">From here to a chat on your page</h2>
        <button
          class="icon-button"
          type="button"
          aria-label="Close these steps"
          title="Close these steps"
          @click=${this.#end}
        >
          ${icon('cross')}
        </button>
      </div>
      <ol>
        ${step('An agent that answers', agent !== null, agent?.name ?? this.#renderAgentStep())}
        ${step('A key for your website', key !== undefined, key?.name ?? this.#renderKeyStep(), agent !== null)}
        ${step('The tag on your page', seen !== undefined, isReady && !seen ? this.#renderTagStep(agent, key) : '', isReady)}
        ${step('The first page', seen !== undefined, isReady ? this.#renderWait() : '', isReady)}
      </ol>
    </section>`;
  }

  get #usable(): readonly Key[] {
    return this.keys?.filter(mayStandInPage) ?? [];
  }

  get #memory(): string {
    return `postern-first-steps:${this.organizationId}:${this.userId}`;
  }

  #renderAgentStep(): TemplateResult {
    return html`<p>It answers from questions and answers that you write, or by a language model.</p>
      <a class="button primary" href=${`${sectionPath(this.organizationId, 'agents')}/new`}>Create an agent</a>`;
  }

  #renderKeyStep(): TemplateResult {
    return html`<p>
        ${
          this.keys?.length === 0
            ? 'It says on which domains the chat may stand.'
            : 'None of your keys can be used in a page: one that is enabled, has a domain, and may read agents and write messages.'
        }
      </p>
      <button
        class=${this.agent ? 'button primary' : 'button'}
        type="button"
        @click=${() => this.dispatchEvent(new CustomEvent('key-wanted'))}
      >
        Create a key
      </button>`;
  }

  #renderTagStep(agent: Agent, key: Key): TemplateResult {
    return html`<p>
        Put it into your page’s HTML. It works on ${key.allowedDomains.join(', ') || 'any page while the key learns'}.
      </p>
      ${tagBlock({
        heading: `With the key ${key.name}`,
        organizationId: this.organizationId,
        tag: scriptTag(location.origin, { key: key.publicKey, agent: agent.id }),
      })}`;
  }

  #renderWait(): TemplateResult {
    const { seen, refused } = this.found ?? {};
    return html`<div>
        ${
          seen
            ? html`<p class="steps-seen">
                Seen on <b class="break">${seen.origin}</b> <ui-time at=${seen.lastSeenAt}></ui-time>: the chat opened.
              </p>`
            : html`<p class="steps-wait">Waiting for the first page… Open yours, and open the chat on it.</p>`
        }
        ${
          !seen && refused
            ? html`<p class="field-error">
                <b class="break">${refused.origin}</b> asked and was refused: the key ${refused.key.name} does not allow
                it.
                <a href=${`${sectionPath(this.organizationId, 'api-keys')}/${refused.key.id}`}>Its domains</a>
              </p>`
            : nothing
        }
      </div>
      ${seen ? html`<button class="button primary" type="button" @click=${this.#end}>Done</button>` : nothing}`;
  }

  readonly #lookNow = (): void => {
    this.#pauseMs = pauseMs.first;
    void this.#look();
  };

  async #look(): Promise<void> {
    this.#rest();
    const isSeen = this.isConnected && document.visibilityState === 'visible';
    if (!isSeen || this.isOver || this.isFresh || this.keys === undefined) return;
    const { signal } = (this.#looking = new AbortController());
    try {
      const [agent, found] = await Promise.all([
        this.agent ?? findPublicAgent(this.organizationId, signal),
        findInstallation(this.organizationId, this.#usable, signal),
      ]);
      if (signal.aborted) return;
      this.#take(agent, found);
    } catch {
      // The list below says what is wrong with the server; this card looks again.
      if (signal.aborted) return;
    }
    this.#timer = setTimeout(() => void this.#look(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * pauseMs.growth, pauseMs.longest);
  }

  #take(agent: Agent | null, found: Installation): void {
    // A page that was there before the card was: there is nothing left to show.
    if (found.seen && agent && this.found === undefined) return this.#end();
    if (found.seen && agent) {
      this.isFresh = true;
      remember(this.#memory);
      announce(`Seen on ${found.seen.origin}: the chat opened.`);
    }
    this.agent = agent;
    this.found = found;
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#looking.abort();
  }

  readonly #end = (): void => {
    this.isOver = true;
    this.#rest();
    remember(this.#memory);
  };
}

function step(name: string, isDone: boolean, content: TemplateResult | string, isNext = true): TemplateResult {
  const state = isDone ? 'done' : isNext ? 'next' : 'later';
  return html`<li class=${state} aria-current=${state === 'next' ? 'step' : nothing}>
    <span class="step-mark">${isDone ? icon('check') : nothing}</span>
    <div class="stack tight">
      <h3>${name}${isDone ? html`<span class="unseen">, done</span>` : nothing}</h3>
      ${content === '' ? nothing : content}
    </div>
  </li>`;
}

async function findPublicAgent(organizationId: string, signal: AbortSignal): Promise<Agent | null> {
  const { data } = await listAgents(organizationId, { limit: 100 }, signal);
  return data.find((agent) => agent.public) ?? null;
}

function isRemembered(name: string): boolean {
  try {
    return localStorage.getItem(name) !== null;
  } catch {
    return false;
  }
}

/** A browser that keeps nothing shows the card again. */
function remember(name: string): void {
  try {
    localStorage.setItem(name, 'over');
  } catch {
    // See above.
  }
}
