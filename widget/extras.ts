/**
 * What the chat offers beside its messages, in the part that comes later: time and thumbs under an answer; whom to ask instead, the
 * privacy notice, and deleting the chat. Remembers what is open and what was pressed, no more.
 */
import type { ReactiveControllerHost } from 'lit';
import type { ChatMessage } from './chat-message.ts';
import { Contact, toldOf } from './contact.ts';
import type { Conversation } from './conversation.ts';
import type { ChatFailure, FailureCode } from './failure.ts';
import type { Messages } from './i18n/messages.ts';
import { parseTarget } from './link.ts';
import { fill, type Piece } from './pieces.ts';

const sentences: Partial<Record<FailureCode, keyof Messages>> = {
  offline: 'offline',
  unreachable: 'unreachable',
  silent: 'unreachable',
  rate_limited: 'busy',
  server_busy: 'busy',
  store_unavailable: 'paused',
  request_invalid: 'rejected',
  conflict: 'rejected',
};

type Rating = 1 | -1 | null;
type Step = 'closed' | 'open' | 'busy' | 'done';

const thumb = 'M7 11v9H3v-9zm0 0 4-8c1.7 0 3 1.3 3 3v4h6l-2 10H7';

/** What of the element they need. */
export interface ExtrasHost extends Pick<ReactiveControllerHost, 'requestUpdate'> {
  readonly renderRoot: HTMLElement | DocumentFragment;
  readonly privacyUrl: string | undefined;
  reset(): void;
}

export class Extras {
  readonly #host: ExtrasHost;
  readonly #conversation: Conversation;
  readonly #contact: Contact;
  /** Of which conversation the rest is. */
  #id: string | undefined;
  readonly #rated = new Map<string, { readonly rating: Rating; readonly failed?: keyof Messages | undefined }>();
  /** The button that was pressed gives way to a question. */
  #asks = false;
  #deleting: { readonly step: Step; readonly failed?: keyof Messages | undefined } = { step: 'closed' };

  constructor(host: ExtrasHost, conversation: Conversation) {
    this.#host = host;
    this.#conversation = conversation;
    this.#contact = new Contact({
      conversation,
      find: (selector) => this.#find(selector),
      redraw: () => host.requestUpdate(),
      focusField: () => this.#focusField(),
      sentenceOf,
      notice: (words) => this.#notice(words),
    });
  }

  /** Does nothing while the panel is not drawn. */
  draw(words: Messages): void {
    const foot = this.#find('.foot');
    if (!foot) return;
    const { conversationId, isAnswering } = this.#conversation;
    // A new one can be deleted again; and who goes on writing wants to keep it.
    if (isAnswering || (conversationId && conversationId !== this.#id)) this.#deleting = { step: 'closed' };
    this.#id = conversationId ?? this.#id;
    // A growing reply would push it down.
    fill(foot, [...this.#contact.draw(words), ...(isAnswering ? [] : this.#foot(words))]);
    this.#contact.drawn();
    if (this.#asks) this.#find('[part=cancel]')?.focus();
    this.#asks = false;
  }

  #find(selector: string): HTMLElement | null {
    return this.#host.renderRoot.querySelector<HTMLElement>(selector);
  }

  /** What has the focus is about to vanish. */
  #focusField(): void {
    this.#find('.composer textarea')?.focus();
  }

  /** Below the words of an answer: when it came, and what the visitor thinks of it. */
  drawAnswerFoot(body: Element, message: ChatMessage, words: Messages): void {
    const item = body.parentElement;
    // Drawn for the first time, it comes into its message with the rest of it.
    if (!item) return queueMicrotask(() => body.isConnected && this.drawAnswerFoot(body, message, words));
    const index = [...item.childNodes].indexOf(body) + 1;
    const at = new Date(message.createdAt ?? '');
    if (!message.isWhole || message.outcome || Number.isNaN(at.getTime())) return fill(item, [], index);
    const { rating, failed } = this.#rated.get(message.id) ?? { rating: message.rating, failed: undefined };
    const button = (value: 1 | -1, name: string): Piece => [
      'button',
      {
        type: 'button',
        class: value === 1 ? 'thumb' : 'thumb down',
        part: 'rate',
        'aria-label': name,
        title: name,
        'aria-pressed': rating === value ? 'true' : 'false',
        onclick: () => void this.#rate(body, message, words, rating === value ? null : value),
      },
      [icon(thumb)],
    ];
    const time: Piece = [
      'time',
      { datetime: at.toJSON(), title: at.toLocaleString() },
      [['bdi', {}, [at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })]]],
    ];
    const inside = [time, button(1, words.helpful), button(-1, words.unhelpful), ...said(words, failed)];
    fill(item, [['div', { class: 'answer-foot' }, inside]], index);
  }

  async #rate(body: Element, message: ChatMessage, words: Messages, rating: Rating): Promise<void> {
    const before = this.#rated.get(message.id)?.rating ?? message.rating ?? null;
    const now = { rating };
    this.#rated.set(message.id, now);
    this.drawAnswerFoot(body, message, words);
    try {
      await this.#conversation.change(`/messages/${message.id}/rating`, 'PUT', now);
    } catch (error) {
      if (this.#rated.get(message.id) !== now) return;
      this.#rated.set(message.id, { rating: before, failed: sentenceOf(error) });
      this.drawAnswerFoot(body, message, words);
    }
  }

  #foot(words: Messages): readonly Piece[] {
    const notice = this.#notice(words);
    const { step, failed } = this.#deleting;
    if (step === 'done') return [...notice, ...said(words, 'deleted', 'status')];
    const link = (text: string, part: string, onclick: () => void): Piece => [
      'button',
      { type: 'button', class: 'link', part, onclick },
      [text],
    ];
    if (!this.#conversation.conversationId) return notice;
    if (step === 'closed') return [...notice, link(words.deleteChat, 'delete', () => this.#go('open'))];
    const cancel = link(words.cancel, 'cancel', () => {
      this.#go('closed');
      this.#focusField();
    });
    return [
      ['span', { role: 'alert' }, [words[failed ?? 'deleteSure']]],
      link(words.deleteNow, 'delete-now', () => {
        if (step !== 'busy') void this.#delete();
      }),
      // What is under way can't be called back.
      ...(step === 'busy' ? [] : [cancel]),
    ];
  }

  /** Of the page, else of the organization. */
  #notice(words: Messages): readonly Piece[] {
    const { privacyUrl } = toldOf(this.#conversation.agent);
    const given = [this.#host.privacyUrl, privacyUrl];
    return privacy(
      words,
      given.find((url): url is string => typeof url === 'string' && url !== ''),
    );
  }

  #go(step: Step, failed?: keyof Messages): void {
    this.#asks = step === 'open' && !failed;
    this.#deleting = { step, failed };
    this.#host.requestUpdate();
  }

  async #delete(): Promise<void> {
    const id = this.#conversation.conversationId;
    let failed: keyof Messages | undefined;
    this.#go('busy');
    try {
      await this.#conversation.change('', 'DELETE');
    } catch (error) {
      // Deleted already, it is what was wanted.
      if ((error as ChatFailure).code !== 'not_found') failed = sentenceOf(error);
    }
    // The visitor went on to another one meanwhile.
    if (this.#conversation.conversationId !== id) return;
    this.#go(failed ? 'open' : 'done', failed);
    if (failed) return;
    this.#host.reset();
    this.#conversation.forget();
    this.#focusField();
  }
}

function sentenceOf(error: unknown): keyof Messages {
  return sentences[(error as ChatFailure).code] ?? 'broken';
}

function icon(outline: string): Piece {
  return ['svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, [['path', { d: outline }, []]]];
}

function said(words: Messages, name: keyof Messages | undefined, role = 'alert'): readonly Piece[] {
  return name ? [['span', { role, class: 'said' }, [words[name]]]] : [];
}

function privacy(words: Messages, url = ''): readonly Piece[] {
  const target = parseTarget(url);
  if (!target?.href.startsWith('http')) return [];
  return [['a', { target: '_blank', rel: 'noopener', part: 'privacy', href: target.href }, [words.privacy]]];
}
