/**
 * A FAQ as people keep it in Markdown: every heading with text below it is a question, and that text its answer. Lines of `Also asked:`
 * between the two are other wordings of the question.
 */
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
    if (question === undefined) return;
    const { aliases, answer } = takeAliases(text.slice(answerStart, answerEnd).trim());
    if (answer !== '') entries.push({ question, aliases, answer });
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

/** The wordings that a text begins with, and the answer that follows them. */
function takeAliases(text: string): Pick<FaqEntry, 'aliases' | 'answer'> {
  const aliases: string[] = [];
  let answer = text;
  for (;;) {
    const [line, wording = ''] = /^also asked:([^\n]*)/i.exec(answer) ?? [];
    if (line === undefined) return { aliases, answer };
    if (wording.trim() !== '') aliases.push(wording.trim());
    answer = answer.slice(line.length).trimStart();
  }
}

/** Without the number signs in front, and those that may close a heading after a space. */
function wordsOf(heading: string): string {
  return heading.slice(/^#+/.exec(heading)?.[0].length).trimEnd().replace(/\s#+$/, '').trim();
}
