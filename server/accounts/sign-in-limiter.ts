/**
 * How often somebody may try passwords: per address, and per address and account. Deliberately not per account alone, or a
 * stranger could lock a person out: whoever signs in from elsewhere is not counted with them.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Refusal } from '../core/problem.ts';

const windowSeconds = 900;
const perAddress = 30;
const perAddressAndAccount = 8;

export interface SignInLimiter {
  /** Counts a try before the password is looked at, so that tries at the same time are counted too. */
  begin(address: string, email: string): Promise<Refusal | undefined>;
  /** The password was right: tries of this address on this account begin anew. */
  succeed(address: string, email: string): Promise<void>;
}

export function createSignInLimiter(): SignInLimiter {
  const byAddress = new RateLimiterMemory({ keyPrefix: 'sign-in', points: perAddress, duration: windowSeconds });
  const byAccount = new RateLimiterMemory({
    keyPrefix: 'sign-in-account',
    points: perAddressAndAccount,
    duration: windowSeconds,
  });
  const account = (address: string, email: string): string => `${address} ${email}`;

  return {
    async begin(address, email) {
      try {
        await byAccount.consume(account(address, email));
        await byAddress.consume(address);
        return undefined;
      } catch (exceeded) {
        if (!(exceeded instanceof RateLimiterRes)) throw exceeded;
        const retryAfterSeconds = Math.max(1, Math.ceil(exceeded.msBeforeNext / 1_000));
        return {
          code: 'rate_limited',
          detail: 'Too many tries to sign in from this address.',
          fix: `Wait ${Math.ceil(retryAfterSeconds / 60)} minutes, then try again.`,
          retryAfterSeconds,
        };
      }
    },
    async succeed(address, email) {
      await byAccount.delete(account(address, email));
      await byAddress.reward(address);
    },
  };
}
