/** Evidence in the meter: what it remembers, what it writes, and for how long anybody can turn a digest back. */
import { expect, test } from 'vitest';
import { dayMs } from '../../server/gate/clock.ts';
import type { CallEvidence } from '../../server/gate/call.ts';
import { certainCalls } from '../../server/records/usage-evidence.ts';
import { StoreUnavailableError, type UsageBatch } from '../../server/store/port.ts';
import { createMeter } from '../../server/usage/meter.ts';
import { sampleKey, sampleTime } from '../support/sample-records.ts';
import { createMovableClock } from '../support/server.ts';

const key = sampleKey('org_1');
const origin = 'https://shop.example';
const address = '203.0.113.7';

/** Several processes that share one store. */
function createShared() {
  const clock = createMovableClock(sampleTime);
  const batches: UsageBatch[] = [];
  const digestKeys = new Map<string, string>();
  const state: { isAway: boolean; isKeyAway: boolean; keyFailure?: Error } = { isAway: false, isKeyAway: false };
  const errors: unknown[] = [];
  const ownKeys: unknown[] = [];
  const store = {
    addUsage(batch: UsageBatch): Promise<void> {
      if (state.isAway) return Promise.reject(new StoreUnavailableError('away'));
      batches.push(batch);
      return Promise.resolve();
    },
    keepDigestKey(date: string, made: string): Promise<string> {
      if (state.isAway || state.isKeyAway) return Promise.reject(new StoreUnavailableError('away'));
      if (state.keyFailure !== undefined) return Promise.reject(state.keyFailure);
      digestKeys.set(date, digestKeys.get(date) ?? made);
      return Promise.resolve(digestKeys.get(date)!);
    },
  };
  const openMeter = () => {
    const meter = createMeter(
      store,
      clock,
      (error) => errors.push(error),
      (error) => ownKeys.push(error),
    );
    const use = (evidence: CallEvidence, of = key): void => meter.record(of, { outcome: 'accepted', origin, evidence });
    return { ...meter, use };
  };
  const written = () => batches.map(({ days }) => days[0]!.evidence!);
  return { clock, batches, digestKeys, state, errors, ownKeys, openMeter, written };
}

test('calls are counted where it can be told, and addresses go out as digests', async () => {
  const { openMeter, batches, written } = createShared();
  const meter = openMeter();
  meter.use({ isFromBrowser: true, ip: address });
  meter.use({ isFromBrowser: false, ip: address });
  meter.use({ isFromBrowser: undefined, ip: '198.51.100.1' });
  meter.use({ isFromBrowser: false });
  meter.record(key, { outcome: 'accepted', origin: null });
  await meter.flush();
  const digest: unknown = expect.stringMatching(/^[\w-]{12}$/);
  expect(written()).toEqual([
    {
      calls: 3,
      withoutBrowserHeaders: 2,
      addressedCalls: 3,
      groups: [
        { digest, calls: 2, overcount: 0 },
        { digest, calls: 1, overcount: 0 },
      ],
    },
  ]);
  expect(JSON.stringify(batches)).not.toMatch(/203\.0\.113|198\.51\.100/);
});

test('an IPv6 /64 is one group, and so are the spellings of an IPv4 address', async () => {
  const { openMeter, written } = createShared();
  const meter = openMeter();
  for (const ip of ['2001:db8::1', '2001:db8::ffff', address, `::ffff:${address}`]) meter.use({ ip });
  await meter.flush();
  expect(written()[0]!.groups.map(({ calls }) => calls)).toEqual([2, 2]);
});

test('what came to nothing later has shown who sent it all the same', async () => {
  const { openMeter, written } = createShared();
  const meter = openMeter();
  meter.use({ isFromBrowser: false, ip: address });
  meter.retract(key, origin, 'budget_exhausted');
  await meter.flush();
  expect(written()).toMatchObject([{ calls: 1, withoutBrowserHeaders: 1, groups: [{ calls: 1 }] }]);
});

test('all processes have one digest for a group and day; another day, another organization, and what an organization says have others', async () => {
  const { clock, openMeter, written } = createShared();
  const [first, second] = [openMeter(), openMeter()];
  const digests = async (meter: typeof first): Promise<string> => {
    await meter.flush();
    return written().at(-1)!.groups[0]!.digest;
  };
  first.use({ ip: address });
  const digest = await digests(first);
  second.use({ ip: address });
  expect(await digests(second)).toBe(digest);
  // A process that starts later that day.
  const third = openMeter();
  third.use({ ip: address }, sampleKey('org_1'));
  expect(await digests(third)).toBe(digest);
  first.use({ ip: address, ipSaidBy: 'org_1' });
  expect(await digests(first)).not.toBe(digest);
  first.use({ ip: address }, sampleKey('org_2'));
  expect(await digests(first)).not.toBe(digest);
  clock.advance(dayMs);
  first.use({ ip: address });
  expect(await digests(first)).not.toBe(digest);
});

// Fails for a meter that writes what it has when no key can be had: the address, or nothing.
test('without a key of the day nothing is written, and it is all there later', async () => {
  const { openMeter, state, batches, errors, written } = createShared();
  const meter = openMeter();
  state.isKeyAway = true;
  for (let second = 0; second < 3; second++) {
    meter.use({ isFromBrowser: false, ip: address });
    await meter.flush();
  }
  expect([batches, errors]).toEqual([
    [],
    Array.from({ length: 3 }, () => expect.any(StoreUnavailableError) as unknown),
  ]);
  state.isKeyAway = false;
  await meter.flush();
  expect(batches[0]!.days).toMatchObject([{ accepted: 3 }]);
  expect(written()).toMatchObject([{ calls: 3, withoutBrowserHeaders: 3, addressedCalls: 3, groups: [{ calls: 3 }] }]);
});

// Fails for a meter that waits for the key for ever, and for one that leaves the addresses out.
test('where the store can keep no key, a process has its own for the day, and says so once', async () => {
  const { clock, openMeter, state, errors, ownKeys, written } = createShared();
  const meter = openMeter();
  state.keyFailure = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  for (let day = 0; day < 2; day++) {
    for (let second = 0; second < 2; second++) {
      meter.use({ isFromBrowser: false, ip: address });
      await meter.flush();
    }
    clock.advance(dayMs);
  }
  const digests = written().map(({ groups: [group] }) => group?.digest);
  expect(digests).toEqual([digests[0], digests[0], digests[2], digests[2]]);
  expect(digests[0]).not.toBe(digests[2]);
  expect([errors, ownKeys]).toEqual([[], [state.keyFailure]]);
});

test('what could not be written is added to what came meanwhile, each once', async () => {
  const { openMeter, state, written } = createShared();
  const meter = openMeter();
  meter.use({ isFromBrowser: true, ip: address });
  await meter.flush();
  state.isAway = true;
  for (let second = 0; second < 3; second++) {
    meter.use({ isFromBrowser: false, ip: address });
    meter.use({ isFromBrowser: false, ip: '198.51.100.1' });
    await meter.flush();
  }
  state.isAway = false;
  await meter.flush();
  await meter.flush();
  const [before, after, ...more] = written();
  expect(after).toMatchObject({ calls: 6, withoutBrowserHeaders: 6, addressedCalls: 6 });
  expect(after!.groups.find(({ digest }) => digest === before!.groups[0]!.digest)).toMatchObject({ calls: 3 });
  expect([after!.groups.length, more]).toEqual([2, []]);
});

// Fails for a process that keeps the key as long as it lives, and for one that makes a new one for a day whose key is gone.
test('after the day after, no process has the key, and no new one is made for that day', async () => {
  const { clock, openMeter, state, digestKeys, written } = createShared();
  const meter = openMeter();
  meter.use({ isFromBrowser: false, ip: address });
  await meter.flush();
  state.isAway = true;
  meter.use({ isFromBrowser: false, ip: '198.51.100.1' });
  clock.advance(dayMs);
  digestKeys.clear();
  state.isAway = false;
  clock.advance(dayMs);
  await meter.flush();
  expect([...digestKeys.keys()]).toEqual([]);
  expect(written().at(-1)).toEqual({ calls: 1, withoutBrowserHeaders: 1, addressedCalls: 1, groups: [] });
});

// Fails without a bound, and for one that forgets whom it knows already.
test('any number of addresses in one second is remembered up to a bound, and who was there first goes on', async () => {
  const { openMeter, written } = createShared();
  const meter = openMeter();
  meter.use({ ip: address });
  for (let index = 0; index < 5_000; index++) meter.use({ ip: `10.0.${index >> 8}.${index & 255}` });
  for (let index = 0; index < 9; index++) meter.use({ ip: address });
  await meter.flush();
  const [{ addressedCalls, groups }] = written() as [ReturnType<typeof written>[0]];
  expect([addressedCalls, groups.length]).toEqual([5_010, 500]);
  expect(Math.max(...groups.map(certainCalls))).toBe(10);
});

test('the keys of a server remember so many addresses together', async () => {
  const { openMeter, batches } = createShared();
  const meter = openMeter();
  for (let index = 0; index < 30_000; index++) {
    meter.use({ ip: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` }, sampleKey('org_1'));
  }
  await meter.flush();
  const groups = batches[0]!.days.flatMap(({ evidence }) => evidence!.groups);
  expect([batches[0]!.days.length, groups.length]).toEqual([30_000, 5_000]);
});
