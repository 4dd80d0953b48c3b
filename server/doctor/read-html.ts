/** What matters of a page's HTML: the tag, policies in `<meta>`, and frames. Read piece by piece, in time that grows with its length. */
import { SAXParser } from 'parse5-sax-parser';
import { parsePolicies, type Policy } from './content-policy.ts';

/** The script's tag, or the element that a bundle defines. */
export interface FoundTag {
  /** As it is written; null: an element, whose script is part of a bundle. */
  readonly src: string | null;
  readonly attributes: ReadonlyMap<string, string>;
}

interface FoundFrame {
  readonly src: string | null;
  readonly srcdoc: string | null;
  /** Its tokens; null: it has no such attribute. */
  readonly sandbox: readonly string[] | null;
}

export interface ReadPage {
  /** The first one with a key; else the first one. */
  readonly tag: FoundTag | undefined;
  readonly policies: readonly Policy[];
  readonly base: string | undefined;
  readonly frames: readonly FoundFrame[];
  /** Its scripts may add the tag later: a tag manager, or `window.postern`. */
  readonly mayAddTag: boolean;
}

const framesMax = 20;
const policiesMax = 20;

/** `/widget.js`, or a pinned version of it. */
const scriptPath = /\/widget(?:\.js|\/\d[\w.-]*\/widget-[\w-]+\.js)(?:[?#]|$)/;

interface HtmlReader {
  read(piece: string): void;
  end(): ReadPage;
}

export function createHtmlReader(): HtmlReader {
  const parser = new SAXParser();
  const tags: FoundTag[] = [];
  const policies: Policy[] = [];
  const frames: FoundFrame[] = [];
  let base: string | undefined;
  let mayAddTag = false;
  let isInScript = false;
  let templates = 0;

  parser.on('startTag', ({ tagName, attrs, selfClosing }) => {
    isInScript = tagName === 'script' && !selfClosing;
    if (tagName === 'template') templates += 1;
    if (templates > 0) return;
    const attributes = new Map(attrs.map(({ name, value }) => [name, value]));
    const src = attributes.get('src') ?? null;
    if (tagName === 'script' && isTag(src, attributes)) tags.push({ src, attributes });
    if (tagName === 'script' && src?.includes('googletagmanager.com') === true) mayAddTag = true;
    if (tagName === 'postern-chat') tags.push({ src: null, attributes });
    if (tagName === 'base') base ??= attributes.get('href');
    if (tagName === 'iframe' && frames.length < framesMax) {
      const sandbox = attributes.get('sandbox')?.toLowerCase().split(/\s+/).filter(Boolean) ?? null;
      frames.push({ src, srcdoc: attributes.get('srcdoc') ?? null, sandbox });
    }
    const isPolicy = attributes.get('http-equiv')?.trim().toLowerCase() === 'content-security-policy';
    if (tagName === 'meta' && isPolicy && policies.length < policiesMax)
      policies.push(...parsePolicies(attributes.get('content') ?? ''));
  });
  parser.on('endTag', ({ tagName }) => {
    isInScript = false;
    if (tagName === 'template' && templates > 0) templates -= 1;
  });
  parser.on('text', ({ text }) => {
    if (isInScript && /googletagmanager\.com|\bpostern\b/.test(text)) mayAddTag = true;
  });

  return {
    read: (piece) => void parser.write(piece),
    end() {
      parser.end();
      return { tag: chooseTag(tags), policies, base, frames, mayAddTag };
    },
  };
}

function chooseTag(tags: readonly FoundTag[]): FoundTag | undefined {
  const tag = tags.find(hasKey) ?? tags[0];
  const script = tags.find(({ src }) => src !== null);
  // The element that the script made: its options came from `window.postern`.
  if (tag?.attributes.has('data-from-tag') !== true || script === undefined) return tag;
  const options = [...tag.attributes].map(([name, value]) => [`data-${name.replace('public-', '')}`, value] as const);
  return { src: script.src, attributes: new Map([...script.attributes, ...options]) };
}

function hasKey({ attributes, src }: FoundTag): boolean {
  return attributes.has('data-key') || attributes.has('public-key') || src?.includes('key=') === true;
}

function isTag(src: string | null, attributes: ReadonlyMap<string, string>): src is string {
  return src !== null && (scriptPath.test(src) || attributes.get('data-key')?.startsWith('pk_') === true);
}

export function readHtml(html: string): ReadPage {
  const reader = createHtmlReader();
  reader.read(html);
  return reader.end();
}
