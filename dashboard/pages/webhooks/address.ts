/** Where a webhook leads, as people write it: a web address, or a mailbox without `mailto:`. */
import { mailAddressOf } from '../../../server/webhooks/webhook-url.ts';

export function addressWords(url: string): string {
  return mailAddressOf(url) ?? url;
}

/** As the server takes it. */
export function readAddress(text: string): string {
  const address = text.trim();
  return /^[^\s@/:]+@[^\s@/:]+$/.test(address) ? `mailto:${address}` : address;
}
