/**
 * Blocks of a reply → Lit templates. Text only ever becomes text nodes and checked `href`s: never HTML, never an image,
 * so a reply can't make the page run or call anything.
 */
import { html, nothing, type TemplateResult } from 'lit';
import type { Messages } from './i18n/messages.ts';
import { parseMarkdown, type Block } from './markdown.ts';
import type { Inline } from './markdown-inline.ts';

export function renderRichText(source: string, words: Messages, growing = false): unknown {
  return parseMarkdown(source, growing).map((block) => renderBlock(block, words));
}

function renderBlock(block: Block, words: Messages): TemplateResult {
  switch (block.type) {
    case 'paragraph':
      return html`<p dir="auto">${block.children.map(renderInline)}</p>`;
    case 'heading':
      return html`<p dir="auto"><strong>${block.children.map(renderInline)}</strong></p>`;
    case 'code':
      return renderCode(block.text, words);
    case 'list': {
      const items = block.items.map((item) => html`<li>${renderItem(item, words)}</li>`);
      return block.start === undefined
        ? html`<ul dir="auto">
            ${items}
          </ul>`
        : html`<ol dir="auto" start=${block.start}>
            ${items}
          </ol>`;
    }
    case 'quote':
      return html`<blockquote>${block.children.map((child) => renderBlock(child, words))}</blockquote>`;
    case 'rule':
      return html`<hr />`;
  }
}

/** A list item of one paragraph is that paragraph's words, so that short lists stay close together. */
function renderItem(blocks: readonly Block[], words: Messages): unknown {
  return blocks.map((block) =>
    block.type === 'paragraph' && block === blocks[0] ? block.children.map(renderInline) : renderBlock(block, words),
  );
}

function renderInline(node: Inline): unknown {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'code':
      return html`<code dir="ltr">${node.text}</code>`;
    case 'break':
      return html`<br />`;
    case 'strong':
      return html`<strong>${node.children.map(renderInline)}</strong>`;
    case 'emphasis':
      return html`<em>${node.children.map(renderInline)}</em>`;
    case 'link':
      return html`<a href=${node.href} target="_blank" rel="noopener noreferrer nofollow" part="link"
        >${node.children.map(renderInline)}</a
      >`;
  }
}

/** `navigator.clipboard` exists in secure contexts only: without it there is no button, rather than a dead one. */
function renderCode(code: string, words: Messages): TemplateResult {
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    const done = await navigator.clipboard.writeText(code).then(
      () => true,
      () => false,
    );
    if (!done) return;
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = words.copy), 2000);
  };
  const hasClipboard = 'clipboard' in navigator;
  return html`<div class="code" part="code" dir="ltr">
    ${hasClipboard ? html`<button type="button" part="copy" @click=${copy} .textContent=${words.copy}></button>` : nothing}
    <pre tabindex="0"><code>${code}</code></pre>
  </div>`;
}
