/** What the loader fetches: the chat, which goes on with the launcher that the loader has. */
import { definePosternChat } from './define.ts';
import { nameLauncherKit, type LauncherKit } from './launcher-kit.ts';

export function start(kit: LauncherKit): void {
  nameLauncherKit(kit);
  definePosternChat();
}
