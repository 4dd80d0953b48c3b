import { describe, expect, it } from 'vitest';
import { refusalList, refusalsByCode } from '../../dashboard/pages/key/refusal-list.ts';
import { ApiError } from '../../ui/api-error.ts';
import { plural } from '../../dashboard/components/number-words.ts';
import { relativeTime } from '../../dashboard/components/time-words.ts';

const now = Date.UTC(2026, 10, 24, 12);
const from = (differenceMs: number) => relativeTime(new Date(now + differenceMs).toISOString(), now);

describe('a time in words', () => {
  it.each([
    [0, 'just now'],
    [-59_000, 'just now'],
    [-60_000, '1 minute ago'],
    [-3_599_000, '59 minutes ago'],
    [-3 * 3_600_000, '3 hours ago'],
    [-25 * 3_600_000, 'yesterday'],
    [5_000, 'in a moment'],
    [23 * 3_600_000, 'in 23 hours'],
    [7 * 86_400_000, 'in 7 days'],
    [400 * 86_400_000, 'next year'],
  ])('%i ms from now is %s', (differenceMs, words) => {
    expect(from(differenceMs)).toBe(words);
  });
});

describe('a number in words', () => {
  it('has its unit in the right number', () => {
    expect([plural(1, 'request'), plural(0, 'request'), plural(1_234, 'entry', 'entries')]).toEqual([
      '1 request',
      '0 requests',
      '1,234 entries',
    ]);
  });
});

describe('a list of refusals', () => {
  it('says in words that a tag names no agent', () => {
    const days = [{ date: '2026-11-24', accepted: 0, refused: { agent_not_found: 2 } }];
    const drawn = JSON.stringify(refusalList(refusalsByCode(days)));
    expect(drawn).toContain('The page’s tag names an agent that is not there');
    expect(drawn).toContain('/api/docs#not_found');
  });
});

describe('a refusal', () => {
  const refusal = new ApiError({
    status: 400,
    code: 'request_invalid',
    detail: 'The request is not valid.',
    problems: [
      { path: 'allowedDomains.1', message: 'Not this.' },
      { path: 'name', message: 'Too long.' },
      { path: '', message: 'One field too many.' },
    ],
  });

  it('stands at its fields', () => {
    expect(refusal.problemAt('allowedDomains')).toBe('Not this.');
    expect(refusal.problemAt('name')).toBe('Too long.');
    expect(refusal.problemAt('nam')).toBe('');
  });

  it('shows above the form what stands at none of them', () => {
    expect(refusal.generalProblem(['name', 'allowedDomains'])).toBe('One field too many.');
  });

  it('shows its detail and what to do when no field is named', () => {
    const whole = new ApiError({ status: 503, code: 'store_unavailable', detail: 'Not now.', fix: 'Try again.' });
    expect(whole.generalProblem(['name'])).toBe('Not now. Try again.');
  });
});
