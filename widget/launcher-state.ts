/** What the launcher learns once the chat is there: that it is open, and how much is unread. */
import { launcherKit } from './launcher-kit.ts';
import { ofDocument } from './page.ts';

const chevron = 'm6 9.5 6 6 6-6';

interface LauncherState {
  /** The accessible name. */
  readonly name: string;
  /** Words beside the icon, if any. */
  readonly label: string;
  readonly direction: 'ltr' | 'rtl';
  readonly isOpen: boolean;
  readonly unread: number;
  /** Said after the name while there is something unread. */
  readonly unreadWords: string;
}

/** The loader's button, or a new one. */
export function takeLauncher(root: ShadowRoot): HTMLButtonElement {
  const { drawLauncher, drawIcon } = launcherKit();
  const button = root.querySelector('button') ?? drawLauncher(root, '', '', '');
  const badge = ofDocument('createElement')('span');
  badge.className = 'badge';
  badge.part.add('badge');
  button.append(drawIcon(chevron), badge);
  return button;
}

export function updateLauncher(button: HTMLButtonElement, state: LauncherState): void {
  button.setAttribute('aria-label', state.unread > 0 ? `${state.name}, ${state.unreadWords}` : state.name);
  button.setAttribute('aria-expanded', String(state.isOpen));
  button.dir = state.direction;
  const [words, badge] = button.querySelectorAll('span');
  setText(words, state.label);
  setText(badge, state.unread > 0 ? String(Math.min(state.unread, 99)) : '');
}

function setText(span: HTMLElement | undefined, text: string): void {
  if (span && span.textContent !== text) span.textContent = text;
}
