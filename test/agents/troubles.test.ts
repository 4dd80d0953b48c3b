import { describe, expect, test } from 'vitest';
import { createTroubles } from '../../server/agents/troubles.ts';
import { UpstreamError } from '../../server/agents/upstream-error.ts';
import { createMovableClock } from '../support/server.ts';

const status = (code: number) => new UpstreamError('status', 'up', `answered ${code}`, { status: code });
const minuteMs = 60_000;

describe('what went wrong with an agent’s model', () => {
  test('is counted by its kind, the one that came last first, each agent’s apart', () => {
    const clock = createMovableClock();
    const troubles = createTroubles(clock);
    troubles.record('agt_1', status(401));
    clock.advance(minuteMs);
    troubles.record('agt_1', new UpstreamError('silent', 'up', 'said nothing'));
    clock.advance(minuteMs);
    troubles.record('agt_1', status(401));
    troubles.record('agt_2', new Error('The agent took too long.'));
    expect(troubles.list('agt_1')).toStrictEqual([
      { trouble: 'status', status: 401, count: 2, lastAt: clock() },
      { trouble: 'silent', status: null, count: 1, lastAt: clock() - minuteMs },
    ]);
    expect(troubles.list('agt_2')).toMatchObject([{ trouble: 'failed', status: null, count: 1 }]);
    expect(troubles.list('agt_3')).toStrictEqual([]);
  });

  test('is forgotten after an hour', () => {
    const clock = createMovableClock();
    const troubles = createTroubles(clock);
    troubles.record('agt_1', status(500));
    clock.advance(30 * minuteMs);
    troubles.record('agt_1', status(500));
    clock.advance(30 * minuteMs);
    expect(troubles.list('agt_1')).toMatchObject([{ count: 1 }]);
    clock.advance(30 * minuteMs);
    expect(troubles.list('agt_1')).toStrictEqual([]);
  });

  test('is bounded, however much of it there is', () => {
    const troubles = createTroubles(createMovableClock());
    for (let code = 400; code < 500; code++) troubles.record('agt_1', status(code));
    for (let count = 0; count < 2_000; count++) troubles.record('agt_1', status(500));
    const listed = troubles.list('agt_1');
    expect(listed).toHaveLength(8);
    expect(listed[0]).toMatchObject({ status: 500, count: 100 });
    for (let agent = 0; agent < 2_000; agent++) troubles.record(`agt_x${agent}`, status(500));
    expect(troubles.list('agt_1')).toStrictEqual([]);
  });
});

describe('the text of an error, for the log', () => {
  test.each([
    ['Incorrect API key provided: sk-proj-abcdefgh12345678', 'sk-proj'],
    ['key gsk_0123456789abcdefghijkl is wrong', 'gsk_0123'],
    ['sent Authorization: Bearer abc.def-ghi_jkl', 'abc.def'],
    ['AIzaSyA1234567890abcdefghij is not valid', 'AIzaSyA'],
    ['token 0123456789abcdefABCDEF0123456789 refused', '0123456789abcdefABCDEF'],
  ])('has no key in it: %s', (text, key) => {
    const { message } = new UpstreamError('status', 'up', text);
    expect(message).toContain('[a key]');
    expect(message).not.toContain(key);
  });

  test('is one short line', () => {
    const { message } = new UpstreamError('status', 'up', 'a\nb\u0000c\u202e '.repeat(10_000));
    expect(message.length).toBeLessThan(520);
    expect(message).not.toMatch(/[\n\u0000\u202e]/);
  });
});
