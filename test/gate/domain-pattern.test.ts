import fc from 'fast-check';
import { getDomain } from 'tldts';
import { describe, expect, test } from 'vitest';
import { isPattern, parseDomainPattern, parsePatternList } from '../../server/gate/domain-pattern.ts';
import { patternCases } from '../support/domain-cases.ts';

describe('every pattern of cases.json', () => {
  test.each(patternCases)('$id $pattern: $why', ({ pattern, valid, normalized, problem }) => {
    const result = parseDomainPattern(pattern);
    expect(isPattern(result)).toBe(valid);
    expect(isPattern(result) ? result.text : null).toBe(normalized);
    expect(isPattern(result) ? null : result.problem).toBe(problem);
  });
});

describe('a refused entry comes with what was probably meant', () => {
  test.each([
    ['https://example.com/app', 'https://example.com'],
    ['https://user@example.com/app?x#y', 'https://example.com'],
    ['example.com?x', 'example.com'],
    ['example.com.', 'example.com'],
    ['*example.com', '*.example.com'],
    ['.example.com', '*.example.com'],
    ['**.example.com', '*.example.com'],
    ['*.*.example.com', '*.example.com'],
    ['::1', '[::1]'],
    ['127.1', '127.0.0.1'],
    ['https://127.1:8443', 'https://127.0.0.1:8443'],
    ['“example.com”', 'example.com'],
    ['"*.example.com"', '*.example.com'],
    ['`https://example.com`', 'https://example.com'],
    ['example.com,', 'example.com'],
    ['\u200bexample.com', 'example.com'],
    ['my–shop.example', 'my-shop.example'],
    ['a\u2011b.example', 'a-b.example'],
    ['shop..example.com', 'shop.example.com'],
    ['info@example.com', 'example.com'],
    ['https://example.com\\@evil.example', 'https://example.com'],
    ['wss://example.com', 'https://example.com'],
  ])('%s → %s', (entry, suggestion) => {
    expect(parseDomainPattern(entry)).toMatchObject({ suggestion });
  });

  test.each([
    ...['*', '*.com', 'null', 'example.com:http', '[::1', 'com', 'a,b'],
    // What was apart stays apart.
    ...['exa mple', 'exa mple.com', 'exa\u200bmple.com', 'shop.example.com acme.org', 'example..com', 'a.com、b.com'],
    // Nothing real.
    ...['*-acme.vercel.app', 'acme-*.vercel.app', '-.example', '🏳️‍🌈.example', 'https//example.com', '*-.example.com'],
  ])('%s has no obvious one', (entry) => {
    expect(parseDomainPattern(entry)).not.toHaveProperty('suggestion');
  });
});

describe('a suggestion', () => {
  const names = [
    'example.com',
    'shop.example.com',
    'acme.org',
    'comacme.org',
    'com',
    'co.uk',
    'me.github.io',
    'a-b.de',
  ];
  const glue = [
    ' ',
    ',',
    '..',
    '.',
    '-',
    '–',
    '*',
    '*.',
    '“',
    '”',
    '@',
    '/',
    '\\',
    ':',
    '://',
    '\u200b',
    '、',
    '\u2028',
  ];
  const text = fc.oneof(
    fc
      .array(fc.constantFrom(...names, ...glue, 'https://', 'user', ':8443', 'x'), { maxLength: 8 })
      .map((parts) => parts.join('')),
    fc.string({ unit: fc.constantFrom(...Array.from('ab.*-–“ /@:1、com')), maxLength: 16 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
  /** The words of a text as a reader sees them, with dashes as one would write them. */
  const wordsOf = (entry: string): string[] =>
    entry
      .toLowerCase()
      .replace(/[–—‑−]/g, '-')
      .match(/[\p{L}\p{N}\p{M}_.-]+/gu) ?? [];

  test('names no registrable domain that is not a whole word’s, has no label that nobody can have, and parses', () => {
    fc.assert(
      fc.property(text, (entry) => {
        const result = parseDomainPattern(entry);
        if (isPattern(result) || result.suggestion === undefined) return;
        const suggested = parseDomainPattern(result.suggestion);
        if (!isPattern(suggested)) throw new Error(`${entry} → ${result.suggestion}`);
        const { host } = suggested;
        if (host.startsWith('[') || /\d$/.test(host)) return;
        expect(host.split('.').filter((label) => label.startsWith('-') || label.endsWith('-'))).toEqual([]);
        expect(host === 'localhost' || host.includes('.')).toBe(true);
        const own = getDomain(host, { allowPrivateDomains: true }) ?? host;
        const names = wordsOf(entry).flatMap((word) =>
          word.split(/\.{2,}/).map((name) => name.replace(/^\.|\.$/g, '')),
        );
        const inText = names.filter((name) => {
          const ascii = URL.parse(`http://${name}`)?.hostname ?? '';
          return ascii === own || ascii.endsWith(`.${own}`);
        });
        if (inText.length === 0) throw new Error(`${entry} → ${result.suggestion}`);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a * in a part of a label of a host that anyone can name', () => {
  test.each([
    '*-acme.vercel.app',
    'https://acme-*.vercel.app',
    'deploy-preview-*--acme.netlify.app',
    'pr-*.acme.pages.dev',
  ])('%s: why it is no boundary, and the safe ways', (entry) => {
    const result = parseDomainPattern(entry);
    expect(result).toMatchObject({ problem: 'wildcard_position' });
    expect(result).not.toHaveProperty('suggestion');
    expect(isPattern(result) ? '' : result.message).toMatch(
      /^A \* for a part of a name protects nothing: anyone can give a project on (vercel\.app|netlify\.app|pages\.dev) a name that fits\. Use a preview domain of your own \(\*\.preview\.example\.com\), or add the one address/,
    );
  });

  test('elsewhere the plain rule is said', () => {
    expect(parseDomainPattern('shop-*.example.com')).toMatchObject({
      problem: 'wildcard_position',
      message: 'The * stands only as the whole first part: *.example.com.',
    });
  });
});

describe('a list', () => {
  test('is split at commas, semicolons, white space and the commas of Chinese and Japanese', () => {
    const typed = 'a.example b.example;c.example\td.example、e.example，f.example；g.example\u2028h.example';
    expect(
      parsePatternList(typed)
        .patterns.map(({ text }) => text)
        .join(''),
    ).toBe('a.exampleb.examplec.exampled.examplee.examplef.exampleg.exampleh.example');
  });

  test('of more entries than a key may have is not read past the first one too many', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => `s${index}.example`);
    for (const [list, isTooLong] of [
      [hundred, false],
      [[...hundred, 'x.example'], true],
      [[...hundred, 'x.example', '!'], true],
    ] as const) {
      expect(parsePatternList(list)).toMatchObject({ problems: [], isTooLong });
      expect(parsePatternList(`;${list.join(', ')}\n`)).toMatchObject({ problems: [], isTooLong });
    }
    expect(parsePatternList('!,'.repeat(20_000)).problems).toHaveLength(101);
  });

  test('in one string is split at commas and new lines', () => {
    const { patterns, problems } = parsePatternList('example.com, *.Example.com\nhttps://example.com/,\n');
    expect(patterns.map((pattern) => pattern.text)).toEqual(['example.com', '*.example.com', 'https://example.com']);
    expect(problems).toEqual([]);
  });

  test('keeps equal entries once', () => {
    const { patterns } = parsePatternList(['example.com', ' EXAMPLE.com ', 'example.com:*', 'https://example.com:443']);
    expect(patterns.map((pattern) => pattern.text)).toEqual(['example.com', 'https://example.com']);
  });

  test('tells which entry is wrong, and that an array is never split', () => {
    const { patterns, problems } = parsePatternList(['ok.example', '*', 'a.example,b.example']);
    expect(patterns).toHaveLength(1);
    expect(problems).toMatchObject([
      { index: 1, entry: '*', problem: 'bare_wildcard' },
      { index: 2, entry: 'a.example,b.example', problem: 'not_a_host' },
    ]);
  });
});
