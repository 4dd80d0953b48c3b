/**
 * Reads what a request shows of itself from its raw headers: Node joins two Origin headers with a comma and silently keeps
 * the first of two Authorization headers, so `request.headers` can't tell.
 */
import type { Request } from 'express';
import type { Call } from '../gate/call.ts';
import { parseAddress } from '../usage/address.ts';

/** `serverHost`: the host of the server's public origin, `gate.example.com` or `localhost:3000`. */
export function readCall(request: Request, serverHost: string): Call {
  const { rawHeaders, method } = request;
  const authorizations: string[] = [];
  const origins: string[] = [];
  const hosts: string[] = [];
  const sites: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    // By length first: most headers are none of these and need no lower-casing.
    if (name.length === 13 && name.toLowerCase() === 'authorization') authorizations.push(value);
    else if (name.length === 6 && name.toLowerCase() === 'origin') origins.push(value);
    else if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(value);
    else if (name.length === 14 && name.toLowerCase() === 'sec-fetch-site') sites.push(value);
  }
  const isRead = method === 'GET' || method === 'HEAD';
  // A page on another name that leads to this machine is of the same origin too, but not of ours. Its scripts can write any
  // header that a proxy passes on, but not this one.
  const isOurHost = hosts.length === 1 && hosts[0] === serverHost;
  const isSameOriginRead = sites.length === 1 && sites[0] === 'same-origin' && isRead && isOurHost;
  return { authorizations, origins, isSiteAmbiguous: sites.length > 1, isSameOriginRead, ip: readAddress(request) };
}

/** The address that a request came from. */
export function readAddress(request: Request): string {
  // `request.ip` reads forwarding headers, which mean something only behind a proxy that is trusted.
  const isProxied = request.app.enabled('trust proxy');
  const forwarded = isProxied ? parseAddress(request.ip ?? '') : undefined;
  return forwarded ?? request.socket.remoteAddress ?? '';
}
