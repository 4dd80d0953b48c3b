/**
 * How often somebody may try passwords: per address, and per address and account. Deliberately not per account alone, or a
 * stranger could lock a person out: whoever signs in from elsewhere is not counted with them.
 */
import type { Refusal } from '../core/problem.ts';
import { createCounters, type Counters } from '../usage/counters.ts';

const windowSeconds = 900;
const perAddress = 30;
const perAddressAndAccount = 8;

export interface SignInLimiter {
  /** Counts a try before the password is looked at, so that tries at the same time are counted too. */
  begin(address: string, email: string): Promise<Refusal | undefined>;
  /** The password was right: tries of this address on this account begin anew. */
  succeed(address: string, email: string): Promise<void>;
}

export function createSignInLimiter(counters: Counters = createCounters()): SignInLimiter {
  const byAddress = counters('sign-in', { requests: perAddress, windowSeconds });
  const byAccount = counters('sign-in-account', { requests: perAddressAndAccount, windowSeconds });
  const account = (address: string, email: string): string => `${address} ${email}`;

  return {
    async begin(address, email) {
      const ofAccount = await byAccount.count(account(address, email));
      const exceeded = ofAccount.isExceeded ? ofAccount : await byAddress.count(address);
      if (!exceeded.isExceeded) return undefined;
      const retryAfterSeconds = Math.max(1, Math.ceil(exceeded.msUntilReset / 1_000));
      return {
        code: 'rate_limited',
        detail: 'Too many tries to sign in from this address.',
        fix: `Wait ${Math.ceil(retryAfterSeconds / 60)} minutes, then try again.`,
        retryAfterSeconds,
      };
    },
    async succeed(address, email) {
      await byAccount.forget(account(address, email));
      await byAddress.giveBack(address);
    },
  };
}
