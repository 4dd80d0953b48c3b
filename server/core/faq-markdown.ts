/** A FAQ as people keep it in Markdown: every heading with text below it is a question, and that text its answer. */
import type { FaqEntry } from './records.ts';

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
