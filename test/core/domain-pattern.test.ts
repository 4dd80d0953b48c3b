import { describe, expect, test } from 'vitest';
import { isPattern, parseDomainPattern, parsePatternList } from '../../server/core/domain-pattern.ts';
import { patternCases } from '../support/domain-cases.ts';

describe('every row of pattern-cases.json', () => {
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
    ['exa mple.com', 'example.com'],
    ['::1', '[::1]'],
    ['127.1', '127.0.0.1'],
    ['wss://example.com', 'https://example.com'],
  ])('%s → %s', (entry, suggestion) => {
    expect(parseDomainPattern(entry)).toMatchObject({ suggestion });
  });

  test.each(['*', '*.com', 'null', 'example.com:http', '[::1', 'com', 'a,b'])('%s has no obvious one', (entry) => {
    expect(parseDomainPattern(entry)).not.toHaveProperty('suggestion');
  });
});

describe('a list', () => {
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
