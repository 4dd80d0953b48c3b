/** Functions that run in the page. Each stands alone: an engine gets its text. */

/** Something of the chat, by a selector inside of its shadow root. */
export function inChat(selector: string): Element | null | undefined {
  return document.querySelector('postern-chat')?.shadowRoot?.querySelector(selector);
}

/** What a person presses, by what it is called; the one in the open dialog, where there is one. */
export function control(name: string): Element | undefined {
  const place = document.querySelector('dialog[open]') ?? document;
  return [...place.querySelectorAll('button, a, summary, [role="switch"]')].find(
    (element) =>
      element.getClientRects().length > 0 &&
      new RegExp(`^(?:${name})$`).test(
        (element.getAttribute('aria-label') ?? element.textContent).replace(/\s+/g, ' ').trim(),
      ),
  );
}

/** A field, by the beginning of its label; the one in the open dialog, where there is one. */
export function field(label: string): Element | null | undefined {
  const place = document.querySelector('dialog[open]') ?? document;
  return [...place.querySelectorAll('label')].find(
    (element) => element.control !== null && element.textContent.replace(/\s+/g, ' ').trim().startsWith(label),
  )?.control;
}

/** What is written on the page; in the open dialog, where there is one. */
export function pageText(): string {
  return (document.querySelector<HTMLElement>('dialog[open]') ?? document.body).innerText;
}
