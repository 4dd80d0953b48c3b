/** Firefox, headless, over WebDriver BiDi. */
import puppeteer, { type Browser, type ElementHandle, type KeyInput } from 'puppeteer-core';
import { callText, whenThere, type Engine, type Look, type Tab } from './engine.ts';

/** Firefox's own words for a dark and a light system. */
const schemes: Readonly<Record<Look, number>> = { dark: 0, light: 1 };

export function openFirefox(program: string): Engine {
  const browsers: Browser[] = [];
  return {
    async open(look = 'light') {
      const browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: program,
        headless: true,
        extraPrefsFirefox: {
          'layout.css.prefers-color-scheme.content-override': schemes[look],
          'intl.accept_languages': 'en-US',
        },
      });
      browsers.push(browser);
      return openTab(browser);
    },
    async close() {
      await Promise.all(browsers.map((browser) => browser.close()));
    },
  };
}

async function openTab(browser: Browser): Promise<Tab> {
  const page = await browser.newPage();
  const press = (key: KeyInput) => page.keyboard.press(key);
  const tab: Tab = {
    async goTo(url) {
      await page.goto(url);
    },
    async reload() {
      await page.reload();
    },
    evaluate: (run, ...args) => page.evaluate(callText(run, args)) as Promise<never>,
    async click(find, ...args) {
      const look = async () => (await page.evaluateHandle(callText(find, args))).asElement() as ElementHandle | null;
      const found = await whenThere(look, `${find.name} ${args.join()}`);
      await found.click();
    },
    type: (text) => page.keyboard.type(text),
    async press(key) {
      if (key !== 'Paste') return press(key);
      await page.keyboard.down('Control');
      await press('v');
      await page.keyboard.up('Control');
    },
    resize: (width, height) => page.setViewport({ width, height }),
    screenshot: () => page.screenshot(),
    close: () => page.close(),
  };
  await tab.resize(1024, 768);
  return tab;
}
