/** The inside of the chat as templates: from what is so (`PanelView`) to what is seen. Decides nothing, remembers nothing. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Agent } from './answer.ts';
import { createMessage, type ChatMessage } from './chat-message.ts';
import type { Trouble } from './conversation.ts';
import { behaviours } from './failure.ts';
import { body, type Formatter } from './formatter.ts';
import type { Words } from './i18n/messages.ts';
import { icons } from './icons.ts';
import { unlessSame } from './unless-same.ts';

export interface PanelView {
  readonly words: Words;
  readonly name: string;
  /** Address of a picture; '': there is none. */
  readonly avatar: string;
  /** Instead of the agent's. */
  readonly greeting: string | undefined;
  readonly agent: Agent | undefined;
  readonly messages: readonly ChatMessage[];
  readonly earlier: readonly (readonly ChatMessage[])[];
  readonly trouble: Trouble | undefined;
  readonly isAnswering: boolean;
  readonly isRefused: boolean;
  readonly hasDraft: boolean;
  /** By how many characters the draft is too long. */
  readonly tooMany: number;
  readonly isScrolledUp: boolean;
  readonly isInline: boolean;
  readonly waitSeconds: number;
  readonly formatter: Formatter;
  /** Above the composer, before the first message. */
  readonly consent: string;
}

export interface PanelActions {
  readonly close: () => void;
  readonly startAnew: () => void;
  readonly ask: (text: string) => void;
  readonly submit: () => void;
  readonly stop: () => void;
  readonly solve: () => void;
  readonly toLatest: () => void;
  readonly scrolled: () => void;
  readonly typed: () => void;
  readonly pressed: (event: KeyboardEvent) => void;
  /** The picture can't be fetched. */
  readonly lostAvatar: () => void;
}

export function renderPanel(view: PanelView, actions: PanelActions): TemplateResult {
  return html`${renderHeader(view, actions)}
    <div class="middle">
      <div
        class="log"
        part="log"
        role="region"
        aria-label=${view.words.history}
        tabindex="0"
        @scroll=${actions.scrolled}
      >
        <div>
          ${renderDisclosure(view, 'disclosure')}
          <ol class="messages">
            ${renderGreeting(view)} ${renderEarlier(view, view.earlier)} ${renderMessages(view, view.messages)}
            ${view.isAnswering && view.messages.at(-1)?.role === 'user' ? renderTyping(view) : nothing}
          </ol>
          ${renderTrouble(view, actions)} ${renderSuggestions(view, actions)}
          <div class="foot"></div>
        </div>
      </div>
      ${
        view.isScrolledUp
          ? html`<button class="icon latest" part="latest" aria-label=${view.words.latest} @click=${actions.toLatest}>
              ${icons.down}
            </button>`
          : nothing
      }
    </div>
    ${view.messages.length > 0 ? nothing : renderLine(view.consent, 'consent')} ${renderComposer(view, actions)}
    ${renderDisclosure(view, 'caution')}
    <slot name="footer"></slot>
    <div class="unseen announcer" role="status"></div>`;
}

/** Said until the agent is known to do without: nobody writes before they were told. */
function renderDisclosure({ agent, words }: PanelView, place: 'disclosure' | 'caution') {
  return renderLine(agent?.disclosure ?? words[place], place);
}

function renderLine(text: string, place: string) {
  return text ? html`<p class="disclosure" id=${place} part="disclosure" dir="auto">${text}</p>` : nothing;
}

function renderGreeting(view: PanelView) {
  const text = view.agent && (view.greeting ?? view.agent.greeting);
  return text ? renderMessage(view, createMessage({ id: 'greeting', role: 'agent', text, isWhole: true })) : nothing;
}

function renderHeader({ words, name, avatar, isInline, messages, isAnswering }: PanelView, actions: PanelActions) {
  const iconButton = (label: string, part: string, icon: TemplateResult, action: () => void) =>
    html`<button class="icon" part=${part} aria-label=${label} title=${label} @click=${action}>${icon}</button>`;
  return html`<header part="header">
    <slot name="header">
      ${
        avatar
          ? html`<img
              class="avatar"
              part="avatar"
              alt=""
              referrerpolicy="no-referrer"
              @error=${actions.lostAvatar}
              .src=${avatar}
            />`
          : html`<span class="avatar" part="avatar" aria-hidden="true">${Array.from(name)[0]}</span>`
      }
    </slot>
    <h2 class="title" part="title">${name}</h2>
    ${
      messages.length > 0 || isAnswering
        ? iconButton(words.newConversation, 'new', icons.fresh, actions.startAnew)
        : nothing
    }
    ${isInline ? nothing : iconButton(words.close, 'close', icons.close, actions.close)}
  </header>`;
}

/** Each page stands inside the one that follows it, so that what is drawn stays drawn when an earlier one comes. */
function renderEarlier(view: PanelView, [page, ...before]: PanelView['earlier']): unknown {
  return page ? html`${renderEarlier(view, before)}${renderMessages(view, page)}` : nothing;
}

function renderMessages(view: PanelView, messages: readonly ChatMessage[]) {
  return messages.map((message) =>
    unlessSame([message, view.words, view.name, view.formatter.richText], () => renderMessage(view, message)),
  );
}

function renderMessage({ words, name, formatter }: PanelView, message: ChatMessage) {
  const isUser = message.role === 'user';
  const speaker = `${isUser ? words.you : name}:`;
  // No part stands among nodes here: each would leave a comment in the document.
  return html`<li class=${`message ${message.role}`} part=${`message ${message.role}-message`}>
    <span class="unseen" .textContent=${speaker}></span>
    ${
      isUser
        ? html`<div class="body" dir="auto" .textContent=${message.text}></div>`
        : html`<div class="body" ${body(message, words, formatter)}></div>`
    }
  </li>`;
}

function renderTyping({ words }: PanelView) {
  return html`<li class="message typing" part="typing">
    <span class="unseen">${words.writing}</span><i></i><i></i><i></i>
  </li>`;
}

/** The agent's at the start; later those that the newest reply offers because it is no answer. */
function renderSuggestions({ agent, words, messages, trouble }: PanelView, actions: PanelActions) {
  const { suggestions = [] } = messages.at(-1) ?? agent ?? {};
  if (suggestions.length === 0 || trouble) return nothing;
  return html`<ul class="suggestions" aria-label=${words.suggestions}>
    ${suggestions.map(
      (text) =>
        html`<li>
          <button class="pill" part="suggestion" dir="auto" @click=${() => actions.ask(text)}>${text}</button>
        </li>`,
    )}
  </ul>`;
}

/** The sentence alone is the alert: a countdown inside it would be read out every second. */
function renderTrouble({ trouble, words, waitSeconds }: PanelView, actions: PanelActions) {
  if (!trouble) return nothing;
  const { sentence, action } = behaviours[trouble.code];
  const isWaiting = waitSeconds > 0;
  const isCalm = trouble.code === 'stopped';
  const label =
    action === 'edit' ? words.edit : isWaiting ? words.retryIn.replace('{n}', String(waitSeconds)) : words.retry;
  return html`<div class=${isCalm ? 'trouble calm' : 'trouble'} part="trouble">
    <p id="trouble" role=${isCalm ? 'status' : 'alert'} part="alert" dir="auto">${words[sentence] ?? words.broken}</p>
    <button class="pill" part="retry" ?disabled=${isWaiting} @click=${actions.solve}>${label}</button>
  </div>`;
}

/**
 * Where the page may not chat, the field keeps the focus and its words, takes no more, and says why. It names all that may
 * describe it: what is not there is passed over.
 */
function renderComposer(view: PanelView, actions: PanelActions) {
  const { words, isAnswering, isRefused, hasDraft, tooMany } = view;
  const label = isAnswering ? words.stop : words.send;
  return html`${
      tooMany > 0
        ? html`<p class="note" id="note" role="status" part="note">${words.tooMany.replace('{n}', String(tooMany))}</p>`
        : nothing
    }
    <div class=${isRefused ? 'composer off' : 'composer'} part="composer">
      <textarea
        part="input"
        rows="1"
        dir=${hasDraft ? 'auto' : nothing}
        enterkeyhint="send"
        aria-label=${words.placeholder}
        aria-describedby=${`${isRefused ? 'trouble' : 'note'} consent caution`}
        aria-disabled=${isRefused ? 'true' : nothing}
        aria-invalid=${tooMany > 0 ? 'true' : nothing}
        ?readonly=${isRefused}
        placeholder=${words.placeholder}
        @input=${actions.typed}
        @keydown=${actions.pressed}
      ></textarea>
      <button
        class="icon send"
        part="send"
        aria-label=${label}
        title=${label}
        ?disabled=${!isAnswering && (!hasDraft || isRefused || tooMany > 0)}
        @click=${isAnswering ? actions.stop : actions.submit}
      >
        ${isAnswering ? icons.stop : icons.send}
      </button>
    </div>`;
}
