/** A real browser for which every name is this machine, and pages that note what goes wrong in them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../support/chromium.ts';

export async function launchBrowser(): Promise<Browser> {
  const args = [...chromiumFlags, '--host-resolver-rules=MAP * 127.0.0.1', '--no-proxy-server'];
  return chromium.launch({ executablePath: await findChromium(), args });
}

/** What whole walks are walked on: a desk and a small phone. */
export const screens: readonly (readonly [string, BrowserContextOptions])[] = [
  ['a wide screen', {}],
  ['a phone of 360 px', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
];

/** By how many pixels a page is wider than its screen. */
export const widerBy = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export interface WatchedPage {
  readonly page: Page;
  /** Texts of `console.error` and of the browser's own errors, of the page and of its frames. */
  readonly errors: readonly string[];
  /** What scripts threw and nobody caught. */
  readonly thrown: readonly string[];
  /** Directives of the page's Content-Security-Policy that something on it violated. */
  readonly violations: () => Promise<readonly string[]>;
}

export async function openPage(browser: Browser, url: string, options?: BrowserContextOptions): Promise<WatchedPage> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  const thrown: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', ({ message }) => thrown.push(message));
  await page.addInitScript(() => {
    const found: string[] = ((globalThis as { violations?: string[] }).violations = []);
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      found.push(`${effectiveDirective} ${blockedURI}`);
    });
  });
  await page.goto(url);
  const violations = () => page.evaluate(() => (globalThis as { violations?: string[] }).violations ?? []);
  return { page, errors, thrown, violations };
}

/** The lines that the widget writes for the owner of a page. */
export const ownerLines = (errors: readonly string[]) => errors.filter((line) => line.startsWith('[postern]'));

export interface SiteServer {
  readonly port: number;
  /** Puts a page on a host; the address to open. */
  put(host: string, html: string, headers?: Readonly<Record<string, string>>, language?: string): string;
  /** What `/page.js` is on every host. */
  putScript(script: string): void;
  stop(): Promise<void>;
}

/** Customers' own servers: one page for each host, on an origin that is not Postern's. */
export async function startSites(): Promise<SiteServer> {
  const pages = new Map<string, { html: string; headers: Readonly<Record<string, string>> }>();
  let pageScript = '';
  const server = createServer((request, response) => {
    const page = pages.get(request.headers.host ?? '');
    if (request.url === '/page.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(pageScript);
    else if (request.url !== '/' || page === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...page.headers }).end(page.html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    put(host, body, headers = {}, language = 'en') {
      const html = `<!doctype html><html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><head><title>Shop</title><link rel="icon" href="data:,"></head><body><h1>Shop</h1>${body}</body></html>`;
      pages.set(`${host}:${port}`, { html, headers });
      return `http://${host}:${port}/`;
    },
    putScript: (script) => void (pageScript = script),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
