/**
 * Rate limits: per key, per key and address for publishable calls, per address for refused credentials and for refused
 * origins. A refused call never spends what a good one needs, so a good call from an address that sent many bad ones still
 * passes.
 */
import type { Limiter, LimitState, RateLimit } from '../gate/ports.ts';
import { addressGroup } from './address.ts';
import { createCounters, type Count, type Counters } from './counters.ts';

export interface LimiterSettings {
  /** For keys without a limit of their own; null: off. */
  readonly perKey: RateLimit | null;
  readonly perKeyIp: RateLimit | null;
  readonly refusedPerIp: RateLimit | null;
  /** Higher: behind one address may be an office whose site is not allowed yet, and who should read why. */
  readonly refusedOriginPerIp: RateLimit | null;
}

export const usualLimits: LimiterSettings = {
  perKey: null,
  perKeyIp: { requests: 120, windowSeconds: 60 },
  refusedPerIp: { requests: 60, windowSeconds: 60 },
  refusedOriginPerIp: { requests: 300, windowSeconds: 60 },
};

export function createLimiter(settings: LimiterSettings, counters: Counters = createCounters()): Limiter {
  async function count(name: string, limit: RateLimit | null, subject: string): Promise<readonly LimitState[]> {
    if (limit === null) return [];
    return [toState(name, limit, await counters(name, limit).count(subject))];
  }

  return {
    async countCall(key, mode, ip) {
      const limit = key.rateLimit ?? settings.perKey;
      const isPerIp = mode === 'publishable' && ip !== undefined && settings.perKeyIp !== null;
      if (limit === null && !isPerIp) return [];
      const byIp = isPerIp ? await count('key-ip', settings.perKeyIp, `${key.id} ${addressGroup(ip)}`) : [];
      // One address over its own limit must not use up what the key's other visitors share.
      if (byIp.some((state) => state.isExceeded)) return byIp;
      return [...byIp, ...(await count('key', limit, key.id))];
    },
    countRefusal(ip, part, saidBy) {
      const subject = saidBy === undefined ? addressGroup(ip) : `${saidBy} ${addressGroup(ip)}`;
      return part === 'credentials'
        ? count('refused-ip', settings.refusedPerIp, subject)
        : count('refused-origin-ip', settings.refusedOriginPerIp, subject);
    },
  };
}

function toState(name: string, limit: RateLimit, { remaining, msUntilReset, isExceeded }: Count): LimitState {
  return {
    name,
    requests: limit.requests,
    windowSeconds: limit.windowSeconds,
    remaining,
    resetSeconds: Math.max(1, Math.ceil(msUntilReset / 1000)),
    isExceeded,
  };
}
