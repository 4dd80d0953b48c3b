/**
 * Network addresses as one spelling each. Proxies write them in many: `[2001:db8::7]:51234`, `192.0.2.1:443`, `::FFFF:192.0.2.1`,
 * with leading zeros, in capitals.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The address in its one spelling, without a port, brackets or a zone; undefined when it is none. */
export function parseAddress(text: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? dotted ?? text;
  const family = isIP(address);
  if (family === 4) return address;
  return family === 6 ? ipaddr.process(address.split('%', 1)[0] ?? '').toString() : undefined;
}

/** What counts as one visitor: an IPv6 customer has a whole /64; an IPv4 address (also as `::ffff:…`) stands for itself. */
export function addressGroup(text: string): string {
  const address = parseAddress(text) ?? text;
  if (isIP(address) !== 6) return address;
  return ipaddr.parse(address).toNormalizedString().split(':', 4).join(':');
}

/** Of this very machine: 127.0.0.0/8 or `::1`, in any spelling. */
export function isLoopbackAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && ipaddr.parse(address).range() === 'loopback';
}
