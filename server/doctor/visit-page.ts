/**
 * Opens a page in a real browser as a visitor would, and opens its chat. Only for whoever may start programs on this machine: the
 * page's scripts run here, and reach what this machine reaches.
 */
import { userInfo } from 'node:os';
import type { Frame, Page } from 'playwright-core';

const startMs = 20_000;
const loadMs = 20_000;
/** For the chat's button to appear, and again for the chat to open. */
const chatMs = 10_000;
const pollMs = 100;
const linesMax = 50;
const lineLengthMax = 2_000;

export interface Visit {
  /** `Chromium 147.0.7727.15` */
  readonly browser: string;
  /** The page as its scripts left it. */
  readonly html: string;
  /** `absent`: no chat, or it can't be seen. `covered`: something lies over its button. `closed`: it did not open. */
  readonly chat: 'opened' | 'absent' | 'covered' | 'closed';
  /** What the chat wrote into the console. */
  readonly lines: readonly string[];
}

/** It could not be visited. Its text is shown. */
export class VisitError extends Error {
  override readonly name = 'VisitError';
}

interface VisitOptions {
  /** The browser's path. */
  readonly browserPath: string;
  /** More of its own options, for tests. */
  readonly flags?: readonly string[];
}

/** Throws a `VisitError`. */
export async function visitPage(url: URL, { browserPath, flags = [] }: VisitOptions): Promise<Visit> {
  // Loaded only here: nothing else of the server drives a browser.
  const { chromium } = await import('playwright-core');
  const browser = await chromium
    .launch({
      executablePath: browserPath,
      args: ['--disable-background-networking', ...flags],
      // Root has no sandbox in Chromium.
      chromiumSandbox: userInfo().uid !== 0,
      timeout: startMs,
    })
    .catch((error: unknown) => {
      throw new VisitError(`${browserPath} does not start`, { cause: error });
    });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const lines: string[] = [];
    page.on('console', (message) => {
      const line = message.text().slice(0, lineLengthMax);
      if (lines.length < linesMax && line.startsWith('[postern]')) lines.push(line);
    });
    let isAnswered = false;
    page.on('response', (response) => {
      if (response.ok() && new URL(response.url()).pathname.includes('/api/v1/agents/')) isAnswered = true;
    });
    await page.goto(url.href, { waitUntil: 'load', timeout: loadMs }).catch((error: unknown) => {
      // A page that goes on loading is there all the same.
      if (!(error instanceof Error) || error.name !== 'TimeoutError')
        throw new VisitError('the browser can’t open the page', { cause: error });
    });
    const chat = await openChat(page, lines, () => isAnswered);
    return { browser: `Chromium ${browser.version()}`, html: await page.content(), chat, lines };
  } catch (error) {
    if (error instanceof VisitError) throw error;
    throw new VisitError('the page went away while it was looked at', { cause: error });
  } finally {
    await browser.close();
  }
}

/** @param isAnswered Whether the server has answered the chat. */
async function openChat(page: Page, lines: readonly string[], isAnswered: () => boolean): Promise<Visit['chat']> {
  const frame = await pollUntil(() => findChat(page), lines);
  if (frame === undefined) return 'absent';
  const chat = frame.locator('postern-chat').first();
  const input = chat.locator('textarea');
  const isReady = async () => isAnswered() && (await input.isVisible()) && (await input.isEditable());
  if (!(await input.isVisible())) {
    const clicked = await chat
      .locator('button.launcher')
      .click({ timeout: chatMs / 2 })
      .then(
        () => true,
        () => false,
      );
    // It may have been taken away since it was seen.
    if (!clicked && lines.length === 0) return (await findChat(page)) === undefined ? 'absent' : 'covered';
  }
  return (await pollUntil(isReady, lines)) === true ? 'opened' : 'closed';
}

/** The frame in which a chat can be seen. */
async function findChat(page: Page): Promise<Frame | undefined> {
  for (const frame of page.frames()) {
    const inside = frame.locator('postern-chat').first().locator('button.launcher, textarea').first();
    if (await inside.isVisible()) return frame;
  }
  return undefined;
}

/** What is found in time; undefined too when the chat says in the console why it does not come. */
async function pollUntil<Found>(
  look: () => Promise<Found | undefined | false>,
  lines: readonly string[],
): Promise<Found | undefined> {
  for (const endsAt = performance.now() + chatMs; performance.now() < endsAt && lines.length === 0;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return undefined;
}
