/** A FAQ as people keep it in Markdown: every heading with text below it is a question, and that text its answer. */
import type { FaqEntry } from '../records/agent.ts';

/** Where a heading or a block of code begins or ends. Only tried on text whose lines all end in `\n`. */
const markedLine = /^ {0,3}(?:(#{1,6}(?=\s).*)|(```|~~~).*)$/gm;

/** The entries of a Markdown text, the first `entriesMax` of them. Headings inside code blocks are code. */
export function parseFaqMarkdown(markdown: string, entriesMax = Infinity): readonly FaqEntry[] {
  const text = markdown.replace(/\r\n|[\r\u2028\u2029]/g, '\n');
  const entries: FaqEntry[] = [];
  let question: string | undefined;
  let answerStart = 0;
  let fence: string | undefined;

  function endEntry(answerEnd: number): void {
    const answer = text.slice(answerStart, answerEnd).trim();
    if (question !== undefined && answer !== '') entries.push({ question, answer });
  }

  for (const { 0: line, 1: heading, 2: fenceMark, index } of text.matchAll(markedLine)) {
    if (fenceMark !== undefined && (fence === undefined || fence === fenceMark)) {
      fence = fence === undefined ? fenceMark : undefined;
    }
    const words = heading === undefined || fence !== undefined ? '' : wordsOf(heading);
    if (words === '') continue;
    endEntry(index);
    if (entries.length >= entriesMax) return entries;
    question = words;
    answerStart = index + line.length;
  }
  endEntry(text.length);
  return entries;
}

/** Without the number signs in front, and those that may close a heading after a space. */
function wordsOf(heading: string): string {
  return heading.slice(/^#+/.exec(heading)?.[0].length).trimEnd().replace(/\s#+$/, '').trim();
}
