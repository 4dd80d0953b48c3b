/**
 * What a browser writes into `Origin`: exactly one spelling is right, everything else is refused (docs/domains.md).
 * Deliberately not `new URL()`, which repairs what it reads, and no lower-casing, trimming or splitting.
 */
import { refuse, type Refusal } from './problem.ts';

export type Scheme = 'http' | 'https';

export interface Origin {
  readonly scheme: Scheme;
  /** A lower-case name, dotted-quad IPv4, or IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  /** The header's own text, which is the only way to write this origin. */
  readonly text: string;
}

/** Why a text is no origin. */
export type OriginRefusal = Refusal & {
  readonly code: 'origin_missing' | 'origin_opaque' | 'origin_malformed' | 'origin_not_web';
};

const missing = refuse('origin_missing');
const opaque = refuse('origin_opaque');
const malformed = refuse('origin_malformed');
const notWeb = refuse('origin_not_web');

const originLengthMax = 300;
const hostLengthMax = 253;
export const defaultPorts: Readonly<Record<Scheme, number>> = { http: 80, https: 443 };

/** Reads an `Origin` header (undefined: there was none). */
export function parseOrigin(header: string | undefined): Origin | OriginRefusal {
  if (header === undefined) return missing;
  if (header === 'null') return opaque;
  if (header.length > originLengthMax) return malformed;
  const scheme = header.startsWith('https://') ? 'https' : header.startsWith('http://') ? 'http' : undefined;
  if (scheme === undefined) return isOfAnotherScheme(header) ? notWeb : malformed;
  const authority = header.slice(scheme.length + '://'.length);
  const portColon = authority.startsWith('[') ? authority.indexOf(':', authority.indexOf(']')) : authority.indexOf(':');
  const host = portColon === -1 ? authority : authority.slice(0, portColon);
  const port = portColon === -1 ? defaultPorts[scheme] : parsePort(authority.slice(portColon + 1));
  if (port === undefined || (portColon !== -1 && port === defaultPorts[scheme])) return malformed;
  return isHost(host) ? { scheme, host, port, text: header } : malformed;
}

/** As extensions, editors and app shells write theirs: `chrome-extension://ID`, `tauri://localhost`, `file://`. */
function isOfAnotherScheme(header: string): boolean {
  return /^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9._:-]*$/.test(header);
}

/** 1 to 65535 in decimal without a leading zero. */
export function parsePort(text: string): number | undefined {
  if (text.length === 0 || text.length > 5 || text.startsWith('0')) return undefined;
  for (const digit of text) if (digit < '0' || digit > '9') return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && serializeIpv6(host.slice(1, -1)) === host.slice(1, -1);
  return lastLabelStartsWithDigit(host) ? isIpv4(host) : isHostName(host);
}

/** Labels of `[a-z0-9_-]`, 1 to 63 characters each, 253 in all. */
export function isHostName(name: string): boolean {
  if (name.length > hostLengthMax) return false;
  let labelLength = 0;
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code === 46) {
      if (labelLength === 0) return false;
      labelLength = 0;
    } else {
      if (!isLabelCode(code) || ++labelLength > 63) return false;
    }
  }
  return labelLength > 0;
}

function isLabelCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

/** Then it must be an IPv4 address: browsers read `1.2.3.4`, `127.1` and `0x7f.1` as one. */
export function lastLabelStartsWithDigit(host: string): boolean {
  const first = host.charCodeAt(host.lastIndexOf('.') + 1);
  return first >= 48 && first <= 57;
}

/** Four decimal numbers up to 255 without leading zeros. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.', 5);
  return parts.length === 4 && parts.every(isIpv4Part);
}

function isIpv4Part(part: string): boolean {
  if (part.length === 0 || part.length > 3 || (part.length > 1 && part.startsWith('0'))) return false;
  for (const digit of part) if (digit < '0' || digit > '9') return false;
  return Number(part) <= 255;
}

/** The one canonical spelling of an IPv6 address (without brackets), or undefined when it is none. */
export function serializeIpv6(text: string): string | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // Digits, colon, dot, a-f in either case: nothing here could be a host's delimiter to the URL parser below.
    const isAddressCode =
      (code >= 48 && code <= 58) || code === 46 || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
    if (!isAddressCode) return undefined;
  }
  try {
    return new URL(`http://[${text}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}
