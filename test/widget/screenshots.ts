/** `npm run screenshots -- [folder]`: the widget as it looks, in a real browser, against the scripted server. */
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { agent, agentAnswer, AGENT_ID, delta, KEY, problem, reply, start } from './answers.ts';
import { startScriptedServer, type Script } from './scripted-server.ts';

const dist = join(import.meta.dirname, '../../dist/widget');
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'postern-screenshots-'));
mkdirSync(folder, { recursive: true });

const rich = `Your order **#48213** left our warehouse this morning.

1. It is with the courier now
2. You get a link by mail *today*
3. It arrives on **Thursday**

To change the address, send this to our API:

\`\`\`js
await orders.update('48213', { city: 'Porto' });
\`\`\`

More in [the delivery guide](https://example.com/delivery).`;

const hostPage = (attributes: string, lang: string) => `<!doctype html><html lang="${lang}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>
<style>body{margin:0;font:17px/1.6 Georgia,serif;color:#2b2b2b;background:#f6f3ee}main{max-width:720px;margin:0 auto;padding:48px 24px}
h1{font-size:40px;line-height:1.15}@media(prefers-color-scheme:dark){body{background:#101114;color:#ddd}}</style>
<main><h1>Lamps that outlive their houses</h1><p>Made by hand in a small workshop by the sea, from brass, oak and glass.
Every lamp can be taken apart, repaired and handed on.</p><p>Shipping is free over 80 €. Returns are welcome for 60 days,
used or not.</p></main><script async src="/widget.js" data-key="${KEY}" data-agent="${AGENT_ID}" ${attributes}></script>`;

interface Shot {
  readonly name: string;
  readonly script?: Script;
  readonly attributes?: string;
  readonly lang?: string;
  readonly context?: BrowserContextOptions;
  readonly act?: (page: Page) => Promise<void>;
}

const wide = { viewport: { width: 1100, height: 760 }, deviceScaleFactor: 2 };
const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

const open = async (page: Page) => {
  await page.locator('.launcher').click();
  await page.locator('.suggestions').waitFor();
};
const say = (text: string, until: string) => async (page: Page) => {
  await open(page);
  await page.locator('textarea').fill(text);
  await page.keyboard.press('Enter');
  await page.locator(until).waitFor();
};
const answered = say('Where is my order?', '.code');

const shots: readonly Shot[] = [
  { name: 'launcher' },
  { name: 'launcher-label', attributes: 'data-label="Questions?" data-accent="#0f766e" data-position="start"' },
  { name: 'open', act: open },
  { name: 'answered', act: answered },
  {
    name: 'streaming',
    script: { messages: [{ steps: [start(), delta(rich.slice(0, 96)), { gate: 'never' }] }] },
    act: say('Where is my order?', '.message.agent ol'),
  },
  {
    name: 'waiting',
    script: { messages: [{ steps: [start(), { gate: 'never' }] }] },
    act: say('Where is my order?', '.typing'),
  },
  {
    name: 'error',
    script: { messages: [{ steps: [start(), delta(rich.slice(0, 41)), { gate: 'cut' }, { cut: true }] }] },
    act: async (page) => {
      await say('Where is my order?', '.message.agent strong >> text=#48213')(page);
      await page.evaluate(() => fetch('/s/shot/go/cut', { method: 'POST' }));
      await page.locator('.trouble').waitFor();
    },
  },
  {
    name: 'rate-limited',
    script: { messages: [problem(429, 'rate_limited', { headers: { 'retry-after': '24' } })] },
    act: say('Where is my order?', '.trouble'),
  },
  {
    name: 'refused',
    script: { agent: [problem(403, 'origin_not_allowed')] },
    act: (page) => openUntil(page, '.trouble'),
  },
  { name: 'dark', context: { colorScheme: 'dark' }, act: answered },
  { name: 'yellow-accent', attributes: 'data-accent="#facc15"', act: answered },
  {
    name: 'right-to-left',
    lang: 'ar',
    script: {
      agent: [
        {
          json: {
            ...agent,
            name: 'ليلى',
            greeting: 'مرحبًا! كيف أساعدك؟',
            suggestions: ['أين طلبي؟', 'كيف أعيد منتجًا؟'],
          },
        },
      ],
      messages: [reply('طلبك **في الطريق** وسيصل يوم الخميس.\n\n- الشحن مجاني\n- يمكنك تتبعه')],
    },
    act: say('أين طلبي؟', '.message.agent ul'),
  },
  { name: 'phone', context: phone, act: answered },
  { name: 'phone-launcher', context: phone },
  { name: 'phone-dark', context: { ...phone, colorScheme: 'dark' }, act: open },
  { name: 'zoomed', context: { viewport: { width: 320, height: 256 }, deviceScaleFactor: 2 }, act: answered },
  { name: 'forced-colors', context: { forcedColors: 'active' }, act: answered },
];

async function openUntil(page: Page, selector: string): Promise<void> {
  await page.locator('.launcher').click();
  await page.locator(selector).waitFor();
}

async function take(
  browser: Browser,
  { name, script, attributes = '', lang = 'en', context, act }: Shot,
): Promise<void> {
  const server = await startScriptedServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://local').pathname;
    if (path === '/')
      response.setHeader('content-type', 'text/html').end(hostPage(`${attributes} data-api="/s/shot"`, lang));
    else if (path.endsWith('.js')) {
      const file = join(dist, path.replace(/^\/widget\//, '/'));
      response.setHeader('content-type', 'text/javascript').end(readFileSync(file));
    } else response.writeHead(404).end();
  });
  await fetch(`${server.url}/s/shot/script`, {
    method: 'PUT',
    body: JSON.stringify({ agent: [agentAnswer], messages: [reply(rich)], ...script }),
  });
  const page = await browser.newPage({ ...wide, ...context });
  await page.goto(server.url);
  await page.locator('.launcher').waitFor();
  await act?.(page);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  await page.close();
  await server.close();
}

const browser = await chromium.launch({ executablePath: await findChromium(), args: [...chromiumFlags] });
for (const shot of shots) await take(browser, shot);
await browser.close();
console.log(`${shots.length} screenshots in ${folder}`);
