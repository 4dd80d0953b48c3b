/** The mail with a link that sets a new password. Words alone; the link leads to the server's own address. */
import type { MailOutcome, MailPost } from '../network/mail.ts';

interface ResetMail {
  readonly email: string;
  readonly url: string;
  /** `anybody`: somebody who knows the address asked on the sign-in page. */
  readonly asked: 'anybody' | 'operator';
}

export function mailReset(post: MailPost, { email, url, asked }: ResetMail): Promise<MailOutcome> {
  const { host } = new URL(url);
  const [who, time] =
    asked === 'anybody'
      ? [`Somebody asked for a new password for the account ${email} on ${host}. It is not known who.`, 'an hour']
      : [`Whoever runs ${host} made a link that sets a new password for the account ${email}.`, 'a day'];
  return post({
    to: email,
    subject: `A new password for ${host}`,
    text: `${who}

To set one, open this link within ${time}. It works once; send it to nobody:

${url}

It ends all sessions of the account. If you did not want this, do nothing: nothing changes unless the link is used.
`,
  });
}
