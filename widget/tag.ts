/** What the loader fetches: the chat, which goes on with the launcher that the loader has. */
import { definePosternChat } from './define.ts';
import { nameLauncherKit, type LauncherKit } from './launcher-kit.ts';

/** @param guessed The element whose server nobody named: it is where this file came from in the end, after redirects. */
export function start(kit: LauncherKit, guessed: HTMLElement | false): void {
  nameLauncherKit(kit);
  if (guessed) guessed.setAttribute('api', import.meta.url.split('/widget/')[0] ?? '');
  definePosternChat();
}
