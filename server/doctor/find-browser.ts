/** A browser of the Chromium kind on this machine: the one that CHROME_PATH names, or one where they are usually installed. */
import { accessSync, constants } from 'node:fs';

const usualPlaces = [
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** @returns Its path; undefined: there is none. */
export function findBrowser({ CHROME_PATH }: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = CHROME_PATH?.trim() ?? '';
  return named === '' ? usualPlaces.find(isExecutable) : named;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
