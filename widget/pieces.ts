/**
 * Nodes from a description of them, in the part of the chat that comes later. What stands there already is kept where it fits,
 * so a growing reply costs what is new of it, a selection lasts.
 */

type Value = string | ((this: HTMLElement, event: Event) => void);

/** A node to be: text, or an element with a name, attributes (and listeners: `onclick`) and an inside. */
export type Piece =
  string | readonly [name: string, attributes: Readonly<Record<string, Value>>, inside: readonly Piece[]];

/** Makes the children of `parent`, from one on, what the pieces say; those that fit stay. */
export function fill(parent: Element, pieces: readonly Piece[], from = 0): void {
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
  const element = old instanceof Element && old.localName === name ? old : create(name);
  for (const { name: attribute } of [...element.attributes]) {
    if (!(attribute in attributes)) element.removeAttribute(attribute);
  }
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === 'function') Object.assign(element, { [attribute]: value });
    else if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }
  // The button that copies says for a moment that it has.
  if (element !== old || !('data-copied' in attributes)) fill(element, inside);
  return element;
}

/** By the prototype: a page's HTML can take the name, and `page.ts` here would become a third file. */
function create(name: string): Element {
  const { createElementNS } = Document.prototype as {
    createElementNS: (this: Document, ns: string, name: string) => Element;
  };
  const kind = name === 'svg' || name === 'path' ? '2000/svg' : '1999/xhtml';
  return createElementNS.call(document, `http://www.w3.org/${kind}`, name);
}

function drawText(text: string, old: ChildNode | null): Text {
  if (!(old instanceof Text)) return new Text(text);
  // Appended to, a text keeps what a visitor has selected of it.
  if (text.startsWith(old.data)) old.appendData(text.slice(old.length));
  else old.data = text;
  return old;
}
