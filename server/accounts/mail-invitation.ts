/** Mails an invitation's link to whom it is for. That it fails loses nothing: whoever invites is shown the link all the same. */
import type { Actor } from '../records/actor.ts';
import type { Invitation } from '../records/setup-link.ts';
import type { MailPost } from '../network/mail.ts';
import { mailboxOf } from '../network/mailbox.ts';
import type { Counters } from '../usage/counters.ts';
import type { Store } from '../store/port.ts';
import { notSent, sendsNoMail, toMailedLink, type MailedLink } from './mailed-link.ts';

/** Null: this server sends no mail, and none was asked for. */
export type MailInvitation = (
  actor: Actor,
  invitation: Invitation,
  url: string,
  isWanted: boolean | undefined,
) => Promise<MailedLink | null>;

/** Anybody with an account may have an organization and invite strangers to it, who may not want that. */
export const invitationsMailed = {
  byOne: { requests: 20, windowSeconds: 3_600 },
  toOne: { requests: 3, windowSeconds: 86_400 },
} as const;

export function createMailInvitation({
  store,
  post,
  counters,
}: {
  readonly store: Pick<Store, 'findOrganization'>;
  /** Undefined: this server sends no mail. */
  readonly post: MailPost | undefined;
  readonly counters: Counters;
}): MailInvitation {
  const byOne = counters('invitation-by', invitationsMailed.byOne);
  const toOne = counters('invitation-to', invitationsMailed.toOne);

  return async (actor, { email, organizationId, role }, url, isWanted) => {
    if (isWanted === false || (post === undefined && isWanted === undefined)) return null;
    if (post === undefined) return sendsNoMail;
    if ((await byOne.count(actor.id ?? actor.kind)).isExceeded)
      return notSent(`You had ${invitationsMailed.byOne.requests} invitations mailed in an hour.`);
    if ((await toOne.count(mailboxOf(email))).isExceeded)
      return notSent(`This address was mailed ${invitationsMailed.toOne.requests} invitations in a day.`);
    const organization = organizationId === null ? undefined : await store.findOrganization(organizationId);
    const name = organization?.name ?? 'an organization';
    const outcome = await post({
      to: email,
      subject: `An invitation to ${name}`,
      text: `${actor.name === null ? 'You are invited' : `${actor.name} invites you`} to join “${name}” as ${role}.

Open this link within 7 days. It works once; send it to nobody else:

${url}

If you did not expect this, do nothing.
`,
    });
    return toMailedLink(outcome);
  };
}
