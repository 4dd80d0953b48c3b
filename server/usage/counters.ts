/**
 * The one place where counted windows are made: in this process, or in Redis with this process's own as insurance while
 * Redis is away. Redis sees neither an address nor an e-mail: what is counted is an HMAC there, and every entry ends with
 * its window.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimit } from '../core/records.ts';
import type { RedisLink } from './redis.ts';

export interface Count {
  readonly remaining: number;
  readonly msUntilReset: number;
  readonly isExceeded: boolean;
}

export interface Counter {
  /** Counts one more. */
  count(subject: string): Promise<Count>;
  /** Takes one back. */
  giveBack(subject: string): Promise<void>;
  /** Begins anew. */
  forget(subject: string): Promise<void>;
}

/** The same name and limit is the same counter, in every process that shares a Redis. */
export type Counters = (name: string, limit: RateLimit) => Counter;

export interface SharedCounting {
  readonly redis?: RedisLink | undefined;
  /** What processes that count together have in common, and readers of Redis don't. */
  readonly secret: string;
}

export function createCounters(shared?: SharedCounting): Counters {
  const counters = new Map<string, Counter>();
  const create = shared?.redis === undefined ? createOwnCounter : createSharedCounters(shared.redis, shared.secret);

  return (name, limit) => {
    const keyPrefix = `${name}/${limit.requests}/${limit.windowSeconds}`;
    const known = counters.get(keyPrefix);
    if (known !== undefined) return known;
    const made = create(keyPrefix, limit);
    counters.set(keyPrefix, made);
    return made;
  };
}

function createOwnCounter(keyPrefix: string, limit: RateLimit): Counter {
  const own = new RateLimiterMemory({ keyPrefix, points: limit.requests, duration: limit.windowSeconds });
  return {
    count: (subject) => own.consume(subject).then(toCount, toExceeded),
    async giveBack(subject) {
      await own.reward(subject);
    },
    async forget(subject) {
      await own.delete(subject);
    },
  };
}

function createSharedCounters(redis: RedisLink, secret: string): (keyPrefix: string, limit: RateLimit) => Counter {
  const key = createSecretKey(createHmac('sha256', secret).update('postern rate limits').digest());
  const nameOf = (subject: string): string =>
    createHmac('sha256', key).update(subject).digest('base64url').slice(0, 22);

  return (keyPrefix, limit) => {
    const options = { keyPrefix: `postern/${keyPrefix}`, points: limit.requests, duration: limit.windowSeconds };
    const own = new RateLimiterMemory(options);
    const everybodys = new RateLimiterRedis({
      ...options,
      storeClient: redis.client,
      rejectIfRedisNotReady: true,
      insuranceLimiter: own,
    });
    const current = (): RateLimiterMemory | RateLimiterRedis => (redis.isUsable() ? everybodys : own);
    return {
      count: (subject) => current().consume(nameOf(subject)).then(toCount, toExceeded),
      async giveBack(subject) {
        await current().reward(nameOf(subject));
      },
      async forget(subject) {
        await current().delete(nameOf(subject));
      },
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
