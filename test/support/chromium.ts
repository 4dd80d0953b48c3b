/** A browser for tests: the one named by CHROME_PATH, an installed one, or the one that an npm package carries. */
import carried from '@sparticuz/chromium';
import { findBrowser } from '../../server/doctor/find-browser.ts';

/** `--no-sandbox` is for root only, who has no sandbox; nothing is fetched but what a test asks for. */
export const chromiumFlags: readonly string[] = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
];

export async function findChromium(): Promise<string> {
  return findBrowser(process.env) ?? carried.executablePath();
}
