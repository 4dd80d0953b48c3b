/**
 * Tells the owner of the page, once per reason, what keeps visitors from chatting: the code, the page's origin, and what
 * to change where. Visitors' own troubles (no network, too many messages) are not for the console.
 */
import { behaviours, type ChatFailure, type FailureCode } from './failure.ts';
import { isMixedContent } from './mixed-content.ts';

const localFixes: Partial<Record<FailureCode, (api: string) => string>> = {
  credentials_malformed: () => 'Copy the publishable key (pk_…) again.',
  secret_in_browser: () => 'Remove the secret (sk_…) from this page and rotate it: every visitor can read it.',
  unreachable: (api) =>
    `Check that ${api} answers without a redirect, and lets preflights pass with headers that libraries add.`,
  blocked: (api) =>
    isMixedContent(api)
      ? `An https page may call https only: name the server by its https address, not ${api}.`
      : `connect-src of the page must allow ${api}.`,
  answer_unexpected: (api) => `Check that ${api} is a Postern server, not a proxy.`,
};

export function createReporter(): (failure: ChatFailure, api: string) => void {
  const reported = new Set<FailureCode>();
  return ({ code, facts }, api) => {
    const fix = facts.fix ?? localFixes[code]?.(api);
    if (reported.has(code) || (!behaviours[code].refused && fix === undefined)) return;
    reported.add(code);
    const said = [`[postern] ${code}:`, facts.detail, `Page origin: ${location.origin}.`, fix && `Fix: ${fix}`];
    // eslint-disable-next-line no-console -- the one message that the widget owes the owner of the page
    console.error(said.filter(Boolean).join(' '));
  };
}
