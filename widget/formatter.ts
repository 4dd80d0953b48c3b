/**
 * Draws replies: as plain text until the reader of Markdown is there, a file of its own that is fetched when the chat first
 * opens. When it can't be fetched they stay plain text, and the next opening tries again.
 */
import { Directive, directive, type ElementPart } from 'lit/directive.js';
import { noChange } from 'lit';
import { wordsOf, type ChatMessage } from './chat-message.ts';
import { createSheet } from './create-sheet.ts';
import type { Conversation } from './conversation.ts';
import type { Extras, ExtrasHost } from './extras.ts';
import { fetchRichText, type RichText } from './fetch-part.ts';
import { en } from './i18n/en.ts';
import type { Messages, Words } from './i18n/messages.ts';

export class Formatter {
  richText: RichText | undefined;
  extras: Extras | undefined;
  readonly #conversation: Conversation;
  readonly #host: ExtrasHost;
  #fetching: Promise<void> | undefined;
  #failures = 0;

  constructor(host: ExtrasHost, conversation: Conversation) {
    this.#conversation = conversation;
    this.#host = host;
  }

  fetch(): Promise<void> {
    return (this.#fetching ??= this.#fetch());
  }

  async #fetch(): Promise<void> {
    try {
      this.richText = await fetchRichText(this.#failures);
      this.extras = new this.richText.Extras(this.#host, this.#conversation);
      Object.assign(en, this.richText.moreEnglish);
      (this.#host.renderRoot as ShadowRoot).adoptedStyleSheets.push(createSheet(this.richText.richTextStyles));
      this.#host.requestUpdate();
    } catch {
      // Plain text is an answer, too.
      this.#failures += 1;
      this.#fetching = undefined;
    }
  }
}

class Body extends Directive {
  override render(_message: ChatMessage, _words: Words, _formatter: Formatter): unknown {
    return noChange;
  }

  override update(
    { element }: ElementPart,
    [message, words, { richText, extras }]: Parameters<this['render']>,
  ): unknown {
    element.classList.toggle('plain', !richText);
    const said = wordsOf(message, words);
    if (richText) {
      richText.drawRichText(element, said, words as Messages, !message.isWhole, message.isCut);
      extras?.drawAnswerFoot(element, message, words as Messages);
    } else element.textContent = said;
    return noChange;
  }
}

/** On the element that shows a reply. */
export const body = directive(Body);
