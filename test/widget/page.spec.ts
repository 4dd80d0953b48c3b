/** What one tag does to a customer's page, and what it never does. `npm run test:widget` */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { PosternChatAttributes } from '../../widget/attributes.ts';
import { agent, AGENT_ID, delta, done, KEY, problem, reply, start } from './answers.ts';
import { closeBrowser, manifest, openBrowser, plain, withSite, type Site } from './customer-page.ts';
import { median } from './main-thread.ts';

const rich = 'It **left** [today](https://example.com/).\n\n- one\n\n```js\nlet a = 1;\n```\n\n> quoted';
const chatFile = `/widget/${manifest.chat.file}`;
const richTextFile = `/widget/${manifest.richText.file}`;

const launcher = (page: Page) => page.locator('.launcher');

async function openChat({ page }: Site): Promise<void> {
  await launcher(page).click();
  await page.locator('.message.agent').first().waitFor();
}

async function say({ page }: Site, text: string): Promise<void> {
  await page.locator('textarea').fill(text);
  await page.keyboard.press('Enter');
}

const countLaunchers = (page: Page) => page.locator('.launcher').count();

describe('one tag', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  it('draws a launcher and fetches nothing more until the pointer comes near; then the chat, and asks the API nothing', async () => {
    await withSite({ html: plain, attributes: 'data-load="interaction"' }, async (site) => {
      const { page, fetched } = site;
      await launcher(page).waitFor();
      await page.waitForLoadState('networkidle');
      assert.deepEqual(fetched, ['/widget.js']);
      await launcher(page).hover();
      await page.waitForFunction(() => customElements.get('postern-chat'));
      assert.deepEqual(fetched, ['/widget.js', chatFile]);
      assert.deepEqual(await site.asked(), []);
      assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length + document.cookie.length), 0);
      assert.deepEqual(site.errors, []);
    });
  });

  for (const [how, act] of [
    ['focus', (page: Page) => launcher(page).focus()],
    ['a click, which opens it', (page: Page) => launcher(page).evaluate((button: HTMLElement) => button.click())],
  ] as const) {
    it(`fetches the chat on ${how}`, async () => {
      await withSite({ html: plain, attributes: 'data-load="interaction"' }, async ({ page, fetched }) => {
        await launcher(page).waitFor();
        await act(page);
        await page.waitForFunction(() => customElements.get('postern-chat'));
        if (how === 'focus') assert.deepEqual(fetched, ['/widget.js', chatFile]);
        else {
          await page.locator('dialog[open] .body:not(.plain)').waitFor();
          assert.deepEqual(fetched, ['/widget.js', chatFile, richTextFile]);
        }
      });
    });
  }

  it('fetches the chat when the page has nothing else to do, and at once with data-open', async () => {
    await withSite({ html: plain }, async ({ page, fetched }) => {
      await page.waitForFunction(() => customElements.get('postern-chat'));
      assert.deepEqual(fetched, ['/widget.js', chatFile]);
    });
    await withSite({ html: plain, attributes: 'data-open data-load="interaction"' }, async ({ page }) => {
      await page.locator('dialog[open] .message').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus is left alone');
    });
  });

  it('fetches the words of the page’s language, and of no other', async () => {
    const german = (tag: string) => plain(tag).replace('lang="en"', 'lang="de-AT"');
    await withSite({ html: german }, async (site) => {
      await openChat(site);
      assert.equal(await site.page.locator('textarea').getAttribute('placeholder'), 'Nachricht schreiben');
      assert.deepEqual(site.fetched, ['/widget.js', chatFile, `/widget/${manifest.locales.de!.file}`, richTextFile]);
    });
  });

  for (const [page, lang, side] of [
    ['lang="he" dir="rtl"', '', 'left'],
    ['lang="ur" dir="rtl"', '', 'left'],
    ['lang="fa" dir="rtl"', 'data-lang="en"', 'right'],
    ['lang="ar" dir="rtl"', '', 'left'],
    ['lang="en"', '', 'right'],
  ] as const) {
    it(`on a page with ${page} ${lang} the launcher is on the ${side}, named and closed, before and after the chat came`, async () => {
      const html = (tag: string) => plain(tag).replace('lang="en"', page);
      await withSite({ html, attributes: `data-load="interaction" ${lang}` }, async (site) => {
        const look = () =>
          launcher(site.page).evaluate((button) => ({
            x: button.getBoundingClientRect().x,
            ...Object.fromEntries([...button.attributes].map(({ name, value }) => [name, value])),
          }));
        await launcher(site.page).waitFor();
        const before = await look();
        assert.equal(before.x < 500 ? 'left' : 'right', side);
        await launcher(site.page).focus();
        await site.page.waitForFunction(() => customElements.get('postern-chat'));
        await site.page.locator('postern-chat .panel').waitFor({ state: 'attached' });
        assert.deepEqual(await look(), before);
        assert.equal(await launcher(site.page).getAttribute('aria-expanded'), 'false');
        assert.equal(await launcher(site.page).getAttribute('aria-haspopup'), 'dialog');
      });
    });
  }

  it('opens on the first click with the focus in the input, within 35 ms when the chat is there', async () => {
    const series = 7;
    let times: number[] = [];
    const measure = () =>
      withSite({ html: plain }, async ({ page }) => {
        await page.locator('postern-chat .panel').waitFor({ state: 'attached' });
        times.push(
          await page.evaluate(async () => {
            await new Promise((resolve) => requestIdleCallback(resolve));
            const { shadowRoot } = document.querySelector('postern-chat')!;
            const startedAt = performance.now();
            const isFocused = new Promise((resolve) => {
              shadowRoot!.addEventListener('focusin', ({ target }) => {
                if ((target as Element).localName === 'textarea') resolve(true);
              });
            });
            shadowRoot!.querySelector<HTMLElement>('.launcher')!.click();
            await isFocused;
            return performance.now() - startedAt;
          }),
        );
      });
    // Another series where the machine was busy with something else.
    for (let attempt = 0; attempt < 3 && !(median(times) <= 35); attempt++) {
      times = [];
      while (times.length < series) await measure();
      console.log(`click to focused input: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    }
    assert.ok(median(times) <= 35, times.join());
  });

  it('leaves no global name, replaces no handler, sets no cookie, and adds no frame', async () => {
    await withSite({ html: plain, script: { messages: [reply(rich)] } }, async (site) => {
      const { page } = site;
      await openChat(site);
      await say(site, 'Hi');
      await page.locator('.code').waitFor();
      const traces = await page.evaluate(() => ({
        names: Object.getOwnPropertyNames(window).filter(
          (name) =>
            !(window as unknown as { test: { names: string[] } }).test.names.includes(name) && !/^\d+$/.test(name),
        ),
        handlers: [window.onerror, window.onunhandledrejection, document.onkeydown, document.onclick].filter(Boolean)
          .length,
        cookies: document.cookie,
        frames: document.querySelectorAll('iframe, object, embed').length,
        styles: document.querySelectorAll('style, link[rel=stylesheet], [style*=important]').length,
      }));
      assert.deepEqual(
        traces.names.filter((name) => !['test', 'field'].includes(name)),
        [],
      );
      assert.deepEqual({ ...traces, names: [] }, { names: [], handlers: 0, cookies: '', frames: 0, styles: 0 });
    });
  });

  it('never scrolls the page, and shifts nothing on it', async () => {
    await withSite(
      { html: plain, script: { messages: [reply('A long line of text.\n\n'.repeat(60))] } },
      async (site) => {
        const { page } = site;
        await page.evaluate(() => {
          window.scrollTo(0, 700);
          Object.assign(window, { shift: 0 });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
              (window as unknown as { shift: number }).shift += entry.value;
            }
          }).observe({ type: 'layout-shift', buffered: true });
        });
        await openChat(site);
        await say(site, 'Hi');
        await page.locator('.message.agent').nth(1).waitFor();
        await page.keyboard.press('Escape');
        await page.locator('dialog:not([open])').waitFor({ state: 'attached' });
        assert.equal(await page.evaluate(() => window.scrollY), 700);
        const shift = await page.evaluate(() => (window as unknown as { shift: number }).shift);
        assert.equal(shift.toFixed(3), '0.000');
      },
    );
  });

  it('has its launcher there within 75 ms of the page’s first paint, and blocks nothing for 50 ms', async () => {
    await withSite({ html: plain }, async ({ page }) => {
      await page.addInitScript(() => {
        const look = () => {
          const found = document.querySelector('postern-chat')?.shadowRoot?.querySelector('.launcher');
          if (found) performance.mark('launcher');
          else requestAnimationFrame(look);
        };
        look();
        const tasks: number[] = [];
        Object.assign(window, { tasks });
        const observer = new PerformanceObserver((list) => {
          tasks.push(...list.getEntries().map(({ duration }) => duration));
        });
        observer.observe({ type: 'longtask', buffered: true });
      });
      const measured: { late: number; tasks: number[] }[] = [];
      const isQuick = () => measured.some(({ late }) => late <= 75) && measured.some(({ tasks }) => tasks.length === 0);
      for (let round = 0; round < 10 && !(round >= 3 && isQuick()); round++) {
        await page.reload();
        await page.waitForFunction(() => {
          const times = ['first-paint', 'launcher'].map((name) => performance.getEntriesByName(name).length);
          return customElements.get('postern-chat') && times.every((count) => count > 0);
        });
        measured.push(
          await page.evaluate(() => {
            const [painted, drawn] = ['first-paint', 'launcher'].map((name) => performance.getEntriesByName(name)[0]);
            const { tasks } = window as unknown as { tasks: number[] };
            return { late: drawn!.startTime - painted!.startTime, tasks };
          }),
        );
      }
      console.log(`launcher after first paint: ${measured.map(({ late }) => late.toFixed(0)).join(', ')} ms`);
      assert.ok(isQuick(), JSON.stringify(measured));
    });
  });

  it('pasted twice, injected late, run a hundred times: one launcher and no error', async () => {
    await withSite({ html: (tag) => plain(tag + tag) }, async ({ page, errors, host }) => {
      await page.waitForFunction(() => customElements.get('postern-chat'));
      assert.equal(await countLaunchers(page), 1);
      await page.evaluate(
        async ([src, key, agentId]) => {
          for (let round = 0; round < 100; round++) {
            const script = document.createElement('script');
            script.src = src!;
            Object.assign(script.dataset, { key, agent: agentId });
            const loaded = new Promise((resolve) => (script.onload = resolve));
            document.head.append(script);
            await loaded;
            script.remove();
            // Every third page of an application takes the element with it.
            if (round % 3 === 0) document.querySelector('postern-chat')?.remove();
          }
        },
        [`${host}/widget.js`, KEY, AGENT_ID],
      );
      assert.equal(await page.locator('postern-chat').count(), 0, 'taken out by the page, it stays out');
      await page.evaluate(
        async ([src, key, agentId]) => {
          const script = document.createElement('script');
          script.src = src!;
          Object.assign(script.dataset, { key, agent: agentId });
          const loaded = new Promise((resolve) => (script.onload = resolve));
          document.head.append(script);
          await loaded;
        },
        [`${host}/widget.js`, KEY, AGENT_ID],
      );
      assert.equal(await countLaunchers(page), 1);
      assert.deepEqual(errors, []);
    });
  });

  it('is found where a tag manager or an optimizer has hidden the running script', async () => {
    const hidden = (tag: string, { host }: { host: string }) =>
      plain(`${tag.replace('<script async', '<script type="text/plain"')}
        <script>fetch('${host}/widget.js').then((answer) => answer.text()).then((code) => (0, eval)(code))</script>`);
    await withSite({ html: hidden }, async (site) => {
      await openChat(site);
      assert.equal((await site.asked())[0]?.headers.authorization, `Bearer ${KEY}`);
    });
  });

  it('waits for the body when it runs in the head before there is one', async () => {
    const early = (tag: string) => `<!doctype html><head>${tag.replace(' async', '')}</head><body><p>Late</p>`;
    await withSite({ html: early }, async ({ page, errors }) => {
      await launcher(page).waitFor();
      assert.ok(await page.evaluate(() => document.querySelector('body + postern-chat')));
      assert.deepEqual(errors, []);
    });
  });

  it('comes along when a page library swaps the body, with its conversation, and without a copy of itself', async () => {
    const steps = [start(), delta('First half, '), { gate: 'rest' }, done('First half, second half.')];
    const stored = { id: 'cnv_1', agentId: AGENT_ID, messages: [] };
    const script = { messages: [{ steps }], conversation: [{ json: stored }] };
    await withSite({ html: plain, script }, async (site) => {
      const { page, errors } = site;
      await openChat(site);
      await say(site, 'Hi');
      await page.getByText('First half,').waitFor();
      await page.evaluate(() => {
        const next = document.body.cloneNode(true) as HTMLBodyElement;
        document.documentElement.replaceChild(next, document.body);
      });
      await site.go('rest');
      await page.locator('.body', { hasText: 'second half.' }).waitFor();
      assert.equal(await page.locator('postern-chat').count(), 1);
      assert.equal(await countLaunchers(page), 1);
      assert.ok(await page.locator('dialog[open]').isVisible());
      assert.deepEqual(errors, []);
    });
  });

  it('stays open over a page load, with its history, and takes no focus then', async () => {
    await withSite({ html: plain, script: { messages: [reply('Blue.')] } }, async (site) => {
      const { page } = site;
      await openChat(site);
      await say(site, 'Which colour?');
      await page.getByText('Blue.').first().waitFor();
      // Its first words are there before it is whole.
      await page.locator('.send[aria-label=Send]').waitFor();
      const messages = [
        { id: 'a', role: 'user', text: 'Which colour?' },
        { id: 'b', role: 'agent', text: 'Blue.' },
      ];
      await site.script({ conversation: [{ json: { id: 'cnv_1', agentId: AGENT_ID, messages } }] });
      await page.goto(`${page.url()}another/page`);
      await page.locator('dialog[open] .message.user').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
      await page.keyboard.press('Tab');
      await page.locator('[part=close]').click();
      await page.reload();
      await page.waitForFunction(() => customElements.get('postern-chat'));
      assert.equal(await page.locator('dialog[open]').count(), 0, 'closed stays closed');
    });
  });

  it('says so when the chat itself cannot be fetched, and the next click tries again', async () => {
    await withSite({ html: plain, attributes: 'data-load="interaction"' }, async (site) => {
      const { page, errors } = site;
      await page.route(`**${chatFile}*`, (route) => route.abort());
      await launcher(page).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.getByRole('alert').innerText(), 'The chat didn’t load. ↻');
      assert.ok(errors.some((error) => error.includes('[postern]') && error.includes('script-src')));
      await page.unroute(`**${chatFile}*`);
      await openChat(site);
      assert.equal(await page.locator('.notice').count(), 0);
    });
  });

  it('works pinned, with integrity and crossorigin, and then takes no chat but the one it was made with', async () => {
    const pinned = (tag: string) =>
      plain(
        tag.replace(
          '/widget.js"',
          `/widget/${manifest.pinned.file}" integrity="${manifest.pinned.integrity}" crossorigin="anonymous"`,
        ),
      );
    await withSite({ html: pinned }, async (site) => {
      await openChat(site);
      assert.deepEqual(site.errors, []);
    });
    await withSite({ html: pinned, attributes: 'data-load="interaction"' }, async ({ page }) => {
      await page.route(`**${chatFile}*`, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: `${await answer.text()};document.title='Owned'` });
      });
      await launcher(page).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.title(), 'Shop');
      assert.equal(await page.evaluate(() => customElements.get('postern-chat')), undefined);
    });
  });

  const pinned = (tag: string) =>
    plain(
      tag.replace(
        '/widget.js"',
        `/widget/${manifest.pinned.file}" integrity="${manifest.pinned.integrity}" crossorigin="anonymous"`,
      ),
    );

  it('pinned, on a page whose policy admits scripts by a nonce only: passes its nonce on to all that it fetches', async () => {
    const { file, integrity } = manifest.pinned;
    const html = (tag: string) =>
      plain(
        tag.replace('/widget.js"', `/widget/${file}" nonce="r4nd0m" integrity="${integrity}" crossorigin="anonymous"`),
      );
    const policy = (host: string) => `script-src 'nonce-r4nd0m'; connect-src ${host}`;
    await withSite({ html, policy, script: { messages: [reply(rich)] } }, async (site) => {
      await openChat(site);
      await say(site, 'Hi');
      await site.page.locator('.code').waitFor();
      assert.deepEqual(site.errors, []);
    });
  });

  it('pinned, takes no reader of Markdown but the one it was made with: replies are plain text then', async () => {
    for (const isTampered of [false, true]) {
      await withSite({ html: pinned, script: { messages: [reply('It is **so**.')] } }, async (site) => {
        const { page } = site;
        await page.route(`**${richTextFile}*`, async (route) => {
          const answer = await route.fetch();
          const body = await answer.text();
          await route.fulfill({ response: answer, body: isTampered ? `${body};document.title='Owned'` : body });
        });
        await openChat(site);
        await say(site, 'Is it?');
        await page.locator('.body', { hasText: isTampered ? 'It is **so**.' : /^It is so\.$/ }).waitFor();
        assert.equal(await page.title(), 'Shop');
      });
    }
  });

  it('shows replies as plain text when the reader of Markdown cannot be fetched, and reads them once it can', async () => {
    await withSite({ html: plain, script: { messages: [reply('It is **so**.\n\n- one')] } }, async (site) => {
      const { page } = site;
      await page.route(`**${richTextFile}*`, (route) => route.abort());
      await openChat(site);
      await say(site, 'Is it?');
      const shown = page.locator('.message.agent .body').nth(1);
      await page.waitForFunction(() => {
        const { shadowRoot } = document.querySelector('postern-chat')!;
        return shadowRoot!.querySelector('.announcer')!.textContent !== '';
      });
      assert.equal(await shown.innerText(), 'It is **so**.\n\n- one');
      await page.unroute(`**${richTextFile}*`);
      await page.keyboard.press('Escape');
      await launcher(page).click();
      await shown.locator('li').waitFor();
      assert.equal(await shown.locator('strong').innerText(), 'so');
    });
  });

  it('with forced colours has its borders also where the file of rarer looks cannot be fetched', async () => {
    await withSite({ html: plain }, async (site) => {
      const { page } = site;
      await page.emulateMedia({ forcedColors: 'active' });
      await page.route(`**${richTextFile}*`, (route) => route.abort());
      await openChat(site);
      for (const part of ['.panel', '.message', '.avatar']) {
        const width = await page.locator(part).evaluate((element) => getComputedStyle(element).borderTopWidth);
        assert.equal(width, '1px', part);
      }
      // Shadows are gone there: what shows the focus has to be a line.
      await page.locator('textarea').focus();
      const line = await page.locator('.composer').evaluate((element) => getComputedStyle(element).outlineStyle);
      assert.equal(line, 'solid');
    });
  });

  it('lays out at most once a frame while a reply streams', async () => {
    const pieces = Array.from({ length: 400 }, (_, index) => delta(`word${index} **b** `));
    const text = pieces.map((step) => ('data' in step ? (step.data as { text: string }).text : '')).join('');
    await withSite(
      { html: plain, script: { messages: [{ steps: [start(), ...pieces, done(text)] }] } },
      async (site) => {
        const { page } = site;
        await openChat(site);
        const session = await page.context().newCDPSession(page);
        await session.send('Performance.enable');
        const layouts = async () => {
          const { metrics } = await session.send('Performance.getMetrics');
          return metrics.find(({ name }) => name === 'LayoutCount')!.value;
        };
        await page.evaluate(() => {
          const test = { frames: 0 };
          Object.assign(window, { streaming: test });
          const count = () => {
            test.frames++;
            requestAnimationFrame(count);
          };
          count();
        });
        const before = await layouts();
        await say(site, 'Count');
        await page.locator('.body', { hasText: 'word399' }).waitFor();
        const count = (await layouts()) - before;
        const frames = await page.evaluate(
          () => (window as unknown as { streaming: { frames: number } }).streaming.frames,
        );
        console.log(`${count} layouts in ${frames} frames for 400 pieces`);
        assert.ok(count <= frames + 20, `${count} layouts in ${frames} frames`);
      },
    );
  });

  it('with data-hide-when-blocked shows nothing where the key is refused, and the launcher where it isn’t', async () => {
    const attributes = 'data-hide-when-blocked';
    await withSite(
      {
        html: plain,
        attributes,
        script: { agent: [problem(403, 'origin_not_allowed', { fix: 'Add it to the key.' })] },
      },
      async ({ page, errors }) => {
        if (!errors.some((error) => error.includes('[postern]')))
          await page.waitForEvent('console', (message) => message.text().includes('[postern]'));
        assert.equal(await launcher(page).isVisible(), false);
        const said = errors.filter((error) => error.includes('[postern]'));
        assert.equal(said.length, 1);
        assert.match(said[0]!, /origin_not_allowed.*http:\/\/127\.0\.0\.1:\d+.*Add it to the key\./);
      },
    );
    await withSite({ html: plain, attributes }, async ({ page }) => {
      await launcher(page).waitFor();
    });
  });

  it('really offline: says so within a second, and the answer comes by itself when the network is back', async () => {
    await withSite({ html: plain, script: { messages: [reply('Back again.')] } }, async (site) => {
      const { page } = site;
      await openChat(site);
      // By the page's own clock.
      const saidAfterMs = page.evaluate(async () => {
        const { shadowRoot } = document.querySelector('postern-chat')!;
        const sentAt = await new Promise<number>((resolve) =>
          addEventListener('keydown', () => resolve(performance.now()), { capture: true, once: true }),
        );
        return new Promise<number>((resolve) => {
          const look = () => {
            if (shadowRoot!.textContent.includes('You seem to be offline.')) resolve(performance.now() - sentAt);
          };
          new MutationObserver(look).observe(shadowRoot!, { subtree: true, childList: true, characterData: true });
          setTimeout(resolve, 8_000, Infinity);
          look();
        });
      });
      await page.context().setOffline(true);
      await say(site, 'Hi');
      assert.ok((await saidAfterMs) < 1000);
      await page.context().setOffline(false);
      await page.locator('.body', { hasText: 'Back again.' }).waitFor();
    });
  });

  it('under a strict policy with trusted types: everything looks the same, and the browser reports no violation', async () => {
    const looks = async (site: Site) => {
      const { page } = site;
      await openChat(site);
      await say(site, 'Hi');
      await page.locator('.answer-foot').waitFor();
      await say(site, 'Again');
      await page.locator('.trouble').waitFor();
      assert.deepEqual(
        await page.evaluate(() => (window as unknown as { test: { violations: string[] } }).test.violations),
        [],
      );
      return look(page);
    };
    const script = { messages: [reply(rich), problem(500, 'internal')] };
    let free: Looks | undefined;
    // The page's own height is an inline style, which the policy would report.
    const html = (tag: string) => plain(tag).replace('<div style="height:3000px"></div>', '');
    await withSite({ html, script }, async (site) => void (free = await looks(site)));
    const policy = (host: string) =>
      `default-src 'none'; script-src ${host}; connect-src ${host}; img-src ${host}; require-trusted-types-for 'script'`;
    await withSite({ html, script, policy }, async (site) => assert.deepEqual(await looks(site), free));
  });

  it('on a page with hostile styles: looks and measures the same', async () => {
    const script = { messages: [reply(rich)] };
    const looks = async (site: Site) => {
      await openChat(site);
      await say(site, 'Hi');
      await site.page.locator('.answer-foot').waitFor();
      return look(site.page);
    };
    let free: Looks | undefined;
    await withSite({ html: plain, script }, async (site) => void (free = await looks(site)));
    const hostile = `html{font-size:10px;direction:rtl;writing-mode:vertical-rl}
      *{all:unset!important;font:40px serif!important;letter-spacing:9px!important;line-height:3!important;text-transform:uppercase!important;color:red!important}
      postern-chat{display:none!important;opacity:.1!important;transform:scale(2)!important;position:static!important}
      button,textarea,dialog{border:9px solid red!important;padding:50px!important}
      ::placeholder{color:red!important}::backdrop{background:red!important}`;
    const html = (tag: string) => plain(tag).replace('<body>', `<style>${hostile}</style><body>`);
    await withSite({ html, script }, async (site) => assert.deepEqual(await looks(site), free));
  });

  it('on a phone: full screen, modal, and the page behind it neither scrolled nor reachable', async () => {
    const context = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    await withSite({ html: plain, context, script: { agent: [{ json: agent }] } }, async (site) => {
      const { page } = site;
      await launcher(page).tap();
      await page.locator('dialog[open]').waitFor();
      const box = await page.locator('dialog').boundingBox();
      assert.deepEqual([box?.x, box?.width, Math.round(box?.height ?? 0)], [0, 360, 740]);
      assert.equal(await page.locator('dialog').evaluate((dialog) => dialog.matches(':modal')), true);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 360), true);
      await page.locator('[part=close]').tap();
      await page.locator('dialog:not([open])').waitFor({ state: 'attached' });
    });
  });
});

describe('the package’s entry', () => {
  const root = join(import.meta.dirname, '../..');

  it('may be imported in Node, and does nothing there', () => {
    const code = `import { PosternChat } from 'postern/widget'; if (typeof PosternChat !== 'function') process.exit(1);`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root });
    assert.equal(run.status, 0, run.stderr.toString());
    assert.equal(run.stderr.toString(), '');
  });

  it('has a manifest of its public face: the parts, events, attributes and methods that there are', () => {
    const { modules } = JSON.parse(readFileSync(join(root, 'dist/widget/custom-elements.json'), 'utf8')) as {
      modules: {
        declarations: Record<'cssParts' | 'events' | 'members' | 'attributes' | 'slots', { name: string }[]>[];
      }[];
    };
    const face = modules[0]!.declarations[0]!;
    const names = (list: keyof typeof face) => new Set(face[list].map(({ name }) => name));
    const sources = ['panel', 'rich-text', 'extras', 'contact', 'element', 'launcher', 'launcher-state']
      .map((name) => readFileSync(join(root, `widget/${name}.ts`), 'utf8').replace(/^ \*.*$/gm, ''))
      .join();
    const drawn = [
      ...sources.matchAll(/part(?:="|\.add\('|: ')([a-z -]+)|(?:iconButton|link)\(words\.\w+, '([a-z-]+)'/g),
    ];
    const parts = new Set(drawn.flatMap(([, some = '', one = '']) => `${some} ${one}`.split(' ')).filter(Boolean));
    for (const role of ['user', 'agent']) parts.add(`${role}-message`).add('message');
    assert.deepEqual(names('cssParts'), parts);
    assert.ok(parts.size >= 12);
    assert.deepEqual(
      names('events'),
      new Set(['ready', 'open', 'close', 'message', 'reply', 'error'].map((name) => `postern-${name}`)),
    );
    for (const method of ['open', 'close', 'send', 'reset']) assert.ok(names('members').has(method), method);
    const inMarkup: Record<keyof PosternChatAttributes, true> = {
      'public-key': true,
      agent: true,
      api: true,
      open: true,
      inline: true,
      position: true,
      label: true,
      avatar: true,
      consent: true,
      'privacy-url': true,
      greeting: true,
      lang: true,
      theme: true,
      remember: true,
      'hide-when-blocked': true,
    };
    assert.deepEqual(names('attributes'), new Set(Object.keys(inMarkup)));
    assert.deepEqual(names('slots'), new Set(['header', 'footer']));
    assert.ok(!JSON.stringify(face).includes('"name":"#'), 'nothing private');
  });
});

type Looks = Record<string, unknown>;

/** Where everything of the widget is, and what a person would notice of how it looks. */
async function look(page: Page): Promise<Looks> {
  await page.evaluate(async () => {
    // What is moved to its place at the next frame is there.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    for (const element of document.querySelector('postern-chat')!.shadowRoot!.querySelectorAll('*')) {
      for (const animation of element.getAnimations())
        if (animation.effect?.getComputedTiming().iterations === 1) animation.finish();
    }
  });
  return page.evaluate(() => {
    const seen: Record<string, unknown> = {};
    const properties = [
      'color',
      'backgroundColor',
      'fontFamily',
      'fontSize',
      'fontWeight',
      'letterSpacing',
      'lineHeight',
      'textTransform',
      'direction',
      'padding',
      'border',
      'borderRadius',
      'opacity',
      'visibility',
    ] as const;
    const root = document.querySelector('postern-chat')!.shadowRoot!;
    [...root.querySelectorAll('*')].forEach((element, index) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      seen[`${index} ${element.localName}.${element.getAttribute('class') ?? ''}`] = [
        [x, y, width, height].map(Math.round).join(' '),
        ...properties.map((property) => style[property]),
      ].join(' | ');
    });
    return seen;
  });
}
