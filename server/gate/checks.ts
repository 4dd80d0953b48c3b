/**
 * The checks that need nothing but the call, the key's record and the time. Each returns what it found, or a refusal with
 * the sentence that tells the owner what to change. The order in which they are asked is `authenticate.ts`.
 */
import { LRUCache } from 'lru-cache';
import { isPattern, matchOrigin, parseDomainPattern, type DomainPattern } from './domain-pattern.ts';
import { parseAuthorization, type Credentials } from './key-format.ts';
import { parseOrigin, type Origin } from './origin.ts';
import type { GateKey } from './ports.ts';
import { isRefusal, type Refusal } from './problem.ts';
import type { Scope } from './scope.ts';

/** What a call shows of itself. Lists, because a header that comes twice is refused and never read as one. */
export interface Call {
  readonly authorizations: readonly string[];
  readonly origins: readonly string[];
  /** `Sec-Fetch-Site` came twice, so it says nothing. */
  readonly isSiteAmbiguous?: boolean;
  /** A GET or HEAD with `Sec-Fetch-Site: same-origin`, which browsers send without an Origin. */
  readonly isSameOriginRead: boolean;
  /** Absent: asked on behalf of somebody else (`POST /api/v1/keys/verify`), so no address is counted. */
  readonly ip?: string;
  /** Counts an accepted publishable call among those its address has open with the key; false when those are too many. */
  readonly enter?: (keyId: string) => boolean;
}

const whereDomainsAre = 'to the allowed domains of this key in Settings → API Keys.';

export function checkCredentials(authorizations: readonly string[]): Credentials | Refusal {
  const [header, ...more] = authorizations;
  if (header === undefined) {
    return { code: 'credentials_missing', fix: 'Send the header "Authorization: Bearer" with a publishable key.' };
  }
  const credentials = more.length > 0 ? undefined : parseAuthorization(header);
  if (credentials !== undefined) return credentials;
  return { code: 'credentials_malformed', fix: more.length > 0 ? sendOneHeader : malformedFix(header) };
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

/** The answer to an unknown key and to a wrong secret alike. */
export const invalidKey: Refusal = {
  code: 'key_invalid',
  fix: 'Copy the key from Settings → API Keys; if its secret is lost, rotate the key there.',
};

export function checkUsable(key: GateKey, nowMs: number): Refusal | undefined {
  if (!key.enabled) return { code: 'key_disabled', fix: 'Enable this key in Settings → API Keys.' };
  if (key.expiresAt !== null && key.expiresAt <= nowMs) {
    return { code: 'key_expired', fix: 'Set a later expiry for this key in Settings → API Keys, or use another key.' };
  }
  return undefined;
}

export interface AllowedOrigin {
  readonly origin: string;
  /** The pattern that admitted it; null while learning. */
  readonly pattern: string | null;
}

/** For publishable calls: where the call says it comes from must be among the key's domains. */
export function checkOrigin(
  call: Call,
  key: GateKey,
  nowMs: number,
  serverOrigin: string,
  onBadPattern: (key: GateKey, pattern: string) => void,
): AllowedOrigin | Refusal {
  const origin = readOrigin(call, serverOrigin);
  if (isRefusal(origin)) return origin;
  const patterns = compilePatterns(key, onBadPattern);
  const pattern = matchOrigin(patterns, origin);
  if (pattern !== undefined) return { origin: origin.text, pattern: pattern.text };
  if (key.learningUntil !== null && key.learningUntil > nowMs) return { origin: origin.text, pattern: null };
  return {
    code: 'origin_not_allowed',
    detail:
      key.allowedDomains.length === 0
        ? 'This key has no allowed domains, so it works only with its secret.'
        : `The origin ${origin.text} is not among the allowed domains of this key.`,
    fix: `Add ${origin.host} ${whereDomainsAre}`,
    origin: origin.text,
  };
}

function readOrigin(call: Call, serverOrigin: string): Origin | Refusal {
  const [header, ...more] = call.origins;
  if (call.isSiteAmbiguous === true) return ambiguousSite;
  if (more.length > 0) return malformedOrigin;
  const origin = parseOrigin(header ?? (call.isSameOriginRead ? serverOrigin : undefined));
  switch (origin) {
    case 'origin_missing':
      return {
        code: origin,
        fix: 'Call from a web page on an allowed domain, or from a server with the pair "Bearer pk_…:sk_…".',
      };
    case 'origin_opaque':
      return {
        code: origin,
        fix: 'Open the page over http or https, not from a file, a data: address or a sandboxed frame.',
      };
    case 'origin_malformed':
      return malformedOrigin;
    case 'origin_not_web':
      return {
        code: origin,
        fix: 'Call from a server of your own with the pair "Bearer pk_…:sk_…", or show this content in a page on https: only such pages can be allowed, not those of an extension or an app.',
      };
    default:
      return origin;
  }
}

const ambiguousSite: Refusal = {
  code: 'origin_malformed',
  fix: 'Send the header Sec-Fetch-Site once, as a browser does: look for a proxy that adds it.',
};

const malformedOrigin: Refusal = {
  code: 'origin_malformed',
  fix: 'Send one Origin header as a browser writes it, such as https://shop.example.com: no path, no list.',
};

/** For secret calls: the origin is skipped, but a browser's is noticed, and refused where the key says so. */
export function checkSecretOrigin(call: Call, key: GateKey): { readonly browserOrigin: string | null } | Refusal {
  const [header, ...more] = call.origins;
  if (call.isSiteAmbiguous === true) return ambiguousSite;
  if (more.length > 0) return malformedOrigin;
  if (header === undefined) return { browserOrigin: null };
  const origin = parseOrigin(header);
  const browserOrigin = typeof origin === 'string' ? null : origin.text;
  if (!key.refuseSecretInBrowser) return { browserOrigin };
  return {
    code: 'secret_in_browser',
    fix: 'Use only the publishable key in a browser, and rotate this secret: whoever opened the page could read it.',
    ...(browserOrigin !== null && { origin: browserOrigin }),
  };
}

/** What a call needs: one scope, any one of several, or none in particular. */
export type NeededScope = Scope | readonly Scope[] | undefined;

export function checkScope(scopes: readonly Scope[], needed: NeededScope): Refusal | undefined {
  if (needed === undefined) return undefined;
  const anyOf: readonly Scope[] = typeof needed === 'string' ? [needed] : needed;
  if (anyOf.some((scope) => scopes.includes(scope))) return undefined;
  const names = anyOf.join(' or ');
  return {
    code: 'scope_missing',
    detail: `This call needs the scope ${names}.`,
    fix: `Use the key pair of a key that has the scope ${names}; scopes are set in Settings → API Keys.`,
  };
}

interface CompiledList {
  readonly texts: readonly string[];
  readonly patterns: readonly DomainPattern[];
}

/** The last compiled list of each key. It is used only while its texts are the record's, so an edit can't be missed. */
const compiled = new LRUCache<string, CompiledList>({ max: 5_000 });

function compilePatterns(
  key: GateKey,
  onBadPattern: (key: GateKey, pattern: string) => void,
): readonly DomainPattern[] {
  const texts = key.allowedDomains;
  const known = compiled.get(key.id);
  if (known?.texts.length === texts.length && known.texts.every((text, index) => text === texts[index])) {
    return known.patterns;
  }
  const parsed = texts.map((text) => ({ text, pattern: parseDomainPattern(text) }));
  for (const { text, pattern } of parsed) if (!isPattern(pattern)) onBadPattern(key, text);
  const patterns = parsed.map(({ pattern }) => pattern).filter(isPattern);
  compiled.set(key.id, { texts, patterns });
  return patterns;
}
