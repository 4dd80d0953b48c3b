/** What is wrong with the address of a webhook, in a sentence; undefined: nothing that can be seen in it. Pages tell the same. */
export function findUrlProblem(text: string): string | undefined {
  if (/^mailto:/i.test(text)) return mailboxPattern.test(text) ? undefined : noMailbox;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isGood =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    !text.includes('#');
  return isGood
    ? undefined
    : 'Write an address such as https://example.com/hooks, without a user name and without "#".';
}

/** One, and nothing that says more than where it is. */
const mailboxPattern = /^mailto:[a-z0-9.!$'*+=^_`{|}~-]{1,64}@[a-z0-9.-]{1,180}$/i;
const noMailbox = 'Write one mailbox such as mailto:ada@example.com, and nothing after it.';

const scheme = 'mailto:';

/** The mailbox that a webhook leads to. Undefined: it leads to a web server. */
export function mailAddressOf(url: string): string | undefined {
  return url.toLowerCase().startsWith(scheme) ? url.slice(scheme.length).toLowerCase() : undefined;
}
