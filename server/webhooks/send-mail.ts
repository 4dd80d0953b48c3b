/**
 * Brings a message to the mailbox of a member, as words. Nobody else gets any: it is looked again each time whether the address is a
 * member's still. And nobody gets more than so many an hour, whatever is tried.
 */
import { refusedMail, type MailOutcome, type MailPost } from '../network/mail.ts';
import type { Delivery } from '../records/webhook.ts';
import type { Store } from '../store/port.ts';
import { isMembersAddress } from './members-address.ts';
import { mailWordsOf } from './mail-words.ts';

interface SentMail extends MailOutcome {
  readonly end?: 'refused' | 'gone';
}

export type SendMail = (
  to: string,
  delivery: Pick<Delivery, 'id' | 'organizationId' | 'event' | 'body'>,
) => Promise<SentMail>;

export function createSendMail({
  store,
  post,
  publicOrigin,
}: {
  readonly store: Pick<Store, 'findUserByEmail' | 'findMember'>;
  /** Undefined: this server sends no mail. */
  readonly post: MailPost | undefined;
  readonly publicOrigin: string;
}): SendMail {
  const { host } = new URL(publicOrigin);
  return async (to, delivery) => {
    if (post === undefined) return refusedMail('This server sends no mail: SMTP_URL is not set.');
    if (!(await isMembersAddress(store, delivery.organizationId, to)))
      return { ...refusedMail('Nobody in this organization has this e-mail address any more.'), end: 'gone' };
    const { subject, text } = mailWordsOf(delivery, publicOrigin);
    const sent = await post({ to, subject, text, messageId: `${delivery.id}@${host.replace(/:.*/, '')}` });
    return sent.status !== null && sent.status >= 500 ? { ...sent, end: 'refused' } : sent;
  };
}
