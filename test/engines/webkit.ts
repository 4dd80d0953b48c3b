/**
 * WebKit as GTK has it: its small browser, driven by `WebKitWebDriver` on a screen that nobody sees. Each window has a driver
 * of its own, because what the system prefers (dark or light) is said at its start.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Builder, Capabilities, Key, type WebDriver, type WebElement } from 'selenium-webdriver';
import { findFreePort } from '../support/free-port.ts';
import { callText, whenThere, type Engine, type Look, type Tab } from './engine.ts';

export interface WebKitPrograms {
  readonly driver: string;
  readonly browser: string;
  readonly screen: string;
}

const keys = { Enter: Key.ENTER, Escape: Key.ESCAPE, Tab: Key.TAB } as const;
const themes: Readonly<Record<Look, string>> = { dark: 'Adwaita:dark', light: 'Adwaita' };
/** Pixels of the window that are not the page's: the browser's own bar. */
const barPx = 38;

export function openWebKit(programs: WebKitPrograms): Engine {
  const closing: (() => Promise<void>)[] = [];
  return {
    async open(look = 'light') {
      const screen = await startScreen(programs.screen);
      closing.push(() => end(screen.process));
      const port = await findFreePort();
      const driver = spawn(programs.driver, [`--port=${port}`, '--host=127.0.0.1'], {
        stdio: 'ignore',
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          DISPLAY: screen.display,
          GTK_THEME: themes[look],
          LANG: 'C.UTF-8',
          // Its sandbox can't be made by root or inside a container.
          WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
        },
      });
      closing.push(() => end(driver));
      const session = await openSession(`http://127.0.0.1:${port}`, programs.browser);
      closing.push(() => session.quit());
      return createTab(session);
    },
    async close() {
      for (const close of closing.splice(0).reverse()) await close();
    },
  };
}

async function startScreen(program: string): Promise<{ process: ChildProcess; display: string }> {
  const child = spawn(program, ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    return { process: child, display: `:${line.trim()}` };
  }
  throw new Error('There is no screen for WebKit.');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** The driver needs a moment until it listens. */
async function openSession(url: string, browser: string): Promise<WebDriver> {
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
  });
  await whenThere(() => fetch(`${url}/status`).catch(() => null), 'WebKitWebDriver');
  return new Builder().usingServer(url).withCapabilities(capabilities).build();
}

function createTab(session: WebDriver): Tab {
  const run = <Result>(call: string): Promise<Result> => session.executeScript(`return ${call}`);
  return {
    goTo: (url) => session.get(url),
    reload: () => session.navigate().refresh(),
    evaluate: (source, ...args) => run(callText(source, args)),
    async click(find, ...args) {
      const found = await whenThere(() => run<WebElement | null>(callText(find, args)), `${find.name} ${args.join()}`);
      // Not the driver's own click, which takes a field in a dialog of a shadow root to be hidden behind its host.
      await session.executeScript('arguments[0].scrollIntoView({ block: "center", behavior: "instant" })', found);
      await session.actions().move({ origin: found, duration: 0 }).click().perform();
    },
    type: (text) => session.actions().sendKeys(text).perform(),
    press(key) {
      const actions = session.actions();
      if (key !== 'Paste') return actions.sendKeys(keys[key]).perform();
      return actions.keyDown(Key.CONTROL).sendKeys('v').keyUp(Key.CONTROL).perform();
    },
    async resize(width, height) {
      await session
        .manage()
        .window()
        .setRect({ x: 0, y: 0, width, height: height + barPx });
    },
    screenshot: async () => Buffer.from(await session.takeScreenshot(), 'base64'),
    close: () => session.close(),
  };
}
