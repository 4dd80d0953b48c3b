import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { limitAnswer } from '../../server/chat/limit-answer.ts';

describe('the limit of an answer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  test('is reached after 90 seconds, and the reader is still there', () => {
    const reader = new AbortController();
    const { signal } = limitAnswer(reader.signal);
    vi.advanceTimersByTime(89_999);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect([signal.aborted, reader.signal.aborted]).toEqual([true, false]);
  });

  test('is reached when the reader leaves, or has left', () => {
    const reader = new AbortController();
    const { signal } = limitAnswer(reader.signal);
    reader.abort();
    expect([signal.aborted, limitAnswer(reader.signal).signal.aborted]).toEqual([true, true]);
  });

  test('is never reached by an agent that has ended, and no timer is left', () => {
    const reader = new AbortController();
    const { signal, end } = limitAnswer(reader.signal);
    end();
    expect(vi.getTimerCount()).toBe(0);
    reader.abort();
    expect(signal.aborted).toBe(false);
  });
});
