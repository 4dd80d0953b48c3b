/**
 * A reply as nodes. A file of its own, with the reader and the looks of what it draws, fetched when the chat first opens.
 * Text only ever becomes text nodes and checked `href`s: never HTML, never an image, so a reply can't make the page run or
 * call anything. What stands there already is kept, so a growing reply costs what is new of it, and a selection lasts.
 */
import type { Messages } from './i18n/messages.ts';
import type { Inline } from './markdown-inline.ts';
import { parseMarkdown, type Block, type Parsed } from './markdown.ts';

export { toPlainText } from './plain-text.ts';
export { report } from './report.ts';
export { richTextStyles } from './rich-text-styles.ts';

type Words = Pick<Messages, 'copy' | 'copied'>;

/** A node to be: text, or an element with a name, attributes and an inside. */
type Piece = string | readonly [name: string, attributes: Readonly<Record<string, string>>, inside: readonly Piece[]];

const drawn = new WeakMap<Element, { readonly parsed: Parsed; readonly words: Words }>();
const auto = { dir: 'auto' };

/** Makes `place` show a reply, of which it may show a part already. */
export function drawRichText(place: Element, source: string, words: Words, growing = false): void {
  const before = drawn.get(place);
  const parsed = parseMarkdown(source, growing, before?.words === words ? before.parsed : undefined);
  drawn.set(place, { parsed, words });
  const pieces = parsed.blocks.slice(parsed.sameBlocks).map((block) => pieceOf(block, words));
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
    case 'rule':
      return ['hr', {}, []];
  }
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
  const button: Piece = ['button', { type: 'button', part: 'copy', 'data-copied': words.copied }, [words.copy]];
  const pre: Piece = ['pre', { tabindex: '0' }, [['code', {}, [code]]]];
  return ['div', { class: 'code', part: 'code', dir: 'ltr' }, 'clipboard' in navigator ? [button, pre] : [pre]];
}

function copy(this: HTMLButtonElement): void {
  const { textContent: name, dataset, nextElementSibling: code } = this;
  const { copied = '' } = dataset;
  if (name === copied) return;
  const say = () => {
    this.textContent = copied;
    setTimeout(() => (this.textContent = name), 2000);
  };
  navigator.clipboard.writeText(code?.textContent ?? '').then(say, () => undefined);
}

/** Makes the children of `parent`, from one on, what the pieces say; those that fit stay. */
function fill(parent: Element, pieces: readonly Piece[], from = 0): void {
  let old: ChildNode | null = parent.childNodes[from] ?? null;
  for (const piece of pieces) {
    const next: ChildNode | null = old?.nextSibling ?? null;
    const node = draw(piece, old);
    if (!old) parent.append(node);
    else if (old !== node) old.replaceWith(node);
    old = next;
  }
  while (old) {
    const next = old.nextSibling;
    old.remove();
    old = next;
  }
}

function draw(piece: Piece, old: ChildNode | null): ChildNode {
  if (typeof piece === 'string') return drawText(piece, old);
  const [name, attributes, inside] = piece;
  // By the prototype: a page's HTML can take the name, and `page.ts` here would become a third file.
  const element =
    old instanceof HTMLElement && old.localName === name
      ? old
      : // eslint-disable-next-line @typescript-eslint/no-deprecated -- `call` is of the last overload, which is another one
        Document.prototype.createElement.call(document, name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }
  if (element !== old && element instanceof HTMLButtonElement) element.addEventListener('click', copy);
  // The button says for a moment that it has copied.
  if (element !== old || name !== 'button') fill(element, inside);
  return element;
}

function drawText(text: string, old: ChildNode | null): Text {
  if (!(old instanceof Text)) return new Text(text);
  // Appended to, a text keeps what a visitor has selected of it.
  if (text.startsWith(old.data)) old.appendData(text.slice(old.length));
  else old.data = text;
  return old;
}
