/**
 * Reads a FAQ as people keep it: JSON, `[{"question","answer"}]`, or Markdown, where every heading with text below it is a
 * question and that text its answer.
 */
import { z } from 'zod';
import type { FaqEntry } from '../core/records.ts';

export const faqEntriesMax = 2_000;

export const faqEntries = z
  .array(
    z.strictObject({
      question: z.string().trim().min(1).max(300),
      answer: z.string().trim().min(1).max(10_000),
    }),
  )
  .min(1, 'A FAQ needs at least one question with an answer.')
  .max(faqEntriesMax);

/** The entries of a Markdown text. Headings inside code blocks are code. */
export function parseFaqMarkdown(markdown: string): readonly FaqEntry[] {
  const entries: { question: string; lines: string[] }[] = [];
  let fence: string | undefined;
  for (const line of markdown.split(/\r?\n/)) {
    const fenceMark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1]?.slice(0, 3);
    if (fenceMark !== undefined && (fence === undefined || fence === fenceMark)) {
      fence = fence === undefined ? fenceMark : undefined;
    }
    const heading = fence === undefined ? /^ {0,3}#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1] : undefined;
    if (heading !== undefined) entries.push({ question: heading, lines: [] });
    else entries.at(-1)?.lines.push(line);
  }
  return entries
    .map(({ question, lines }) => ({ question, answer: lines.join('\n').trim() }))
    .filter(({ answer }) => answer !== '');
}
