/**
 * Passwords at rest and presented: scrypt with the same cost as a key's secret, in the same queue, but proven at every
 * sign-in. An unknown e-mail is answered after the same run against a hash that nobody's password has.
 */
import { randomBytes } from 'node:crypto';
import type { Refusal } from '../gate/problem.ts';
import { createScryptQueue, type ScryptCaller, type ScryptQueue } from '../gate/scrypt-queue.ts';
import { scrypt as plainScrypt, type Scrypt } from '../gate/scrypt.ts';

const scryptParameters = { logN: 15, r: 8, p: 1 };

export const passwordLengthMin = 8;
export const passwordLengthMax = 200;

/** Who waits for a password's turn. */
export interface PasswordCaller {
  readonly address: string;
  /** This address has signed that account in before: it does not wait behind strangers. */
  readonly isKnown: boolean;
}

export interface Passwords {
  /** `scrypt-kdf` output in base64. */
  hash(password: string, caller: PasswordCaller): Promise<string | Refusal>;
  /** Whether it is the password of that hash; undefined (nobody has that e-mail) takes as long and is false. */
  verify(password: string, passwordHash: string | undefined, caller: PasswordCaller): Promise<boolean | Refusal>;
}

interface PasswordParts {
  readonly queue?: ScryptQueue;
  readonly scrypt?: Scrypt;
  /** Told about every scrypt run that looks at a password. */
  readonly onProof?: () => void;
}

export function createPasswords({
  queue = createScryptQueue(),
  scrypt = plainScrypt,
  onProof,
}: PasswordParts = {}): Passwords {
  let nobodys: Promise<string> | undefined;

  return {
    hash: (password, caller) => queue.run(inQueue(caller), () => hashPassword(password, scrypt)),
    verify: (password, passwordHash, caller) =>
      queue.run(inQueue(caller), async () => {
        // Made before it is known whether it is needed: the first unknown e-mail must not take longer than the next.
        nobodys ??= hashPassword(randomBytes(32).toString('base64'), scrypt);
        const nobodysHash = await nobodys;
        onProof?.();
        const isRight = await scrypt.verify(Buffer.from(passwordHash ?? nobodysHash, 'base64'), normalize(password));
        return isRight && passwordHash !== undefined;
      }),
  };
}

/** For the store, out of any queue. */
export async function hashPassword(password: string, scrypt = plainScrypt): Promise<string> {
  return Buffer.from(await scrypt.kdf(normalize(password), scryptParameters)).toString('base64');
}

function inQueue({ address, isKnown }: PasswordCaller): ScryptCaller {
  return { kind: isKnown ? 'known_password' : 'password', name: address };
}

/** The same password typed on another keyboard is the same text. */
function normalize(password: string): string {
  return password.normalize('NFKC');
}
