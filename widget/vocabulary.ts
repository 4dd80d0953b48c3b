/** The words of the element in the language that it should speak; fetched when they are not English. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { pageDirection, pageLanguage, type Language } from './i18n/language.ts';
import { loadMessages } from './i18n/load.ts';
import type { Words } from './i18n/messages.ts';

export class Vocabulary implements ReactiveController {
  language: Language = 'en';
  /** Absent until they are there: nothing is drawn in one language and then in another. */
  words: Words | undefined;
  readonly #host: ReactiveControllerHost;
  readonly #wish: () => string;

  constructor(host: ReactiveControllerHost, wish: () => string) {
    this.#host = host;
    this.#wish = wish;
    host.addController(this);
  }

  get direction(): 'ltr' | 'rtl' {
    return pageDirection(this.language, this.#wish());
  }

  hostUpdate(): void {
    const language = pageLanguage(this.#wish());
    if (language === this.language && this.words) return;
    this.language = language;
    void loadMessages(language).then((words) => {
      if (language !== this.language || words === this.words) return;
      this.words = words;
      this.#host.requestUpdate();
    });
  }
}
