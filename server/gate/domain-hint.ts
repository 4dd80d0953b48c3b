/** What a domain pattern means, in words, for whoever is typing one; the meaning itself is `domain-pattern.ts`. */
import { adviseOn, covers, isLoopback, type DomainWarning } from './domain-advice.ts';
import {
  isPattern,
  isRegistrable,
  admits,
  parseDomainPattern,
  parsePatternList,
  patternsMax,
  splitPatternList,
  type DomainPattern,
} from './domain-pattern.ts';
import { parseOrigin } from './origin.ts';
import { isRefusal } from './problem.ts';
import { toUnicodeHost } from './unicode-host.ts';

interface DomainOffer {
  /** What the button says. */
  readonly label: string;
  /** What the field holds once the offer is taken. */
  readonly text: string;
}

export interface DomainHint {
  readonly kind: 'problem' | 'fine';
  readonly sentence: string;
  /** About this entry beside the list; none for a problem. */
  readonly warnings: readonly DomainWarning[];
  readonly offers: readonly DomainOffer[];
}

/** Origins that the reader knows, to say what a pattern does to them. */
export interface KnownOrigins {
  readonly origins: readonly string[];
  /** What the reader calls them: `these sites`. */
  readonly name: string;
}

const tooManySentence = `A key has at most ${patternsMax} allowed domains.`;

/**
 * A hint on what is being typed, one entry or several: the first that is wrong counts, or else the last. Nothing typed,
 * nothing said.
 */
export function hintOn(typed: string, list: readonly string[], known: KnownOrigins): DomainHint | undefined {
  const entries = splitPatternList(typed);
  if (entries.length > patternsMax) return { kind: 'problem', sentence: tooManySentence, warnings: [], offers: [] };
  const wrong = entries.findIndex((entry) => !isPattern(parseDomainPattern(entry)));
  const index = wrong === -1 ? entries.length - 1 : wrong;
  const entry = entries[index];
  if (entry === undefined) return undefined;
  const replaced = (...texts: readonly string[]): string => entries.toSpliced(index, 1, ...texts).join(', ');
  const pattern = parseDomainPattern(entry);
  if (!isPattern(pattern)) {
    const { message, suggestion } = pattern;
    const offers = suggestion === undefined ? [] : [{ label: `Use ${suggestion}`, text: replaced(suggestion) }];
    return { kind: 'problem', sentence: message, warnings: [], offers };
  }
  if (list.includes(pattern.text)) {
    return { kind: 'fine', sentence: 'This is in the list already.', warnings: [], offers: [] };
  }
  const { patterns } = parsePatternList([...list, ...entries]);
  const https = httpsOnly(pattern);
  const itself = hostItself(pattern, patterns) ?? withWww(pattern, patterns);
  return {
    kind: 'fine',
    sentence: [describePattern(pattern), ...knownSentence(pattern, known)].join(' '),
    warnings: adviseOn(patterns).filter((warning) => warning.pattern === pattern.text),
    offers: [
      ...(https ? [{ label: 'https only', text: replaced(https.text) }] : []),
      ...(itself ? [{ label: `Add ${itself.text} too`, text: replaced(entry, itself.text) }] : []),
    ],
  };
}

/** What a pattern admits: `Admits example.com; http and https; any port.` */
export function describePattern({ host, isWildcard, scheme, port }: DomainPattern): string {
  const name = writeBothWays(host);
  const hosts = isWildcard ? `every name below ${name}, not ${host} itself` : name;
  return `Admits ${hosts}; ${scheme ?? 'http and https'}; ${port === 'any' ? 'any port' : `port ${port}`}.`;
}

/** `bücher.example (xn--bcher-kva.example)`, or just the text where both are the same. */
export function writeBothWays(host: string): string {
  const unicode = toUnicodeHost(host);
  return unicode === undefined ? host : `${unicode} (${host})`;
}

/** The same entry for https alone; not for this machine, where pages seldom have it. */
export function httpsOnly(pattern: DomainPattern): DomainPattern | undefined {
  if (pattern.scheme !== undefined || pattern.port === 80 || isLoopback(pattern)) return undefined;
  return readBack(`https://${pattern.text}`);
}

/** The host below which a wildcard admits, as an entry like it, unless a list admits it already. */
export function hostItself(pattern: DomainPattern, list: readonly DomainPattern[]): DomainPattern | undefined {
  const itself = pattern.isWildcard ? readBack(pattern.text.replace('*.', '')) : undefined;
  return itself && list.some((other) => covers(other, itself)) ? undefined : itself;
}

/** `www.example.com` beside a bare `example.com`, by which many visitors come, unless a list admits it already. */
function withWww(pattern: DomainPattern, list: readonly DomainPattern[]): DomainPattern | undefined {
  const isBare = !pattern.isWildcard && isRegistrable(pattern.host) && !/:(\d+|\*)$/.test(pattern.text);
  const www = isBare ? readBack(pattern.text.replace(pattern.host, `www.${pattern.host}`)) : undefined;
  return www && list.some((other) => covers(other, www)) ? undefined : www;
}

function readBack(text: string): DomainPattern | undefined {
  const pattern = parseDomainPattern(text);
  return isPattern(pattern) ? pattern : undefined;
}

function knownSentence(pattern: DomainPattern, { origins, name }: KnownOrigins): readonly string[] {
  if (origins.length === 0) return [];
  const admitted = origins.filter((origin) => isAdmitted([pattern.text], origin)).map(hostOf);
  return [admitted.length === 0 ? `None of ${name}.` : `Of ${name}: ${[...new Set(admitted)].join(', ')}.`];
}

/** Whether a list as it is stored admits an origin as a browser writes it. */
export function isAdmitted(patterns: readonly string[], origin: string): boolean {
  return admits(patterns.map(parseDomainPattern).filter(isPattern), origin);
}

/** A wildcard that admits only what is below this very host: the mistake that people make most. */
export function nearMiss(patterns: readonly string[], origin: string): string | undefined {
  const host = hostOf(origin);
  const near = patterns
    .map(parseDomainPattern)
    .filter(isPattern)
    .find((pattern) => pattern.isWildcard && pattern.host === host);
  return near && `${near.text} admits the names below ${host}, not ${host} itself.`;
}

/** An origin's host; of a text that is no origin, the text. */
export function hostOf(origin: string): string {
  const parsed = parseOrigin(origin);
  return isRefusal(parsed) ? origin : parsed.host;
}
