import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSites, type SiteServer } from '../e2e/browser.ts';
import { makeKey, startBuiltServer, type BuiltServer, type MadeKey } from '../e2e/built-server.ts';
import { agentAnswer, delta, done, start } from '../widget/answers.ts';
import { startScriptedServer, type ScriptedServer } from '../widget/scripted-server.ts';
import type { Engine, Tab } from './engine.ts';
import { engines } from './engines.ts';
import { inChat } from './find.ts';

let server: BuiltServer;
let sites: SiteServer;
let scripted: ScriptedServer;
let key: MadeKey;

/** Two names that reach this machine in every engine: the one that the key allows, and another. */
const shop = 'shop.example.localhost';
const thief = 'evil.localhost';

beforeAll(async () => {
  [server, sites, scripted] = await Promise.all([
    startBuiltServer({ DEMO: 'off' }),
    startSites(),
    startScriptedServer(),
  ]);
  key = await makeKey(server, shop);
});
afterAll(async () => {
  await Promise.all([server.stop(), sites.stop(), scripted.close()]);
});

/** Notes what goes wrong on the page, before anything else runs on it. */
const watch = `
  globalThis.seen = [];
  addEventListener('error', ({ message }) => seen.push('error: ' + message));
  addEventListener('unhandledrejection', ({ reason }) => seen.push('rejection: ' + reason));
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    seen.push('violation: ' + effectiveDirective + ' ' + blockedURI));
  const { error } = console;
  console.error = (...texts) => { seen.push(texts.join(' ')); error.apply(console, texts); };`;

interface PageOptions {
  readonly host?: string;
  readonly attributes?: string;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly language?: string;
}

function putPage(options: PageOptions = {}): string {
  const { host = shop, attributes = '', html = '', headers = {}, language } = options;
  sites.putScript(watch);
  const tag = `<script async src="${server.origin}/widget.js" data-key="${key.publicKey}" data-agent="${key.agentId}" ${attributes}></script>`;
  return sites.put(host, `<script src="/page.js"></script>${html}${tag}`, headers, language);
}

const seen = (tab: Tab) => tab.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
const textOf = (tab: Tab, selector: string) =>
  tab.evaluate((one) => {
    const found = document.querySelector('postern-chat')?.shadowRoot?.querySelectorAll<HTMLElement>(one);
    return found === undefined ? '' : [...found].map(({ innerText }) => innerText).join('\n');
  }, selector);
const isDrawn = (tab: Tab, selector: string) =>
  tab.evaluate((one) => {
    const found = document.querySelector('postern-chat')?.shadowRoot?.querySelector(one);
    return found !== null && found !== undefined && found.getClientRects().length > 0;
  }, selector);
const isOpen = (tab: Tab) => isDrawn(tab, '.panel[open]');
const focused = (tab: Tab) =>
  tab.evaluate(() => {
    const inside = document.activeElement?.shadowRoot?.activeElement;
    return inside === null || inside === undefined ? '' : `${inside.localName}.${inside.classList[0] ?? ''}`;
  });
/** Where a part of the chat is drawn, in the window. */
const boxOf = (tab: Tab, selector: string) =>
  tab.evaluate((one) => {
    const box = document.querySelector('postern-chat')?.shadowRoot?.querySelector(one)?.getBoundingClientRect();
    return {
      left: box?.left ?? NaN,
      top: box?.top ?? NaN,
      right: box?.right ?? NaN,
      bottom: box?.bottom ?? NaN,
      windowWidth: innerWidth,
      windowHeight: innerHeight,
    };
  }, selector);

/** A page that nobody was on before, with its chat open. */
async function openChat(tab: Tab, url: string): Promise<void> {
  await tab.goTo(url);
  await tab.evaluate(() => sessionStorage.clear());
  await tab.reload();
  await expect.poll(() => isDrawn(tab, '.launcher')).toBe(true);
  await tab.click(inChat, '.launcher');
  await expect.poll(() => isOpen(tab)).toBe(true);
  await expect.poll(() => focused(tab)).toBe('textarea.');
}

async function ask(tab: Tab, question: string): Promise<void> {
  await tab.type(question);
  await tab.press('Enter');
}

describe.each(engines)('$name', ({ open }) => {
  let engine: Engine | undefined;
  let tab: Tab;
  const it = test.skipIf(open === undefined);

  beforeAll(async () => {
    if (open === undefined) return;
    engine = open();
    tab = await engine.open();
  });
  afterAll(() => engine?.close());

  it('opens with a press, takes the focus, answers with Markdown, closes with Escape, gives the focus back', async () => {
    await openChat(tab, putPage());
    await ask(tab, 'When do you open?');
    await expect.poll(() => textOf(tab, '.message.agent')).toContain('At nine.');
    await expect.poll(() => textOf(tab, '.message.agent pre')).toContain('open(9);');
    await tab.press('Escape');
    await expect.poll(() => isOpen(tab)).toBe(false);
    expect(await focused(tab)).toBe('button.launcher');
    expect(await seen(tab)).toEqual([]);
  });

  it('has the conversation again after a reload, and goes on', async () => {
    await openChat(tab, putPage());
    await ask(tab, 'When do you open?');
    await expect.poll(() => textOf(tab, '.message.agent')).toContain('At nine.');
    await tab.reload();
    await expect.poll(() => textOf(tab, '.message')).toContain('At nine.');
    await expect.poll(() => isOpen(tab)).toBe(true);
    await tab.click(inChat, 'textarea');
    await ask(tab, 'How far is the harbour?');
    await expect.poll(() => textOf(tab, '.message.agent')).toContain('Ten minutes on foot.');
    expect(await seen(tab)).toEqual([]);
  });

  it('shows a reply piece by piece, as it comes', async () => {
    const api = `${scripted.url.replace('127.0.0.1', 'localhost')}/s/${crypto.randomUUID()}`;
    const tell = (path: string, method: string, body?: string) =>
      fetch(`${api}/${path}`, { method, body: body ?? null });
    const steps = [start(), delta('First '), { gate: 'second' }, delta('and last.'), done('First and last.')];
    await tell('script', 'PUT', JSON.stringify({ agent: [agentAnswer], messages: [{ steps }] }));
    await openChat(tab, putPage({ attributes: `data-api="${api}"` }));
    await ask(tab, 'Go on');
    await expect.poll(() => textOf(tab, '.message.agent')).toContain('First');
    expect(await textOf(tab, '.message.agent')).not.toContain('last');
    await tell('go/second', 'POST');
    await expect.poll(() => textOf(tab, '.message.agent')).toContain('First and last.');
    expect(await seen(tab)).toEqual([]);
  });

  it('on another origin: the visitor gets one sentence, the owner a line with the fix', async () => {
    await openChat(tab, putPage({ host: thief }));
    await expect.poll(() => textOf(tab, '.trouble')).toContain('Chat isn’t available here right now.');
    await expect.poll(async () => (await seen(tab)).length).toBe(1);
    expect((await seen(tab))[0]).toMatch(
      /^\[postern\] origin_not_allowed.*Fix: Add evil\.localhost to the allowed domains/s,
    );
  });

  it('works under a strict policy with trusted types, and nothing violates it', async () => {
    const policy = `default-src 'none'; script-src 'self' ${server.origin}; connect-src ${server.origin}; img-src data:; require-trusted-types-for 'script'`;
    await openChat(tab, putPage({ headers: { 'content-security-policy': policy } }));
    await ask(tab, 'When do you open?');
    await expect.poll(() => textOf(tab, '.message.agent pre')).toContain('open(9);');
    expect(
      await tab.evaluate(
        () =>
          getComputedStyle(document.querySelector('postern-chat')!.shadowRoot!.querySelector('.message.user')!)
            .borderTopLeftRadius,
      ),
    ).toBe('18px');
    expect(await seen(tab)).toEqual([]);
  });

  it('under a policy that blocks its calls: no chat for the visitor, and the owner is told which part of it', async () => {
    const policy = `script-src 'self' ${server.origin}; connect-src 'self'`;
    await openChat(tab, putPage({ headers: { 'content-security-policy': policy } }));
    await expect.poll(() => textOf(tab, '.trouble')).toContain('Chat isn’t available here right now.');
    const fix = `Fix: connect-src of the page must allow ${server.origin}.`;
    await expect.poll(async () => (await seen(tab)).filter((line) => line.includes(fix)).length).toBe(1);
  });

  it('reads from right to left on an Arabic page, on the other side', async () => {
    await openChat(tab, putPage({ language: 'ar' }));
    await ask(tab, 'When do you open?');
    await expect.poll(() => textOf(tab, '.message.agent')).toContain('At nine.');
    const launcher = await boxOf(tab, '.launcher');
    expect(launcher.left).toBeLessThan(launcher.windowWidth / 2);
    expect(
      await tab.evaluate(
        () => getComputedStyle(document.querySelector('postern-chat')!.shadowRoot!.querySelector('.panel')!).direction,
      ),
    ).toBe('rtl');
    expect(await seen(tab)).toEqual([]);
  });

  it('fills a phone’s window, and the composer is in it', async () => {
    await tab.resize(390, 700);
    await openChat(tab, putPage());
    const { windowWidth } = await boxOf(tab, '.panel');
    await expect.poll(() => boxOf(tab, '.panel')).toMatchObject({ left: 0, top: 0, right: windowWidth });
    const composer = await boxOf(tab, '.composer');
    expect(composer.bottom).toBeLessThanOrEqual(composer.windowHeight);
    expect(composer.top).toBeGreaterThan(composer.windowHeight / 2);
    expect(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await tab.resize(1024, 768);
  });

  it('is dark where the visitor’s system is', async () => {
    const dark = await engine!.open('dark');
    const background = (one: Tab) =>
      one.evaluate(
        () =>
          getComputedStyle(document.querySelector('postern-chat')!.shadowRoot!.querySelector('.panel')!)
            .backgroundColor,
      );
    await openChat(dark, putPage());
    expect(await background(dark)).toBe('rgb(23, 24, 28)');
    await openChat(tab, putPage());
    expect(await background(tab)).toBe('rgb(255, 255, 255)');
  });
});
