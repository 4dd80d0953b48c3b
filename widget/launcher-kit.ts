/**
 * How a launcher is drawn, and how it looks. The loader hands over its own, so that a visitor fetches both once; the package
 * brings them along. Before the element is registered, one of the two has to be named.
 */
import type { drawIcon, drawLauncher } from './launcher.ts';

export interface LauncherKit {
  readonly styles: string;
  readonly drawLauncher: typeof drawLauncher;
  readonly drawIcon: typeof drawIcon;
}

let named: LauncherKit | undefined;

export function nameLauncherKit(kit: LauncherKit): void {
  named = kit;
}

export function launcherKit(): LauncherKit {
  if (!named) throw new Error('Nobody has named a launcher.');
  return named;
}
