import { refuse, type Refusal } from '../gate/problem.ts';

/** Read when the first password is chosen: most processes never need it. */
let reading: Promise<ReadonlySet<string>> | undefined;

async function readCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].map(String));
}

/** Refuses a password that is tried first: one of the 49,000 most used, or the person's own e-mail. */
export async function refuseCommonPassword(
  password: string,
  email: string,
  path: 'password' | 'newPassword',
): Promise<Refusal | undefined> {
  const plain = password.normalize('NFKC').trim().toLowerCase();
  const isOwn = plain === email || plain === email.slice(0, email.lastIndexOf('@'));
  reading ??= readCommon();
  if (!isOwn && !(await reading).has(plain)) return undefined;
  const message = isOwn
    ? 'This is your e-mail, which is tried first. Take another one.'
    : 'This is one of the passwords that most people use, and that are tried first. Take another one.';
  return refuse('request_invalid', { problems: [{ path, message }] });
}
