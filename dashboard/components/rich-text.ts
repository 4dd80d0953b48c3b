/** A reply as its visitor saw it. The chat's own reader says what is what: never HTML, never an image, only links that may be one. */
import { html, type TemplateResult } from 'lit';
import { parseMarkdown, type Block } from '../../widget/markdown.ts';
import type { Inline } from '../../widget/markdown-inline.ts';

export function richText(source: string): TemplateResult {
  return html`<div class="rich-text">${parseMarkdown(source).blocks.map(drawBlock)}</div>`;
}

function drawBlock(block: Block): TemplateResult {
  switch (block.type) {
    case 'paragraph':
      return html`<p dir="auto">${drawInline(block.children)}</p>`;
    case 'heading':
      return html`<p dir="auto"><strong>${drawInline(block.children)}</strong></p>`;
    case 'code':
      return html`<pre dir="ltr" tabindex="0"><code>${block.text}</code></pre>`;
    case 'list': {
      const items = block.items.map((item) => html`<li>${drawItem(item)}</li>`);
      return block.start === undefined
        ? html`<ul dir="auto">
            ${items}
          </ul>`
        : html`<ol dir="auto" start=${block.start}>
            ${items}
          </ol>`;
    }
    case 'quote':
      return html`<blockquote>${block.children.map(drawBlock)}</blockquote>`;
    case 'table':
      return drawTable(block);
    case 'rule':
      return html`<hr />`;
  }
}

/** Wider than its message it scrolls in it, also by keys. */
function drawTable({ rows: [names = [], ...rows] }: Extract<Block, { type: 'table' }>): TemplateResult {
  return html`<div class="rich-table" tabindex="0">
    <table dir="auto">
      <thead>
        <tr>
          ${names.map((cell) => html`<th scope="col" dir="auto">${drawInline(cell)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td dir="auto">${drawInline(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** An item's first paragraph is words, so that short lists stay close together. */
function drawItem(blocks: readonly Block[]): readonly unknown[] {
  return blocks.map((block, index) =>
    index === 0 && block.type === 'paragraph' ? drawInline(block.children) : drawBlock(block),
  );
}

function drawInline(nodes: readonly Inline[]): readonly (TemplateResult | string)[] {
  return nodes.map((node) => {
    switch (node.type) {
      case 'text':
        return node.text;
      case 'code':
        return html`<code dir="ltr">${node.text}</code>`;
      case 'break':
        return html`<br />`;
      case 'strong':
        return html`<strong>${drawInline(node.children)}</strong>`;
      case 'emphasis':
        return html`<em>${drawInline(node.children)}</em>`;
      case 'link':
        return html`<a dir="auto" href=${node.href} target="_blank" rel="noopener noreferrer nofollow"
          >${drawInline(node.children)}</a
        >`;
    }
  });
}
