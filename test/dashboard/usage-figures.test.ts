import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../dashboard/pages/usage/figures.ts';

const day = (date: string, accepted: number, refused: Readonly<Record<string, number>> = {}) => ({
  date,
  accepted,
  refused,
});

const lines = [
  {
    keyId: 'key_a',
    name: 'A',
    days: [day('2026-11-23', 1, { rate_limited: 2 }), day('2026-11-24', 2, { rate_limited: 1, origin_not_allowed: 4 })],
  },
  { keyId: 'key_b', name: 'B', days: [day('2026-11-23', 0), day('2026-11-24', 0)] },
  { keyId: 'key_c', name: 'C', days: [day('2026-11-23', 20), day('2026-11-24', 30, { rate_limited: 0 })] },
];

describe('the figures of several keys', () => {
  it('are sums over all of them', () => {
    const { accepted, refused } = figuresOf(lines);
    expect({ accepted, refused }).toEqual({ accepted: 53, refused: 7 });
  });

  it('have the busiest key first and the unused one last', () => {
    expect(figuresOf(lines).keys.map(({ name, accepted, refused }) => [name, accepted, refused])).toEqual([
      ['C', 50, 0],
      ['A', 3, 7],
      ['B', 0, 0],
    ]);
  });

  it('name what each key was refused for most, and nothing where nothing was refused', () => {
    expect(figuresOf(lines).keys.map(({ mostRefused }) => mostRefused)).toEqual([
      undefined,
      { code: 'origin_not_allowed', requests: 4 },
      undefined,
    ]);
  });

  it('add the days by date, oldest first, also when a page was read after midnight', () => {
    const late = { keyId: 'key_d', name: 'D', days: [day('2026-11-24', 5), day('2026-11-25', 7)] };
    expect(figuresOf([late, ...lines]).days).toEqual([
      day('2026-11-23', 21, { rate_limited: 2 }),
      day('2026-11-24', 37, { rate_limited: 1, origin_not_allowed: 4 }),
      day('2026-11-25', 7),
    ]);
  });

  it('are nothing for no keys', () => {
    expect(figuresOf([])).toEqual({ days: [], accepted: 0, refused: 0, keys: [] });
  });
});
