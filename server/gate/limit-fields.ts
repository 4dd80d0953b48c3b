/** What is left of each limit that was counted, as structured fields of draft-ietf-httpapi-ratelimit-headers. */
import type { LimitState } from './ports.ts';
import type { LimitPolicy } from './problem.ts';

/** `RateLimit` */
export function limitField(limits: readonly Pick<LimitState, 'name' | 'remaining' | 'resetSeconds'>[]): string {
  return limits.map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`).join(', ');
}

/** `RateLimit-Policy`. What has no window is so many at the same time. */
export function limitPolicyField(limits: readonly LimitPolicy[]): string {
  return limits
    .map(({ name, requests, windowSeconds }) => {
      const policy = `"${name}";q=${requests}`;
      return windowSeconds === undefined ? `${policy};qu="concurrent-requests"` : `${policy};w=${windowSeconds}`;
    })
    .join(', ');
}
