/**
 * How often somebody may try passwords: per address, and per address and account. Deliberately not per account alone, or a
 * stranger could lock a person out: whoever signs in from elsewhere is not counted with them. Nor does a stranger lock out
 * those who share an address: where an account has been signed in within 30 days, it has tries of its own.
 */
import { refuseBeyond } from '../gate/limit-refusal.ts';
import type { Refusal } from '../gate/problem.ts';
import { createCounters, type Counters } from '../usage/counters.ts';
import type { PasswordCaller } from './passwords.ts';

const windowSeconds = 900;
const perAddress = { name: 'sign-in', requests: 30, windowSeconds };
const perAddressAndAccount = { name: 'sign-in-account', requests: 8, windowSeconds };
/** Beside those two, where the address has signed the account in before. */
const perKnownAccount = 30;
const knownDays = 30;

/** A password that may be tried. */
export interface SignInTry {
  readonly caller: PasswordCaller;
  /** The password was right: tries of this address on this account begin anew, and it is known for another 30 days. */
  succeed(): Promise<void>;
}

export interface SignInLimiter {
  /** Counts a try before the password is looked at, so that tries at the same time are counted too. */
  begin(address: string, email: string): Promise<SignInTry | Refusal>;
}

export function createSignInLimiter(counters: Counters = createCounters()): SignInLimiter {
  const byAddress = counters(perAddress.name, perAddress);
  const byAccount = counters(perAddressAndAccount.name, perAddressAndAccount);
  const byKnownAccount = counters('sign-in-known', { requests: perKnownAccount, windowSeconds });
  const known = counters('signed-in', { requests: 1, windowSeconds: knownDays * 86_400 });

  /** The address first: one that is over its limit leaves no entry for each account that it makes up. */
  async function countStrangers(address: string, account: string): Promise<Refusal | undefined> {
    const ofAddress = await byAddress.count(address);
    const exceeded = ofAddress.isExceeded ? ofAddress : await byAccount.count(account);
    if (!exceeded.isExceeded) return undefined;
    // A try that is not made takes nothing from what the address has for others.
    await byAddress.giveBack(address);
    return tooManyTries(ofAddress.isExceeded ? perAddress : perAddressAndAccount, exceeded.msUntilReset);
  }

  return {
    async begin(address, email) {
      const account = `${address} ${email}`;
      const isKnown = await known.has(account);
      const beyond = await countStrangers(address, account);
      if (beyond !== undefined && (!isKnown || (await byKnownAccount.count(account)).isExceeded)) return beyond;
      return {
        caller: { address, isKnown },
        async succeed() {
          if (beyond === undefined) await byAddress.giveBack(address);
          await byAccount.forget(account);
          await byKnownAccount.forget(account);
          await known.forget(account);
          await known.count(account);
        },
      };
    },
  };
}

function tooManyTries(limit: typeof perAddress, waitMs: number): Refusal {
  return refuseBeyond(limit, waitMs, {
    detail: 'Too many tries to sign in from this address.',
    fix: (seconds) => `Wait ${Math.ceil(seconds / 60)} minutes, then try again.`,
  });
}
