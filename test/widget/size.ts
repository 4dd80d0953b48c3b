/** `npm run test:size`: what a visitor's browser fetches, compressed; fails over budget. Reads `dist/widget/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { WidgetManifest } from '../../vite.config.ts';

const folder = join(import.meta.dirname, '../../dist/widget');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as WidgetManifest;

const budgets = { loader: 3072, pinned: 3300, loaderAndChat: 24_000, locale: 1500 };
/** What is over budget. */
const over: string[] = [];

function measure(file: string): { gzip: number; brotli: number; raw: number } {
  const bytes = readFileSync(join(folder, file));
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

function report(name: string, size: { gzip: number; brotli: number; raw: number }, budget: number): void {
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
for (const [language, { file }] of Object.entries(manifest.locales)) {
  report(`words: ${language}`, measure(file), budgets.locale);
}
if (over.length > 0) process.exitCode = 1;
