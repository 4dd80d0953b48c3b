import { describe, expect, test } from 'vitest';
import { parseFaqMarkdown } from '../../server/agents/faq-markdown.ts';

describe('questions and answers in Markdown', () => {
  test('every heading with text below it is one, whatever ends the lines', () => {
    const expected = [
      { question: 'One', aliases: [], answer: 'a\n\nb' },
      { question: 'Three', aliases: [], answer: 'c' },
    ];
    for (const end of ['\n', '\r\n', '\r', '\u2028', '\u2029']) {
      const text = ['before', '# One', '', 'a', '', 'b', '## Two', '', '### Three ###', 'c', ''].join(end);
      expect(parseFaqMarkdown(text)).toEqual(expected);
    }
  });

  test.each([
    ['# What is C#\nx', 'What is C#'],
    ['   ###### Six ##  \nx', 'Six'],
    ['#\tTab\nx', 'Tab'],
  ])('%j asks %j', (text, question) => {
    expect(parseFaqMarkdown(text)).toEqual([{ question, aliases: [], answer: 'x' }]);
  });

  test.each([
    '#no space\nx',
    '####### seven\nx',
    '    # code\nx',
    '#\nx',
    '# \nx',
    '```\n# code\nx\n```',
    '~~~\n# a\nx',
  ])('%j has no heading', (text) => expect(parseFaqMarkdown(text)).toEqual([]));

  test('of a text with more entries than wanted only the first ones are read', () => {
    expect(parseFaqMarkdown('# q\na\n'.repeat(50), 3)).toHaveLength(3);
  });

  test('lines of "Also asked:" right below a heading are other wordings', () => {
    for (const end of ['\n', '\r\n', '\u2028']) {
      const text = [
        '# One',
        '',
        'Also asked: Two? ',
        'also asked:Three?',
        '',
        'Also asked:',
        'a',
        'Also asked: b',
      ].join(end);
      expect(parseFaqMarkdown(text)).toEqual([
        { question: 'One', aliases: ['Two?', 'Three?'], answer: 'a\nAlso asked: b' },
      ]);
    }
  });

  test('a heading with other wordings alone is no question', () => {
    expect(parseFaqMarkdown('# One\nAlso asked: Two?\n# Three\nx')).toEqual([
      { question: 'Three', aliases: [], answer: 'x' },
    ]);
  });
});
