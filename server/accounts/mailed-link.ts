import type { MailOutcome } from '../network/mail.ts';

/** What came of mailing a link. */
export interface MailedLink {
  readonly sent: boolean;
  /** Why not, in a sentence. */
  readonly failure: string | null;
}

export const sendsNoMail = notSent('This server sends no mail: SMTP_URL is not set.');

export function toMailedLink({ status, failure, answer }: MailOutcome): MailedLink {
  if (failure !== null) return notSent(failure);
  const isTaken = status !== null && status < 300;
  return isTaken
    ? { sent: true, failure: null }
    : notSent(`The mail server refused it: ${answer.split('\n')[0] ?? ''}`);
}

export function notSent(failure: string): MailedLink {
  return { sent: false, failure };
}
