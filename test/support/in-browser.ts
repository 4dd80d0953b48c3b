/** What tests inside a browser share: orders to the browser, and waiting for what happens. */
import { executeServerCommand } from '@web/test-runner-commands';

/** The value of `look`, as soon as it has one; looked at after every frame. */
export async function until<Value>(
  look: () => Value | null | undefined | false | Promise<Value | null | undefined | false>,
) {
  const startedAt = performance.now();
  for (;;) {
    const value = await look();
    if (value) return value as NonNullable<Value>;
    if (performance.now() - startedAt > 20_000) throw new Error(`Never so: ${look.toString()}`);
    await new Promise(requestAnimationFrame);
  }
}

/** The element that has the focus, inside shadow roots too. */
export function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** What the console was told as an error while `act` ran. */
export async function consoleErrors(act: () => Promise<void>): Promise<string[]> {
  const said: string[] = [];
  const original = console.error;
  console.error = (...parts: unknown[]) => said.push(parts.map(String).join(' '));
  try {
    await act();
  } finally {
    console.error = original;
  }
  return said;
}

/** Orders to the browser that a page can't give; see `web-test-runner.js`. */
export const browser = {
  press: (key: string) => executeServerCommand('press', key),
  type: (text: string) => executeServerCommand('type', text),
  media: (media: {
    colorScheme?: 'dark' | 'light';
    reducedMotion?: 'reduce' | null;
    forcedColors?: 'active' | 'none';
    media?: 'print' | 'screen';
  }) => executeServerCommand('media', media),
  viewport: (width: number, height: number) => executeServerCommand('viewport', { width, height }),
  collectGarbage: () => executeServerCommand('collect', {}),
  clickOn: (element: Element) => executeServerCommand('click', middleOf(element)),
  hover: (element: Element) => executeServerCommand('hover', middleOf(element)),
};

function middleOf(element: Element): { x: number; y: number } {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
}
