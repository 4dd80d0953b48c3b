/**
 * Whether a request comes from this machine, and from nobody behind it: a proxy here forwards what strangers send, and a name
 * that leads here makes a browser ask for any page.
 */
import type { IncomingMessage } from 'node:http';
import { isLoopbackName } from '../gate/loopback.ts';
import { isLoopbackAddress } from '../usage/address.ts';

const forwardingHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
] as const;

export function isFromThisMachine({ socket, headers, httpVersion }: IncomingMessage): boolean {
  const host = headers.host?.replace(/:\d*$/, '') ?? '';
  // nginx that was told nothing forwards as HTTP/1.0, with the address that it calls as the host, and names no visitor.
  const isForwarded = httpVersion === '1.0' || forwardingHeaders.some((name) => headers[name] !== undefined);
  return !isForwarded && isLoopbackName(host) && isLoopbackAddress(socket.remoteAddress ?? '');
}
