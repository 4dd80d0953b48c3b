/** A computer or phone that falls asleep while a reply comes: every process of the browser really stops, and goes on later. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type BrowserServer } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { chromiumFlags, findChromium } from '../support/chromium.ts';
import { delta, done, start } from './answers.ts';
import { closeBrowser, openBrowser, plain, withSite } from './customer-page.ts';

/** Set low, and slept longer than it and the time after which a timer counts as late. */
const silenceMs = 3000;
const asleepMs = 6000;

let server: BrowserServer;

/** The browser's processes: the one that was started, and all that come from it. */
function processes(): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [server.process().pid!];
  for (const parent of found) for (const [child, of] of parents) if (of === parent) found.push(child);
  return found;
}

describe.skipIf(process.platform !== 'linux')('asleep while a reply comes', () => {
  beforeAll(async () => {
    server = await chromium.launchServer({ executablePath: await findChromium(), args: [...chromiumFlags] });
    await openBrowser(server.wsEndpoint());
  });
  afterAll(async () => {
    await closeBrowser();
    await server.close();
  });

  it('shows the reply that came meanwhile, and does not say that it takes too long', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round++) {
      const steps = [start(), delta('The first half, '), { gate: 'rest' }, done('The first half, and the rest.')];
      await withSite({ html: plain, script: { messages: [{ steps }] } }, async (site) => {
        const { page } = site;
        await page.locator('.launcher').click();
        await page.locator('.message.agent').waitFor();
        await page.evaluate((ms) => {
          const chat = document.querySelector('postern-chat') as unknown as { timing: object };
          chat.timing = { ...chat.timing, silenceMs: ms };
        }, silenceMs);
        await page.locator('textarea').fill('Well?');
        await page.keyboard.press('Enter');
        await page.getByText('The first half,').waitFor();
        const stopped = processes();
        for (const id of stopped) process.kill(id, 'SIGSTOP');
        try {
          await site.go('rest');
          await wait(asleepMs);
        } finally {
          for (const id of stopped) process.kill(id, 'SIGCONT');
        }
        await page.locator('.trouble, .body:has-text("and the rest.")').first().waitFor();
        assert.equal(await page.locator('.trouble').count(), 0, `round ${round}`);
      });
    }
  });
});
