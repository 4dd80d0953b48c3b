/** The text field: grows with its text, knows whether there is a draft, and sends with Enter (not while composing). */
import type { ReactiveControllerHost } from 'lit';
import type { Slot } from './memory.ts';

interface ComposerOptions {
  readonly host: ReactiveControllerHost;
  readonly input: () => HTMLTextAreaElement | null;
  /** False when the text was not taken: it stays in the field then. */
  readonly send: (text: string) => boolean;
  /** What was being written on the page before, and where to keep it for the next one. */
  readonly draft: () => Slot | undefined;
}

/** As many as the server takes. */
export const MESSAGE_CHARACTERS_MAX = 4000;

export class Composer {
  hasDraft = false;
  /** By how many characters the draft is too long. */
  tooMany = 0;
  #known: HTMLTextAreaElement | undefined;
  readonly #options: ComposerOptions;

  constructor(options: ComposerOptions) {
    this.#options = options;
  }

  focus(): void {
    this.#options.input()?.focus({ preventScroll: true });
  }

  submit(): void {
    const input = this.#options.input();
    if (!input || input.readOnly || this.tooMany > 0) return;
    if (this.#options.send(input.value)) this.write('');
  }

  /** Puts a text back, before what was written since. */
  giveBack(text: string): void {
    const since = this.#options.input()?.value;
    this.write(since ? `${text}\n${since}` : text);
  }

  write(text: string): void {
    const input = this.#options.input();
    if (input) input.value = text;
    this.typed();
  }

  /** A field that was just drawn begins with what was being written. */
  restore(): void {
    const input = this.#options.input();
    const slot = this.#options.draft();
    // Where nothing may be kept yet, it may be as soon as the history is read.
    if (!input || input === this.#known || !slot) return;
    this.#known = input;
    const draft = input.value === '' && slot.read();
    if (draft) this.write(draft);
  }

  /** Keeps what is being written for the next page, where that is allowed. */
  keep(): void {
    this.#options.draft()?.write(this.#options.input()?.value);
  }

  typed(): void {
    this.restore();
    const input = this.#options.input();
    if (!input) return;
    const { length } = input.value.trim();
    this.hasDraft = length > 0;
    this.tooMany = Math.max(length - MESSAGE_CHARACTERS_MAX, 0);
    this.keep();
    this.fit();
    this.#options.host.requestUpdate();
  }

  /** As high as its text; an empty field is one line high without being measured. */
  fit(): void {
    const input = this.#options.input();
    if (!input) return;
    input.style.height = 'auto';
    if (input.value) input.style.height = `${input.scrollHeight}px`;
  }

  pressed(event: KeyboardEvent): void {
    // 229 is what Safari says of the Enter that ends an input method's composition, when `isComposing` is over.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else says it
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || isComposing) return;
    event.preventDefault();
    this.submit();
  }
}
