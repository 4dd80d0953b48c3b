/**
 * Text of a reply → blocks, for the safe subset: paragraphs, bold, italic, code, code blocks, lists, links, headings,
 * quotes, rules, tables. No HTML, no images: what isn't in the subset stays text. A list or quote nests six deep at most.
 *
 * While a reply streams (`growing`), what is still undecided at its end is not shown as text that later vanishes: an
 * unclosed `**bold` is already bold, half a link is its words, a lone `#`, "```" or first row of a table waits for what follows.
 */
import { parseInline, type Inline } from './markdown-inline.ts';
import { isTable, mayBecomeTable, readTable, type Side } from './markdown-table.ts';

export type Block =
  | { readonly type: 'paragraph' | 'heading'; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'list'; readonly start: number | undefined; readonly items: readonly (readonly Block[])[] }
  | { readonly type: 'quote'; readonly children: readonly Block[] }
  | {
      readonly type: 'table';
      /** Where the words of each column stand. */
      readonly sides: readonly Side[];
      /** Cells of each row, the first one of which has the names. */
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly type: 'rule' };

const NESTING_MAX = 6;
/** All that any reader takes for the end of a line. Split here once: no pattern below ever meets one. */
const lineEnd = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;
const fence = /^ {0,3}(?:(`{3,})[^`]*$|(~{3,}))/;
const heading = /^ {0,3}#{1,6} /;
const rule = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const quote = /^ {0,3}> ?/;
const item = /^( {0,3})([-*+]|(\d{1,9})[.)])(?: |$)/;
const undecided = /^(?:#{1,6}|[-*+_]{1,2}|\d{1,2}[.)]?|>+|[`~]{1,2}|`{3,}[^`]*)$|^~{3}/;

export interface Parsed {
  readonly source: string;
  readonly blocks: readonly Block[];
  /** The line at which each of them begins. */
  readonly starts: readonly number[];
  /** How many of the first ones are those of the shorter source that was parsed before. */
  readonly sameBlocks: number;
}

/**
 * @param growing More of it may come.
 * @param before A shorter piece of a growing source: what can't change any more is taken from it.
 */
export function parseMarkdown(source: string, growing = false, before?: Parsed): Parsed {
  const lines = source.replaceAll('\t', '    ').split(lineEnd);
  // Where a block ends can depend on the line that was the last one, so the last two are read again.
  const sameBlocks = before && source.startsWith(before.source) ? Math.max(before.blocks.length - 2, 0) : 0;
  const starts = before?.starts.slice(0, sameBlocks) ?? [];
  const index = sameBlocks > 0 ? before?.starts[sameBlocks] : 0;
  const blocks = [...(before?.blocks.slice(0, sameBlocks) ?? []), ...parseBlocks(lines, growing, 0, index, starts)];
  return { source, blocks, starts, sameBlocks };
}

function parseBlocks(
  lines: readonly string[],
  growing: boolean,
  depth: number,
  from = 0,
  starts: number[] = [],
): readonly Block[] {
  const blocks: Block[] = [];
  let index = from;
  while (index < lines.length) {
    const [block, next] = parseBlock(lines, index, growing, depth);
    if (block) {
      blocks.push(block);
      starts.push(index);
    }
    index = next;
  }
  return blocks;
}

/** The block that begins at a line, and the line after it. */
function parseBlock(lines: readonly string[], index: number, growing: boolean, depth: number): [Block | null, number] {
  const line = lines[index] ?? '';
  const isLast = index === lines.length - 1;
  if (line.trim() === '' || (growing && isLast && undecided.test(line.trim()))) return [null, index + 1];
  const opening = fence.exec(line);
  if (opening) return parseFence(lines, index, opening[1] ?? opening[2] ?? '', growing);
  if (rule.test(line)) return [{ type: 'rule' }, index + 1];
  if (heading.test(line)) {
    return [{ type: 'heading', children: parseInline(titleOf(line.trim()), growing && isLast) }, index + 1];
  }
  if (growing && mayBecomeTable(lines, index)) return [null, lines.length];
  if (isTable(lines, index)) return parseTable(lines, index, growing);
  if (depth < NESTING_MAX && quote.test(line)) return parseQuote(lines, index, growing, depth);
  if (depth < NESTING_MAX && item.test(line)) return parseList(lines, index, growing, depth);
  return parseParagraph(lines, index, growing);
}

/** The words between the signs of a heading; those at its end only count apart from the last word. */
function titleOf(line: string): string {
  const begin = line.indexOf(' ');
  let end = line.length;
  while (line[end - 1] === '#') end--;
  return line.slice(begin, line[end - 1] === ' ' ? end : undefined).trim();
}

function parseFence(lines: readonly string[], index: number, mark: string, growing: boolean): [Block, number] {
  const isClosing = (line: string): boolean => {
    const sign = line.trim();
    return sign.startsWith(mark) && sign.replaceAll(mark.charAt(0), '') === '' && leadingSpaces(line) < 4;
  };
  let end = index + 1;
  while (end < lines.length && !isClosing(lines[end] ?? '')) end++;
  const content = lines.slice(index + 1, end);
  if (growing && end === lines.length && /^[`~]{1,2}$/.test((content.at(-1) ?? '').trim())) content.pop();
  return [{ type: 'code', text: content.join('\n') }, end + 1];
}

function parseQuote(lines: readonly string[], index: number, growing: boolean, depth: number): [Block, number] {
  let end = index;
  const content: string[] = [];
  for (; end < lines.length; end++) {
    const line = lines[end] ?? '';
    const mark = quote.exec(line);
    if (!mark) break;
    content.push(line.slice(mark[0].length));
  }
  return [{ type: 'quote', children: parseBlocks(content, growing && end === lines.length, depth + 1) }, end];
}

function parseList(lines: readonly string[], index: number, growing: boolean, depth: number): [Block, number] {
  const first = item.exec(lines[index] ?? '');
  const isOrdered = first?.[3] !== undefined;
  const contents: string[][] = [];
  let indent = 0;
  let end = index;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? '';
    const marker = item.exec(line);
    if (marker && leadingSpaces(line) < Math.max(indent, 1)) {
      if ((marker[3] !== undefined) !== isOrdered || rule.test(line)) break;
      indent = (marker[1] ?? '').length + (marker[2] ?? '').length + 1;
      contents.push([line.slice(marker[0].length).trimStart()]);
    } else if (line.trim() === '') {
      const following = lines[end + 1] ?? '';
      if (leadingSpaces(following) < Math.min(indent, 2) && !item.test(following)) break;
      contents.at(-1)?.push('');
    } else {
      if (leadingSpaces(line) < Math.min(indent, 2) && startsBlock(line)) break;
      contents.at(-1)?.push(line.slice(Math.min(leadingSpaces(line), indent)));
    }
  }
  const items = contents.map((content, at) =>
    parseBlocks(content, growing && end === lines.length && at === contents.length - 1, depth + 1),
  );
  return [{ type: 'list', start: isOrdered ? Number(first[3]) : undefined, items }, end];
}

function parseTable(lines: readonly string[], index: number, growing: boolean): [Block, number] {
  const { sides, rows, end } = readTable(lines, index, startsBlock);
  const isTail = (row: number) => growing && end === lines.length && row === rows.length - 1;
  const parsed = rows.map((cells, row) => cells.map((cell) => parseInline(cell, isTail(row))));
  return [{ type: 'table', sides, rows: parsed }, end];
}

function parseParagraph(lines: readonly string[], index: number, growing: boolean): [Block, number] {
  let end = index + 1;
  const ends = (line: string) => line.trim() === '' || startsBlock(line) || isTable(lines, end);
  while (end < lines.length && !ends(lines[end] ?? '') && !(growing && mayBecomeTable(lines, end))) end++;
  const content = lines.slice(index, end);
  const isTail = growing && end === lines.length;
  if (isTail && content.length > 1 && undecided.test((content.at(-1) ?? '').trim())) content.pop();
  return [{ type: 'paragraph', children: parseInline(content.join('\n').trim(), isTail) }, end];
}

function startsBlock(line: string): boolean {
  return [fence, heading, rule, quote, item].some((start) => start.test(line));
}

function leadingSpaces(line: string): number {
  return line.length - line.trimStart().length;
}
