import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBuiltServer, type BuiltServer } from '../e2e/built-server.ts';
import type { Engine, Tab } from './engine.ts';
import { engines } from './engines.ts';
import { control, field, pageText } from './find.ts';

const email = 'owner@shop.example';
const password = 'correct horse battery staple';
const domain = 'shop.example.localhost';

const press = (tab: Tab, name: string) => tab.click(control, name);
/** Of a key's page. */
const openTab = (tab: Tab, name: string) =>
  tab.click(
    (name: string) => [...document.querySelectorAll<HTMLElement>('nav.tabs a')].find((link) => link.innerText === name),
    name,
  );
const text = (tab: Tab) => tab.evaluate(pageText);

/** In place of what was in the field. */
async function fill(tab: Tab, label: string, words: string): Promise<void> {
  await tab.click(field, label);
  await tab.evaluate(() => (document.activeElement as HTMLInputElement).select());
  await tab.type(words);
}

describe.each(engines)('$name', ({ open }) => {
  let engine: Engine | undefined;
  let tab: Tab;
  let server: BuiltServer | undefined;
  let pair: string;
  const it = test.skipIf(open === undefined);

  beforeAll(async () => {
    if (open === undefined) return;
    server = await startBuiltServer({ DEMO: 'off', RATE_LIMIT_REFUSED_PER_IP: 'off' });
    engine = open();
    tab = await engine.open();
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });

  /** A call with the key; its code when it is refused. */
  async function call(credentials: string, origin?: string): Promise<string> {
    const headers = { authorization: `Bearer ${credentials}`, ...(origin !== undefined && { origin }) };
    const response = await fetch(`${server!.origin}/api/v1/key`, { headers });
    return response.ok ? 'ok' : ((await response.json()) as { code: string }).code;
  }

  /** Copies the pair out of the dialog that shows it once; resolves to what is on the page. */
  async function storePair(): Promise<string> {
    await expect.poll(() => text(tab)).toMatch(/sk_[0-9a-z]{64}/);
    const shown = await text(tab);
    await press(tab, 'Copy pair');
    await expect.poll(() => text(tab)).toContain('Copied');
    await tab.click(field, 'I have stored the secret key');
    await press(tab, 'Done');
    await expect.poll(() => tab.evaluate(() => document.querySelector('dialog[open]') === null)).toBe(true);
    return `${/pk_[0-9a-z]{32}/.exec(shown)?.[0] ?? ''}:${/sk_[0-9a-z]{64}/.exec(shown)?.[0] ?? ''}`;
  }

  it('sets the first password with the printed link, signs out and in again', async () => {
    await tab.goTo(/http:\S+\/setup#token=\S+/.exec(server!.printed)?.[0] ?? '');
    await fill(tab, 'E-mail', email);
    await fill(tab, 'New password', password);
    await press(tab, 'Begin');
    await expect.poll(() => text(tab)).toContain('API Keys');
    await press(tab, `Account of ${email}`);
    await press(tab, 'Sign out');
    await fill(tab, 'E-mail', email);
    await fill(tab, 'Password', password);
    await press(tab, 'Sign in');
    await press(tab, `Account of ${email}`);
    await tab.press('Escape');
  });

  it('makes a key, and what is copied is the pair that works', async () => {
    await press(tab, 'Create API Key');
    await fill(tab, 'Name', 'Shop');
    await fill(tab, 'Allowed domains', `${domain}, blog.example.localhost`);
    await press(tab, 'Create key');
    pair = await storePair();
    expect(await call(pair)).toBe('ok');
    await press(tab, 'Create API Key');
    await tab.click(field, 'Allowed domains');
    await tab.press('Paste');
    const pasted = () =>
      tab.evaluate((label) => {
        const labels = [...document.querySelectorAll<HTMLLabelElement>('dialog[open] label')];
        const found = labels.find(({ textContent }) => textContent.trim().startsWith(label))?.control;
        return (found as HTMLTextAreaElement | null | undefined)?.value;
      }, 'Allowed domains');
    await expect.poll(pasted).toBe(pair);
    await press(tab, 'Cancel');
  });

  it('says what a removed domain blocks, and removes it when that is confirmed', async () => {
    const [publicKey = ''] = pair.split(':');
    const page = `http://${domain}`;
    expect(await call(publicKey, page)).toBe('ok');
    await press(tab, 'Shop');
    await openTab(tab, 'Usage');
    // Figures are written once a second.
    const reloaded = async () => {
      await tab.reload();
      await expect.poll(() => text(tab)).toContain('Origins');
      return text(tab);
    };
    await expect.poll(reloaded, { interval: 1_000, timeout: 30_000 }).toContain(page);
    await openTab(tab, 'Domains');
    await press(tab, `Remove ${domain}`);
    await expect.poll(() => text(tab)).toContain('Not saved');
    await press(tab, 'Save domains');
    await expect.poll(() => tab.evaluate(() => document.querySelector('dialog[open]') !== null)).toBe(true);
    expect(await text(tab)).toContain(page);
    await press(tab, 'Block .*');
    await expect.poll(() => call(publicKey, page)).toBe('origin_not_allowed');
    expect(await call(publicKey, 'http://blog.example.localhost')).toBe('ok');
  });

  it('rotates the secret: the new one works, the old one no more', async () => {
    await openTab(tab, 'Overview');
    await press(tab, 'Rotate secret…');
    await tab.click(field, 'Now');
    await press(tab, 'Make a new secret');
    const next = await storePair();
    expect(next).not.toBe(pair);
    expect([await call(next), await call(pair)]).toEqual(['ok', 'key_invalid']);
  });
});
