/**
 * Passwords at rest and presented: scrypt with the same cost as a key's secret, but proven at every sign-in, so a few runs
 * at once at most. An unknown e-mail is answered after the same run against a hash that nobody's password has.
 */
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { scrypt } from '../keys/scrypt.ts';

const scryptParameters = { logN: 15, r: 8, p: 1 };
const runsMax = 2;

export const passwordLengthMin = 8;
export const passwordLengthMax = 200;

export interface Passwords {
  /** `scrypt-kdf` output in base64. */
  hash(password: string): Promise<string>;
  /** Whether it is the password of that hash; undefined (nobody has that e-mail) takes as long and is false. */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>;
}

/** `onProof`: told about every scrypt run that looks at a password. */
export function createPasswords(onProof: () => void = () => undefined): Passwords {
  const limitRuns = pLimit(runsMax);
  const hash = (password: string): Promise<string> =>
    limitRuns(async () => Buffer.from(await scrypt.kdf(normalize(password), scryptParameters)).toString('base64'));
  let nobodys: Promise<string> | undefined;

  return {
    hash,
    async verify(password, passwordHash) {
      // Made before it is known whether it is needed: the first unknown e-mail must not take longer than the next.
      nobodys ??= hash(randomBytes(32).toString('base64'));
      const expected = passwordHash ?? (await nobodys);
      await nobodys;
      const isRight = await limitRuns(() => {
        onProof();
        return scrypt.verify(Buffer.from(expected, 'base64'), normalize(password));
      });
      return isRight && passwordHash !== undefined;
    },
  };
}

/** The same password typed on another keyboard is the same text. */
function normalize(password: string): string {
  return password.normalize('NFKC');
}
