/** What is left of each limit that was counted, as structured fields of draft-ietf-httpapi-ratelimit-headers. */
import type { LimitState } from './ports.ts';

/** `RateLimit` */
export function limitField(limits: readonly Pick<LimitState, 'name' | 'remaining' | 'resetSeconds'>[]): string {
  return limits.map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`).join(', ');
}

/** `RateLimit-Policy` */
export function limitPolicyField(limits: readonly Pick<LimitState, 'name' | 'requests' | 'windowSeconds'>[]): string {
  return limits.map(({ name, requests, windowSeconds }) => `"${name}";q=${requests};w=${windowSeconds}`).join(', ');
}
