/** The chat on a phone (CPU ÷ 4): no task keeps a finger waiting. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { AGENT_ID, delta, done, KEY, start } from './answers.ts';
import { closeBrowser, openBrowser, plain, withSite } from './customer-page.ts';
import { measureOnPhone, phone, quantile, type Work } from './main-thread.ts';

const rounds = 7;

/** The chat is fetched, its panel drawn and laid out once. */
async function isReady(page: Page): Promise<void> {
  await page.locator('postern-chat .panel').waitFor({ state: 'attached' });
  for (let turn = 0; turn < 2; turn++)
    await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
}

/** To be called before the clock runs: what the driver itself does in the page then is over. */
async function aim(page: Page): Promise<() => Promise<unknown>> {
  const { x, y, width, height } = (await page.locator('.launcher').boundingBox())!;
  const isThere = page.evaluate(async () => {
    const root = document.querySelector('postern-chat')!.shadowRoot!;
    while (!root.querySelector('.message.agent .body:not(.plain)')) await new Promise(requestAnimationFrame);
  });
  return async () => {
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await isThere;
  };
}

function longestOf(what: string, works: readonly Work[]): number {
  const times = works.map(({ longestTaskMs }) => longestTaskMs);
  console.log(`${what}, longest task on a phone: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return quantile(times, 0.25);
}

describe('on a phone', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  it('opens without a task over 50 ms', { timeout: 60_000 }, async () => {
    const works: Work[] = [];
    for (let round = 0; round < rounds; round++) {
      await withSite({ html: plain, context: phone }, async ({ page }) => {
        await isReady(page);
        works.push(await measureOnPhone(page, await aim(page)));
      });
    }
    const longestMs = longestOf('opening', works);
    assert.ok(longestMs <= 50, `${longestMs}`);
  });

  it('shows a long reply below 200 messages without a layout for each piece', { timeout: 60_000 }, async () => {
    const messages = Array.from({ length: 200 }, (_, index) => ({
      id: `m${index}`,
      role: index % 2 ? 'agent' : 'user',
      text:
        index % 2 ? `Answer **${index}** with [a link](https://example.com/).\n\n- one\n- two` : `Question ${index}?`,
      createdAt: '',
    }));
    const text = 'Some **words** of a reply, with `code` and [a link](https://example.com/).\n\n'.repeat(160);
    const pieces = text.match(/[^]{1,24}/g)!;
    const gates = pieces.flatMap((_, index) => (index % 8 === 7 ? [`gate-${index}`] : []));
    const steps = [
      start(),
      ...pieces.flatMap((piece, index) => [delta(piece), ...(index % 8 === 7 ? [{ gate: `gate-${index}` }] : [])]),
      done(text),
    ];
    const conversation = [{ json: { id: 'cnv_1', agentId: AGENT_ID, messages } }];
    const works: Work[] = [];
    for (let round = 0; round < 4; round++) {
      await withSite({ html: plain, context: phone, script: { conversation, messages: [{ steps }] } }, async (site) => {
        const { page } = site;
        await page.evaluate((name) => sessionStorage.setItem(name, 'cnv_1'), `postern:${KEY}:${AGENT_ID}`);
        await isReady(page);
        await (
          await aim(page)
        )();
        works.push(
          await measureOnPhone(page, async () => {
            const isWhole = page.evaluate(
              () =>
                new Promise((resolve) => {
                  const chat = document.querySelector('postern-chat') as unknown as Element & {
                    send: (text: string) => void;
                  };
                  chat.addEventListener('postern-reply', () => resolve(true), { once: true });
                  chat.send('And now?');
                }),
            );
            for (const gate of gates) await site.go(gate);
            await isWhole;
          }),
        );
      });
    }
    const longestMs = longestOf('a long reply', works);
    const forced = works.map(({ forcedLayouts }) => forcedLayouts);
    console.log(`layouts that a script forced, for ${pieces.length} pieces: ${forced.join(', ')}`);
    assert.ok(longestMs <= 200, `${longestMs}`);
    assert.ok(Math.max(...forced) <= 2, forced.join());
  });
});
