import type { ServerResponse } from 'node:http';
import type { LimitState } from '../gate/ports.ts';

/** What is left of each limit that was counted, as structured fields of draft-ietf-httpapi-ratelimit-headers. */
export function setLimitHeaders(response: ServerResponse, limits: readonly LimitState[]): void {
  if (limits.length === 0) return;
  response.setHeader('RateLimit-Policy', limits.map(presentPolicy).join(', '));
  response.setHeader('RateLimit', limits.map(presentLimit).join(', '));
}

function presentPolicy({ name, requests, windowSeconds }: LimitState): string {
  return `"${name}";q=${requests};w=${windowSeconds}`;
}

function presentLimit({ name, remaining, resetSeconds }: LimitState): string {
  return `"${name}";r=${remaining};t=${resetSeconds}`;
}
