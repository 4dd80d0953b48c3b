/**
 * Reads what a request shows of itself from its raw headers: Node joins two Origin headers with a comma and silently keeps
 * the first of two Authorization headers, so `request.headers` can't tell.
 */
import type { Request } from 'express';
import type { Call } from '../gate/call.ts';
import { isLoopbackName } from '../gate/loopback.ts';
import { parseAddress } from '../usage/address.ts';

/** The server as browsers know it. */
export interface PublicPlace {
  /** `gate.example.com` or `localhost:3000` */
  readonly host: string;
  readonly isHttps: boolean;
  /** Its host is a name of the reader's own machine. */
  readonly isLoopback: boolean;
}

/** `https://gate.example.com` */
export function publicPlaceOf(publicOrigin: string): PublicPlace {
  const { host, hostname, protocol } = new URL(publicOrigin);
  return { host, isHttps: protocol === 'https:', isLoopback: isLoopbackName(hostname) };
}

/** A place undefined: it is another one than ours that was called, and of it nothing is known. */
export function readCall(request: Request, place: PublicPlace | undefined): Call {
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
  const isOurHost = hosts.length === 1 && hosts[0] === place?.host;
  const isSameOriginRead = sites.length === 1 && sites[0] === 'same-origin' && isRead && isOurHost;
  const isFromBrowser = place !== undefined && doBrowsersTell(place, hosts) ? sites.length > 0 : undefined;
  const isSiteAmbiguous = sites.length > 1;
  return { authorizations, origins, isSiteAmbiguous, isSameOriginRead, isFromBrowser, ip: readAddress(request) };
}

/**
 * Browsers send `Sec-Fetch-Site` to what they trust the way to: https, and their own machine. A proxy that ends https need not be trusted
 * for it, because the public origin says how browsers come. By http under a name of the network nobody can tell.
 */
function doBrowsersTell({ isHttps, isLoopback }: PublicPlace, hosts: readonly string[]): boolean {
  return isHttps || (isLoopback && hosts.length === 1 && isLoopbackName((hosts[0] ?? '').replace(/:\d{1,5}$/, '')));
}

/** The address that a request came from. */
export function readAddress(request: Request): string {
  // `request.ip` reads forwarding headers, which mean something only behind a proxy that is trusted.
  const isProxied = request.app.enabled('trust proxy');
  const forwarded = isProxied ? parseAddress(request.ip ?? '') : undefined;
  return forwarded ?? request.socket.remoteAddress ?? '';
}
