/** `npm run test:size`: what a visitor's browser fetches, compressed; fails over budget. Reads `dist/widget/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WidgetManifest } from '../../vite.config.ts';

const folder = join(import.meta.dirname, '../../dist/widget');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as WidgetManifest;

/**
 * Bytes as gzip; and what browsers really take, brotli, of all that comes before a visitor can type and send. `later`, what
 * draws Markdown, tells the page's owner what is wrong, (1.2 kB) rates answers and deletes the chat, and (1.5 kB) says whom to
 * ask and takes a message for people, is fetched at the opening, and nothing waits for it. The loader brings the launcher back on rebuilt pages, which the chat can't do before it
 * is fetched: 0.3 kB that the chat has no more. The chat itself fetches no picture before it is shown, keeps and clears drafts
 * as consent has it, and greets on paths beyond ASCII: 0.1 kB.
 */
const budgets = {
  loader: 3350,
  pinned: 3550,
  loaderAndChat: 20_250,
  loaderAndChatOnTheWire: 18_150,
  later: 10_350,
  locale: 1300,
};
/** What is over budget. */
const over: string[] = [];

interface Size {
  readonly raw: number;
  readonly brotli: number;
  readonly gzip: number;
}

/** The very files that the server sends. */
function measure(file: string): Size {
  const [raw, brotli, gzip] = ['', '.br', '.gz'].map((kind) => readFileSync(join(folder, file + kind)).length);
  return { raw: raw!, brotli: brotli!, gzip: gzip! };
}

function report(name: string, size: Size, budget: number): void {
  if (size.gzip > budget) over.push(name);
  const numbers = [size.raw, size.brotli, size.gzip, budget].map((bytes) => String(bytes).padStart(8)).join('');
  console.log(`${name.padEnd(24)}${numbers}${size.gzip > budget ? '  over budget' : ''}`);
}

console.log(`${'bytes'.padEnd(24)}     raw  brotli    gzip  budget`);
const loader = measure(manifest.loader.file);
const chat = measure(manifest.chat.file);
report('loader', loader, budgets.loader);
report('loader (pinned)', measure(manifest.pinned.file), budgets.pinned);
report('chat with Lit', chat, budgets.loaderAndChat - loader.gzip);
const both = { raw: loader.raw + chat.raw, gzip: loader.gzip + chat.gzip, brotli: loader.brotli + chat.brotli };
report('loader and chat', both, budgets.loaderAndChat);
if (both.brotli > budgets.loaderAndChatOnTheWire) over.push('loader and chat, as brotli');
report('later: Markdown', measure(manifest.richText.file), budgets.later);
for (const [language, { file }] of Object.entries(manifest.locales)) {
  report(`words: ${language}`, measure(file), budgets.locale);
}
if (over.length > 0) {
  console.error(`Over budget: ${over.join('; ')}.`);
  process.exitCode = 1;
}
