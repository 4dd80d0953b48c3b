/**
 * Usage figures, kept in memory and written in one batch at most every second and at the end: a request never waits for
 * them, and a crash loses at most a second of statistics. Credits are never buffered here.
 */
import { dayMs, toUtcDate, type Clock } from '../gate/clock.ts';
import type { RefusedFor, Use, UseRecorder } from '../gate/ports.ts';
import { createDigestKeys } from './digest-keys.ts';
import {
  countEvidence,
  createPendingEvidence,
  keepEvidence,
  toEvidence,
  type PendingEvidence,
} from './pending-evidence.ts';
import type { KeyRecord } from '../records/key.ts';
import {
  addUsage,
  newestWidgets,
  newerActivity,
  newestMatches,
  type KeyActivity,
  type UsageDay,
} from '../records/usage-day.ts';
import { StoreUnavailableError, UsageLeftError, type Store, type UsageBatch } from '../store/port.ts';

export interface Meter extends UseRecorder {
  /** A use that was recorded as accepted came to nothing. */
  retract(key: CountedKey, origin: string | null, refusedFor: RefusedFor): void;
  /** The chat on a page of this origin says which version it has. Nothing is counted. */
  noteWidget(key: CountedKey, origin: string, version: string): void;
  /** Writes what is pending; when the store is away the figures stay for the next time. */
  flush(): Promise<void>;
  /** Writes at most every second from now on. */
  start(): void;
  /** Stops the timer and writes what is left. */
  stop(): Promise<void>;
}

type CountedKey = Pick<KeyRecord, 'id' | 'organizationId'>;

const flushEveryMs = 1_000;
/**
 * Origins counted for a key before the next write, accepted ones and apart from them refused ones: more than the store
 * keeps, and no more than memory can bear.
 */
const pendingOriginsMax = 500;
/** Of all keys together: each is hashed in one turn when it is written. */
const pendingAddressesMax = 5_000;

type Outcome = 'accepted' | 'refused';
type Seen = Map<string, { count: number; lastSeenAt: number; widgets?: readonly string[] }>;

interface PendingDay {
  day: Omit<UsageDay, 'origins' | 'evidence'> & { accepted: number; refused: Record<string, number> };
  origins: Readonly<Record<Outcome, Seen>>;
  evidence: PendingEvidence;
}

export function createMeter(
  store: Pick<Store, 'addUsage' | 'keepDigestKey'>,
  clock: Clock,
  onError: (error: unknown) => void,
  onOwnDigestKey: (error: unknown) => void = () => undefined,
  onWritten: (batch: UsageBatch) => void = () => undefined,
): Meter {
  const digestKeys = createDigestKeys(store, onOwnDigestKey);
  let addresses = 0;
  let days = new Map<string, PendingDay>();
  let activities = new Map<string, KeyActivity>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  function pendingDay(key: CountedKey, nowMs: number): PendingDay {
    const name = `${key.id} ${Math.floor(nowMs / dayMs)}`;
    const known = days.get(name);
    if (known !== undefined) return known;
    const { id: keyId, organizationId } = key;
    const day = { organizationId, keyId, date: toUtcDate(nowMs), accepted: 0, refused: {} };
    const made = { day, origins: { accepted: new Map(), refused: new Map() }, evidence: createPendingEvidence() };
    days.set(name, made);
    return made;
  }

  function record(key: CountedKey, use: Use): void {
    const nowMs = clock();
    const { evidence } = count(key, use, 1, nowMs);
    if (use.evidence !== undefined && countEvidence(evidence, use.evidence, addresses < pendingAddressesMax))
      addresses += 1;
    if (use.outcome === 'accepted')
      activities.set(key.id, mergeActivity(activities.get(key.id), activityOf(key, use, nowMs)));
  }

  function count(key: CountedKey, { outcome, origin }: Use, times: number, nowMs: number): PendingDay {
    const pending = pendingDay(key, nowMs);
    const { day, origins } = pending;
    if (outcome === 'accepted') day.accepted += times;
    else day.refused[outcome] = (day.refused[outcome] ?? 0) + times;
    if (origin === null) return pending;
    const list = origins[outcome === 'accepted' ? 'accepted' : 'refused'];
    const seen = list.get(origin);
    if (seen !== undefined) list.set(origin, { ...seen, count: seen.count + times, lastSeenAt: nowMs });
    else if (list.size < pendingOriginsMax) list.set(origin, { count: times, lastSeenAt: nowMs });
    return pending;
  }

  function retract(key: CountedKey, origin: string | null, refusedFor: RefusedFor): void {
    const nowMs = clock();
    count(key, { outcome: 'accepted', origin }, -1, nowMs);
    count(key, { outcome: refusedFor, origin }, 1, nowMs);
  }

  function noteWidget(key: CountedKey, origin: string, version: string): void {
    const nowMs = clock();
    const { accepted } = pendingDay(key, nowMs).origins;
    const seen = accepted.get(origin);
    if (seen === undefined && accepted.size >= pendingOriginsMax) return;
    accepted.set(origin, { count: 0, ...seen, lastSeenAt: nowMs, ...newestWidgets([version], seen?.widgets) });
  }

  async function write(): Promise<void> {
    digestKeys.forget(clock());
    if (days.size === 0 && activities.size === 0) return;
    try {
      for (let date = dateWithoutKey(); date !== undefined; date = dateWithoutKey()) await digestKeys.fetch(date);
    } catch (error) {
      onError(error);
      return;
    }
    const batch = { days: [...days.values()].map(toUsageDay), activities: [...activities.values()] };
    days = new Map();
    activities = new Map();
    addresses = 0;
    try {
      await store.addUsage(batch);
      onWritten(batch);
    } catch (error) {
      onError(error);
      if (error instanceof StoreUnavailableError) takeBack(error instanceof UsageLeftError ? error.left : batch);
    }
  }

  /** A day whose key is gone has it no more: its addresses are left out. */
  function dateWithoutKey(): string | undefined {
    const oldest = digestKeys.oldestDate(clock());
    for (const { day, evidence } of days.values()) {
      if (evidence.addresses.size > 0 && day.date >= oldest && digestKeys.find(day.date) === undefined) return day.date;
    }
    return undefined;
  }

  function toUsageDay(pending: PendingDay): UsageDay {
    const { day, evidence: counted } = pending;
    const evidence = toEvidence(counted, day.organizationId, digestKeys.find(day.date));
    return { ...toFigures(pending), ...(evidence !== undefined && { evidence }) };
  }

  function takeBack(batch: UsageBatch): void {
    for (const { evidence, ...day } of batch.days) {
      const name = `${day.keyId} ${Date.parse(day.date) / dayMs}`;
      const pending = days.get(name);
      const figures = pending === undefined ? day : addUsage(day, toFigures(pending));
      const kept = toPendingDay(figures, pending?.evidence ?? createPendingEvidence());
      if (evidence !== undefined) keepEvidence(kept.evidence, evidence);
      days.set(name, kept);
    }
    for (const activity of batch.activities) {
      const pending = activities.get(activity.keyId);
      activities.set(activity.keyId, pending === undefined ? activity : mergeActivity(activity, pending));
    }
  }

  /** One write at a time: a slow store must not be sent the next batch as well, and nothing queues up behind it. */
  function flush(): Promise<void> {
    writing ??= write().finally(() => (writing = undefined));
    return writing;
  }

  return {
    record,
    retract,
    noteWidget,
    flush,
    start() {
      timer ??= setInterval(() => void flush(), flushEveryMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await writing;
      await flush();
    },
  };
}

function activityOf(key: CountedKey, use: Use, nowMs: number): KeyActivity {
  return {
    organizationId: key.organizationId,
    keyId: key.id,
    lastUsedAt: nowMs,
    lastUsedOrigin: use.origin,
    previousSecretUsedAt: use.isPreviousSecret === true ? nowMs : null,
    secretSeenInBrowserAt: use.isSecretInBrowser === true ? nowMs : null,
    secretSeenInBrowserOrigin: use.isSecretInBrowser === true ? use.origin : null,
    ...(use.pattern !== undefined && { matches: [{ pattern: use.pattern, at: nowMs }] }),
  };
}

function mergeActivity(before: KeyActivity | undefined, now: KeyActivity): KeyActivity {
  if (before === undefined) return now;
  const matches = newestMatches([...(before.matches ?? []), ...(now.matches ?? [])]);
  return { ...before, ...newerActivity(before, now), ...(matches.length > 0 && { matches }) };
}

function toFigures({ day, origins: { accepted, refused } }: PendingDay): UsageDay {
  const names = new Set([...accepted.keys(), ...refused.keys()]);
  const origins = [...names].map((origin) => {
    const [admitted, turned] = [accepted.get(origin), refused.get(origin)];
    const lastSeenAt = Math.max(admitted?.lastSeenAt ?? 0, turned?.lastSeenAt ?? 0);
    return {
      origin,
      accepted: admitted?.count ?? 0,
      refused: turned?.count ?? 0,
      lastSeenAt,
      ...newestWidgets(admitted?.widgets),
    };
  });
  return { ...day, origins };
}

function toPendingDay({ origins, ...day }: Omit<UsageDay, 'evidence'>, evidence: PendingEvidence): PendingDay {
  const list = (outcome: Outcome): Seen =>
    new Map(
      origins
        .filter((usage) => usage[outcome] !== 0 || (outcome === 'accepted' && usage.widgets !== undefined))
        .map((usage) => [
          usage.origin,
          {
            count: usage[outcome],
            lastSeenAt: usage.lastSeenAt,
            ...(outcome === 'accepted' && newestWidgets(usage.widgets)),
          },
        ]),
    );
  return {
    day: { ...day, refused: { ...day.refused } },
    origins: { accepted: list('accepted'), refused: list('refused') },
    evidence,
  };
}
