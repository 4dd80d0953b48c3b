/** Whether an address is one of the internet's own, and not of this machine, this network, or a machine's metadata. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Azure's address for its machines' own affairs looks like any other. */
const azureMetadata = '168.63.129.16';

/** False also for an IPv4 address inside an IPv6 one, and for what is no address. */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.process(text.split('%', 1)[0] ?? '');
  if (address.range() !== 'unicast' || address.toString() === azureMetadata) return false;
  // Of IPv6, only 2000::/3 was given out: ::7f00:1 is 127.0.0.1 in an old spelling.
  return address.kind() === 'ipv4' || ((address as ipaddr.IPv6).parts[0] ?? 0) >>> 13 === 1;
}
