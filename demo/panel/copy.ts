import { html, type TemplateResult } from 'lit';
import { copyText } from '../../ui/copy-text.ts';

/** A button that copies, and says that it did. */
export function copyButton(text: string, what: string): TemplateResult {
  const copy = async ({ currentTarget }: Event): Promise<void> => {
    const button = currentTarget as HTMLButtonElement;
    button.textContent = (await copyText(text, button)) ? 'Copied' : 'Not allowed here';
    setTimeout(() => (button.textContent = 'Copy'), 1_500);
  };
  return html`<button class="quiet" type="button" aria-label=${`Copy ${what}`} @click=${copy}>Copy</button>`;
}
