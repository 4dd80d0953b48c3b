/**
 * A forgotten password: the account's own address is mailed a link. Anybody may ask, so nothing that depends on the account is done
 * before the answer, and what comes of it is told to the log alone. The mail goes to the address that is stored, never to the one that
 * was typed.
 */
import pLimit from 'p-limit';
import { setTimeout as pause } from 'node:timers/promises';
import { refuseBeyond } from '../gate/limit-refusal.ts';
import { refuse, type Refusal } from '../gate/problem.ts';
import type { MailPost } from '../network/mail.ts';
import { mailboxOf } from '../network/mailbox.ts';
import type { User } from '../records/user.ts';
import type { Store } from '../store/port.ts';
import type { Counters } from '../usage/counters.ts';
import { mailReset } from './mail-reset.ts';
import { toMailedLink } from './mailed-link.ts';
import type { SetupLinks } from './setup-links.ts';

/** The two of a mailbox count only where there is an account. */
export const resetsMailed = {
  byAddress: { name: 'reset-by', requests: 10, windowSeconds: 3_600 },
  soon: { requests: 1, windowSeconds: 300 },
  inADay: { requests: 5, windowSeconds: 86_400 },
} as const;

/** Mails handed over at the same time, and those that wait for it. */
const mailingMax = 4;
const waitingMax = 100;

export interface ForgottenPasswords {
  /** False: this server sends no mail. */
  readonly isMailOn: boolean;
  /** Counts a request; a refusal is about the network address that asks and knows no account. */
  count(address: string): Promise<Refusal | undefined>;
  /** To be called when the answer is out. Never rejects. */
  mail(email: string): Promise<void>;
  /** Waits so long for what is being mailed. */
  stop(graceMs: number): Promise<void>;
}

interface ForgottenParts {
  readonly store: Pick<Store, 'findUserByEmail'>;
  readonly links: Pick<SetupLinks, 'makeForgotten'>;
  readonly linkUrl: (token: string) => string;
  /** Has its own bounds here; undefined: this server sends no mail. */
  readonly post: MailPost | undefined;
  readonly counters: Counters;
  readonly onMailed: (userId: string) => void;
  readonly onFailure: (userId: string | undefined, failure: unknown) => void;
}

const noMail = refuse('not_found', {
  detail: 'This server sends no mail.',
  fix: 'Whoever runs the server makes a link with: postern user reset --email YOU.',
});

export function createForgottenPasswords(parts: ForgottenParts): ForgottenPasswords {
  const { store, links, linkUrl, post, counters, onMailed, onFailure } = parts;
  const byAddress = counters(resetsMailed.byAddress.name, resetsMailed.byAddress);
  const soon = counters('reset-soon', resetsMailed.soon);
  const inADay = counters('reset-day', resetsMailed.inADay);
  const limit = pLimit(mailingMax);
  const mailing = new Set<Promise<void>>();

  /** Whose it is, unless that mailbox was sent enough. */
  async function findUser(email: string): Promise<User | undefined> {
    const user = await store.findUserByEmail(email);
    if (user === undefined) return undefined;
    const mailbox = mailboxOf(user.email);
    const isEnough = (await soon.count(mailbox)).isExceeded || (await inADay.count(mailbox)).isExceeded;
    return isEnough ? undefined : user;
  }

  async function mailTo(user: User, send: MailPost): Promise<void> {
    const made = await links.makeForgotten(user);
    // Another process made one at this moment, and mails it.
    if (made === undefined) return;
    const { email } = user;
    const outcome = await mailReset(send, { email, url: linkUrl(made.token), asked: 'anybody' });
    if (toMailedLink(outcome).sent) return onMailed(user.id);
    await tellFailure(user, outcome.failure ?? `The mail server refused it with ${outcome.status}.`);
  }

  /** Nothing came, so the next try need not wait. */
  async function tellFailure(user: User, failure: unknown): Promise<void> {
    onFailure(user.id, failure);
    await soon.giveBack(mailboxOf(user.email));
  }

  async function look(email: string): Promise<void> {
    const user = await findUser(email);
    if (user === undefined || post === undefined) return;
    if (limit.pendingCount >= waitingMax) return tellFailure(user, 'Too many mails wait to be sent.');
    await limit(() => mailTo(user, post)).catch((error: unknown) => tellFailure(user, error));
  }

  return {
    isMailOn: post !== undefined,

    async count(address) {
      if (post === undefined) return noMail;
      const { isExceeded, msUntilReset } = await byAddress.count(address);
      if (!isExceeded) return undefined;
      return refuseBeyond(resetsMailed.byAddress, msUntilReset, {
        detail: 'Too many links were asked for from this address.',
        fix: (seconds) => `Wait ${Math.ceil(seconds / 60)} minutes, then try again.`,
      });
    },

    async mail(email) {
      const one = look(email).catch((error: unknown) => onFailure(undefined, error));
      mailing.add(one);
      await one;
      mailing.delete(one);
    },

    async stop(graceMs) {
      const ended = new AbortController();
      await Promise.race([
        Promise.all(mailing),
        pause(graceMs, undefined, { signal: ended.signal }).catch(() => undefined),
      ]);
      ended.abort();
    },
  };
}
