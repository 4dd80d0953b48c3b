/**
 * Tells the owner of the page, once per reason, what keeps visitors from chatting: the code, the page's origin, and what
 * to change where. Visitors' own troubles (no network, too many messages) are not for the console. In the file that comes later.
 */
import type { ChatFailure, FailureCode } from './failure.ts';

interface Reported {
  readonly failure: ChatFailure;
  /** The server's address. */
  readonly api: string;
  /** The page can't chat until its owner changes something. */
  readonly isRefused: boolean;
  /** The page is on https, and the server is not. */
  readonly isMixed: boolean;
}

const localFixes: Partial<Record<FailureCode, (reported: Reported) => string>> = {
  credentials_missing: () => 'Name the publishable key: data-key="pk_…".',
  // The server says itself what to do about an agent that isn't there.
  not_found: () => 'Name the agent: data-agent="agt_…".',
  credentials_malformed: () => 'Copy the publishable key (pk_…) again.',
  secret_in_browser: () => 'Remove the secret (sk_…) from this page and rotate it: every visitor can read it.',
  unreachable: ({ api }) =>
    `Check that ${api} answers without a redirect, and lets preflights pass with headers that libraries add.`,
  blocked: ({ api, isMixed }) =>
    isMixed
      ? `An https page may call https only: name the server by its https address, not ${api}.`
      : `connect-src of the page must allow ${api}.`,
  answer_unexpected: ({ api }) => `Check that ${api} is a Postern server, not a proxy.`,
};

/** @param known The reasons that were reported before. */
export function report(reported: Reported, known: Set<FailureCode>): void {
  const { code, facts } = reported.failure;
  const fix = facts.fix ?? localFixes[code]?.(reported);
  if (known.has(code) || (!reported.isRefused && fix === undefined)) return;
  known.add(code);
  const said = [`[postern] ${code}:`, facts.detail, `Page origin: ${location.origin}.`, fix && `Fix: ${fix}`];
  // eslint-disable-next-line no-console -- the one message that the widget owes the owner of the page
  console.error(said.filter(Boolean).join(' '));
}
