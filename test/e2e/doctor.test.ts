/** What only a browser shows of a page: the built chat, on pages whose scripts and styles put it there or keep it away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAsker } from '../../server/doctor/asker.ts';
import { checkPage } from '../../server/doctor/check-page.ts';
import type { PageReport } from '../../server/doctor/finding.ts';
import { visitPage } from '../../server/doctor/visit-page.ts';
import { findChromium } from '../support/chromium.ts';
import { lookUpHere } from '../support/customer-sites.ts';
import { startSites, type SiteServer } from './browser.ts';
import { makeKey, startBuiltServer, type BuiltServer } from './built-server.ts';

let server: BuiltServer;
let sites: SiteServer;
let browserPath: string;
let tag: string;
let publicKey: string;
let agentId: string;

beforeAll(async () => {
  [server, sites, browserPath] = await Promise.all([startBuiltServer(), startSites(), findChromium()]);
  ({ publicKey, agentId } = await makeKey(server, 'shop.example.localhost'));
  tag = `<script async src="${server.origin}/widget.js" data-key="${publicKey}" data-agent="${agentId}"></script>`;
});
afterAll(() => Promise.all([server.stop(), sites.stop()]));

const head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><h1>Shop</h1>';
const script = (code: string) => `<script>${code.replaceAll('</', '<\\/')}</script>`;

const options = () => ({ key: publicKey, agent: agentId });
const dataOf = (key: string) => ({ 'data-key': key, 'data-agent': agentId });
/** As a tag manager does it. */
const addScript = (attributes: Readonly<Record<string, string>>) => `
  const added = document.createElement('script');
  for (const [name, value] of Object.entries(${JSON.stringify(attributes)})) added.setAttribute(name, value);
  document.body.append(Object.assign(added, { src: '${server.origin}/widget.js' }));`;

async function check(html: string, path = browserPath): Promise<PageReport> {
  const asker = createAsker({ isPrivateAllowed: true, lookUp: lookUpHere });
  const visit = (page: URL) => visitPage(page, { browserPath: path, flags: ['--no-proxy-server'] });
  try {
    const url = new URL(sites.put('shop.example.localhost', head + html));
    return await checkPage(url, { asker, now: Date.now, visit });
  } finally {
    await asker.close();
  }
}

const complaints = ({ findings }: PageReport) => findings.filter(({ result }) => result !== 'ok');
const sentences = ({ findings }: PageReport) => findings.map(({ sentence }) => sentence);

describe('a browser', () => {
  test('opens the chat of a page where all is well', async () => {
    const report = await check(tag);
    expect(complaints(report)).toEqual([]);
    expect(sentences(report)).toContainEqual(expect.stringMatching(/^In Chromium \d+\.[\d.]+ the chat opened\.$/));
  });

  test.each([
    ['with its options in data-…', () => addScript(dataOf(publicKey))],
    ['with its options in window.postern', () => `window.postern = ${JSON.stringify(options())}; ${addScript({})}`],
  ])('finds a tag that only a script adds, later: %s', async (_name, code) => {
    const report = await check(`<p>Words</p>${script(`setTimeout(() => { ${code()} }, 300)`)}`);
    expect(complaints(report)).toEqual([]);
    expect(sentences(report)).toContain('A script of the page adds the tag.');
    expect(sentences(report)).toContain('The key allows the page’s origin.');
  });

  test('what such a tag says is looked at as in any other', async () => {
    const report = await check(script(addScript(dataOf('pk_nothing'))));
    expect(complaints(report).map(({ check: name }) => name)).toEqual(['key']);
  });

  test.each([
    [
      'no script adds one',
      () => script('document.title = "postern"'),
      'tag',
      /once its scripts have run/,
      /Copy the tag/,
    ],
    [
      'a script removes it',
      () => tag + script('setInterval(() => document.querySelector("postern-chat")?.remove(), 5)'),
      'browser',
      /button is not to be seen/,
      /a style or a blocker/,
    ],
    [
      'a script removes it when the pointer comes',
      () => tag + script('addEventListener("mousemove", () => document.querySelector("postern-chat")?.remove(), true)'),
      'browser',
      /button is not to be seen/,
      /a style or a blocker/,
    ],
    [
      'a banner lies over it',
      () => `${tag}<div style="position:fixed;inset:0;z-index:2147483647;background:#fff">Cookies?</div>
        <script>setInterval(() => document.body.append(document.querySelector('div')), 50)</script>`,
      'browser',
      /something of the page lies over it/,
      /other side/,
    ],
    [
      'a library breaks its calls',
      () => script('window.fetch = () => Promise.reject(new TypeError("Failed to fetch"))') + tag,
      'browser',
      /does not work/,
      /preflights|answers/,
    ],
  ])('one complaint where %s', async (_name, html, name, sentence, fix) => {
    const [complaint, ...others] = complaints(await check(html()));
    expect(others).toEqual([]);
    expect(complaint).toMatchObject({
      check: name,
      result: 'wrong',
      sentence: expect.stringMatching(sentence) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  test('is not asked for what is explained without it: one complaint', async () => {
    const report = await check(tag.replace(/data-agent="\w+"/, 'data-agent="agt_none"'));
    expect(complaints(report).map(({ check: name }) => name)).toEqual(['agent']);
  });

  test('that does not start is said, and all else is looked at', async () => {
    const report = await check(tag, '/bin/false');
    expect(complaints(report)).toMatchObject([
      { check: 'browser', result: 'unknown', fix: expect.stringMatching(/CHROME_PATH/) as string },
    ]);
    expect(sentences(report)).toContain('The key allows the page’s origin.');
  });
});
