import { z } from 'zod';
import { email, inviteInput } from '../accounts/account-input.ts';
import { createMailInvitation } from '../accounts/mail-invitation.ts';
import { mailReset } from '../accounts/mail-reset.ts';
import { sendsNoMail, toMailedLink, type MailedLink } from '../accounts/mailed-link.ts';
import { createMemberManager } from '../accounts/members.ts';
import { createPasswords } from '../accounts/passwords.ts';
import { createSetupLinks, setupUrl } from '../accounts/setup-links.ts';
import { createSignInLimiter } from '../accounts/sign-in-limiter.ts';
import { commandLine } from '../audit/audit.ts';
import { systemClock } from '../gate/clock.ts';
import { isLoopbackName } from '../gate/loopback.ts';
import { presentInvitation, presentMember } from '../http/present.ts';
import type { MailPost } from '../network/mail.ts';
import type { Store } from '../store/port.ts';
import { createCounters } from '../usage/counters.ts';
import { allowed, check, given, RefusedError, refusedBy, type Command, type Outcome, type Tools } from './command.ts';
import { findOrganization, org } from './find.ts';
import { table } from './table.ts';

const emailOption = { takes: 'E', about: 'whose e-mail address', isRequired: true } as const;
const mailOption = { about: 'mail the link to them too; it is shown in any case' } as const;
const justEmail = z.strictObject({ email });

export const userCommands: readonly Command[] = [
  {
    kind: 'records',
    name: 'user list',
    about: 'the members of an organization, and who is invited',
    options: { org },
    async run(tools) {
      const { id } = await findOrganization(tools);
      const { members, invitations } = await managerOf(tools.store).list(id);
      const rows = [
        ...members.map(({ email: who, role, userId }) => [who, role, userId]),
        ...invitations.map(({ email: who, role, id: linkId }) => [who, `${role}, invited`, linkId]),
      ];
      return {
        json: { members: members.map(presentMember), invitations: invitations.map(presentInvitation) },
        text: table(rows, 'Nobody yet.'),
      };
    },
  },

  {
    kind: 'records',
    name: 'user invite',
    about: 'make a one-time link that lets somebody join',
    options: {
      email: emailOption,
      role: { takes: 'owner|member|viewer', about: 'what they may do (member unless given)' },
      mail: mailOption,
      org,
    },
    async run(tools) {
      const { store, values, publicOrigin } = tools;
      const input = check(inviteInput, { email: given(values, 'email'), role: values.role });
      const { id } = await findOrganization(tools);
      const post = readPost(tools);
      const { token, link } = allowed(await managerOf(store).invite(id, input));
      const url = setupUrl(publicOrigin, token);
      const mailInvitation = createMailInvitation({ store, post, counters: createCounters() });
      const mailed = await mailInvitation(commandLine, link, url, values.mail === true);
      const text = `${input.email} may join as ${input.role}, once and within 7 days:\n\n  ${url}`;
      return handOver(tools, { url, text, mailed });
    },
  },

  {
    kind: 'records',
    name: 'user remove',
    about: 'take somebody, or their invitation, out of an organization; never its last owner',
    options: { email: emailOption, org },
    async run(tools) {
      const { id, name } = await findOrganization(tools);
      const { email: who } = check(justEmail, { email: given(tools.values, 'email') });
      const members = managerOf(tools.store);
      const all = await members.list(id);
      const member = all.members.find((one) => one.email === who);
      const ids = member ? [member.userId] : all.invitations.filter((one) => one.email === who).map((one) => one.id);
      if (ids.length === 0) {
        throw new RefusedError('This organization has no such member, and nobody with this e-mail is invited.', {
          code: 'not_found',
          fix: 'The command "user list" shows them.',
        });
      }
      for (const one of ids) {
        const refusal = await members.remove(id, one);
        if (refusal !== undefined) throw refusedBy(refusal);
      }
      const text = member ? `${who} is no longer in ${name}.` : `The invitation of ${who} into ${name} is taken back.`;
      return { json: { email: who, organizationId: id, removed: true }, text };
    },
  },

  {
    kind: 'records',
    name: 'user reset',
    about: 'make a one-time link that sets a new password',
    options: { email: emailOption, mail: mailOption },
    async run(tools) {
      const { store, values, publicOrigin } = tools;
      const input = check(justEmail, { email: given(values, 'email') });
      const post = readPost(tools);
      const { token } = allowed(await createLinks(store).makeReset(input.email));
      const url = setupUrl(publicOrigin, token);
      const mailed = post && toMailedLink(await mailReset(post, { email: input.email, url, asked: 'operator' }));
      const text = `${input.email} may set a new password, once and within a day:\n\n  ${url}`;
      return handOver(tools, { url, text, mailed: mailed ?? (values.mail === true ? sendsNoMail : null) });
    },
  },
];

/** Before anything is made: what is set wrong is said. Undefined: nothing is to be mailed, or nothing can be. */
function readPost({ values, readMail, publicOrigin, warn }: Tools): MailPost | undefined {
  if (values.mail !== true) return undefined;
  if (isLoopbackName(new URL(publicOrigin).hostname)) {
    warn(`The link leads to ${publicOrigin}, for everybody their own machine: set PUBLIC_URL as the server has it.`);
  }
  return readMail();
}

interface HandedOver {
  readonly url: string;
  readonly text: string;
  /** Null: it was not to be mailed. */
  readonly mailed: MailedLink | null;
}

/** The link in any case, so that nothing is lost when the mail is. */
function handOver({ warn }: Tools, { url, text, mailed }: HandedOver): Outcome {
  if (mailed === null) return { json: { url }, text };
  const { sent, failure } = mailed;
  if (failure !== null) {
    warn(`The link was not mailed. ${failure}`);
    warn(
      mailed === sendsNoMail
        ? 'Set SMTP_URL and MAIL_FROM as the server has them, or hand the link over yourself.'
        : 'Mend that and run this again, or hand the link over yourself.',
    );
  }
  return { json: { url, mail: { sent, failure } }, text: sent ? `${text}\n\nIt was mailed, too.` : text, isNo: !sent };
}

function managerOf(store: Store) {
  return createMemberManager({ store, clock: systemClock, links: createLinks(store), actor: commandLine });
}

function createLinks(store: Store) {
  return createSetupLinks({
    store,
    clock: systemClock,
    passwords: createPasswords(),
    limiter: createSignInLimiter(),
  });
}
