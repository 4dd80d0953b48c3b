/** What the dashboard gives out to paste, in the pages that such tools make of it: each is a chat that is asked as it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ways } from '../../dashboard/install/ways.ts';
import type { WidgetManifest } from '../../vite.config.ts';
import { AGENT_ID, KEY } from './answers.ts';
import { closeBrowser, openBrowser, plain, withSite } from './customer-page.ts';

const built = join(import.meta.dirname, '../../dist/widget/manifest.json');
const label = 'Say "hi" & <go>';
const greeting = '/elsewhere No.\nWelcome to "us" & <you>.';

/** A tag manager takes the address of the script alone. */
const asTagManager = (html: string) =>
  `<template>${html}</template><script>
    const { src } = document.querySelector('template').content.querySelector('script');
    document.head.append(Object.assign(document.createElement('script'), { src }));
  </script>`;

/** As `next/script` does it: an element with these attributes, at the end of the body. */
const asNext = (code: string) => {
  const attributes = [...code.matchAll(/^ {2}([\w-]+)=(?:"(.*)"|\{(.*)\})$/gm)].map(([, name, text, json]) => [
    name,
    text ?? (JSON.parse(json ?? '""') as string),
  ]);
  return `<script>
    const script = document.createElement('script');
    for (const [name, value] of ${JSON.stringify(attributes).replaceAll('<', '\\u003c')}) script.setAttribute(name, value);
    document.body.append(script);
  </script>`;
};

describe('what is pasted', () => {
  beforeAll(() => openBrowser());
  afterAll(closeBrowser);

  for (const way of ways) {
    for (const isPinned of way.isEvergreen === true ? [false] : [false, true]) {
      it(`${way.name}${isPinned ? ', pinned' : ''}: the chat has its key, its agent and its looks`, async () => {
        const html = (_tag: string, { host, api }: { readonly host: string; readonly api: string }) => {
          const { file, integrity } = (JSON.parse(readFileSync(built, 'utf8')) as WidgetManifest).pinned;
          const options = { key: KEY, agent: AGENT_ID, label, greeting, position: 'start', api };
          const code = way.write(host, options, isPinned ? { path: `/widget/${file}`, integrity } : undefined);
          if (way.id === 'tag-manager') return plain(asTagManager(code));
          return plain(way.id === 'next' ? asNext(code) : code);
        };
        await withSite({ html }, async (site) => {
          const { page } = site;
          await page.getByRole('button', { name: label }).click();
          await page.locator('.message.agent', { hasText: 'Welcome to "us" & <you>.' }).waitFor();
          const [asked] = await site.asked();
          assert.equal(asked!.headers.authorization, `Bearer ${KEY}`);
          assert.ok(asked!.path.startsWith(`api/v1/agents/${AGENT_ID}?`));
          assert.equal(await page.locator('postern-chat').getAttribute('position'), 'start');
          assert.deepEqual(site.errors, []);
        });
      });
    }
  }
});
