/** What a used-up limit is answered with: in words, and for `RateLimit` and `Retry-After`. */
import { refuse, type LimitPolicy, type Refusal } from './problem.ts';

interface Words {
  readonly detail: string;
  /** `seconds`: whole ones, until trying again can help. */
  readonly fix: (seconds: number) => string;
}

/** `msUntilReset`: until what was counted is forgotten. */
export function refuseBeyond(
  limit: LimitPolicy,
  msUntilReset: number,
  { detail, fix }: Words,
): Refusal & { readonly code: 'rate_limited' } {
  const resetSeconds = Math.max(1, Math.ceil(msUntilReset / 1_000));
  return refuse('rate_limited', {
    detail,
    fix: fix(resetSeconds),
    retryAfterSeconds: resetSeconds,
    limit: { ...limit, resetSeconds },
  });
}
