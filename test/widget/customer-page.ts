/** A customer's page on an origin of its own with the real tag of the real build, in a real browser. For `*.spec.ts`. */
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { WidgetManifest } from '../../vite.config.ts';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { agentAnswer, AGENT_ID, KEY } from './answers.ts';
import { servePages } from './pages.ts';
import { startScriptedServer, type Asked, type Script } from './scripted-server.ts';

export const manifest = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../dist/widget/manifest.json'), 'utf8'),
) as WidgetManifest;

export interface Site {
  readonly page: Page;
  /** Everything that the page's console was told as an error, and every error that nothing caught. */
  readonly errors: string[];
  /** Addresses that the page asked for, without what it asked of itself and of the API. */
  readonly fetched: string[];
  /** The server's origin. */
  readonly host: string;
  readonly api: string;
  script(script: Script): Promise<void>;
  go(gate: string): Promise<void>;
  asked(): Promise<readonly Asked[]>;
}

export interface SiteOptions {
  readonly html: (tag: string, site: { readonly host: string; readonly api: string }) => string;
  readonly attributes?: string;
  readonly policy?: (host: string) => string;
  readonly script?: Script;
  readonly context?: BrowserContextOptions;
}

export const plain = (tag: string): string => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>
<body><main><h1>Shop</h1><p>Words</p><input id="field"><div style="height:3000px"></div></main>${tag}`;

let browser: Browser | undefined;

/** @param endpoint Of a browser that runs already. */
export async function openBrowser(endpoint?: string): Promise<void> {
  if (endpoint !== undefined) browser = await chromium.connect(endpoint);
  else browser = await chromium.launch({ executablePath: await findChromium(), args: [...chromiumFlags] });
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
}

/** Opens the page, hands it over, and takes everything down again. */
export async function withSite(options: SiteOptions, use: (site: Site) => Promise<void>): Promise<void> {
  const server = await startScriptedServer(servePages);
  const host = server.url.replace('127.0.0.1', 'localhost');
  const api = `${host}/s/site`;
  const tag = `<script async src="${host}/widget.js" data-key="${KEY}" data-agent="${AGENT_ID}" data-api="${api}" ${options.attributes ?? ''}></script>`;
  const customer = createServer((_request, response) => {
    if (options.policy) response.setHeader('content-security-policy', options.policy(host));
    response.setHeader('content-type', 'text/html; charset=utf-8').end(options.html(tag, { host, api }));
  });
  await new Promise<void>((resolve) => customer.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(customer.address() as AddressInfo).port}/`;
  const context = await browser!.newContext({ viewport: { width: 1024, height: 768 }, ...options.context });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const errors: string[] = [];
  const fetched: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith(api)) fetched.push(url.replace(host, ''));
  });
  await page.addInitScript(() => {
    const test = { violations: [] as string[], names: Object.getOwnPropertyNames(window) };
    Object.assign(window, { test });
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      test.violations.push(`${effectiveDirective} ${blockedURI}`);
    });
  });
  const tell = async (method: string, path: string, body?: unknown) => {
    await fetch(`${server.url}/s/site/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  };
  const site: Site = {
    page,
    errors,
    fetched,
    host,
    api,
    script: (script) => tell('PUT', 'script', script),
    go: (gate) => tell('POST', `go/${gate}`),
    asked: async () => (await (await fetch(`${server.url}/s/site/asked`)).json()) as readonly Asked[],
  };
  try {
    await site.script({ agent: [agentAnswer], ...options.script });
    await page.goto(address);
    await use(site);
  } finally {
    // What a test answers itself may be under way.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
    customer.closeAllConnections();
    await new Promise((resolve) => customer.close(resolve));
    await server.close();
  }
}
