/**
 * The inside of a paragraph: bold, italic, code, links, line breaks. A marker without its partner is text, or, at the
 * end of a growing reply, taken as already closed. A link that may not be one (`link.ts`) keeps only its words.
 */
import { addressWords, hiddenAddress, parseTarget, withoutTurns, type Target } from './link.ts';

export type Inline =
  | { readonly type: 'text' | 'code'; readonly text: string }
  | { readonly type: 'break' }
  | { readonly type: 'strong' | 'emphasis'; readonly children: readonly Inline[] }
  | { readonly type: 'link'; readonly href: string; readonly children: readonly Inline[] };

const NESTING_MAX = 6;
const plain = /[^\\`*_![<\nh]+/y;
const escape = /\\([!-/:-@[-`{-~])/y;
const ticks = /`+/y;
/** The words of a link, and what stands in its parentheses: an address, perhaps a title. */
const link = /!?\[((?:[^[\]\\]|\\[^])*)\]\(((?:[^()"]|\([^()"]*\)|"[^"]*")*)\)/y;
const halfWords = /!?\[([^[\]]*)\]?$/y;
const halfAddress = /!?\[([^[\]]*)\]\(/y;
const autolink = /<((?:https?:\/\/|mailto:)[^\s<>]*)>/y;
const bareLink = /https?:\/\/[^\s<>"'`*]+/y;
const markers = /\*\*|__|\*|_/y;

export function parseInline(source: string, growing = false, depth = 0): readonly Inline[] {
  const text = growing ? withoutOpenEnd(source) : source;
  const lastParenthesis = text.lastIndexOf(')');
  const nodes: Inline[] = [];
  /** Closers already looked for in vain: nothing further on can find them either, so a flood of openers stays linear. */
  const absent = new Set<string>();
  let at = 0;

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const add = (node: Inline, end: number) => {
    const last = nodes.at(-1);
    if (node.type === 'text' && last?.type === 'text')
      nodes[nodes.length - 1] = { ...node, text: last.text + node.text };
    else nodes.push(node);
    at = end;
  };
  const inner = (content: string, isTail = false) => parseInline(content, isTail, depth + 1);
  /** @param words Absent for an address that stands there by itself. */
  const addLink = (source: string, words: readonly Inline[] | undefined, end: number) => {
    const target = parseTarget(source);
    if (target) add({ type: 'link', href: target.href, children: linkWords(source, words, target) }, end);
    else for (const child of words ?? [{ type: 'text', text: source }]) add(child, end);
    at = end;
  };

  const matchHalfLink = (): RegExpExecArray | null => {
    const words = match(halfWords);
    return words ?? (at > lastParenthesis ? match(halfAddress) : null);
  };

  /** One construct at `at`, or false when the character there is only itself. */
  const takeConstruct = (): boolean => {
    let found: RegExpExecArray | null;
    if (text[at] === '\n') add({ type: 'break' }, at + 1);
    else if ((found = match(escape))) add({ type: 'text', text: found[1] ?? '' }, at + 2);
    else if ((found = match(ticks))) return takeCode(found[0]);
    else if ((found = match(bareLink))) {
      const address = withoutStops(found[0]);
      addLink(address, undefined, at + address.length);
    } else if ((found = match(autolink))) {
      addLink(found[1] ?? '', undefined, at + found[0].length);
    } else if (depth < NESTING_MAX && (found = match(link))) {
      addLink(addressIn(found[2] ?? ''), asWords(inner(found[1] ?? '')), at + found[0].length);
    } else if (depth < NESTING_MAX && growing && (found = matchHalfLink())) {
      addLink('', asWords(inner(found[1] ?? '', true)), text.length);
    } else if (depth < NESTING_MAX && (found = match(markers))) return takeEmphasis(found[0]);
    else return false;
    return true;
  };

  const takeCode = (mark: string): boolean => {
    const start = at + mark.length;
    const end = absent.has(mark) ? -1 : findTicks(text, mark, start);
    if (end < 0) absent.add(mark);
    if (end < 0 && !growing) {
      add({ type: 'text', text: mark }, start);
      return true;
    }
    const content = text.slice(start, end < 0 ? text.length : end);
    const isPadded = content.length > 2 && content.startsWith(' ') && content.endsWith(' ');
    add({ type: 'code', text: isPadded ? content.slice(1, -1) : content }, end < 0 ? text.length : end + mark.length);
    return true;
  };

  const takeEmphasis = (mark: string): boolean => {
    const start = at + mark.length;
    const isWordBefore = /[\p{L}\p{N}]/u.test(text[at - 1] ?? '');
    if (/^\s?$/.test(text[start] ?? '') || (mark.startsWith('_') && isWordBefore)) {
      add({ type: 'text', text: mark }, start);
      return true;
    }
    const end = absent.has(mark) ? -1 : findClosing(text, mark, start + 1);
    if (end < 0) absent.add(mark);
    if (end < 0 && (!growing || isWordBefore)) {
      add({ type: 'text', text: mark }, start);
      return true;
    }
    const children = end < 0 ? inner(text.slice(start), true) : inner(text.slice(start, end));
    add({ type: mark.length === 2 ? 'strong' : 'emphasis', children }, end < 0 ? text.length : end + mark.length);
    return true;
  };

  while (at < text.length) {
    const run = match(plain);
    if (run) add({ type: 'text', text: run[0] }, at + run[0].length);
    else if (!takeConstruct()) add({ type: 'text', text: text[at] ?? '' }, at + 1);
  }
  return nodes;
}

/** Without what may yet become another mark. */
function withoutOpenEnd(text: string): string {
  if (text.endsWith('<')) return text.slice(0, -1);
  return text.slice(0, endBefore(text, '*_`!\\'));
}

/** An address doesn't take along the stop of the sentence that it stands in. */
function withoutStops(address: string): string {
  return address.slice(0, endBefore(address, '.,:;!?)]}_'));
}

/** Where the run of these signs begins that ends a text. */
function endBefore(text: string, signs: string): number {
  let end = text.length;
  while (end > 0 && signs.includes(text.charAt(end - 1))) end--;
  return end;
}

/** `<https://example.com>`, `https://example.com "title"`: the address; nothing when there is more than that. */
function addressIn(parentheses: string): string {
  const [address = '', ...title] = parentheses.trim().split(/\s/);
  const rest = title.join(' ').trim();
  if (rest !== '' && !(rest.startsWith('"') && rest.endsWith('"'))) return '';
  const bare = address.startsWith('<') && address.endsWith('>') ? address.slice(1, -1) : address;
  return /[<>]/.test(bare) ? '' : bare;
}

/** The run of exactly these backticks that closes a code span. */
function findTicks(text: string, mark: string, from: number): number {
  for (let end = text.indexOf(mark, from); end >= 0;) {
    let after = end;
    while (text[after] === '`') after++;
    if (after - end === mark.length) return end;
    end = text.indexOf(mark, after);
  }
  return -1;
}

/** A closing marker follows a character, isn't escaped, and isn't a piece of a longer run of the same marker. */
function findClosing(text: string, mark: string, from: number): number {
  const sign = mark.charAt(0);
  for (let end = text.indexOf(mark, from); end >= 0; end = text.indexOf(mark, end + 1)) {
    const before = text.charAt(end - 1);
    const after = text.charAt(end + mark.length);
    if (/\s|\\/.test(before) || after === sign) continue;
    if (mark.length === 1 && before === sign) continue;
    if (sign === '_' && /[\p{L}\p{N}]/u.test(after)) continue;
    return end;
  }
  return -1;
}

/** The words of a link never hide where it leads. */
function linkWords(source: string, words: readonly Inline[] | undefined, target: Target): readonly Inline[] {
  if (!words) return [{ type: 'text', text: addressWords(source, target) }];
  const address = hiddenAddress(words.map(textOf).join(''), target);
  return address === undefined ? words : [...words, { type: 'text', text: ` (${address})` }];
}

/** What stands inside a link: no other link, and nothing that turns its letters around. */
function asWords(nodes: readonly Inline[]): readonly Inline[] {
  return nodes.flatMap((node) => {
    if (node.type === 'link') return asWords(node.children);
    if ('children' in node) return { ...node, children: asWords(node.children) };
    return 'text' in node ? { ...node, text: withoutTurns(node.text) } : node;
  });
}

/** The words of a piece, without its marks. */
export function textOf(node: Inline): string {
  if (node.type === 'break') return '\n';
  return 'children' in node ? node.children.map(textOf).join('') : node.text;
}
