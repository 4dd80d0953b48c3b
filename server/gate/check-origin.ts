/** Where a call comes from: read for publishable calls, and noticed for secret ones. */
import { LRUCache } from 'lru-cache';
import type { Call } from './call.ts';
import { domainsInForce, type DomainEnd } from './domains-in-force.ts';
import { isPattern, matchOrigin, parseDomainPattern, type DomainPattern } from './domain-pattern.ts';
import { parseOrigin, type Origin } from './origin.ts';
import type { GateKey } from './ports.ts';
import { isRefusal, refuse, type Refusal } from './problem.ts';

const whereDomainsAre = 'to the allowed domains of this key in Settings → API Keys.';

/** For publishable calls: the page that the call says it comes from. */
export function readOrigin(call: Call, serverOrigin: string): Origin | Refusal {
  const [header, ...more] = call.origins;
  if (call.isSiteAmbiguous === true) return ambiguousSite;
  if (more.length > 0) return malformedOrigin;
  const origin = parseOrigin(header ?? (call.isSameOriginRead ? serverOrigin : undefined));
  return isRefusal(origin) ? { ...origin, fix: fixes[origin.code] } : origin;
}

const fixes = {
  origin_missing: 'Call from a web page on an allowed domain, or from a server with the pair "Bearer pk_…:sk_…".',
  origin_opaque: 'Open the page over http or https, not from a file, a data: address or a sandboxed frame.',
  origin_malformed:
    'Send one Origin header as a browser writes it, such as https://shop.example.com: no path, no list.',
  origin_not_web:
    'Call from a server of your own with the pair "Bearer pk_…:sk_…", or show this content in a page on https: only such pages can be allowed, not those of an extension or an app.',
} as const;

const ambiguousSite = refuse('origin_malformed', {
  fix: 'Send the header Sec-Fetch-Site once, as a browser does: look for a proxy that adds it.',
});

const malformedOrigin = refuse('origin_malformed', { fix: fixes.origin_malformed });

/** The pattern that admits the page, null while learning, or why none does. */
export function admit(
  origin: Origin,
  key: GateKey,
  nowMs: number,
  onBadPattern: (key: GateKey, pattern: string) => void,
): { readonly pattern: string | null } | Refusal {
  const texts = domainsInForce(key, nowMs);
  const pattern = matchOrigin(compilePatterns(key, texts, onBadPattern), origin);
  if (pattern !== undefined) return { pattern: pattern.text };
  if (key.learningUntil !== null && key.learningUntil > nowMs) return { pattern: null };
  return refuse('origin_not_allowed', {
    detail:
      texts.length === 0
        ? 'This key has no allowed domains, so it works only with its secret.'
        : `The origin ${origin.text} is not among the allowed domains of this key.`,
    fix: `Add ${origin.host} ${whereDomainsAre}`,
    origin: origin.text,
  });
}

/** The domain of the key that would have admitted the page, had it not ended: the one that ended last. */
export function findEnded(origin: Origin, { allowedDomains, domains = [] }: GateKey): DomainEnd | undefined {
  const fitting = domains.filter(({ pattern, expiresAt }) => {
    if (expiresAt === null || !allowedDomains.includes(pattern)) return false;
    const parsed = parseDomainPattern(pattern);
    return isPattern(parsed) && matchOrigin([parsed], origin) !== undefined;
  });
  return fitting.sort((a, b) => (b.expiresAt ?? 0) - (a.expiresAt ?? 0)).at(0);
}

/** For secret calls: the origin is skipped, but a browser's is noticed, and refused where the key says so. */
export function checkSecretOrigin(call: Call, key: GateKey): { readonly browserOrigin: string | null } | Refusal {
  const [header, ...more] = call.origins;
  if (call.isSiteAmbiguous === true) return ambiguousSite;
  if (more.length > 0) return malformedOrigin;
  if (header === undefined) return { browserOrigin: null };
  const origin = parseOrigin(header);
  const browserOrigin = isRefusal(origin) ? null : origin.text;
  if (!key.refuseSecretInBrowser) return { browserOrigin };
  return refuse('secret_in_browser', {
    fix: 'Use only the publishable key in a browser, and rotate this secret: whoever opened the page could read it.',
    ...(browserOrigin !== null && { origin: browserOrigin }),
  });
}

interface CompiledList {
  readonly texts: readonly string[];
  readonly patterns: readonly DomainPattern[];
}

/** The last compiled list of each key. It is used only while its texts are those in force, so no edit and no end can be missed. */
const compiled = new LRUCache<string, CompiledList>({ max: 5_000 });

function compilePatterns(
  key: GateKey,
  texts: readonly string[],
  onBadPattern: (key: GateKey, pattern: string) => void,
): readonly DomainPattern[] {
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
