import { expect, test } from 'vitest';
import { addUsage } from '../../server/records/usage-day.ts';
import { createMeter } from '../../server/usage/meter.ts';
import { StoreUnavailableError, UsageLeftError, type UsageBatch } from '../../server/store/port.ts';
import { sampleKey, sampleTime } from '../support/sample-records.ts';

const key = sampleKey('org_1');
const keepDigestKey = (_date: string, digestKey: string): Promise<string> => Promise.resolve(digestKey);

/** A store that answers only when told to. */
function createSlowStore() {
  const batches: UsageBatch[] = [];
  const waiting: ((isThere: boolean) => void)[] = [];
  const addUsage = (batch: UsageBatch): Promise<void> =>
    new Promise((resolve, reject) => {
      batches.push(batch);
      waiting.push((isThere) => (isThere ? resolve() : reject(new StoreUnavailableError('away'))));
    });
  return { store: { addUsage, keepDigestKey }, batches, answer: (isThere: boolean) => waiting.shift()?.(isThere) };
}

test('what could not be written is written later, with what came meanwhile', async () => {
  const { store, batches, answer } = createSlowStore();
  const meter = createMeter(
    store,
    () => sampleTime,
    () => undefined,
  );
  meter.record(key, { outcome: 'accepted', origin: 'https://a.example' });
  const first = meter.flush();
  meter.record(key, { outcome: 'origin_not_allowed', origin: 'https://b.example' });
  answer(false);
  await first;
  const second = meter.flush();
  answer(true);
  await second;
  expect(batches).toHaveLength(2);
  expect(batches[1]?.days).toMatchObject([{ keyId: key.id, accepted: 1, refused: { origin_not_allowed: 1 } }]);
  expect(batches[1]?.activities).toMatchObject([{ lastUsedAt: sampleTime, lastUsedOrigin: 'https://a.example' }]);
});

// Fails when every flush waits for the one before: then a stop takes as long as the store was away.
test('while the store is away no writes queue up, and a stop tries once more and ends', async () => {
  const { store, batches, answer } = createSlowStore();
  const meter = createMeter(
    store,
    () => sampleTime,
    () => undefined,
  );
  for (let second = 0; second < 60; second++) {
    meter.record(key, { outcome: 'accepted', origin: null });
    void meter.flush();
  }
  expect(batches).toHaveLength(1);
  const stopped = meter.stop();
  answer(false);
  await expect.poll(() => batches.length).toBe(2);
  answer(false);
  await stopped;
  expect(batches[1]?.days).toMatchObject([{ accepted: 60 }]);
});

// Fails for a meter that takes the whole batch back: what is in the store is counted twice then.
test('of a batch that was written in part, only what is left is written again', async () => {
  const [written, left] = [sampleKey('org_1'), sampleKey('org_1')];
  const batches: UsageBatch[] = [];
  const addUsage = (batch: UsageBatch): Promise<void> => {
    batches.push(batch);
    if (batches.length > 1) return Promise.resolve();
    const days = batch.days.filter(({ keyId }) => keyId === left.id);
    return Promise.reject(new UsageLeftError({ days, activities: batch.activities }, new Error('away')));
  };
  const meter = createMeter(
    { addUsage, keepDigestKey },
    () => sampleTime,
    () => undefined,
  );
  for (const one of [written, left]) meter.record(one, { outcome: 'accepted', origin: null });
  await meter.flush();
  await meter.flush();
  await meter.flush();
  expect(batches).toHaveLength(2);
  expect(batches[1]?.days).toMatchObject([{ keyId: left.id, accepted: 1 }]);
  expect(batches[1]?.activities).toHaveLength(2);
});

function createCountingMeter() {
  const batches: UsageBatch[] = [];
  const addUsage = (batch: UsageBatch): Promise<void> => Promise.resolve(void batches.push(batch));
  const meter = createMeter(
    { addUsage, keepDigestKey },
    () => sampleTime,
    () => undefined,
  );
  return { meter, batches };
}

// Fails for one bound over both: what was refused first leaves no room for what is accepted later in the same second.
test('any number of refused origins in one second leave room for those that are accepted', async () => {
  const { meter, batches } = createCountingMeter();
  for (let index = 0; index < 5_000; index++) {
    meter.record(key, { outcome: 'origin_not_allowed', origin: `https://${index}.example` });
  }
  meter.record(key, { outcome: 'accepted', origin: 'https://shop.example' });
  await meter.flush();
  const { accepted, refused, origins } = batches[0]!.days[0]!;
  expect([accepted, refused]).toEqual([1, { origin_not_allowed: 5_000 }]);
  expect(origins.length).toBeLessThan(1_100);
  expect(origins).toContainEqual({
    origin: 'https://shop.example',
    accepted: 1,
    refused: 0,
    lastSeenAt: sampleTime,
  });
});

test('a use that came to nothing is taken back, also when it was written already', async () => {
  const { meter, batches } = createCountingMeter();
  const origin = 'https://shop.example';
  meter.record(key, { outcome: 'accepted', origin });
  await meter.flush();
  meter.retract(key, origin, 'agent_not_found');
  await meter.flush();
  const total = addUsage(addUsage(undefined, batches[0]!.days[0]!), batches[1]!.days[0]!);
  expect(total).toMatchObject({
    accepted: 0,
    refused: { agent_not_found: 1 },
    origins: [{ origin, accepted: 0, refused: 1 }],
  });
});

// Fails for a meter that takes back only what has a count.
test('which version a chat says it has is counted as nothing, and is not lost while the store is away', async () => {
  const { store, batches, answer } = createSlowStore();
  const meter = createMeter(
    store,
    () => sampleTime,
    () => undefined,
  );
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) meter.noteWidget(key, 'https://shop.example', version);
  const first = meter.flush();
  meter.noteWidget(key, 'https://shop.example', '2.0.0');
  answer(false);
  await first;
  const second = meter.flush();
  answer(true);
  await second;
  expect(batches[1]?.days).toMatchObject([
    {
      accepted: 0,
      refused: {},
      origins: [
        {
          origin: 'https://shop.example',
          accepted: 0,
          refused: 0,
          lastSeenAt: sampleTime,
          widgets: ['2.0.0', '1.3.0', '1.2.0'],
        },
      ],
    },
  ]);
});

test('any number of origins that say a version in one second are no more than the meter keeps', async () => {
  const { meter, batches } = createCountingMeter();
  for (let index = 0; index < 5_000; index++) meter.noteWidget(key, `https://${index}.example`, '1.0.0');
  await meter.flush();
  expect(batches[0]!.days[0]!.origins).toHaveLength(500);
});
