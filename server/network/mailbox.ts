/** What counts as one mailbox: `ada+news@example.com` is Ada’s too, at most mail servers. */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf('@');
  const plus = address.indexOf('+');
  const name = plus > 0 && plus < at ? address.slice(0, plus) : address.slice(0, at);
  return `${name}${address.slice(at)}`.toLowerCase();
}
