import { describe, expect, test } from 'vitest';
import { creditsKept } from '../../server/agents/token-price.ts';
import { sampleModel } from '../support/sample-records.ts';

const use = (inputTokens: number, outputTokens: number) => ({ inputTokens, outputTokens });
const agent = (creditsPer1000Tokens: number | null) => ({ model: sampleModel({ creditsPer1000Tokens }) });

describe('an answer costs what it took, rounded up, and never more than was held', () => {
  test.each([
    [2, 10, use(700, 300), 2],
    [2, 10, use(700, 301), 3],
    [2, 10, use(1, 1), 1],
    [0.001, 10, use(500_000, 500_000), 1],
    [0.001, 10, use(500_000, 500_001), 2],
    [0.1, 10, use(5_000, 5_000), 1],
    [0.3, 100, use(5_000, 5_000), 3],
    [2, 10, use(70_000, 30_000), 10],
    [2, 0, use(70_000, 30_000), 0],
    // An answer that no model gave.
    [2, 10, use(0, 0), 0],
  ])('at %d for 1,000 tokens, with %d held', (price, held, took, kept) => {
    expect(creditsKept(agent(price), held, took)).toBe(kept);
  });

  test.each([
    ['it is not reported', undefined],
    ['negative', use(-5, 10)],
    ['a fraction', use(1.5, 10)],
    ['not a number', use(Number.NaN, 10)],
    ['endless', use(Number.POSITIVE_INFINITY, 10)],
    ['more than any model takes', use(1e9, 1)],
    ['an answer of nothing', use(100, 0)],
    ['a question of nothing', use(0, 100)],
  ])('all of it is kept when the use is nonsense: %s', (_what, took) => {
    expect(creditsKept(agent(2), 10, took)).toBe(10);
  });

  test('and where there is no price for tokens, or no model', () => {
    expect(creditsKept(agent(null), 10, use(1, 1))).toBe(10);
    expect(creditsKept({ model: null }, 10, undefined)).toBe(10);
  });
});
