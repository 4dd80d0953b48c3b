import { html, type TemplateResult } from 'lit';

/** A button that copies, and says that it did. */
export function copyButton(text: string, what: string): TemplateResult {
  const copy = async ({ currentTarget }: Event): Promise<void> => {
    const button = currentTarget as HTMLButtonElement;
    const words = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed here',
    );
    button.textContent = words;
    setTimeout(() => (button.textContent = 'Copy'), 1_500);
  };
  return html`<button class="quiet" type="button" aria-label=${`Copy ${what}`} @click=${copy}>Copy</button>`;
}
