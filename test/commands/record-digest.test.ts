import { describe, expect, test } from 'vitest';
import { canonicalJson, recordDigest } from '../../server/commands/record-digest.ts';

describe('the digest of a record', () => {
  test('is the same whatever the order of its names, at any depth, and whether a name is absent or undefined', () => {
    const one = { a: 1, b: { c: [{ x: 1, y: null }], d: 'd' } };
    const other = { b: { d: 'd', c: [{ y: null, x: 1 }], e: undefined }, a: 1, f: undefined };
    expect(recordDigest(one)).toBe(recordDigest(other));
    expect(recordDigest(one)).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: [] }, { a: {} }],
    [{ a: 'b,c' }, { a: ['b', 'c'] }],
    [JSON.parse('{"__proto__":{"a":1}}') as object, {}],
    [JSON.parse('{"toString":"x"}') as object, {}],
    [{ a: '\u0000' }, { a: '' }],
    [{ 'a":1,"b': 1 }, { a: 1, b: 1 }],
  ])('tells %j from %j', (one, other) => {
    expect(recordDigest(one)).not.toBe(recordDigest(other));
  });

  test('takes half a surrogate pair for the character that MongoDB keeps in its place', () => {
    expect(canonicalJson({ a: 'x\ud800y', b: '\udc00', c: '\u{1f6aa}' })).toBe(
      '{"a":"x\uFFFDy","b":"\uFFFD","c":"\u{1f6aa}"}',
    );
  });
});
