/** A reply as it is said aloud: its words without the marks. */
import { parseMarkdown, type Block } from './markdown.ts';
import { textOf } from './markdown-inline.ts';

export function toPlainText(source: string): string {
  return parseMarkdown(source).blocks.map(sayBlock).join('\n');
}

function sayBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return block.children.map(textOf).join('');
    case 'code':
      return block.text;
    case 'list':
      return block.items.map((item) => item.map(sayBlock).join('\n')).join('\n');
    case 'quote':
      return block.children.map(sayBlock).join('\n');
    case 'table':
      return block.rows.map((cells) => cells.map((cell) => cell.map(textOf).join('')).join(', ')).join('\n');
    case 'rule':
      return '';
  }
}
