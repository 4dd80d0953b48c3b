/**
 * Draws replies: as plain text until the reader of Markdown is there, a file of its own that is fetched when the chat first
 * opens. When it can't be fetched they stay plain text, and the next opening tries again.
 */
import type { ReactiveControllerHost } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';
import { noChange } from 'lit';
import type { ChatMessage } from './chat-message.ts';
import { createSheet } from './create-sheet.ts';
import { fetchRichText, type RichText } from './fetch-part.ts';
import type { Messages } from './i18n/messages.ts';

export class Formatter {
  richText: RichText | undefined;
  readonly #host: ReactiveControllerHost & { readonly renderRoot: HTMLElement | DocumentFragment };
  #fetching: Promise<void> | undefined;
  #failures = 0;

  constructor(host: ReactiveControllerHost & { readonly renderRoot: HTMLElement | DocumentFragment }) {
    this.#host = host;
  }

  fetch(): Promise<void> {
    return (this.#fetching ??= this.#fetch());
  }

  async #fetch(): Promise<void> {
    try {
      this.richText = await fetchRichText(this.#failures);
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
  override render(_message: ChatMessage, _words: Messages, _richText: RichText | undefined): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [message, words, richText]: Parameters<this['render']>): unknown {
    element.classList.toggle('plain', !richText);
    if (richText) richText.drawRichText(element, message.text, words, !message.isWhole);
    else element.textContent = message.text;
    return noChange;
  }
}

/** On the element that shows a reply. */
export const body = directive(Body);
