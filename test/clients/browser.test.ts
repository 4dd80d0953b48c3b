/** Each client of docs/models.md in a real browser, by the very code that stands there: on an allowed origin, and on a refused one. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, startSites, type SiteServer } from '../e2e/browser.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/server.ts';
import { bundle, recipe } from './recipes.ts';

let server: TestServer;
let sites: SiteServer;
let browser: Browser;
let key: TestKey;
let agentId: string;

beforeAll(async () => {
  server = await startTestServer();
  sites = await startSites();
  browser = await launchBrowser();
  const organizationId = await server.createOrganization();
  key = await server.createKey(organizationId, { allowedDomains: ['shop.localhost'] });
  const faq = [{ question: 'When do you open?', answer: 'We open at nine. We close at six.' }];
  agentId = (await server.createAgent(organizationId, { faq })).id;
});
afterAll(async () => {
  await browser.close();
  await sites.stop();
  await server.stop();
});

const places = () => ({ url: `http://localhost:${server.port}`, key: key.publicKey, agentId });
const spent = async (): Promise<number> => (await server.store.findCredits(key.organizationId))!.spent;

interface Opened {
  readonly page: Page;
  /** What was sent to the server, but preflights. */
  readonly calls: readonly string[];
  /** All that the visitor sees, inside shadow roots too, and what nobody caught. */
  readonly seen: () => Promise<string>;
}

async function open(host: string, script: string): Promise<Opened> {
  sites.putScript(script);
  const calls: string[] = [];
  const address = sites.put(host, '<!doctype html><title>A shop</title><body></body>');
  const { page, thrown } = await openPage(browser, address);
  page.on('request', (request) => {
    if (request.url().includes(`:${server.port}/`))
      calls.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await page.addScriptTag({ url: '/page.js', type: 'module' });
  const seen = async () => {
    const text = await page.evaluate(() => {
      const textOf = (root: ParentNode): string =>
        [...root.querySelectorAll('*')].map(({ shadowRoot }) => (shadowRoot ? textOf(shadowRoot) : '')).join(' ') +
        (root instanceof Document ? root.body.innerText : (root.textContent ?? ''));
      return textOf(document);
    });
    return `${text} ${thrown.join(' ')}`;
  };
  return { page, calls, seen };
}

const completions = 'POST /api/v1/chat/completions';
const nothingToPress = () => Promise.resolve();
const theFix = /evil\.localhost.*allowed domains|allowed domains.*evil\.localhost/s;
/** What shows it, what the visitor does, what it calls, and what it says when it is refused. */
const clients: readonly (readonly [string, (page: Page) => Promise<void>, string, RegExp])[] = [
  ['openai', nothingToPress, completions, theFix],
  ['AI SDK, in React', (page) => page.getByRole('button', { name: 'Ask' }).click(), 'ui-messages', theFix],
  ['AI SDK, core', nothingToPress, completions, theFix],
  ['LangChain.js', nothingToPress, completions, theFix],
  [
    'deep-chat',
    async (page) => {
      await page.locator('deep-chat #text-input').click();
      await page.keyboard.type('When do you open?');
      await page.keyboard.press('Enter');
    },
    completions,
    // It reads no body of a refused stream.
    /Error, please try again/,
  ],
];

describe.each(clients)('%s', (name, press, call, words) => {
  test('on an allowed origin: answered, by one call that is paid once', async () => {
    const before = await spent();
    const { page, calls, seen } = await open('shop.localhost', await bundle(recipe(name, places())));
    await press(page);
    await expect.poll(seen).toContain('We open at nine. We close at six.');
    expect([calls.length, calls[0]?.endsWith(call), (await spent()) - before]).toEqual([1, true, 1]);
    await page.close();
  });

  test('on another origin: it says so, with the fix where the client shows it, and nothing is repeated', async () => {
    const before = await spent();
    const { page, calls, seen } = await open('evil.localhost', await bundle(recipe(name, places())));
    await press(page);
    await expect.poll(seen).toMatch(words);
    // Longer than the first pause of each client before it would try again.
    await page.waitForTimeout(2_500);
    expect([calls.length, (await spent()) - before]).toEqual([1, 0]);
    await page.close();
  });
});

describe('openai in a page', () => {
  /** The code has `client`, and hands over what it found with `done`. */
  const withClient = (code: string) => `
    import OpenAI from 'openai';
    const client = new OpenAI({
      baseURL: '${places().url}/api/v1', apiKey: '${key.publicKey}', dangerouslyAllowBrowser: true,
    });
    const done = (found) => (document.body.dataset.found = JSON.stringify(found));
    const ask = (more) => client.chat.completions.create({
      model: '${agentId}', messages: [{ role: 'user', content: 'When do you open?' }], ...more,
    });
    const refusedBy = (call) => call.then(() => 'not refused', (error) =>
      ({ code: error.code, param: error.param, status: error.status, message: error.message, requestID: error.requestID }));
    ${code}`;

  async function run(host: string, code: string) {
    const { page, calls } = await open(host, await bundle(withClient(code)));
    await page.locator('body[data-found]').waitFor();
    const text = (await page.locator('body').getAttribute('data-found')) ?? '';
    await page.close();
    return { found: JSON.parse(text) as unknown, calls };
  }

  test('lists the agents as models', async () => {
    const { found } = await run('shop.localhost', 'done((await client.models.list()).data.map(({ id }) => id));');
    expect(found).toEqual([agentId]);
  });

  test('reads the use, of an answer and of a stream', async () => {
    const { found } = await run(
      'shop.localhost',
      `const { usage } = await ask();
      let last;
      for await (const chunk of await ask({ stream: true, stream_options: { include_usage: true } })) last = chunk;
      done([usage, last.usage]);`,
    );
    const none = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    expect(found).toEqual([none, none]);
  });

  test.each([
    ['a tool', { tools: [{ type: 'function', function: { name: 'f' } }] }, 400, 'request_invalid', 'calls no tools'],
    ['a model that is not there', { model: 'gpt-4o' }, 404, 'not_found', 'GET /api/v1/agents'],
  ])('%s: refused once, with our code and our words', async (_name, more, status, code, words) => {
    const { found, calls } = await run('shop.localhost', `done(await refusedBy(ask(${JSON.stringify(more)})));`);
    expect(found).toMatchObject({ status, code, message: expect.stringContaining(words) as unknown });
    expect(calls).toEqual([completions]);
  });

  test('on another origin: the code, the fix and the request’s id, as a stream too', async () => {
    const code = 'done([await refusedBy(ask()), await refusedBy(ask({ stream: true }))]);';
    const { found, calls } = await run('evil.localhost', code);
    const refused = {
      status: 403,
      code: 'origin_not_allowed',
      message: expect.stringMatching(/evil\.localhost.*allowed domains|allowed domains.*evil\.localhost/) as unknown,
      requestID: expect.any(String) as unknown,
    };
    expect(found).toMatchObject([refused, refused]);
    expect(calls).toEqual([completions, completions]);
  });
});
