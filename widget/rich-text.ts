/**
 * A reply as nodes. A file of its own, with the reader and the looks of what it draws, fetched when the chat first opens.
 * Text only ever becomes text nodes and checked `href`s: never HTML, never an image, so a reply can't make the page run or
 * call anything.
 */
import type { Messages } from './i18n/messages.ts';
import type { Inline } from './markdown-inline.ts';
import { fill, type Piece } from './pieces.ts';
import { parseMarkdown, type Block, type Parsed } from './markdown.ts';

export { Extras } from './extras.ts';
export { moreEnglish } from './i18n/more-english.ts';
export { toPlainText } from './plain-text.ts';
export { report } from './report.ts';
export { richTextStyles } from './rich-text-styles.ts';

type Words = Pick<Messages, 'copy' | 'copied' | 'cut'>;

const drawn = new WeakMap<Element, { readonly parsed: Parsed; readonly words: Words }>();
const auto = { dir: 'auto' };

/** Makes `place` show a reply, of which it may show a part already. */
export function drawRichText(place: Element, source: string, words: Words, growing = false, isCut = false): void {
  const before = drawn.get(place);
  const parsed = parseMarkdown(source, growing, before?.words === words ? before.parsed : undefined);
  drawn.set(place, { parsed, words });
  const pieces = parsed.blocks.slice(parsed.sameBlocks).map((block) => pieceOf(block, words));
  if (isCut) pieces.push(['p', { class: 'cut' }, [words.cut]]);
  fill(place, pieces, parsed.sameBlocks);
}

function pieceOf(block: Block, words: Words): Piece {
  switch (block.type) {
    case 'paragraph':
      return ['p', auto, block.children.map(inlineOf)];
    case 'heading':
      return ['p', auto, [['strong', {}, block.children.map(inlineOf)]]];
    case 'code':
      return codeOf(block.text, words);
    case 'list': {
      const items = block.items.map((item): Piece => ['li', {}, itemOf(item, words)]);
      return block.start === undefined ? ['ul', auto, items] : ['ol', { ...auto, start: String(block.start) }, items];
    }
    case 'quote':
      return ['blockquote', {}, block.children.map((child) => pieceOf(child, words))];
    case 'table':
      return tableOf(block);
    case 'rule':
      return ['hr', {}, []];
  }
}

/** Wider than its message it scrolls in it, also by keys. */
function tableOf({ sides, rows: [names = [], ...rows] }: Extract<Block, { type: 'table' }>): Piece {
  const row = (name: string, attributes: object, cells: typeof names): Piece => [
    'tr',
    {},
    cells.map((cell, at) => [name, { ...auto, ...attributes, class: sides[at] ?? '' }, cell.map(inlineOf)]),
  ];
  const head: Piece = ['thead', {}, [row('th', { scope: 'col' }, names)]];
  const body: Piece = ['tbody', {}, rows.map((cells) => row('td', {}, cells))];
  return ['div', { class: 'table', tabindex: '0' }, [['table', auto, rows.length > 0 ? [head, body] : [head]]]];
}

/** A list item of one paragraph is that paragraph's words, so that short lists stay close together. */
function itemOf(blocks: readonly Block[], words: Words): readonly Piece[] {
  return blocks.flatMap((block, index) =>
    block.type === 'paragraph' && index === 0 ? block.children.map(inlineOf) : [pieceOf(block, words)],
  );
}

function inlineOf(node: Inline): Piece {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'code':
      return ['code', { dir: 'ltr' }, [node.text]];
    case 'break':
      return ['br', {}, []];
    case 'strong':
      return ['strong', {}, node.children.map(inlineOf)];
    case 'emphasis':
      return ['em', {}, node.children.map(inlineOf)];
    case 'link':
      return [
        'a',
        { ...auto, href: node.href, target: '_blank', rel: 'noopener noreferrer nofollow', part: 'link' },
        node.children.map(inlineOf),
      ];
  }
}

/** `navigator.clipboard` exists in secure contexts only: without it there is no button, rather than a dead one. */
function codeOf(code: string, words: Words): Piece {
  const button: Piece = [
    'button',
    { type: 'button', part: 'copy', 'data-copied': words.copied, onclick: copy },
    [words.copy],
  ];
  const pre: Piece = ['pre', { tabindex: '0' }, [['code', {}, [code]]]];
  return ['div', { class: 'code', part: 'code', dir: 'ltr' }, 'clipboard' in navigator ? [button, pre] : [pre]];
}

function copy(this: HTMLElement): void {
  const { textContent: name, dataset, nextElementSibling: code } = this;
  const { copied = '' } = dataset;
  if (name === copied) return;
  const say = () => {
    this.textContent = copied;
    setTimeout(() => (this.textContent = name), 2000);
  };
  navigator.clipboard.writeText(code?.textContent ?? '').then(say, () => undefined);
}
