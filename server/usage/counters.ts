/**
 * The one place where counted windows are made: in this process, or in Redis with this process's own while Redis is away.
 * Redis sees neither an address nor an e-mail: what is counted is an HMAC there, and every entry ends with its window.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { systemClock, type Clock } from '../gate/clock.ts';
import type { RateLimit } from '../gate/ports.ts';
import { createOwnWindows, type OwnWindows } from './own-windows.ts';
import type { RedisLink } from './redis.ts';

export interface Count {
  readonly remaining: number;
  readonly msUntilReset: number;
  readonly isExceeded: boolean;
}

interface Counter {
  /** Counts one more, or so many, also beyond the limit. */
  count(subject: string, amount?: number): Promise<Count>;
  /** Whether anything is counted at the moment. */
  has(subject: string): Promise<boolean>;
  /** Takes one back, or so many. */
  giveBack(subject: string, amount?: number): Promise<void>;
  /** Begins anew. */
  forget(subject: string): Promise<void>;
}

/** The same name and limit is the same counter, in every process that shares a Redis. Names are words of this program. */
export type Counters = (name: string, limit: RateLimit) => Counter;

/** Redis's counters that are ready: keys may have limits of their own. */
const readyMax = 1_000;

interface CountingParts {
  readonly clock?: Clock;
  readonly shared?: SharedCounting | undefined;
}

interface SharedCounting {
  readonly redis: RedisLink;
  /** What processes that count together have in common, and readers of Redis don't. */
  readonly secret: string;
}

export function createCounters({ clock = systemClock, shared }: CountingParts = {}): Counters {
  const windows = new Map<string, OwnWindows>();
  const share = shared && createSharedCounters(shared);

  return (name, limit) => {
    const known = windows.get(name);
    const windowsOfName = known ?? createOwnWindows(clock);
    if (known === undefined) windows.set(name, windowsOfName);
    const own = createOwnCounter(windowsOfName, limit, clock);
    return share === undefined ? own : share(name, limit, own);
  };
}

function createOwnCounter(windows: OwnWindows, { requests, windowSeconds }: RateLimit, clock: Clock): Counter {
  const nameOf = (subject: string): string => `${requests}/${windowSeconds} ${subject}`;
  return {
    count(subject, amount = 1) {
      const { count, endsAt } = windows.add(nameOf(subject), windowSeconds, amount);
      return Promise.resolve({
        remaining: Math.max(0, requests - count),
        msUntilReset: endsAt - clock(),
        isExceeded: count > requests,
      });
    },
    has: (subject) => Promise.resolve(windows.find(nameOf(subject)) !== undefined),
    giveBack(subject, amount = 1) {
      const name = nameOf(subject);
      const counted = Math.min(amount, windows.find(name)?.count ?? 0);
      if (counted > 0) windows.add(name, windowSeconds, -counted);
      return Promise.resolve();
    },
    forget(subject) {
      windows.forget(nameOf(subject));
      return Promise.resolve();
    },
  };
}

/** Counts in Redis, or by the given counter while Redis is away. */
function createSharedCounters({
  redis,
  secret,
}: SharedCounting): (name: string, limit: RateLimit, own: Counter) => Counter {
  const key = createSecretKey(createHmac('sha256', secret).update('postern rate limits').digest());
  const nameOf = (subject: string): string =>
    createHmac('sha256', key).update(subject).digest('base64url').slice(0, 22);
  const ready = new LRUCache<string, RateLimiterRedis>({ max: readyMax });

  return (name, { requests, windowSeconds }, own) => {
    const keyPrefix = `postern/${name}/${requests}/${windowSeconds}`;
    const limiter =
      ready.get(keyPrefix) ??
      new RateLimiterRedis({
        keyPrefix,
        points: requests,
        duration: windowSeconds,
        storeClient: redis.client,
        rejectIfRedisNotReady: true,
      });
    ready.set(keyPrefix, limiter);

    async function ask<Answer>(everybodys: () => Promise<Answer>, owns: () => Promise<Answer>): Promise<Answer> {
      if (!redis.isUsable()) return owns();
      try {
        return await everybodys();
      } catch {
        return owns();
      }
    }

    return {
      count: (subject, amount = 1) =>
        ask(
          () => limiter.consume(nameOf(subject), amount).then(toCount, toExceeded),
          () => own.count(subject, amount),
        ),
      has: (subject) =>
        ask(
          async () => (await limiter.get(nameOf(subject))) !== null,
          () => own.has(subject),
        ),
      giveBack: (subject, amount = 1) =>
        ask(
          async () => {
            await limiter.reward(nameOf(subject), amount);
          },
          () => own.giveBack(subject, amount),
        ),
      forget: (subject) =>
        ask(
          async () => {
            await limiter.delete(nameOf(subject));
          },
          () => own.forget(subject),
        ),
    };
  };
}

function toCount(result: RateLimiterRes, isExceeded = false): Count {
  return { remaining: result.remainingPoints, msUntilReset: result.msBeforeNext, isExceeded };
}

function toExceeded(refusal: unknown): Count {
  if (!(refusal instanceof RateLimiterRes)) throw refusal;
  return toCount(refusal, true);
}
