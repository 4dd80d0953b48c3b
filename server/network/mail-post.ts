/** The one way to send mail: so many an hour to one address, whoever asks for it and for whatever reason. */
import { refusedMail, type MailPost } from './mail.ts';

export const mailsPerAddress = { requests: 20, windowSeconds: 3_600 } as const;

export function createMailPost(
  send: MailPost,
  /** Counts one more to an address in this hour. */
  count: (address: string) => Promise<{ readonly isExceeded: boolean }>,
): MailPost {
  return async (mail) => {
    if ((await count(mail.to.toLowerCase())).isExceeded)
      return refusedMail(
        `This address was sent ${mailsPerAddress.requests} mails in an hour, and gets no more for now.`,
      );
    return send(mail);
  };
}
