import { parseAuthorization, type Credentials } from './key-format.ts';
import { isRefusal, refuse, type Refusal } from './problem.ts';

export function checkCredentials(authorizations: readonly string[]): Credentials | Refusal {
  const [header, ...more] = authorizations;
  if (header === undefined) {
    return refuse('credentials_missing', { fix: 'Send the header "Authorization: Bearer" with a publishable key.' });
  }
  if (more.length > 0) return refuse('credentials_malformed', { fix: sendOneHeader });
  const credentials = parseAuthorization(header);
  return isRefusal(credentials) ? { ...credentials, fix: malformedFix(header) } : credentials;
}

const sendOneHeader = 'Send the Authorization header once.';

/** Names what was seen, and never the credential itself. */
function malformedFix(header: string): string {
  const credential = header.replace(/^[a-z]+ /i, '');
  if (/[\r\n]/.test(header))
    return 'Take the line break out of the key: one that is read from a file often ends with one.';
  if (/^[ps]k_/.test(header)) return 'Write "Bearer" and a space before the key: "Authorization: Bearer pk_…".';
  if (/^[a-z]+ /i.test(header) && !/^bearer /i.test(header)) {
    return 'Use the scheme Bearer: "Authorization: Bearer pk_…" or "Bearer pk_…:sk_…".';
  }
  if (/["'`]/.test(credential)) return 'Send the key without the quotes around it: "Authorization: Bearer pk_…".';
  if (/[^ -~]/.test(credential))
    return 'Copy the key again: a sign that can’t be seen, or a typographic one, is in it.';
  if (/^sk_[^:]*$/.test(credential)) {
    return 'Send the secret together with its publishable key: "Authorization: Bearer pk_…:sk_…".';
  }
  return 'Send one header "Authorization: Bearer pk_…" or "Bearer pk_…:sk_…" and copy the key whole, without spaces or quotes.';
}
