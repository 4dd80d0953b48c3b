import { expect, test } from 'vitest';
import { createSessionSeal } from '../../server/accounts/session-seal.ts';
import { sampleSession, sampleTime } from '../support/sample-records.ts';
import { createMovableClock } from '../support/server.ts';

const secret = 'a session secret that is only for tests';

test('what was sealed is opened by every process with the same secret, until its session ends by the clock', async () => {
  const clock = createMovableClock(sampleTime);
  const session = sampleSession({ expiresAt: sampleTime + 60_000 });
  const cookie = await createSessionSeal(secret, clock).seal('usr_1', session);
  const seal = createSessionSeal(secret, clock);
  clock.advance(59_000);
  expect(await seal.open(cookie)).toEqual({ userId: 'usr_1', sessionId: session.id });
  clock.advance(1_000);
  expect(await seal.open(cookie)).toBeUndefined();
});

test('two seals of one session are not the same text', async () => {
  const seal = createSessionSeal(secret, () => sampleTime);
  const session = sampleSession();
  expect(await seal.seal('usr_1', session)).not.toBe(await seal.seal('usr_1', session));
});
