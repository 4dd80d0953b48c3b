import { html, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { toApiError } from '../../ui/api-error.ts';
import { LightElement } from '../../ui/light-element.ts';
import { previewAgent } from '../api.ts';
import type { PublicAgent, Reply } from '../../server/http/wire.ts';
import type { Looks } from './looks.ts';
import { optionsOf } from './looks.ts';

/** What an agent says of itself, saved or not. */
export type ShownAgent = Pick<PublicAgent, 'name' | 'greeting' | 'suggestions' | 'disclosure' | 'disclosureText'>;

/** What the widget's element has, as far as it is used here. */
type Chat = HTMLElement & { reset(): void };

/** Why a viewer has nothing to write in. */
export const viewerWords = 'Members can ask it here; you are a viewer.';

/** What the tag says by attributes of the element. */
const attributes = ['label', 'avatar', 'greeting', 'lang', 'position', 'theme'];

/**
 * `<chat-frame>`: the real widget in a frame of this server, called with no key: what it asks for is answered here, the agent
 * as it is on the screen, and its replies by the person's own session, which costs no credit and keeps no conversation.
 *
 * @prop {string} organizationId
 * @prop {string | undefined} agentId - Whose answers are shown; undefined: it is not saved yet, and answers nothing.
 * @prop {ShownAgent} agent
 * @prop {boolean} readOnly - There is nothing to write in and nothing to tap.
 * @prop {Looks | undefined} looks - Floating with these looks; undefined: a part of its page, always open.
 *
 * @fires {CustomEvent<Reply>} chat-answer - A reply came.
 */
export class ChatFrame extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) agentId: string | undefined;
  @property({ attribute: false }) agent: ShownAgent | undefined;
  @property({ attribute: false }) looks: Looks | undefined;
  @property({ attribute: false }) readOnly = false;
  #chat: Chat | undefined;
  #shown = '';
  #begins = 0;

  protected override render(): TemplateResult {
    return html`<iframe
      class="chat-frame"
      title=${`Chat with ${this.agent?.name ?? 'the agent'}`}
      src="/widget-preview"
      loading="lazy"
      @load=${({ currentTarget }: Event) => void this.#begin(currentTarget as HTMLIFrameElement)}
    ></iframe>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('looks')) this.#dress();
    if (changed.has('agent') || changed.has('agentId')) this.#beginAnew();
  }

  /**
   * As a part of its page, the chat is open however narrow the frame is, and does not take the focus away from the form. The
   * page in the frame is this server's own, so it can be reached from here.
   */
  async #begin({ contentDocument, contentWindow }: HTMLIFrameElement): Promise<void> {
    const chat = contentDocument?.querySelector<Chat>('postern-chat');
    if (!contentDocument || !contentWindow || !chat) return;
    const realm = contentWindow as Window & typeof globalThis;
    const realFetch = realm.fetch.bind(realm);
    realm.fetch = (input, init) => {
      const { pathname } = new URL(input instanceof realm.Request ? input.url : input, location.origin);
      return pathname.startsWith('/api/v1/') ? this.#answer(pathname, init) : realFetch(input, init);
    };
    if (this.readOnly) {
      const sheet = new realm.CSSStyleSheet();
      sheet.replaceSync('postern-chat::part(composer), postern-chat::part(suggestion) { display: none }');
      contentDocument.adoptedStyleSheets = [sheet];
    }
    if (!this.looks) {
      contentDocument.body.style.setProperty('margin', '0');
      chat.style.setProperty('height', '100dvh');
      chat.setAttribute('inline', '');
    }
    await contentWindow.customElements.whenDefined('postern-chat');
    this.#chat = chat;
    chat.reset();
    this.#dress();
    if (this.looks) chat.setAttribute('open', '');
  }

  #dress(): void {
    const { looks } = this;
    if (!looks || !this.#chat) return;
    const options = optionsOf({ ...looks, greeting: looks.greeting.replace(/^\s*\/\S* /, '') });
    for (const name of attributes) {
      if (options[name] === undefined) this.#chat.removeAttribute(name);
      else this.#chat.setAttribute(name, options[name]);
    }
    this.#chat.style.setProperty('--postern-accent', options.accent ?? '');
  }

  /** Another agent is read anew: here it is the same one under another name. */
  #beginAnew(): void {
    const shown = JSON.stringify([this.agentId, this.agent]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#begins += 1;
    this.#chat?.setAttribute('agent', `agt_preview${this.#begins}`);
    this.#chat?.reset();
  }

  async #answer(pathname: string, init: RequestInit | undefined): Promise<Response> {
    // Nothing is kept here: there is nothing to rate and nothing to delete.
    if (init?.method === 'PUT' || init?.method === 'DELETE') return new Response(null, { status: 204 });
    if (pathname.endsWith('/messages')) return this.#reply(init?.body);
    return pathname.startsWith('/api/v1/agents/') ? Response.json(this.agent) : problem(404, 'not_found');
  }

  async #reply(body: unknown): Promise<Response> {
    if (this.agentId === undefined) return problem(404, 'not_found');
    try {
      const { message } = JSON.parse(String(body)) as { readonly message: string };
      const reply = await previewAgent(this.organizationId, this.agentId, message);
      this.dispatchEvent(new CustomEvent<Reply>('chat-answer', { detail: reply }));
      return Response.json(reply);
    } catch (error) {
      const { status, code, retryAfterSeconds } = toApiError(error);
      return problem(status === 0 ? 503 : status, code, retryAfterSeconds);
    }
  }
}

function problem(status: number, code: string, retryAfterSeconds?: number): Response {
  const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
  return Response.json({ code, status }, { status, ...(headers && { headers }) });
}
