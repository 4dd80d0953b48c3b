/** The engines besides Chromium that this machine has. Where CI runs, a missing one is a failure. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { openFirefox } from './firefox.ts';
import type { Engine } from './engine.ts';
import { openWebKit } from './webkit.ts';

interface FoundEngine {
  readonly name: string;
  /** Undefined: it is not installed. */
  readonly open: (() => Engine) | undefined;
  readonly package: string;
}

function firstProgram(...paths: readonly (string | undefined)[]): string | undefined {
  return paths.find((path) => {
    if (path === undefined || path === '') return false;
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function findFirefox(): (() => Engine) | undefined {
  const program = firstProgram(process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox');
  return program === undefined ? undefined : () => openFirefox(program);
}

function findWebKit(): (() => Engine) | undefined {
  const driver = firstProgram('/usr/bin/WebKitWebDriver');
  const folders = ['webkit2gtk-4.1', 'webkit2gtk-4.0', 'webkitgtk-6.0'];
  const libraries = readdirSync('/usr/lib').flatMap((folder) => folders.map((name) => `/usr/lib/${folder}/${name}`));
  const browser = firstProgram(...libraries.map((path) => `${path}/MiniBrowser`));
  const screen = firstProgram('/usr/bin/Xvfb');
  if (driver === undefined || browser === undefined || screen === undefined) return undefined;
  return () => openWebKit({ driver, browser, screen });
}

export const engines: readonly FoundEngine[] = [
  { name: 'Firefox', open: findFirefox(), package: 'firefox-esr' },
  { name: 'WebKit', open: findWebKit(), package: 'webkit2gtk-driver and xvfb' },
];

for (const { name, open, package: wanted } of engines) {
  if (open !== undefined) continue;
  if (process.env.CI === 'true') throw new Error(`The tests in ${name} must run here. Debian has it as ${wanted}.`);
  console.error(`\n!!! THE TESTS IN ${name.toUpperCase()} ARE SKIPPED: Debian has it as ${wanted}.\n`);
}
