/** The text field: grows with its text, knows whether there is a draft, and sends with Enter (not while composing). */
import type { ReactiveControllerHost } from 'lit';

export interface ComposerOptions {
  readonly host: ReactiveControllerHost;
  readonly input: () => HTMLTextAreaElement | null;
  /** False when the text was not taken: it stays in the field then. */
  readonly send: (text: string) => boolean;
}

export class Composer {
  hasDraft = false;
  readonly #options: ComposerOptions;

  constructor(options: ComposerOptions) {
    this.#options = options;
  }

  focus(): void {
    this.#options.input()?.focus({ preventScroll: true });
  }

  submit(): void {
    const input = this.#options.input();
    if (input && this.#options.send(input.value)) this.write('');
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

  typed(): void {
    const input = this.#options.input();
    if (!input) return;
    this.hasDraft = input.value.trim() !== '';
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight}px`;
    this.#options.host.requestUpdate();
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
