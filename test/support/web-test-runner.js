/** What the browser tests of the widget and of the dashboard have in common: a real Chromium, TypeScript, orders to the browser. */
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { playwrightLauncher } from '@web/test-runner-playwright';
import { register } from 'tsx/esm/api';

register();
const { chromiumFlags, findChromium } = await import('./chromium.ts');

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a page can't do to itself: press a key, look different, be of another size. */
const browserCommands = {
  name: 'postern:browser-commands',
  async executeCommand({ command, payload, session }) {
    const page = session.browser.getPage(session.id);
    if (command === 'press') await page.keyboard.press(payload);
    else if (command === 'type') await page.keyboard.type(payload);
    else if (command === 'click') await page.mouse.click(payload.x, payload.y);
    else if (command === 'hover') await page.mouse.move(payload.x, payload.y);
    else if (command === 'media') await page.emulateMedia(payload);
    else if (command === 'viewport') await page.setViewportSize(payload);
    else if (command === 'collect')
      await (await page.context().newCDPSession(page)).send('HeapProfiler.collectGarbage');
    else return undefined;
    return true;
  },
};

/** `flags`: more of Chromium's. */
export async function browserTests({ files, flags = [], plugins = [] }) {
  return {
    rootDir: root,
    files,
    nodeResolve: { exportConditions: ['production', 'default'] },
    concurrency: 2,
    testsStartTimeout: 60_000,
    testsFinishTimeout: 240_000,
    testFramework: { config: { timeout: 30_000 } },
    browsers: [
      playwrightLauncher({
        product: 'chromium',
        launchOptions: { executablePath: await findChromium(), args: [...chromiumFlags, ...flags] },
        createBrowserContext: ({ browser }) =>
          browser.newContext({
            viewport: { width: 1024, height: 768 },
            permissions: ['clipboard-read', 'clipboard-write'],
          }),
      }),
    ],
    plugins: [
      ...plugins,
      esbuildPlugin({ ts: true, target: 'es2022', tsconfig: `${root}/tsconfig.json` }),
      browserCommands,
    ],
  };
}
