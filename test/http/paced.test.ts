/** How requests are let through: at once when they come alone, else one by one, of each address in turn. */
import type { Request, Response } from 'express';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Refusal } from '../../server/gate/problem.ts';
import { createPaced } from '../../server/http/paced.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createRequests() {
  const refused: Refusal[] = [];
  const paced = createPaced({ answer: (_response, refusal) => void refused.push(refusal) }, ({ ip }) => ip ?? '');
  const through: string[] = [];
  function ask(ip: string, name: string): { destroyed: boolean } {
    const response = { destroyed: false };
    void paced({ ip } as unknown as Request, response as unknown as Response, () => void through.push(name));
    return response;
  }
  return { ask, through, refused };
}

test('one that comes alone does not wait', () => {
  const { ask, through } = createRequests();
  ask('192.0.2.1', 'first');
  expect(through).toEqual(['first']);
  vi.advanceTimersByTime(5);
  ask('192.0.2.1', 'second');
  expect(through).toEqual(['first', 'second']);
});

test('a flood is let through one by one, and another address has its turn after the next', () => {
  const { ask, through } = createRequests();
  for (let index = 0; index < 100; index++) ask('192.0.2.1', 'flood');
  ask('192.0.2.2', 'person');
  expect(through).toEqual(['flood']);
  vi.advanceTimersByTime(5);
  expect(through).toEqual(['flood', 'flood']);
  vi.advanceTimersByTime(5);
  expect(through).toEqual(['flood', 'flood', 'person']);
  vi.advanceTimersByTime(98 * 5);
  expect(through).toHaveLength(101);
});

test('one whose caller has left meanwhile is not run, and takes nobody’s turn', () => {
  const { ask, through } = createRequests();
  ask('192.0.2.1', 'first');
  ask('192.0.2.1', 'gone').destroyed = true;
  ask('192.0.2.1', 'last');
  vi.advanceTimersByTime(5);
  expect(through).toEqual(['first', 'last']);
});

test('what one address has waiting is bounded; another is not refused for it', () => {
  const { ask, through, refused } = createRequests();
  for (let index = 0; index < 500; index++) ask('192.0.2.1', 'flood');
  ask('192.0.2.2', 'person');
  expect(refused).toHaveLength(99);
  expect(refused[0]).toMatchObject({ code: 'server_busy', retryAfterSeconds: 2 });
  vi.advanceTimersByTime(500 * 5);
  expect(through).toHaveLength(402);
});
