import type { ServerResponse } from 'node:http';
import { limitField, limitPolicyField } from '../gate/limit-fields.ts';
import type { LimitState } from '../gate/ports.ts';
import type { LimitPolicy } from '../gate/problem.ts';

/** What is left of each limit that was counted. */
export function setLimitHeaders(
  response: ServerResponse,
  limits: readonly (LimitPolicy & Pick<LimitState, 'remaining' | 'resetSeconds'>)[],
): void {
  if (limits.length === 0) return;
  response.setHeader('RateLimit-Policy', limitPolicyField(limits));
  response.setHeader('RateLimit', limitField(limits));
}
